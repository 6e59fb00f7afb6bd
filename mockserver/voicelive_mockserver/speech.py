"""Spoken output: synthesised once, cut into deltas, encoded, remembered."""

import re
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from .audio.formats import (
    BYTES_PER_SAMPLE,
    G711_SAMPLE_RATE,
    pcm16_size,
    pcm16_to_alaw,
    pcm16_to_ulaw,
)
from .audio.voice import synthesize
from .engine.ports import Speech
from .engine.usage import AUDIO_TOKEN_MS

_CACHE_BYTES = 32 << 20
_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "g711_ulaw": pcm16_to_ulaw,
    "g711_alaw": pcm16_to_alaw,
}
_RATES = {
    "g711_ulaw": G711_SAMPLE_RATE,
    "g711_alaw": G711_SAMPLE_RATE,
    "pcm16_8000hz": 8000,
    "pcm16_16000hz": 16000,
    # The first API version wrote these two with a hyphen.
    "pcm16-8000hz": 8000,
    "pcm16-16000hz": 16000,
}
_DEFAULT_RATE = 24000
_OTHER_RATE = re.compile(r"pcm16_(\d+)hz")

_Key = tuple[str, str, str, int]  # text, voice, format, length of the deltas


class SyntheticSpeech:
    """Speaks with the built-in synthetic voice.

    What was spoken is remembered in its encoded form, up to 32 MiB, so that sessions
    that say the same cost nothing but the copying.
    """

    def __init__(self) -> None:
        self._cache: OrderedDict[_Key, Speech] = OrderedDict()
        self._size = 0

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
        name = voice.get("name", "") if isinstance(voice, dict) else voice
        key = (text, str(name or ""), audio_format, delta_ms)
        speech = self._cache.get(key)
        if speech is None:
            speech = _synthesized(*key)
            self._remember(key, speech)
        else:
            self._cache.move_to_end(key)
        return speech

    def _remember(self, key: _Key, speech: Speech) -> None:
        self._cache[key] = speech
        self._size += _size(speech)
        while self._size > _CACHE_BYTES:
            _, forgotten = self._cache.popitem(last=False)
            self._size -= _size(forgotten)


def _synthesized(text: str, voice: str, audio_format: str, delta_ms: int) -> Speech:
    rate = _RATES.get(audio_format, _DEFAULT_RATE)
    other = _OTHER_RATE.fullmatch(audio_format)
    if other is not None:
        rate = int(other[1])
    pcm = synthesize(text, sample_rate=rate, voice=voice)
    token = pcm16_size(AUDIO_TOKEN_MS, rate)
    tokens = -(-len(pcm) // token)
    pcm = pcm.ljust(tokens * token, b"\0")
    encode = _ENCODERS.get(audio_format)
    audio = pcm if encode is None else encode(pcm)
    step = pcm16_size(delta_ms, rate)
    if encode is not None:
        step //= BYTES_PER_SAMPLE
    return Speech(tuple(b64encode(chunk) for chunk in _chunks(audio, step)), tokens)


def _chunks(audio: bytes, step: int) -> list[bytes]:
    """Cut audio into deltas; what does not fill a delta goes with the last one.

    That is how the service gets by with floor(audio tokens / 5) deltas of 250 ms.
    """
    if not audio:
        return []
    last = max(len(audio) // step - 1, 0) * step
    chunks = [audio[start : start + step] for start in range(0, last, step)]
    return [*chunks, audio[last:]]


def _size(speech: Speech) -> int:
    return sum(map(len, speech.chunks))
