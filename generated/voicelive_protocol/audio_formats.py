# Generated from schema/ by `make generate`. Do not edit.
"""Raw audio formats by their names in a session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from voicelive_core.audio import RawFormat

AUDIO_FORMATS: Mapping[str, RawFormat] = MappingProxyType(
    {
        "pcm16": RawFormat("pcm16", 24000, 2, bytes.fromhex("0000")),
        "g711_ulaw": RawFormat("g711_ulaw", 8000, 1, bytes.fromhex("ff")),
        "g711_alaw": RawFormat("g711_alaw", 8000, 1, bytes.fromhex("d5")),
        "pcm16_8000hz": RawFormat("pcm16", 8000, 2, bytes.fromhex("0000")),
        "pcm16_16000hz": RawFormat("pcm16", 16000, 2, bytes.fromhex("0000")),
        "pcm16-8000hz": RawFormat("pcm16", 8000, 2, bytes.fromhex("0000")),
        "pcm16-16000hz": RawFormat("pcm16", 16000, 2, bytes.fromhex("0000")),
    }
)
"""The listed formats, each with its default sample rate."""

DEFAULT_AUDIO_FORMAT = AUDIO_FORMATS["pcm16"]
"""The format of sessions that set none."""

# The service accepts further rates than those listed.
_WITH_RATE = re.compile(r"(\w+?)[_-]([1-9]\d{0,5})hz")


def audio_format(name: object) -> RawFormat | None:
    """Return a format by its name; None if it is unknown.

    Args:
        name: A value of `input_audio_format` or `output_audio_format`: a listed one, or
            one with another rate in its name, such as `pcm16_22050hz`.
    """
    if not isinstance(name, str):
        return None
    match = _WITH_RATE.fullmatch(name)
    base = AUDIO_FORMATS.get(match[1] if match else name)
    if base is None or match is None:
        return base
    rate = int(match[2])
    return RawFormat(base.encoding, rate, base.bytes_per_sample, base.silence)
