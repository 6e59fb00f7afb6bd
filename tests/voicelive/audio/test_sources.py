"""Files and bytes as streams of frames."""

from __future__ import annotations

import asyncio
import struct
import sys
import wave
from array import array
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.support.event_loops import run_virtual
from tests.voicelive.audio.conftest import tone
from voicelive.aio import connect
from voicelive.audio import (
    AudioFormat,
    BytesSource,
    WavSource,
    send_audio_stream,
    write_wav,
)
from voicelive_mockserver import MockServer

WriteWav = Callable[..., Path]


async def frames_of(source: BytesSource | WavSource) -> list[bytes]:
    return [frame async for frame in source]


async def test_frames_have_equal_length() -> None:
    """Only the last frame may be shorter, and nothing is lost."""
    pcm = tone(2050)
    frames = await frames_of(BytesSource(pcm))
    assert [len(frame) for frame in frames] == [960] * 102 + [480]
    assert b"".join(frames) == pcm


async def test_a_source_can_be_used_again() -> None:
    """Each iteration begins from the start."""
    source = BytesSource(tone(50), frame_ms=10)
    assert await frames_of(source) == await frames_of(source)


async def test_silence_follows_without_a_gap() -> None:
    """Trailing silence completes the last frame of the audio."""
    source = BytesSource(b"\x01\x01" * 720, frame_ms=20, trailing_silence_ms=50)
    frames = await frames_of(source)
    assert [len(frame) for frame in frames] == [960] * 4
    assert frames[1] == b"\x01\x01" * 240 + bytes(480)
    assert source.duration_ms == 80


@pytest.mark.parametrize(
    ("width", "data"),
    [
        (1, bytes([128, 255, 0])),
        (2, struct.pack("<3h", 0, 127 * 256, -32768)),
        (3, b"\x00\x00\x00" + b"\xff\x00\x7f" + b"\x01\x00\x80"),
        (4, struct.pack("<3i", 255, 127 << 24, -(2**31))),
    ],
)
async def test_samples_of_any_width(wav: WriteWav, width: int, data: bytes) -> None:
    """8, 16, 24 and 32 bits become 16."""
    (frame,) = await frames_of(WavSource(wav(data, width=width)))
    assert array("h", frame).tolist() == [0, 127 * 256, -32768]


async def test_a_stereo_file_of_another_rate(wav: WriteWav) -> None:
    """A file is converted to the wanted format while it is read."""
    mono = array("h", tone(1500, 48_000))
    stereo = array("h", [value for value in mono for _ in range(2)]).tobytes()
    source = WavSource(wav(stereo, rate=48_000, channels=2))
    frames = await frames_of(source)
    assert {len(frame) for frame in frames} == {960}
    assert len(frames) == 75
    assert source.duration_ms == 1500
    telephone = WavSource(
        wav(stereo, rate=48_000, channels=2), AudioFormat("g711_alaw")
    )
    assert {len(frame) for frame in await frames_of(telephone)} == {160}


async def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """`write_wav` writes what other programs and `WavSource` read; G.711 is decoded."""
    pcm = tone(100)
    write_wav(tmp_path / "a.wav", pcm)
    assert b"".join(await frames_of(WavSource(tmp_path / "a.wav"))) == pcm
    write_wav(tmp_path / "b.wav", b"\xff" * 80, AudioFormat("g711_ulaw"))
    with wave.open(str(tmp_path / "b.wav")) as file:
        assert (file.getframerate(), file.getnframes()) == (8000, 80)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "it is too short"), (b"RIFF\4\0\0\0OggS", "not a WAVE file")],
)
def test_what_is_no_wav_file(tmp_path: Path, content: bytes, why: str) -> None:
    """Another file is refused when the source is made."""
    path = tmp_path / "some.wav"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"is not a WAV file with PCM samples: {why}"):
        WavSource(path)
    with pytest.raises(FileNotFoundError):
        WavSource(tmp_path / "other.wav")


def test_samples_of_floats_are_refused(wav: WriteWav) -> None:
    """A WAV file may hold something else than PCM."""
    with pytest.raises(ValueError, match="unknown format: 3"):
        WavSource(wav(bytes(8), width=4, tag=3))


def test_frames_without_a_sample_are_refused() -> None:
    """A frame has to hold something."""
    with pytest.raises(ValueError, match=r"at least one sample, not 0\.01 ms"):
        BytesSource(b"", frame_ms=0.01)
    with pytest.raises(ValueError, match="at least one sample, not -20 ms"):
        BytesSource(b"", frame_ms=-20)
    with pytest.raises(ValueError, match="0 or more, not -1"):
        BytesSource(b"", trailing_silence_ms=-1)


def test_a_missing_extra_is_told_at_once(
    wav: WriteWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that needs it says so when it is made, not when it is read."""
    path = wav(bytes(960), rate=48_000)
    monkeypatch.setitem(sys.modules, "soxr", None)
    with pytest.raises(ModuleNotFoundError, match=r"voicelive\[audio\]"):
        WavSource(path)


def test_real_time_has_deadlines_that_do_not_drift() -> None:
    """A slow reader does not delay later frames."""

    async def read() -> list[float]:
        loop = asyncio.get_running_loop()
        times = []
        async for _ in BytesSource(tone(200), realtime=True):
            times.append(loop.time())
            await asyncio.sleep(0.05 if len(times) == 3 else 0.015)
        return times

    # The third frame takes until 90 ms, so the next two come late.
    expected = [0, 20, 40, 90, 105, 120, 135, 150, 165, 180]
    assert [round(at * 1000) for at in run_virtual(read())] == expected


def test_without_real_time_others_get_their_turn() -> None:
    """Reading a long source does not stop the event loop."""

    async def read() -> int:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        async for _ in BytesSource(tone(200)):
            pass
        task.cancel()
        return turns

    assert run_virtual(read()) >= 10


async def test_a_stream_is_sent_to_the_service(tmp_path: Path) -> None:
    """`send_audio_stream` appends every frame, and says how much it was."""
    async with (
        MockServer(speed=float("inf")) as mock,
        connect(
            endpoint=mock.endpoint, credential=mock.api_key, model="gpt-realtime"
        ) as connection,
    ):
        await connection.session.update(session={})
        sent = await send_audio_stream(connection, BytesSource(tone(100)))
        await connection.input_audio_buffer.clear()
        while (await connection.recv()).type != "input_audio_buffer.cleared":
            pass
        appended = mock.last_session.sent("input_audio_buffer.append")
    assert sent == 4800
    assert len(appended) == 5


async def test_any_async_iterable_is_a_source() -> None:
    """Any async iterable of bytes can be sent."""
    sent: list[object] = []

    class Sink:
        async def send(self, event: object) -> None:
            sent.append(event)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"cdef"

    assert await send_audio_stream(Sink(), pieces()) == 6
    assert len(sent) == 2
