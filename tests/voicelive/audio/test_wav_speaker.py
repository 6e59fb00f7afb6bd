"""The speaker that plays into a file."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import pytest

from tests.support.event_loops import run_virtual
from voicelive.audio import AudioFormat, WavSpeaker

SECOND = b"\x01\x01" * 24_000


def played(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        pcm: bytes = file.readframes(file.getnframes())
    return pcm


def test_it_plays_in_real_time(tmp_path: Path) -> None:
    """Audio is played in real time, however it is written."""
    path = tmp_path / "out.wav"
    reports: list[float] = []

    async def work() -> float:
        loop = asyncio.get_running_loop()
        async with WavSpeaker(path, on_played=reports.append) as speaker:
            speaker.write(SECOND)
            await asyncio.sleep(0.25)
            assert speaker.played_ms == pytest.approx(250, abs=0.1)
            speaker.write(SECOND)
            assert speaker.pending_ms == pytest.approx(1750, abs=0.1)
            await speaker.drain()
            assert speaker.pending_ms == 0
            return loop.time()

    assert run_virtual(work()) == pytest.approx(2, abs=0.01)
    assert played(path) == SECOND * 2
    assert sum(reports) == pytest.approx(2000)
    # Often enough for a playback clock.
    assert max(reports) < 30


def test_an_interruption_is_in_the_file(tmp_path: Path) -> None:
    """Flushed audio is not written, and pauses are omitted."""
    path = tmp_path / "out.wav"

    async def work() -> None:
        async with WavSpeaker(path) as speaker:
            speaker.write(SECOND)
            await asyncio.sleep(0.1)
            assert speaker.flush() == pytest.approx(900, abs=0.1)
            await asyncio.sleep(5)
            speaker.write(b"\x02\x02" * 2400)
            await asyncio.sleep(0.03)
            assert speaker.pending_ms == pytest.approx(70, abs=0.1)
            await speaker.drain()
            speaker.write(SECOND)
            # Leaving does not wait.

    run_virtual(work())
    heard = played(path)
    # The clock of the loop may be a sample off.
    assert heard.strip(b"\x01") == b"\x02\x02" * 2400
    assert len(heard) == pytest.approx(4 * 2400, abs=4)


def test_the_file_is_checked_first(tmp_path: Path) -> None:
    """A file that cannot be written is an error before the conversation."""

    async def work() -> None:
        with pytest.raises(FileNotFoundError):
            WavSpeaker(tmp_path / "missing" / "out.wav").start()

    run_virtual(work())


def test_telephone_audio_is_decoded(tmp_path: Path) -> None:
    """The file has 16-bit samples for any audio format."""
    path = tmp_path / "out.wav"

    async def work() -> None:
        async with WavSpeaker(path, AudioFormat("g711_ulaw")) as speaker:
            speaker.write(b"\xff" * 800)
            await speaker.drain()

    run_virtual(work())
    with wave.open(str(path)) as file:
        assert file.getframerate() == 8000
        assert file.readframes(1000) == bytes(1600)


def test_wrong_order_is_told(tmp_path: Path) -> None:
    """It is used once, and written to only while it is open."""

    async def work() -> None:
        speaker = WavSpeaker(tmp_path / "out.wav")
        with pytest.raises(RuntimeError, match="not open"):
            speaker.write(b"")
        async with speaker:
            with pytest.raises(RuntimeError, match="is used once"):
                speaker.start()
        with pytest.raises(RuntimeError, match="not open"):
            speaker.write(b"")
        speaker.close()

    run_virtual(work())
