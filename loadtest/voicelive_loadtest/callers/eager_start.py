"""Eager start of a coroutine: runs up to the first suspension without a task."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Generator
from types import coroutine as generator_coroutine
from typing import Any


def start_eagerly(coroutine: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run a coroutine until it suspends.

    Much cheaper than a task for a coroutine that rarely suspends.

    Returns:
        An awaitable for the remainder; None if the coroutine has finished.
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
