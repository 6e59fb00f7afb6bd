"""What to do about lost connections."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from voicelive._errors import VoiceLiveError
from voicelive.resilience._backoff import Backoff
from voicelive.resilience._report import ReconnectReport
from voicelive_protocol._redaction import redacting_logger

_LOG = redacting_logger("voicelive")

OnReconnecting = Callable[[VoiceLiveError, int, float], Any]
"""Gets an error, the number of the coming attempt, and the seconds until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectPolicy:
    """When and how `stay_connected` reconnects, and who hears of it.

    The callbacks may be functions or coroutine functions. They are called in order, and
    events wait until they return; they may send, but not receive. An error in one is
    logged and changes nothing.

    Attributes:
        backoff: Waits between attempts, and how many there are.
        on_reconnecting: Called before each attempt with the error, the number of the
            attempt since a connection counted as a success, from 1, and the seconds
            until it is made.
        on_reconnected: Called with the report when everything is restored, before the
            first event of the new session is delivered.
        on_expiring: Called once for each session with the seconds that are left of it.
        warn_seconds: How long before its end a session is said to expire; 300 by
            default.
        renew_seconds: How long before its end a session is replaced, as soon as the
            user is silent and nothing is under way, but not before `stable_seconds`;
            None (the default) for not before the service ends it.
        session_seconds: How long a session lasts when the service does not tell, which
            it does from API version 2026-04-10 on; 3600 by default.
        stable_seconds: How long a connection has to live to count as a success, unless
            a response is completed on it; 30 by default. Until then the attempts, waits
            and limits of `backoff` go on from one loss to the next.
        stall_seconds: How long a response that was asked for or is under way may be
            silent before the connection is given up as stalled; None (the default) for
            ever. It takes up to twice as long to notice.
        restore_seconds: How long one attempt to begin and restore a session may take;
            20 by default.
        history_items: How many items of the conversation are remembered; 500 by
            default, 0 for none. Older ones are forgotten first.
        history_bytes: How much they may take as JSON; 1 MiB by default.
        waiting_events: How many events may wait while there is no connection; 100 by
            default. Audio does not count.
        waiting_audio_ms: How much realtime input audio may wait, in ms; 1000 by
            default. Older audio is dropped.
        sleep: Waits for a number of seconds; `asyncio.sleep` by default.
        clock: Seconds since 1970; `time.time` by default. It is compared with the end
            of the session that the service tells, so it has to be right.
    """

    backoff: Backoff = field(default_factory=Backoff)
    on_reconnecting: OnReconnecting | None = None
    on_reconnected: Callable[[ReconnectReport], Any] | None = None
    on_expiring: Callable[[float], Any] | None = None
    warn_seconds: float = 300.0
    renew_seconds: float | None = None
    session_seconds: float = 3600.0
    stable_seconds: float = 30.0
    stall_seconds: float | None = None
    restore_seconds: float = 20.0
    history_items: int = 500
    history_bytes: int = 1024 * 1024
    waiting_events: int = 100
    waiting_audio_ms: float = 1000.0
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    clock: Callable[[], float] = time.time


async def notify(callback: Callable[..., Any] | None, *arguments: object) -> None:
    """Call a callback that the application has given, if it has."""
    if callback is None:
        return
    try:
        result = callback(*arguments)
        if inspect.isawaitable(result):
            await result
    except Exception:
        name = getattr(callback, "__name__", repr(callback))
        _LOG.exception("%s failed", name)
