"""Blocking calls in daemon threads, which delay neither cancellation nor exit.

The threads of the default executor are joined by `asyncio.run` and at the exit of the
interpreter, so that a call which hangs would keep a program from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import TypeVar

_T = TypeVar("_T")


async def call_in_thread(function: Callable[..., _T], *arguments: object) -> _T:
    """Call a function that blocks, and wait for its result.

    When this is cancelled, the thread goes on by itself and its result is dropped.

    Args:
        function: The function.
        *arguments: Its arguments.

    Raises:
        Exception: What the function raises.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[_T] = loop.create_future()
    context = copy_context()

    def deliver(value: _T | None, error: BaseException | None) -> None:
        if result.done():
            return  # cancelled
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(value)  # type: ignore[arg-type]

    def run() -> None:
        value: _T | None = None
        failure: BaseException | None = None
        try:
            value = context.run(function, *arguments)
        except StopIteration as error:
            # A future does not take it.
            failure = RuntimeError(f"{function!r} raised {error!r}")
        except BaseException as error:
            failure = error
        # Fails if the loop was closed meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(deliver, value, failure)

    name = getattr(function, "__qualname__", repr(function))
    threading.Thread(target=run, name=f"voicelive {name}", daemon=True).start()
    return await result
