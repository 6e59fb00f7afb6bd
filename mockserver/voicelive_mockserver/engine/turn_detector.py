"""Turn detection from speech and transcripts.

Voice activity detection finds the start and the end of speech. Some types of turn
detection also use the words: filler words alone do not start a turn, and an incomplete
sentence keeps its turn open. Both need partial transcripts before the end of the turn.
All decisions depend on positions in the audio instead of the clock, so that a burst
gives the same turns as audio in real time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from voicelive_mockserver.audio.vad import FRAME_MS, SpeechStarted, SpeechStopped
from voicelive_mockserver.engine.input_audio import InputAudioBuffer
from voicelive_mockserver.engine.words import is_filler, is_unfinished

_ASK_AGAIN_MS = 6 * FRAME_MS
"""The interval between partial transcripts while speech may be filler words."""

_MAX_UNKNOWN_MS = 32 * FRAME_MS
"""Longer speech is a turn even without a transcript."""


class TurnListener(Protocol):
    """Receives the turns of the user, and transcribes them."""

    def words(self, start_ms: int, end_ms: int) -> str | None:
        """Return the transcript between two positions in the audio, in ms.

        It may be partial; `None` if transcription fails.
        """
        ...

    def turn_started(self, start_ms: int) -> None:
        """Handle the start of a turn.

        Args:
            start_ms: The start position in the audio, padding included.
        """
        ...

    def turn_stopped(self, start_ms: int, end_ms: int) -> None:
        """Handle the end of a turn.

        Args:
            start_ms: The start position, padding included.
            end_ms: The end position, after the required silence.
        """
        ...

    def turn_ignored(self) -> None:
        """Handle speech of filler words only, for which no turn was announced."""
        ...


@dataclass(slots=True)
class _DetectedSpeech:
    start_ms: int
    certain_ms: int
    announced: bool = False
    end_ms: int | None = None  # set while the turn is kept open after it


class TurnDetector:
    """Detects the turns in the input audio of one session.

    Args:
        buffer: The input audio.
    """

    __slots__ = (
        "_buffer",
        "_check_ms",
        "_eou_level",
        "_eou_timeout_ms",
        "_removes_fillers",
        "_speech",
    )

    def __init__(self, buffer: InputAudioBuffer) -> None:
        self._buffer = buffer
        self._speech: _DetectedSpeech | None = None
        self._check_ms: int | None = None  # position of the next check of the speech
        self._removes_fillers = False
        self._eou_level: str | None = None
        self._eou_timeout_ms = 0

    def configure(self, detection: dict[str, Any] | None) -> None:
        """Apply turn detection settings.

        Args:
            detection: The turn detection of the session.
        """
        if detection is None:
            self.forget()
            return
        self._removes_fillers = bool(detection.get("remove_filler_words"))
        eou = detection.get("end_of_utterance_detection")
        self._eou_level = None
        if eou is not None:
            self._eou_level = eou.get("threshold_level", "medium")
            self._eou_timeout_ms = eou.get("timeout_ms", 1000)

    def forget(self) -> None:
        """Drop the speech in progress."""
        self._speech = None
        self._check_ms = None

    def append(self, audio: bytes, listener: TurnListener) -> None:
        """Process the next audio.

        Args:
            audio: Audio in the input format, of any length.
            listener: Receives the turns.
        """
        for event in self._buffer.append(audio):
            if isinstance(event, SpeechStarted):
                self._check_until(event.certain_ms - 1, listener)
                self._heard_start(event, listener)
            else:
                self._check_until(event.audio_end_ms - 1, listener)
                self._heard_end(event, listener)
        if self._check_ms is not None:
            self._check_until(self._buffer.analyzed_ms, listener)

    def _check_until(self, position_ms: int, listener: TurnListener) -> None:
        while self._check_ms is not None and self._check_ms <= position_ms:
            at = self._check_ms
            self._check_ms = None
            speech = self._speech
            assert speech is not None
            if speech.end_ms is None:
                self._announce_unless_filler(speech, at, listener)
            else:
                self._finish(speech, at, listener)

    def _heard_start(self, event: SpeechStarted, listener: TurnListener) -> None:
        speech = self._speech
        if speech is not None:
            # The turn was kept open and continues.
            speech.end_ms = None
            self._check_ms = None
            return
        speech = _DetectedSpeech(event.audio_start_ms, event.certain_ms)
        self._speech = speech
        if self._removes_fillers:
            self._announce_unless_filler(speech, event.certain_ms, listener)
        else:
            self._announce(speech, listener)

    def _heard_end(self, event: SpeechStopped, listener: TurnListener) -> None:
        speech = self._speech
        if speech is None:
            # The client committed or cleared the buffer during this speech.
            return
        end = event.audio_end_ms
        self._check_ms = None
        if not speech.announced:
            if is_filler(listener.words(speech.start_ms, end) or ""):
                self._speech = None
                listener.turn_ignored()
                return
            self._announce(speech, listener)
        level = self._eou_level
        if level is not None and self._eou_timeout_ms:
            words = listener.words(speech.start_ms, end) or ""
            if is_unfinished(words, level):
                speech.end_ms = end
                frames = -(-(end + self._eou_timeout_ms) // FRAME_MS)
                self._check_ms = frames * FRAME_MS
                return
        self._finish(speech, end, listener)

    def _announce_unless_filler(
        self, speech: _DetectedSpeech, at_ms: int, listener: TurnListener
    ) -> None:
        """Announce speech unless it may still be only filler words."""
        words = listener.words(speech.start_ms, at_ms)
        waited = at_ms - speech.certain_ms
        if words is None or (words == "" and waited >= _MAX_UNKNOWN_MS):
            self._announce(speech, listener)
        elif words == "" or is_filler(words):
            self._check_ms = at_ms + _ASK_AGAIN_MS
        else:
            self._announce(speech, listener)

    def _announce(self, speech: _DetectedSpeech, listener: TurnListener) -> None:
        speech.announced = True
        listener.turn_started(speech.start_ms)

    def _finish(
        self, speech: _DetectedSpeech, end_ms: int, listener: TurnListener
    ) -> None:
        self._speech = None
        listener.turn_stopped(speech.start_ms, end_ms)
