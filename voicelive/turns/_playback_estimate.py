"""Estimate of when the assistant's audio has been played, without a playback clock."""

from __future__ import annotations

import math

from voicelive._connection.audio_format import wire_format
from voicelive._connection.clock import loop_time
from voicelive._connection.state import SessionState
from voicelive_protocol import (
    ClientEventConversationItemTruncate,
    OutputAudioFormat,
    Peek,
    ServerEventResponseAudioDelta,
    ServerEventType,
)

# Error of computing with times in seconds.
_ROUNDING_MS = 1e-3

_DEFAULT_FORMAT = wire_format(OutputAudioFormat.PCM16)


class PlaybackEstimate:
    """Estimates the end of playback: audio plays when it arrives, without gaps.

    Cheaper than a `PlaybackClock`, because it does not tell items apart.
    """

    def __init__(self) -> None:
        self._silent_at = float("-inf")

    def follow(self, seen: Peek, session: SessionState) -> None:
        """Update the estimate from an event; see `PlaybackClock.follow`."""
        event = seen.event
        if type(event) is ServerEventResponseAudioDelta:
            size = len(event.delta)  # spares most events the view
        elif seen.type == ServerEventType.RESPONSE_AUDIO_DELTA:
            size = seen.audio_size
        else:
            return
        format = session.output_format or _DEFAULT_FORMAT
        begin = max(loop_time(), self._silent_at)
        self._silent_at = begin + size / format.bytes_per_second

    def flush(
        self, response_id: str | None = None
    ) -> list[ClientEventConversationItemTruncate]:
        """Discard the audio that was not played.

        Returns:
            No truncation: the estimate is not exact enough to change the history.
        """
        self._silent_at = min(self._silent_at, loop_time())
        return []

    def forget(self) -> None:
        """Keep the estimate: the audio may still be playing."""

    @property
    def remaining_ms(self) -> int:
        """The milliseconds of audio still to be played."""
        left_ms = (self._silent_at - loop_time()) * 1000
        return max(0, math.ceil(left_ms - _ROUNDING_MS)) if left_ms > 0 else 0
