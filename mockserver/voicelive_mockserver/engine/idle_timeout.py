"""Idle timeout: the service prompts a silent user (`idle_timeout_ms`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from weakref import WeakMethod

from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.input_audio import InputAudioBuffer


class IdleTimeout:
    """Timer of the silence after the playback of a response.

    The time starts when the simulated client has played the last response. Nothing is
    scheduled in an endless run, which would never end: each timeout leads to another
    response.

    Args:
        context: The session.
        buffer: The input audio.
        expired: Method to call at the end of the time, with the position in the input
            audio at its start, in ms. Its object is referenced weakly, because it owns
            the timer.
    """

    __slots__ = ("_buffer", "_context", "_expired", "_round", "_timeout_ms")

    def __init__(
        self,
        context: SessionContext,
        buffer: InputAudioBuffer,
        expired: Callable[[int], None],
    ) -> None:
        self._context = context
        self._buffer = buffer
        self._expired = WeakMethod(expired)
        self._timeout_ms: int | None = None
        # Scheduled actions of earlier rounds have no effect.
        self._round: int = 0

    def configure(self) -> None:
        """Apply the turn detection of the session; a change stops the timer."""
        detection = self._context.session["turn_detection"] or {}
        timeout_ms = detection.get("idle_timeout_ms")
        if timeout_ms != self._timeout_ms:
            self._timeout_ms = timeout_ms
            self.stop()

    def start(self) -> None:
        """Start the timer, after a response of the conversation has ended."""
        self.stop()
        if self._timeout_ms is not None:
            self._await_playback(self._round)

    def stop(self) -> None:
        """Stop the timer until the next response."""
        self._round += 1

    def _await_playback(self, number: int) -> None:
        """Wait for the end of playback, which later audio may have moved."""
        scheduler = self._context.scheduler
        end = self._context.playback.end
        if number != self._round or self._timeout_ms is None or scheduler.is_endless:
            return
        if end > scheduler.now:
            scheduler.call_at(end, partial(self._await_playback, number))
            return
        scheduler.call_at(
            scheduler.now + self._timeout_ms / 1000,
            partial(self._expire, number, self._buffer.position_ms),
        )

    def _expire(self, number: int, start_ms: int) -> None:
        expired = self._expired()
        if number == self._round and expired is not None:
            expired(start_ms)
