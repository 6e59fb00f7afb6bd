"""Audio formats by name, and the G.711 codec."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicelive_core.audio import ALAW, ULAW, RawFormat, decode_g711, encode_g711
from voicelive_protocol import InputAudioFormat, OutputAudioFormat
from voicelive_protocol.audio_formats import (
    AUDIO_FORMATS,
    DEFAULT_AUDIO_FORMAT,
    audio_format,
)


def samples(pcm: bytes) -> list[int]:
    return [value for (value,) in struct.iter_unpack("<h", pcm)]


def test_every_format_of_the_schema_has_an_encoding() -> None:
    """Each listed name of an input or output format is in the table."""
    assert set(AUDIO_FORMATS) == {*InputAudioFormat, *OutputAudioFormat}


@pytest.mark.parametrize(
    ("name", "encoding", "rate", "bytes_per_second"),
    [
        ("pcm16", "pcm16", 24_000, 48_000),
        ("pcm16_16000hz", "pcm16", 16_000, 32_000),
        ("pcm16-8000hz", "pcm16", 8_000, 16_000),
        ("pcm16_22050hz", "pcm16", 22_050, 44_100),
        ("g711_ulaw", "g711_ulaw", 8_000, 8_000),
        (OutputAudioFormat.G711_ALAW, "g711_alaw", 8_000, 8_000),
    ],
)
def test_format_by_name(
    name: str, encoding: str, rate: int, bytes_per_second: int
) -> None:
    """A name gives encoding and rate, also with a rate that is not listed."""
    found = audio_format(name)
    assert found is not None
    assert (found.encoding, found.sample_rate) == (encoding, rate)
    assert found.bytes_per_second == bytes_per_second


@pytest.mark.parametrize(
    "name", ["opus", "", "pcm16_0hz", "pcm16_1234567hz", "opus_48000hz", None, 5, {}]
)
def test_unknown_formats(name: object) -> None:
    """Any other value has no format."""
    assert audio_format(name) is None


def test_default_format() -> None:
    """A session without a format has pcm16 at 24 kHz."""
    assert RawFormat("pcm16", 24_000, 2, b"\0\0") == DEFAULT_AUDIO_FORMAT


@pytest.mark.parametrize("encoding", [ULAW, ALAW])
def test_silence_of_g711(encoding: str) -> None:
    """The code for silence decodes to the level closest to zero."""
    silence = decode_g711(AUDIO_FORMATS[encoding].silence, encoding)
    levels = samples(decode_g711(bytes(range(256)), encoding))
    assert abs(samples(silence)[0]) == min(map(abs, levels))


@pytest.mark.parametrize(
    ("code", "level"),
    [(0x00, -32124), (0x80, 32124), (0xFF, 0), (0x7F, 0), (0xF0, 120), (0x9E, 8828)],
)
def test_ulaw_levels(code: int, level: int) -> None:
    """u-law bytes stand for the levels of the G.711 table."""
    assert samples(decode_g711(bytes([code]), ULAW)) == [level]


@pytest.mark.parametrize(
    ("code", "level"),
    [(0xD5, 8), (0x55, -8), (0x2A, -32256), (0xAA, 32256), (0xC5, 264), (0xB4, 8960)],
)
def test_alaw_levels(code: int, level: int) -> None:
    """A-law bytes stand for the levels of the G.711 table."""
    assert samples(decode_g711(bytes([code]), ALAW)) == [level]


def test_g711_bytes_survive_a_round_trip() -> None:
    """Encoding what was decoded gives the same byte, but for u-law's negative zero."""
    codes = bytes(range(256))
    assert encode_g711(decode_g711(codes, ALAW), ALAW) == codes
    ulaw = encode_g711(decode_g711(codes, ULAW), ULAW)
    assert ulaw == codes.replace(b"\x7f", b"\xff")


@settings(deadline=None, derandomize=True)
@given(st.integers(-32768, 32767))
def test_g711_is_as_exact_as_it_can_be(sample: int) -> None:
    """A sample comes back within half a step, which grows with the level."""
    pcm = sample.to_bytes(2, "little", signed=True)
    ulaw = samples(decode_g711(encode_g711(pcm, ULAW), ULAW))[0]
    alaw = samples(decode_g711(encode_g711(pcm, ALAW), ALAW))[0]
    clipped = max(-32635, min(32635, sample))
    assert abs(ulaw - clipped) <= (abs(clipped) + 132) / 32 + 4
    assert abs(alaw - sample) <= max(16, abs(sample) / 32 + 16)
