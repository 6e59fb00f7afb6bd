"""Spoken output: synthesised once, cut into deltas, encoded, remembered."""

from __future__ import annotations

from base64 import b64encode
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol, overload

from voicelive_core.audio import PCM16, encode_g711
from voicelive_mockserver.audio.formats import (
    BYTES_PER_SAMPLE,
    pcm16_size,
)
from voicelive_mockserver.audio.voice import phrases
from voicelive_mockserver.engine.interfaces import Speech
from voicelive_mockserver.engine.usage import AUDIO_TOKEN_MS
from voicelive_protocol.audio_formats import DEFAULT_AUDIO_FORMAT
from voicelive_protocol.audio_formats import audio_format as raw_format

# 32 MiB of pcm16 at 24 kHz in base64.
_CACHE_TOKENS = (32 << 20) // 3200
# A quarter of an hour; what follows is written but not spoken.
_LONGEST_TEXT = 15_000
_THREADS = 4
_MOST_BEGUN = 64
"""So many texts that were announced and not asked for are kept."""

_Key = tuple[str, str, str, int]  # text, voice, format, length of the deltas


class Phrase(Protocol):
    """A part of a text that can be spoken."""

    @property
    def size(self) -> int:
        """Size of the audio in bytes, known before it is spoken."""
        ...

    def speak(self) -> bytes:
        """Return the audio as mono pcm16."""
        ...


class Synthesizer(Protocol):
    """A voice: cuts a text into what it speaks at once."""

    def __call__(self, text: str, *, sample_rate: int, voice: str) -> Sequence[Phrase]:
        """Return a text as phrases, each with the pause after it.

        Args:
            text: What is spoken; without a letter, there are no phrases.
            sample_rate: Sample rate of the audio in Hz.
            voice: Name of the voice.
        """
        ...


class SyntheticSpeech:
    """Speaks with a synthetic voice.

    A text is spoken phrase by phrase, as it is sent. What was spoken is remembered
    in its encoded form, about 32 MiB of it, so that sessions that say the same cost
    nothing but the copying.

    Args:
        synthesizer: The voice; by default the built-in one.
        is_slow: Whether the voice takes so long that it begins in a thread of its
            own, when a text is announced.
    """

    def __init__(
        self, synthesizer: Synthesizer = phrases, *, is_slow: bool = False
    ) -> None:
        self._synthesizer = synthesizer
        self._cache: OrderedDict[_Key, Speech] = OrderedDict()
        self._tokens = 0
        self._threads = ThreadPoolExecutor(_THREADS, "speech") if is_slow else None
        self._begun: OrderedDict[_Key, Future[Speech]] = OrderedDict()

    def prepare(self, text: str, voice: Any, audio_format: str, delta_ms: int) -> None:
        """Begin to speak a text that `speak` will be asked for, if that takes long.

        Args:
            text: What will be spoken.
            voice: As for `speak`.
            audio_format: As for `speak`.
            delta_ms: As for `speak`.
        """
        if self._threads is None:
            return
        key = _key(text, voice, audio_format, delta_ms)
        if key not in self._cache and key not in self._begun:
            self._begun[key] = self._threads.submit(_prepared, self._synthesizer, *key)
            if len(self._begun) > _MOST_BEGUN:
                # Of a response that was cancelled before it spoke.
                self._begun.popitem(last=False)[1].cancel()

    def speak(self, text: str, voice: Any, audio_format: str, delta_ms: int) -> Speech:
        """Return the audio of a text.

        Args:
            text: What is spoken; text without a letter gives no audio.
            voice: The voice as the session shows it, or its name.
            audio_format: An output audio format of the protocol; an unknown one is
                taken for `pcm16`.
            delta_ms: How much audio one delta carries, in milliseconds; a multiple
                of 50. What does not fill a delta goes with the last one.
        """
        key = _key(text, voice, audio_format, delta_ms)
        speech = self._cache.get(key)
        if speech is None:
            begun = self._begun.pop(key, None)
            # One that still waits for a thread is sooner spoken here.
            if begun is None or begun.cancel():
                speech = _prepared(self._synthesizer, *key)
            else:
                speech = begun.result()
            self._remember(key, speech)
        else:
            self._cache.move_to_end(key)
        return speech

    def _remember(self, key: _Key, speech: Speech) -> None:
        self._cache[key] = speech
        self._tokens += speech.tokens
        while self._tokens > _CACHE_TOKENS:
            _, forgotten = self._cache.popitem(last=False)
            self._tokens -= forgotten.tokens


def _key(text: str, voice: Any, audio_format: str, delta_ms: int) -> _Key:
    name = voice.get("name", "") if isinstance(voice, dict) else voice
    return text, str(name or ""), audio_format, delta_ms


def _prepared(
    synthesizer: Synthesizer, text: str, voice: str, audio_format: str, delta_ms: int
) -> Speech:
    raw = raw_format(audio_format) or DEFAULT_AUDIO_FORMAT
    rate = raw.sample_rate
    spoken = synthesizer(text[:_LONGEST_TEXT], sample_rate=rate, voice=voice)
    token = pcm16_size(AUDIO_TOKEN_MS, rate)
    tokens = -(-sum(phrase.size for phrase in spoken) // token)
    encode = (
        None if raw.encoding == PCM16 else partial(encode_g711, encoding=raw.encoding)
    )
    scale = 1 if encode is None else BYTES_PER_SAMPLE
    deltas = _Deltas(
        spoken, encode, tokens * token // scale, pcm16_size(delta_ms, rate) // scale
    )
    return Speech(deltas, tokens)


class _Deltas(Sequence[bytes]):
    """The deltas of a text, which is spoken as far as somebody asks.

    To speak a long text at once would make all sessions wait.

    Args:
        spoken: The sentences.
        encode: Turns pcm16 into the output format; `None` when it is that already.
        size: The size of all the audio, in bytes.
        step: The size of one delta. What does not fill a delta goes with the last
            one: that is how the service gets by with floor(audio tokens / 5) deltas
            of 250 ms.
    """

    def __init__(
        self,
        spoken: Sequence[Phrase],
        encode: Callable[[bytes], bytes] | None,
        size: int,
        step: int,
    ) -> None:
        self._spoken = deque(spoken)
        self._encode = encode
        self._step = step
        self._count = max(size // step, 1) if size else 0
        self._ready: list[bytes] = []
        self._audio = b""
        self._left = size

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> bytes: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[bytes, ...]: ...

    def __getitem__(self, index: int | slice) -> bytes | tuple[bytes, ...]:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(self._count)))
        place = range(self._count)[index]
        while place >= len(self._ready):
            self._speak_on()
        return self._ready[place]

    def _speak_on(self) -> None:
        """Speak the next sentence."""
        pcm = self._spoken.popleft().speak()
        audio = self._audio + (pcm if self._encode is None else self._encode(pcm))
        if not self._spoken:
            missing = self._left - len(audio)
            silence = bytes(missing * (1 if self._encode is None else BYTES_PER_SAMPLE))
            audio += silence if self._encode is None else self._encode(silence)
        start = 0
        while start + self._step <= len(audio) and len(self._ready) < self._count - 1:
            self._ready.append(b64encode(audio[start : start + self._step]))
            start += self._step
        self._left -= start
        self._audio = audio[start:]
        if not self._spoken:
            self._ready.append(b64encode(self._audio))
            self._audio = b""
