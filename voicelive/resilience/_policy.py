"""Reconnect policy: when to reconnect, limits, callbacks."""

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
from voicelive_core.redaction import redacting_logger

logger = redacting_logger(__name__)

OnReconnecting = Callable[[VoiceLiveError, int, float], Any]
"""Callback with the error, the number of the next attempt, and the delay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectPolicy:
    """Policy of `stay_connected`: when to reconnect, limits, callbacks.

    Callbacks may be functions or coroutine functions. They are called in order, and
    events are held until they return. They may send but not receive. Exceptions in
    callbacks are logged.

    Attributes:
        backoff: Delays between attempts, and limits.
        on_reconnecting: Called before each attempt with the error, the number of the
            attempt since the last stable connection, from 1, and the delay in seconds.
        on_reconnected: Called with the report after the session is restored, before the
            first event of the new session is delivered.
        on_expiring: Called once per session with the remaining seconds.
        warn_seconds: Time before the end of a session at which `on_expiring` is called;
            300 by default.
        renew_seconds: Time before its end from which on a session is replaced, at the
            next pause as for `ReconnectingConnection.renew`, at the latest 5 s before
            its end, but not before `stable_seconds`; None (the default) for no renewal.
        session_seconds: Length of a session if the service does not send its end, which
            it does from API version 2026-04-10 on; 3600 by default.
        stable_seconds: Lifetime after which a connection counts as stable; 30 by
            default. A completed response makes it stable too. Until then attempts,
            delays and limits of `backoff` continue from one loss to the next.
        stall_seconds: Time without an event, while a response is requested or in
            progress, after which the connection is replaced as stalled; None (the
            default) for no limit. Detection takes up to twice as long.
        restore_seconds: Timeout of one attempt to start and restore a session; 20 by
            default.
        history_items: Limit of the history in items; 500 by default, 0 for none. The
            oldest are dropped first.
        history_bytes: Limit of the history in bytes of JSON; 1 MiB by default.
        waiting_events: Limit of queued events while reconnecting, without audio; 100 by
            default.
        waiting_audio_ms: Limit of buffered input audio while reconnecting, in ms; 1000
            by default. The oldest is dropped.
        sleep: Sleeps for a number of seconds; `asyncio.sleep` by default.
        clock: Unix time in seconds; `time.time` by default. It is compared with the
            expiry that the service sends, so it must be correct.
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
    """Call a callback of the application, if there is one; log its exceptions."""
    if callback is None:
        return
    try:
        result = callback(*arguments)
        if inspect.isawaitable(result):
            await result
    except Exception:
        name = getattr(callback, "__name__", repr(callback))
        logger.exception("%s failed", name)
