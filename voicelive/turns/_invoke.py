"""Invocation of sync and async functions from the event loop."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from voicelive._threads import call_in_thread


async def invoke(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a coroutine function in the event loop, any other function in a thread."""
    bound = functools.partial(function, *args, **kwargs)
    result = bound() if _is_async(function) else await call_in_thread(bound)
    return await result if inspect.isawaitable(result) else result


def _is_async(function: Any) -> bool:
    while isinstance(function, functools.partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or (
        not inspect.isroutine(function)
        and inspect.iscoroutinefunction(type(function).__call__)
    )
