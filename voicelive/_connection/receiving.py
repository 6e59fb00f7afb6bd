"""Rules for receiving on connections and wrappers: one reader, timeout, yielding."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from voicelive._errors import ReceiveTimeout

_T = TypeVar("_T")


async def yield_to_loop() -> None:
    """Yield before raising, so that a retry loop cannot block the event loop."""
    await asyncio.sleep(0)


def second_reader() -> RuntimeError:
    """Return the error for a task that receives while another one does."""
    return RuntimeError(
        "another task is receiving: read the events of a connection in one task"
    )


async def receive_within(seconds: float | None, receiving: Awaitable[_T]) -> _T:
    """Receive with the option `receive_timeout`.

    Args:
        seconds: The timeout; None for no limit.
        receiving: Receives the next event or message.

    Raises:
        ReceiveTimeout: The timeout has passed.
    """
    try:
        async with asyncio.timeout(seconds):
            return await receiving
    except TimeoutError:
        raise ReceiveTimeout(
            f"no event within {seconds:g} s (connection_options['receive_timeout'])"
        ) from None
