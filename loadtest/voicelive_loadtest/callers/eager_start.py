"""Running a coroutine at once, as far as it goes without waiting."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Generator
from types import coroutine as generator_coroutine
from typing import Any


def start_eagerly(coroutine: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run a coroutine until it waits for something.

    It is much cheaper than a task for what hardly ever waits.

    Returns:
        The rest of it, which has to be awaited; None if it has come to its end.
    """
    try:
        waiting = coroutine.send(None)
    except StopIteration:
        return None
    return _rest(coroutine, waiting)


@generator_coroutine
def _rest(
    coroutine: Coroutine[Any, Any, None], waiting: Any
) -> Generator[Any, Any, None]:
    while True:
        raised: BaseException | None = None
        try:
            yield waiting
        except BaseException as error:
            raised = error
        try:
            if raised is None:
                waiting = coroutine.send(None)
            else:
                waiting = coroutine.throw(raised)
        except StopIteration:
            return
