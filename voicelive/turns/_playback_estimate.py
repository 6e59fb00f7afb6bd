"""Estimate of when the assistant's audio has been played, without a playback clock."""

from __future__ import annotations

import math

from voicelive._connection.audio_format import wire_format
from voicelive._connection.clock import loop_time
from voicelive._connection.state import SessionState
from voicelive_protocol import OutputAudioFormat, Peek, ServerEventType

_DEFAULT_FORMAT = wire_format(OutputAudioFormat.PCM16)


class PlaybackEstimate:
    """Estimates the end of playback: audio plays when it arrives, without gaps.

    Cheaper than a `PlaybackClock`, because it does not tell items apart.
    """

    def __init__(self) -> None:
        self._silent_at = float("-inf")

    def follow(self, seen: Peek, session: SessionState) -> None:
        """Update the estimate from an event; see `PlaybackClock.follow`."""
        if seen.type == ServerEventType.RESPONSE_AUDIO_DELTA and (
            size := seen.audio_size
        ):
            format = session.output_format or _DEFAULT_FORMAT
            begin = max(loop_time(), self._silent_at)
            self._silent_at = begin + size / format.bytes_per_second

    def flush(self) -> None:
        """Discard the audio that was not played."""
        self._silent_at = min(self._silent_at, loop_time())

    @property
    def remaining_ms(self) -> int:
        """The milliseconds of audio still to be played."""
        return math.ceil(max(0.0, self._silent_at - loop_time()) * 1000)
