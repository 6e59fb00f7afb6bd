"""Speech marks of Azure voices: word timestamps, visemes and blendshapes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from voicelive_mockserver.engine.json_templates import members
from voicelive_mockserver.engine.outbox import Stem, delta_stem
from voicelive_protocol import (
    ServerEventResponseAnimationBlendshapeDelta,
    ServerEventResponseAnimationBlendshapeDone,
    ServerEventResponseAnimationVisemeDelta,
    ServerEventResponseAnimationVisemeDone,
    ServerEventResponseAudioTimestampDelta,
    ServerEventResponseAudioTimestampDone,
    encode,
)

FRAMES_PER_SECOND = 60
"""Blendshape frames per second of speech."""

SHAPES_PER_FRAME = 55
"""Values per blendshape frame."""

_FRAMES_PER_DELTA = 15
_WORD = re.compile(r"\S+")
_EDGES = re.compile(r"^\W+|\W+$")
_LEAD_MS = 20  # silence before the first word
_TAIL_MS = 40  # silence after the last one
# Durations of pauses, in letters.
_LONG_PAUSE = 5
_SHORT_PAUSE = 2

_SILENCE = 0
# Visemes of Azure Speech by the spelling of the sound.
_VISEMES = {
    **dict.fromkeys(("sh", "ch", "j"), 16),
    **dict.fromkeys(("ee", "i", "y"), 6),
    **dict.fromkeys(("oo", "w", "u"), 7),
    **dict.fromkeys(("s", "z", "x", "c"), 15),
    **dict.fromkeys(("f", "v", "ph"), 18),
    **dict.fromkeys(("d", "t", "n"), 19),
    **dict.fromkeys(("k", "g", "q", "ng", "ck"), 20),
    **dict.fromkeys(("p", "b", "m"), 21),
    **dict.fromkeys(("ou", "ow"), 9),
    **dict.fromkeys(("oi", "oy"), 10),
    **dict.fromkeys(("ai", "ie"), 11),
    **{"a": 1, "ah": 2, "aw": 3, "e": 4, "er": 5, "o": 8},
    **{"h": 12, "r": 13, "l": 14, "th": 17},
}
_SOUND = re.compile("|".join(sorted(_VISEMES, key=len, reverse=True)) + r"|\w")
_OTHER_SOUND = 1

# Weights of jaw opening, lip closing, funnel and pucker, by viseme.
_MOUTHS: dict[int, tuple[float, float, float, float]] = {
    0: (0.02, 0.0, 0.0, 0.0),
    1: (0.45, 0.0, 0.05, 0.0),
    2: (0.6, 0.0, 0.1, 0.0),
    3: (0.5, 0.0, 0.35, 0.1),
    4: (0.35, 0.0, 0.05, 0.0),
    5: (0.3, 0.0, 0.2, 0.1),
    6: (0.2, 0.0, 0.0, 0.0),
    7: (0.15, 0.0, 0.3, 0.55),
    8: (0.35, 0.0, 0.5, 0.3),
    9: (0.5, 0.0, 0.3, 0.2),
    10: (0.4, 0.0, 0.4, 0.2),
    11: (0.5, 0.0, 0.1, 0.0),
    12: (0.25, 0.0, 0.05, 0.0),
    13: (0.2, 0.0, 0.2, 0.15),
    14: (0.25, 0.0, 0.0, 0.0),
    15: (0.08, 0.0, 0.05, 0.0),
    16: (0.12, 0.0, 0.45, 0.25),
    17: (0.15, 0.0, 0.0, 0.0),
    18: (0.06, 0.2, 0.0, 0.0),
    19: (0.15, 0.0, 0.0, 0.0),
    20: (0.25, 0.0, 0.0, 0.0),
    21: (0.02, 0.6, 0.0, 0.05),
}
_BLINKS = (0, 7)
_JAW, _CLOSE, _FUNNEL, _PUCKER = 17, 18, 19, 20
_BLINK_EVERY = 4 * FRAMES_PER_SECOND
_BLINK_FRAMES = 8


class Mark(NamedTuple):
    """One delta at a position in spoken output."""

    due_ms: float
    """The position, in milliseconds of audio."""
    stem: Stem
    """The event up to the value, for `EventOutbox.delta`."""
    value: bytes
    """The rest of the event."""


class Word(NamedTuple):
    """A word with its timing."""

    offset_ms: int
    duration_ms: int
    text: str
    has_pause: bool
    """Whether a pause follows it."""


class SpeechMarks:
    """The marks of one spoken message.

    Args:
        kinds: The requested marks: `word`, `viseme_id`, `blendshapes`.
        text: The spoken text.
        duration_ms: The duration of the audio, in milliseconds.
        keys: The identifying keys of the events of the content part.
    """

    def __init__(
        self, kinds: Sequence[str], text: str, duration_ms: int, keys: dict[str, Any]
    ) -> None:
        self._kinds = kinds
        self._text = text
        self._duration_ms = duration_ms
        self._keys = keys

    def deltas(self) -> list[Mark]:
        """Return the deltas in the order of their positions."""
        marks: list[Mark] = []
        text, duration_ms = self._text, self._duration_ms
        keys = members(self._keys)
        if "word" in self._kinds:
            stem = delta_stem(
                ServerEventResponseAudioTimestampDelta.type, keys, "audio_offset_ms"
            )
            marks += [
                Mark(word.offset_ms, stem, _word_value(word))
                for word in spoken_words(text, duration_ms)
            ]
        if "viseme_id" in self._kinds:
            stem = delta_stem(
                ServerEventResponseAnimationVisemeDelta.type, keys, "audio_offset_ms"
            )
            marks += [
                Mark(offset, stem, b'%d,"viseme_id":%d' % (offset, viseme))
                for offset, viseme in spoken_visemes(text, duration_ms)
            ]
        if "blendshapes" in self._kinds:
            stem = delta_stem(
                ServerEventResponseAnimationBlendshapeDelta.type, keys, "frames"
            )
            marks += [
                Mark(offset, stem, value)
                for offset, value in _blendshape_values(text, duration_ms)
            ]
        return sorted(marks, key=lambda mark: mark.due_ms)

    def endings(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the types and keys of the events that end the series of deltas."""
        keys = self._keys
        endings: list[tuple[str, dict[str, Any]]] = []
        if "word" in self._kinds:
            endings.append((ServerEventResponseAudioTimestampDone.type, keys))
        if "viseme_id" in self._kinds:
            endings.append((ServerEventResponseAnimationVisemeDone.type, keys))
        if "blendshapes" in self._kinds:
            # The only one of these events without the index of the content part.
            item_keys = {k: v for k, v in keys.items() if k != "content_index"}
            endings.append((ServerEventResponseAnimationBlendshapeDone.type, item_keys))
        return endings


@lru_cache(maxsize=256)
def spoken_words(text: str, duration_ms: int) -> tuple[Word, ...]:
    """Spread the words of a text over the audio in proportion to their length.

    Args:
        text: The spoken text.
        duration_ms: The duration of the audio, in milliseconds.

    Returns:
        The words without punctuation, in order; their offsets increase and all words
        end within the audio.
    """
    found: list[tuple[str, int, int]] = []
    for token in _WORD.findall(text):
        word = _EDGES.sub("", token)
        if word:
            found.append((word, len(word) + 1, _pause_after(token)))
    # The last word has no pause after it.
    weight = sum(size + pause for _, size, pause in found)
    weight -= found[-1][2] if found else 0
    room = duration_ms - _LEAD_MS - _TAIL_MS
    if weight == 0 or room < len(found):
        return ()
    words: list[Word] = []
    position = 0
    for word, size, pause in found:
        start = _LEAD_MS + position * room // weight
        end = _LEAD_MS + (position + size) * room // weight
        words.append(Word(start, end - start, word, pause > 0))
        position += size + pause
    return tuple(words)


@lru_cache(maxsize=256)
def spoken_visemes(text: str, duration_ms: int) -> tuple[tuple[int, int], ...]:
    """Return the mouth positions of a text with their offsets in milliseconds.

    Args:
        text: The spoken text.
        duration_ms: The duration of the audio, in milliseconds.

    Returns:
        Pairs of offset and viseme (0 to 21), with strictly increasing offsets.
    """
    visemes: list[tuple[int, int]] = [(0, _SILENCE)]
    for word in spoken_words(text, duration_ms):
        sounds = _SOUND.findall(word.text.casefold())
        for index, sound in enumerate(sounds):
            offset = word.offset_ms + index * word.duration_ms // len(sounds)
            visemes.append((offset, _VISEMES.get(sound, _OTHER_SOUND)))
        if word.has_pause:
            visemes.append((word.offset_ms + word.duration_ms, _SILENCE))
    if duration_ms > _TAIL_MS:
        visemes.append((duration_ms - _TAIL_MS, _SILENCE))
    # Very short sounds may start in the same millisecond.
    return tuple(
        viseme
        for before, viseme in pairwise([(-1, _SILENCE), *visemes])
        if viseme[0] > before[0]
    )


def _pause_after(token: str) -> int:
    if token[-1] in ".?!。…":
        return _LONG_PAUSE
    return _SHORT_PAUSE if token[-1] in ",;:" else 0


def _word_value(word: Word) -> bytes:
    return b'%d,"audio_duration_ms":%d,"text":%b,"timestamp_type":"word"' % (
        word.offset_ms,
        word.duration_ms,
        encode(word.text),
    )


@lru_cache(maxsize=8)
def _blendshape_values(text: str, duration_ms: int) -> tuple[tuple[float, bytes], ...]:
    """Return the animation of a text, cut into deltas, each with its offset in ms."""
    visemes = spoken_visemes(text, duration_ms)
    frames: list[bytes] = []
    position = 0
    for frame in range(duration_ms * FRAMES_PER_SECOND // 1000):
        now_ms = frame * 1000 / FRAMES_PER_SECOND
        while position + 1 < len(visemes) and visemes[position + 1][0] <= now_ms:
            position += 1
        start, viseme = visemes[position]
        # The mouth moves to its next position in three frames.
        level = min(3, 1 + int((now_ms - start) * FRAMES_PER_SECOND / 1000))
        blinks = frame % _BLINK_EVERY >= _BLINK_EVERY - _BLINK_FRAMES
        frames.append(_frame(viseme, level, blinks))
    return tuple(
        (
            first * 1000 / FRAMES_PER_SECOND,
            b'[%b],"frame_index":%d'
            # Counted from 1: on the live service, the index is above 0.
            % (b",".join(frames[first : first + _FRAMES_PER_DELTA]), first + 1),
        )
        for first in range(0, len(frames), _FRAMES_PER_DELTA)
    )


@lru_cache(maxsize=256)
def _frame(viseme: int, level: int, blinks: bool) -> bytes:
    values = [0.0] * SHAPES_PER_FRAME
    for index, value in zip(
        (_JAW, _CLOSE, _FUNNEL, _PUCKER), _MOUTHS[viseme], strict=True
    ):
        values[index] = round(value * level / 3, 3)
    for index in _BLINKS:
        values[index] = 0.9 if blinks else 0.0
    return encode(values)
