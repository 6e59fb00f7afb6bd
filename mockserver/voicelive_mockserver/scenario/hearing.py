"""What the user says, as a scenario has it."""

from collections.abc import Sequence

from voicelive_mockserver.engine.interfaces import (
    HeardAudio,
    Transcriber,
    TranscriptionFailure,
)
from voicelive_mockserver.scenario.fingerprint import Fingerprint
from voicelive_mockserver.scenario.model import Heard, Turn

_ALIKE = 0.8
"""From this likeness on, speech is taken for the one in a file."""


class Recordings:
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
        """Return the words in audio; `None` when it is like no recording.

        Args:
            audio: A turn of the user.
        """
        if not self._known:
            return None
        heard = Fingerprint.of(audio.pcm, audio.sample_rate)
        likeness, text = max(
            (known.likeness(heard), text) for known, text in self._known
        )
        return text if likeness >= _ALIKE else None


class Ear:
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
        self, turns: Sequence[Turn], recordings: Recordings, otherwise: Transcriber
    ) -> None:
        self._recordings = recordings
        self._otherwise = otherwise
        self._script: list[tuple[str, float]] = []
        for turn in turns:
            heard = turn.heard
            if isinstance(heard, Heard) and heard.audio is None:
                heard = heard.text
            if isinstance(heard, str):
                once = turn.times is None
                self._script.append((heard, 1 if once else turn.uses))

    def __call__(self, audio: HeardAudio) -> str | TranscriptionFailure:
        """Return the words of the next spoken turn."""
        recognized = self._recordings.recognize(audio)
        if recognized is not None:
            return recognized
        if not self._script:
            return self._otherwise(audio)
        text, left = self._script[0]
        if left > 1:
            self._script[0] = (text, left - 1)
        else:
            del self._script[0]
        return text
