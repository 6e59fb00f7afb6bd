"""Speech output: synthesized on demand, split into deltas, encoded, cached."""

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
from voicelive_mockserver.engine.interfaces import EncodedSpeech
from voicelive_mockserver.engine.usage import AUDIO_TOKEN_MS
from voicelive_protocol.audio_formats import DEFAULT_AUDIO_FORMAT
from voicelive_protocol.audio_formats import audio_format as raw_format

# 32 MiB of pcm16 at 24 kHz in base64.
_CACHE_TOKENS = (32 << 20) // 3200
# About 15 minutes; the rest is sent as text without audio.
_MAX_TEXT_CHARACTERS = 15_000
_THREADS = 4
_MAX_PREPARED = 64
"""The maximum number of prepared texts that are kept unused."""

_Key = tuple[str, str, str, int]  # text, voice, format, duration of a delta


class Phrase(Protocol):
    """A part of a text that can be spoken."""

    @property
    def size(self) -> int:
        """The size of the audio in bytes, known before synthesis."""
        ...

    def speak(self) -> bytes:
        """Return the audio as mono pcm16."""
        ...


class Synthesizer(Protocol):
    """A speech synthesizer."""

    def __call__(self, text: str, *, sample_rate: int, voice: str) -> Sequence[Phrase]:
        """Split a text into phrases, each with the pause after it.

        Args:
            text: The text; without letters, there are no phrases.
            sample_rate: The sample rate in Hz.
            voice: The name of the voice.
        """
        ...


class SyntheticSpeech:
    """Speech output with a cache.

    A text is synthesized phrase by phrase while it is sent. About 32 MiB of encoded
    audio are cached, so that repeated texts need no synthesis.

    Args:
        synthesizer: The synthesizer; by default the built-in one.
        is_slow: Whether synthesis takes so long that `prepare` starts it in a thread.
    """

    def __init__(
        self, synthesizer: Synthesizer = phrases, *, is_slow: bool = False
    ) -> None:
        self._synthesizer = synthesizer
        self._cache: OrderedDict[_Key, EncodedSpeech] = OrderedDict()
        self._tokens = 0
        self._threads = ThreadPoolExecutor(_THREADS, "speech") if is_slow else None
        self._prepared: OrderedDict[_Key, Future[EncodedSpeech]] = OrderedDict()

    def prepare(self, text: str, voice: Any, audio_format: str, delta_ms: int) -> None:
        """Start synthesis for a later `speak`, if the synthesizer is slow.

        Args:
            text: The text.
            voice: As for `speak`.
            audio_format: As for `speak`.
            delta_ms: As for `speak`.
        """
        if self._threads is None:
            return
        key = _key(text, voice, audio_format, delta_ms)
        if key not in self._cache and key not in self._prepared:
            self._prepared[key] = self._threads.submit(
                _synthesize, self._synthesizer, *key
            )
            if len(self._prepared) > _MAX_PREPARED:
                # The response was cancelled before it spoke.
                self._prepared.popitem(last=False)[1].cancel()

    def speak(
        self, text: str, voice: Any, audio_format: str, delta_ms: int
    ) -> EncodedSpeech:
        """Return the audio of a text.

        Args:
            text: The text; without letters, there is no audio.
            voice: The voice as the session shows it, or its name.
            audio_format: An output audio format of the protocol; `pcm16` if it is
                unknown.
            delta_ms: The duration of a delta in milliseconds, a multiple of 50. The
                remainder is part of the last delta.
        """
        key = _key(text, voice, audio_format, delta_ms)
        speech = self._cache.get(key)
        if speech is None:
            prepared = self._prepared.pop(key, None)
            # Faster than waiting for a thread, if none has started it.
            if prepared is None or prepared.cancel():
                speech = _synthesize(self._synthesizer, *key)
            else:
                speech = prepared.result()
            self._cache_speech(key, speech)
        else:
            self._cache.move_to_end(key)
        return speech

    def _cache_speech(self, key: _Key, speech: EncodedSpeech) -> None:
        self._cache[key] = speech
        self._tokens += speech.tokens
        while self._tokens > _CACHE_TOKENS:
            _, dropped = self._cache.popitem(last=False)
            self._tokens -= dropped.tokens


def _key(text: str, voice: Any, audio_format: str, delta_ms: int) -> _Key:
    name = voice.get("name", "") if isinstance(voice, dict) else voice
    return text, str(name or ""), audio_format, delta_ms


def _synthesize(
    synthesizer: Synthesizer, text: str, voice: str, audio_format: str, delta_ms: int
) -> EncodedSpeech:
    raw = raw_format(audio_format) or DEFAULT_AUDIO_FORMAT
    rate = raw.sample_rate
    spoken = synthesizer(text[:_MAX_TEXT_CHARACTERS], sample_rate=rate, voice=voice)
    token = pcm16_size(AUDIO_TOKEN_MS, rate)
    tokens = -(-sum(phrase.size for phrase in spoken) // token)
    encode = (
        None if raw.encoding == PCM16 else partial(encode_g711, encoding=raw.encoding)
    )
    scale = 1 if encode is None else BYTES_PER_SAMPLE
    deltas = _Deltas(
        spoken, encode, tokens * token // scale, pcm16_size(delta_ms, rate) // scale
    )
    return EncodedSpeech(deltas, tokens)


class _Deltas(Sequence[bytes]):
    """The deltas of a text, synthesized on access.

    Synthesizing a long text at once would block all sessions.

    Args:
        spoken: The phrases.
        encode: Converts pcm16 to the output format; `None` if it is pcm16.
        size: The total size of the audio in bytes.
        step: The size of a delta in bytes. The remainder is part of the last one, like
            in the real service, which sends floor(audio tokens / 5) deltas of 250 ms.
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
            self._speak_next()
        return self._ready[place]

    def _speak_next(self) -> None:
        """Synthesize the next phrase."""
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
