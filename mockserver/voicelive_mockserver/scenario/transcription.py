"""Transcriber of a scenario: scripted words and recognized audio files."""

from __future__ import annotations

from collections.abc import Sequence

from voicelive_mockserver.engine.interfaces import (
    HeardAudio,
    Transcriber,
    TranscriptionFailure,
)
from voicelive_mockserver.engine.words import is_filler
from voicelive_mockserver.scenario.fingerprint import Fingerprint
from voicelive_mockserver.scenario.model import ScriptedTranscript, ScriptedTurn

_MIN_LIKENESS = 0.8
"""The similarity from which speech is recognized as an audio file."""

_AMBIGUITY = 0.05
"""The difference in similarity below which recordings are ambiguous."""

_MIN_DISTINCT_MS = 512
"""The duration of speech below which its beginning resembles many recordings."""

_END_SILENCE_MS = 160
"""The silence after which speech is compared as a whole, although it may continue."""


class ReferenceRecordings:
    """The audio files of a scenario and their transcripts.

    Args:
        turns: The turns of the scenario.

    Raises:
        UnreadableAudio: A file cannot be used.
    """

    def __init__(self, turns: Sequence[ScriptedTurn]) -> None:
        self._known = [
            (Fingerprint.of_file(turn.heard.audio), turn.heard.text)
            for turn in turns
            if isinstance(turn.heard, ScriptedTranscript)
            and turn.heard.audio is not None
        ]

    def __bool__(self) -> bool:
        return bool(self._known)

    def recognize(self, audio: HeardAudio) -> str | None:
        """Return the transcript of audio.

        Args:
            audio: A turn of the user, or the first part of one.

        Returns:
            The words of the recording that it resembles, even from its beginning
            alone; `None` if it resembles none; an empty text if there is too little
            audio to decide.
        """
        if not self._known:
            return None
        heard = Fingerprint.of(audio.pcm, audio.sample_rate)
        likeness, text = max(
            (known.likeness(heard), text) for known, text in self._known
        )
        is_over = audio.final or heard.quiet_ms >= _END_SILENCE_MS
        if likeness >= _MIN_LIKENESS and is_over:
            return text
        return None if audio.final else self._recognize_part(heard)

    def _recognize_part(self, heard: Fingerprint) -> str | None:
        """Return the words of the recording with the most similar beginning."""
        scores = {text: 0.0 for _, text in self._known}
        for known, text in self._known:
            scores[text] = max(scores[text], known.begins_like(heard))
        best = max(scores, key=scores.__getitem__)
        is_early = heard.duration_ms < _MIN_DISTINCT_MS
        if scores[best] < _MIN_LIKENESS:
            return "" if is_early else None
        least = _MIN_LIKENESS if is_early else scores[best] - _AMBIGUITY
        close = [text for text, score in scores.items() if score >= least]
        if len(set(map(is_filler, close))) > 1:
            # Ambiguous between filler words and a turn: wait for more audio.
            return ""
        return best


class ScenarioTranscriber:
    """The transcriber of one session.

    Speech that resembles an audio file has its transcript. Other speech gets the
    scripted words in the order of the turns, and then the result of the fallback.

    Args:
        turns: The turns of the scenario.
        recordings: Their audio files.
        fallback: The transcriber for all other speech.
    """

    def __init__(
        self,
        turns: Sequence[ScriptedTurn],
        recordings: ReferenceRecordings,
        fallback: Transcriber,
    ) -> None:
        self._recordings = recordings
        self._fallback = fallback
        self._number = 0
        self._has_pending = False  # scripted words were returned but not consumed
        self._script: list[tuple[str, float]] = []
        for turn in turns:
            heard = turn.heard
            if isinstance(heard, ScriptedTranscript) and heard.audio is None:
                heard = heard.text
            if isinstance(heard, str):
                once = turn.times is None
                self._script.append((heard, 1 if once else turn.uses))

    def __call__(self, audio: HeardAudio) -> str | TranscriptionFailure:
        """Return the words of a spoken turn, or of its beginning.

        Scripted words are consumed by a whole turn, or by the end of one that was
        dropped because it had only filler words.
        """
        if audio.number != self._number:
            self._number = audio.number
            self._consume()
        self._has_pending = False
        recognized = self._recordings.recognize(audio)
        if recognized is not None:
            return recognized
        if not self._script:
            return self._fallback(audio)
        self._has_pending = True
        text, _ = self._script[0]
        if audio.final:
            self._consume()
        return text

    def _consume(self) -> None:
        """Consume the scripted words that were returned last, if any."""
        if not self._has_pending:
            return
        self._has_pending = False
        text, left = self._script[0]
        if left > 1:
            self._script[0] = (text, left - 1)
        else:
            del self._script[0]
