"""Synthetic voice: formant synthesis without dependencies.

The speech is unintelligible, with the rhythm and intonation of the text: a syllable for
each group of vowels, noise and stops for consonants, pauses at punctuation, and pitch
that falls at the end of a statement and rises at the end of a question.

Each glottal pulse adds three short decaying waves, one per formant. Values are rounded,
so all sums are exact: the same text gives the same bytes on every platform.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
import zlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from voicelive_mockserver.audio.formats import BYTES_PER_SAMPLE, resample
from voicelive_mockserver.audio.mixing import SAMPLE_RATE, Mixer, mixer

CHARACTERS_PER_SECOND = 15
"""The speaking rate, without the pauses between sentences."""

_RATE = SAMPLE_RATE  # of the synthesis; the result is converted
_PEAK = 11626  # -9 dBFS
# Lengths in samples:
_LEAD = _RATE // 50  # silence before a sentence
_TAIL = _RATE // 25  # silence after it; the last waves end there
_PAUSE = _RATE * 28 // 100  # between sentences
_EDGE = _RATE * 12 // 1000  # fade at the start and end of a sound
_GRID = _RATE // 50  # of the starts of sentences: whole samples at any usual rate
# Of the three formants:
_BANDWIDTHS = (80, 110, 170)  # in Hz; they determine the decay
_LOUDNESS = (1024, 480, 220)  # of 1024

# Pitch in Hz of common voice names; other names get one by hash.
_PITCHES = {
    "alloy": 148,
    "ash": 112,
    "ballad": 125,
    "cedar": 100,
    "coral": 198,
    "echo": 106,
    "marin": 186,
    "sage": 178,
    "shimmer": 212,
    "verse": 134,
}

_Formants = tuple[int, int, int]


class _Sound(NamedTuple):
    """A steady sound of speech."""

    ms: float
    voice: float = 0.0  # loudness of the voice, 0 to 1
    formants: _Formants = (500, 1500, 2500)  # Hz
    noise: float = 0.0  # loudness of the hiss, 0 to 1
    sharp: bool = False  # the hiss of an "s", not of an "h"
    stressed: bool = False


_VOWELS: dict[str, _Formants] = {
    "a": (740, 1280, 2500),
    "e": (540, 1800, 2500),
    "i": (330, 2200, 2950),
    "o": (520, 920, 2450),
    "u": (350, 1000, 2300),
}
_VOWEL_PAIRS = {"ee": "ii", "ea": "ii", "ie": "ii", "oo": "uu", "ou": "au"}

_CLOSED = _Sound(45)
_VOICED_CLOSED = _Sound(40, voice=0.12, formants=(220, 1100, 2300))
_CONSONANTS: dict[str, tuple[_Sound, ...]] = {
    "b": (_VOICED_CLOSED, _Sound(8, noise=0.1)),
    "ch": (_CLOSED, _Sound(60, noise=0.3, sharp=True)),
    "d": (_VOICED_CLOSED, _Sound(10, noise=0.15)),
    "f": (_Sound(80, noise=0.16),),
    "g": (_VOICED_CLOSED, _Sound(14, noise=0.15)),
    "h": (_Sound(55, noise=0.14),),
    "j": (_VOICED_CLOSED, _Sound(40, noise=0.2, sharp=True)),
    "k": (_CLOSED, _Sound(22, noise=0.25)),
    "l": (_Sound(60, voice=0.5, formants=(360, 1120, 2600)),),
    "m": (_Sound(65, voice=0.4, formants=(260, 1000, 2200)),),
    "n": (_Sound(60, voice=0.4, formants=(260, 1480, 2500)),),
    "p": (_CLOSED, _Sound(16, noise=0.2)),
    "r": (_Sound(60, voice=0.5, formants=(360, 1160, 1640)),),
    "s": (_Sound(85, noise=0.3, sharp=True),),
    "sh": (_Sound(85, noise=0.28),),
    "t": (_CLOSED, _Sound(18, noise=0.3, sharp=True)),
    "th": (_Sound(60, voice=0.15, formants=(280, 1400, 2500), noise=0.1),),
    "v": (_Sound(55, voice=0.3, formants=(260, 1100, 2300), noise=0.06),),
    "w": (_Sound(55, voice=0.5, formants=(310, 720, 2200)),),
    "y": (_Sound(45, voice=0.5, formants=(290, 2160, 2950)),),
    "z": (_Sound(65, voice=0.25, formants=(260, 1500, 2500), noise=0.2, sharp=True),),
}
_SPELLED_LIKE = {"c": "k", "ck": "k", "ng": "n", "ph": "f", "q": "k", "wh": "w"}
_LETTERS = re.compile(
    r"(?P<vowels>(?!y[aeiou])[aeiouy]+)|sh|ch|th|ph|ck|ng|wh|([b-df-hj-np-tv-z])\2?"
)

_DIGITS = (
    *("zero", "one", "two", "three", "four"),
    *("five", "six", "seven", "eight", "nine"),
)
_SENTENCE = re.compile(r"(.*?)([!?؟。\n]|[.:;](?=\s|$)|$)", re.DOTALL)
_MAX_SENTENCE = 240  # letters; longer sentences are split


def synthesize(text: str, *, sample_rate: int = 24000, voice: str = "alloy") -> bytes:
    """Return speech for a text.

    Duration and loudness (peaks at -9 dBFS) are those of normal speech. The last few
    sentences are cached.

    Args:
        text: The text. Without letters and digits there is no audio.
        sample_rate: Sample rate of the result in Hz.
        voice: Name of the voice; the same name always has the same pitch.

    Returns:
        Mono pcm16 audio. The same arguments always give the same bytes.
    """
    return b"".join(
        phrase.speak() for phrase in phrases(text, sample_rate=sample_rate, voice=voice)
    )


class SyntheticPhrase:
    """A sentence to synthesize, with the pause after it.

    Args:
        spelled: The spelled sentence.
        is_question: Whether it is a question.
        pitch: The pitch of the voice in Hz.
        sample_rate: Sample rate of the audio in Hz.
        is_last: Whether it has no pause after it.
    """

    __slots__ = ("_samples", "_spoken", "sample_rate", "size")

    def __init__(
        self,
        spelled: str,
        is_question: bool,
        pitch: int,
        sample_rate: int,
        *,
        is_last: bool,
    ) -> None:
        self._spoken = spelled, is_question, pitch
        samples = _LEAD + sum(_lengths(spelled, _sounds(spelled))) + _TAIL
        if not is_last:
            samples += _PAUSE
        self._samples = -(-samples // _GRID) * _GRID
        self.sample_rate = sample_rate
        """Sample rate of the audio in Hz."""
        self.size = self._samples * sample_rate // _RATE * BYTES_PER_SAMPLE
        """Size of the audio in bytes, known before synthesis."""

    def speak(self) -> bytes:
        """Return the audio as mono pcm16."""
        pcm = _say(*self._spoken).ljust(self._samples * BYTES_PER_SAMPLE, b"\0")
        return resample(pcm, _RATE, self.sample_rate)


def phrases(
    text: str, *, sample_rate: int = 24000, voice: str = "alloy"
) -> list[SyntheticPhrase]:
    """Prepare speech for a text, sentence by sentence.

    Synthesis takes about a hundredth of real time, so long texts are synthesized on
    demand. Arguments are those of `synthesize`, and so is the concatenated audio.
    """
    pitch = _PITCHES.get(voice) or 100 + zlib.crc32(voice.encode()) % 111
    sentences = list(_sentences(text))
    return [
        SyntheticPhrase(
            spelled, is_question, pitch, sample_rate, is_last=number == len(sentences)
        )
        for number, (spelled, is_question) in enumerate(sentences, 1)
    ]


def _sentences(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each sentence, spelled in letters, and whether it is a question."""
    for match in _SENTENCE.finditer(unicodedata.normalize("NFKD", text.casefold())):
        is_question = match[2] in ("?", "؟")
        breaths = textwrap.wrap(_spell(match[1]), _MAX_SENTENCE)
        for number, spelled in enumerate(breaths, 1):
            if spelled.strip(", "):
                yield spelled, is_question and number == len(breaths)


def _spell(sentence: str) -> str:
    """Return a sentence as words of the letters a to z, and commas.

    Letters of other scripts become arbitrary but fixed letters, or syllables in scripts
    that write syllables.
    """
    spelled: list[str] = []
    for char in sentence:
        if "a" <= char <= "z":
            spelled.append(char)
        elif char == ",":
            spelled.append(", ")
        elif char.isdigit():
            spelled.append(f" {_DIGITS[unicodedata.digit(char)]} ")
        elif unicodedata.category(char) == "Lo":
            spelled.append("klmnrst"[ord(char) % 7] + "aeiou"[ord(char) // 7 % 5])
        elif char.isalpha():
            spelled.append("aeioulmnrst"[ord(char) % 11])
        elif char not in "'\u2019" and not unicodedata.combining(char):
            spelled.append(" ")
    return " ".join("".join(spelled).split())


def _sounds(spelled: str) -> list[_Sound]:
    """Return the sounds of a spelled sentence."""
    sounds: list[_Sound] = []
    last_vowel = -1
    for word in spelled.split():
        letters = list(_LETTERS.finditer(word))
        if len(letters) > 2 and letters[-1][0] == "e" and not letters[-2]["vowels"]:
            letters.pop()  # usually silent in English
        stress = len(word) > 3  # on the first syllable, an approximation
        for letter in letters:
            if letter["vowels"]:
                sounds += _vowel(letter[0], stress)
                stress = False
                last_vowel = len(sounds) - 1
            else:
                sounds += _consonant(letter[0])
        sounds.append(_Sound(160 if word.endswith(",") else 18))
    if last_vowel >= 0:
        longer = sounds[last_vowel].ms * 1.5  # final lengthening
        sounds[last_vowel] = sounds[last_vowel]._replace(ms=longer)
    return sounds[:-1]


def _vowel(letters: str, stressed: bool) -> list[_Sound]:
    """Return a syllable: one vowel, or a glide from one to another."""
    letters = letters.replace("y", "i")
    letters = _VOWEL_PAIRS.get(letters, letters[0] + letters[-1])
    loudness = 1.0 if stressed else 0.75
    sound = _Sound(60, loudness, _VOWELS[letters[0]], stressed=stressed)
    if letters[0] == letters[1]:
        return [sound._replace(ms=95)]
    return [sound, sound._replace(formants=_VOWELS[letters[1]])]


def _consonant(letters: str) -> tuple[_Sound, ...]:
    """Return the sounds of a consonant; double letters sound like one."""
    if len(letters) == 2 and letters[0] == letters[1]:
        letters = letters[0]
    if letters == "x":
        return _CONSONANTS["k"] + _CONSONANTS["s"]
    letters = _SPELLED_LIKE.get(letters, letters)
    return _CONSONANTS.get(letters) or _CONSONANTS[letters[0]]


class _Moment(NamedTuple):
    """Voice parameters at one time, interpolated linearly in between."""

    at: float  # samples from the start of the sentence
    voice: float
    stress: float
    formants: _Formants


@lru_cache(maxsize=16)
def _say(spelled: str, is_question: bool, pitch: int) -> bytes:
    """Return the audio of one spelled sentence, at `_RATE`."""
    sounds = _sounds(spelled)
    lengths = _lengths(spelled, sounds)
    result = mixer(_LEAD + sum(lengths) + _TAIL)
    moments = [_Moment(_LEAD, 0, 0, sounds[0].formants)]
    start = _LEAD
    for sound, length in zip(sounds, lengths, strict=True):
        if sound.noise:
            result.hiss(start, length, sound.noise, sharp=sound.sharp)
        edge = min(_EDGE, length // 3)
        # Silence keeps the formants.
        formants = sound.formants if sound.voice else moments[-1].formants
        for at in (start + edge, start + length - edge):
            moments.append(_Moment(at, sound.voice, sound.stressed, formants))
        start += length
    moments.append(_Moment(start, 0, 0, moments[-1].formants))
    _add_voice(result, moments, pitch, is_question)
    return result.pcm(_PEAK)


def _lengths(spelled: str, sounds: list[_Sound]) -> list[int]:
    """Return the length of each sound of a spelled sentence, in samples."""
    wanted = (len(spelled) + 1) / CHARACTERS_PER_SECOND * _RATE - _LEAD - _TAIL
    natural = sum(sound.ms for sound in sounds) * _RATE / 1000
    tempo = max(0.6, min(2.0, wanted / natural))
    return [round(sound.ms * tempo * _RATE / 1000) for sound in sounds]


def _add_voice(
    result: Mixer, moments: list[_Moment], pitch: int, is_question: bool
) -> None:
    """Add the waves of the voice, from the first moment to the last."""
    # Higher voices have shorter vocal tracts, and so higher formants.
    size = 1 + (pitch - 120) / 700
    end = moments[-1].at
    at = moments[0].at
    beat = 0
    for before, after in pairwise(moments):
        while at < after.at:
            part = (at - before.at) / (after.at - before.at)
            voice = before.voice + (after.voice - before.voice) * part
            stress = before.stress + (after.stress - before.stress) * part
            # Jitter, for a natural sound.
            steady = 0.992 + beat * 7 % 17 / 1000
            hertz = (
                pitch * _melody(at / end, is_question) * steady * (1 + 0.07 * stress)
            )
            if voice > 0.01:
                waves = [
                    (round((a + (b - a) * part) * size / 40) * 40, bandwidth)
                    for a, b, bandwidth in zip(
                        before.formants, after.formants, _BANDWIDTHS, strict=True
                    )
                ]
                # Multiples of 1/1024 keep all sums exact.
                loudness = [round(voice * k) / 1024 for k in _LOUDNESS]
                result.pulse(int(at), waves, loudness)
            at += _RATE / hertz
            beat += 1


def _melody(part: float, is_question: bool) -> float:
    """Return the relative pitch at a position in a sentence, from 0 to 1."""
    if is_question:
        return 1.04 - 0.1 * part if part < 0.7 else 0.97 + (part - 0.7) * 1.4
    return 1.12 - 0.25 * part
