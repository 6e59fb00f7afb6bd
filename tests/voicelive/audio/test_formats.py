"""Formats, G.711 and conversion."""

from __future__ import annotations

import json
import subprocess
import sys
from array import array

import pytest

from tests.voicelive.audio.conftest import tone
from voicelive.audio import AudioConverter, AudioFormat, Quality, convert
from voicelive.models import InputAudioFormat, OutputAudioFormat

ULAW = AudioFormat("g711_ulaw")
ALAW = AudioFormat("g711_alaw")
PCM_8K = AudioFormat("pcm16", 8000)

# Level of each code at the ends of a law and in between, in 16 bits: table 1a and 2a of
# ITU-T G.711, whose values are in steps of the law.
ULAW_LEVELS = {0xFF: 0, 0x7F: 0, 0xF0: 120, 0x80: 8031 * 4, 0x00: -8031 * 4}
ALAW_LEVELS = {0xD5: 8, 0x55: -8, 0xAA: 4032 * 8, 0x2A: -4032 * 8, 0xC5: 33 * 8}


def samples(pcm: bytes) -> list[int]:
    return array("h", pcm).tolist()


def test_a_format_is_what_sessions_use_by_default() -> None:
    """Without arguments it is pcm16, 24 kHz, mono; G.711 has 8 kHz."""
    default = AudioFormat()
    assert (default.encoding, default.sample_rate, default.channels) == (
        "pcm16",
        24000,
        1,
    )
    assert default.bytes_per_second == 48_000
    assert default.size(20) == 960
    assert default.duration_ms(960) == 20
    assert AudioFormat(InputAudioFormat.G711_ALAW).bytes_per_second == 8000
    assert str(AudioFormat(None, 48000, 2)) == "pcm16, 48000 Hz, stereo"


def test_sizes_are_whole_samples() -> None:
    """A duration that ends within a sample is rounded down."""
    assert AudioFormat(None, 44_100, 2).size(1) == 44 * 4


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        (None, 24_000),
        (OutputAudioFormat.PCM16, 24_000),
        (OutputAudioFormat.PCM16_8000_HZ, 8_000),
        (OutputAudioFormat.PCM16_16000_HZ_HYPHEN, 16_000),
        ("pcm16_44100hz", 44_100),
        (OutputAudioFormat.G711_ULAW, 8_000),
    ],
)
def test_names_of_output_formats(name: str | None, rate: int) -> None:
    """The rate is in the name of an output format."""
    assert AudioFormat.of_output(name).sample_rate == rate


@pytest.mark.parametrize(
    ("encoding", "rate", "channels", "text"),
    [
        (
            "opus",
            None,
            1,
            "unknown encoding 'opus'; there are pcm16, g711_ulaw, g711_alaw",
        ),
        ("g711_ulaw", 16_000, 1, "g711_ulaw has 8000 Hz, not 16000"),
        ("pcm16", 0, 1, "must be above 0"),
        ("pcm16", 8000, 0, "must be above 0"),
    ],
)
def test_impossible_formats(
    encoding: str, rate: int | None, channels: int, text: str
) -> None:
    """A format that does not exist is refused."""
    with pytest.raises(ValueError, match=text):
        AudioFormat(encoding, rate, channels)


@pytest.mark.parametrize("law", [ULAW, ALAW])
def test_g711_has_the_levels_of_the_standard(law: AudioFormat) -> None:
    """Codes decode to the levels that ITU-T G.711 gives, and back."""
    levels = ULAW_LEVELS if law is ULAW else ALAW_LEVELS
    decoded = convert(bytes(levels), law, PCM_8K)
    assert samples(decoded) == list(levels.values())
    everything = bytes(range(256))
    again = convert(convert(everything, law, PCM_8K), PCM_8K, law)
    # The u-law has two codes for zero.
    assert [a for a, b in zip(everything, again, strict=True) if a != b] == (
        [0x7F] if law is ULAW else []
    )


@pytest.mark.slow
@pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="Python has no audioop any more"
)
def test_g711_agrees_with_audioop() -> None:
    """Every one of the 65,536 samples has the code that audioop gives it."""
    program = (
        "import audioop as a, json, sys; pcm = sys.stdin.buffer.read();"
        "codes = bytes(range(256)); print(json.dumps([x.hex() for x in"
        "(a.lin2ulaw(pcm, 2), a.lin2alaw(pcm, 2), a.ulaw2lin(codes, 2),"
        "a.alaw2lin(codes, 2))]))"
    )
    pcm = array("h", range(-32768, 32768)).tobytes()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        input=pcm,
        capture_output=True,
        check=True,
    )
    codes = bytes(range(256))
    ours = [
        convert(pcm, PCM_8K, ULAW),
        convert(pcm, PCM_8K, ALAW),
        convert(codes, ULAW, PCM_8K),
        convert(codes, ALAW, PCM_8K),
    ]
    assert [one.hex() for one in ours] == json.loads(done.stdout)


def test_silence() -> None:
    """Silence decodes to the level nearest to zero."""
    assert AudioFormat().silence(10) == bytes(480)
    assert samples(convert(ULAW.silence(1), ULAW, PCM_8K)) == [0] * 8
    assert samples(convert(ALAW.silence(1), ALAW, PCM_8K)) == [8] * 8


def test_channels() -> None:
    """Stereo becomes its mean, mono is copied to both channels."""
    stereo, mono = AudioFormat(None, 24_000, 2), AudioFormat()
    pairs = array("h", [100, 300, -5, -6, 32767, 32767]).tobytes()
    assert samples(convert(pairs, stereo, mono)) == [200, -6, 32767]
    assert samples(convert(array("h", [1, 2]).tobytes(), mono, stereo)) == [1, 1, 2, 2]
    with pytest.raises(ValueError, match="cannot make 2 channels of 6"):
        AudioConverter(AudioFormat(None, 24_000, 6), stereo)


@pytest.mark.parametrize("rates", [(48_000, 24_000), (44_100, 24_000), (8_000, 24_000)])
def test_a_tone_stays_a_tone(rates: tuple[int, int]) -> None:
    """A change of the rate keeps duration and sound, in pieces of any size."""
    source, target = (AudioFormat(None, rate) for rate in rates)
    pcm = tone(500, rates[0])
    whole = convert(pcm, source, target)
    converter = AudioConverter(source, target)
    odd = 777
    pieces = [converter.convert(pcm[at : at + odd]) for at in range(0, len(pcm), odd)]
    assert b"".join(pieces) + converter.flush() == whole
    assert abs(target.duration_ms(len(whole)) - 500) < 0.2
    wanted, given = samples(tone(500, rates[1])), samples(whole)
    middle = slice(2000, 8000)
    worst = max(abs(a - b) for a, b in zip(wanted[middle], given[middle], strict=True))
    assert worst < 60


def test_what_lies_above_half_the_rate_is_filtered() -> None:
    """A tone that the new rate cannot carry becomes silence, not another tone."""
    pcm = tone(300, 24_000, hertz=7000)
    given = samples(convert(pcm, AudioFormat(), PCM_8K))
    assert max(abs(sample) for sample in given[400:2000]) < 40


def test_all_at_once() -> None:
    """Rate, channels and encoding change together."""
    pcm = tone(200, 48_000)
    stereo = convert(pcm, AudioFormat(None, 48_000), AudioFormat(None, 48_000, 2))
    codes = convert(stereo, AudioFormat(None, 48_000, 2), ALAW)
    assert len(codes) == 1600
    back = samples(convert(codes, ALAW, AudioFormat(None, 24_000, 2)))
    assert back[::2] == back[1::2]
    assert max(back) > 10_000


def test_after_flush_or_reset_a_new_stream_begins() -> None:
    """Nothing of one stream gets into the next."""
    source, target = AudioFormat(None, 48_000), AudioFormat()
    converter = AudioConverter(source, target)
    pcm = tone(100, 48_000)
    first = converter.convert(pcm) + converter.flush()
    converter.convert(tone(50, 48_000, hertz=1000) + b"\x01")
    converter.reset()
    assert converter.convert(pcm) + converter.flush() == first


def test_the_quality_decides_how_much_is_held_back() -> None:
    """A low quality gives audio earlier."""
    held = {}
    qualities: tuple[Quality, ...] = ("HQ", "LQ", "QQ")
    for quality in qualities:
        converter = AudioConverter(PCM_8K, AudioFormat(), quality=quality)
        given = sum(len(converter.convert(tone(20, 8000))) for _ in range(20))
        held[quality] = 400 - AudioFormat().duration_ms(given)
    assert 76 > held["HQ"] > held["LQ"] > held["QQ"] >= 0
    assert held["LQ"] <= 41


@pytest.mark.parametrize("package", ["numpy", "soxr"])
def test_only_a_change_of_the_rate_needs_the_extra(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its packages everything else works, and that says what to install."""
    monkeypatch.setitem(sys.modules, package, None)
    assert (
        len(convert(tone(10, 8000), PCM_8K, AudioFormat("g711_ulaw", None, 2))) == 160
    )
    with pytest.raises(ModuleNotFoundError) as caught:
        AudioConverter(PCM_8K, AudioFormat())
    assert str(caught.value) == (
        f"Changing the sample rate from 8000 to 24000 Hz needs {package}: "
        'pip install "voicelive[audio]"'
    )
