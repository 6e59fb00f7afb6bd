"""Invocation of sync and async functions from the event loop."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from voicelive_core.redaction import redacting_logger

logger = redacting_logger(__name__)


async def invoke(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a coroutine function in the event loop, any other function in a thread."""
    bound = functools.partial(function, *args, **kwargs)
    result = bound() if _is_async(function) else await _in_thread(bound)
    return await result if inspect.isawaitable(result) else result


def _is_async(function: Any) -> bool:
    while isinstance(function, functools.partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or (
        not inspect.isroutine(function)
        and inspect.iscoroutinefunction(type(function).__call__)
    )


def _in_thread(bound: Callable[[], Any]) -> Awaitable[Any]:
    """Run a function in a daemon thread of its own.

    The default executor of asyncio has few threads, and joins them at exit.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def run() -> None:
        result: Any = None
        failure: BaseException | None = None
        try:
            result = context.run(bound)
        except StopIteration:
            # A future does not accept StopIteration.
            failure = RuntimeError("the function raised StopIteration")
        except BaseException as error:
            failure = error
        try:
            loop.call_soon_threadsafe(settle, result, failure)
        except RuntimeError:
            logger.debug("a tool ended after the event loop was closed")

    threading.Thread(target=run, name="voicelive-tool", daemon=True).start()
    return future
