"""Speech from WAV files."""

from __future__ import annotations

import base64
import json
import wave
from array import array
from pathlib import Path

import pytest

from voicelive_loadtest.callers.speech import load_speech, shipped_speech, tone_speech


def write(
    path: Path, samples: list[int], rate: int = 24_000, channels: int = 1
) -> None:
    """Write 16-bit audio."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(array("h", samples).tobytes())


def audio_of(frame: bytes) -> bytes:
    """Return the audio of a frame."""
    event = json.loads(frame)
    assert event["type"] == "input_audio_buffer.append"
    return base64.b64decode(event["audio"])


def test_the_shipped_clips() -> None:
    """The shipped clips are short, without silence at both ends."""
    speech = shipped_speech()
    assert len(speech.clips) >= 4
    assert speech.sample_rate == 24_000
    for clip in speech.clips:
        assert 0.5 < clip.seconds < 2
        for frame in clip.frames:
            assert len(audio_of(frame)) == 960
        for end in (clip.frames[0], clip.frames[-1]):
            assert max(map(abs, array("h", audio_of(end)))) > 100
    assert audio_of(speech.silence) == bytes(960)


def test_silence_at_the_ends_is_trimmed(tmp_path: Path) -> None:
    """A clip starts and ends with a frame of speech."""
    write(
        tmp_path / "a.wav", [0] * 4800 + [5000] * 2400 + [0] * 480 + [5000] * 500 + [0]
    )
    (clip,) = load_speech(tmp_path).clips
    assert clip.name == "a"
    # 100 ms, the inner pause of 20 ms, and 500 samples in two frames.
    assert len(clip.frames) == 8
    assert audio_of(clip.frames[0]) == array("h", [5000] * 480).tobytes()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no .*wav file"),
        ({"a": ([5000] * 480, 24_000, 2)}, "got 2 x 16 bit"),
        ({"a": ([0] * 480, 24_000, 1)}, "is silent"),
        (
            {"a": ([5000] * 480, 24_000, 1), "b": ([5000] * 480, 16_000, 1)},
            "different sample rates",
        ),
    ],
)
def test_invalid_files_are_refused(
    tmp_path: Path, files: dict[str, tuple[list[int], int, int]], message: str
) -> None:
    """The error names the file and the problem."""
    for name, (samples, rate, channels) in files.items():
        write(tmp_path / f"{name}.wav", samples, rate, channels)
    with pytest.raises(ValueError, match=message):
        load_speech(tmp_path)


def test_a_file_that_is_not_wav_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    (tmp_path / "a.wav").write_text("hello")
    with pytest.raises(ValueError, match=r"a\.wav"):
        load_speech(tmp_path)


def test_frames_last_20_ms_at_any_rate() -> None:
    """The number of samples per frame depends on the sample rate."""
    speech = tone_speech(0.1, sample_rate=16_000)
    assert [len(audio_of(frame)) for frame in speech.clips[0].frames] == [640] * 5
