"""What the user says, as a scenario has it."""

from collections.abc import Sequence

from voicelive_mockserver.engine.interfaces import (
    HeardAudio,
    Transcriber,
    TranscriptionFailure,
)
from voicelive_mockserver.engine.words import is_filler
from voicelive_mockserver.scenario.fingerprint import Fingerprint
from voicelive_mockserver.scenario.model import Heard, Turn

_ALIKE = 0.8
"""From this likeness on, speech is taken for the one in a file."""

_NEAR = 0.05
"""ReferenceRecordings whose likeness differs by less are not told apart yet."""

_TELLING_MS = 512
"""Less of the beginning of some speech is like that of many recordings."""

_OVER_MS = 160
"""After so much silence, speech is taken as a whole, although it may go on."""


class ReferenceRecordings:
    """The recordings of a scenario and the words in them.

    Args:
        turns: The turns of the scenario.

    Raises:
        UnreadableAudio: A file cannot be used.
    """

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._known = [
            (Fingerprint.of_file(turn.heard.audio), turn.heard.text)
            for turn in turns
            if isinstance(turn.heard, Heard) and turn.heard.audio is not None
        ]

    def __bool__(self) -> bool:
        return bool(self._known)

    def recognize(self, audio: HeardAudio) -> str | None:
        """Return the words in audio.

        Args:
            audio: A turn of the user, or the first part of one.

        Returns:
            The words of the recording that it is like, even if only its beginning was
            heard; `None` when it is like no recording, and an empty text when there is
            too little of it to tell.
        """
        if not self._known:
            return None
        heard = Fingerprint.of(audio.pcm, audio.sample_rate)
        likeness, text = max(
            (known.likeness(heard), text) for known, text in self._known
        )
        is_over = audio.final or heard.quiet_ms >= _OVER_MS
        if likeness >= _ALIKE and is_over:
            return text
        return None if audio.final else self._recognize_part(heard)

    def _recognize_part(self, heard: Fingerprint) -> str | None:
        """Return the words of the recording that begins like what was heard so far."""
        scores = {text: 0.0 for _, text in self._known}
        for known, text in self._known:
            scores[text] = max(scores[text], known.begins_like(heard))
        best = max(scores, key=scores.__getitem__)
        is_early = heard.duration_ms < _TELLING_MS
        if scores[best] < _ALIKE:
            return "" if is_early else None
        least = _ALIKE if is_early else scores[best] - _NEAR
        close = [text for text, score in scores.items() if score >= least]
        if len(set(map(is_filler, close))) > 1:
            # Many sentences begin alike; what comes next tells whether it is a turn.
            return ""
        return best


class ScenarioTranscriber:
    """Hears the spoken turns of one session.

    Speech that resembles a recording is heard as that. Otherwise the turns of the
    scenario that say what is heard take their turn, and after them whoever listens
    without the scenario.

    Args:
        turns: The turns of the scenario.
        recordings: Their recordings.
        otherwise: Hears what the scenario does not tell.
    """

    def __init__(
        self,
        turns: Sequence[Turn],
        recordings: ReferenceRecordings,
        otherwise: Transcriber,
    ) -> None:
        self._recordings = recordings
        self._otherwise = otherwise
        self._number = 0
        self._is_told = False  # words of the script, which are not used up yet
        self._script: list[tuple[str, float]] = []
        for turn in turns:
            heard = turn.heard
            if isinstance(heard, Heard) and heard.audio is None:
                heard = heard.text
            if isinstance(heard, str):
                once = turn.times is None
                self._script.append((heard, 1 if once else turn.uses))

    def __call__(self, audio: HeardAudio) -> str | TranscriptionFailure:
        """Return the words of a spoken turn, or of the part of it that was heard.

        Words of the script are used up by a whole turn, or by the end of one that came
        to nothing because it had filler words alone.
        """
        if audio.number != self._number:
            self._number = audio.number
            self._use_up()
        self._is_told = False
        recognized = self._recordings.recognize(audio)
        if recognized is not None:
            return recognized
        if not self._script:
            return self._otherwise(audio)
        self._is_told = True
        text, _ = self._script[0]
        if audio.final:
            self._use_up()
        return text

    def _use_up(self) -> None:
        """Count a turn that was told words of the script, if it was."""
        if not self._is_told:
            return
        self._is_told = False
        text, left = self._script[0]
        if left > 1:
            self._script[0] = (text, left - 1)
        else:
            del self._script[0]
