"""Blocking calls in daemon threads, which delay neither cancellation nor exit.

The default executor of asyncio has few threads, and `asyncio.run` and the interpreter
join them at exit, so a call that hangs there would keep the program from ending.
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
    """Call a blocking function in a daemon thread and return its result.

    After cancellation the thread keeps running and its result is dropped.

    Args:
        function: The function.
        *arguments: Arguments of the function.

    Raises:
        Exception: The exception of the function.
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
            # Futures do not accept StopIteration.
            failure = RuntimeError(f"{function!r} raised {error!r}")
        except BaseException as error:
            failure = error
        # Raises if the loop was closed meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(deliver, value, failure)

    # Not `repr`, which may show arguments.
    target = getattr(function, "func", function)
    name = getattr(target, "__qualname__", type(target).__name__)
    threading.Thread(target=run, name=f"voicelive {name}", daemon=True).start()
    return await result
