"""Microphone and speaker on fake devices."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.support.fake_sounddevice import FakeSoundDevice, device, install
from tests.voicelive.audio.conftest import tone
from voicelive import VoiceLiveError
from voicelive.audio import AudioDeviceError, AudioFormat, Microphone, Speaker
from voicelive.audio import _speaker as speaker_module

FRAME = 960


@pytest.fixture
def sounddevice(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    return install(monkeypatch)


class Clock:
    """Stands for the module `time` of the speaker."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(speaker_module, "time", clock)
    return clock


async def test_a_microphone_gives_what_it_hears(sounddevice: FakeSoundDevice) -> None:
    """Blocks that come in another thread are frames here, and the device is freed."""
    async with Microphone(device="Headset") as microphone:
        (stream,) = sounddevice.streams
        assert stream.options["samplerate"] == 24_000
        assert stream.options["blocksize"] == 480
        assert stream.options["device"] == "Headset"
        reading = asyncio.ensure_future(anext(microphone))
        await asyncio.sleep(0)
        await asyncio.to_thread(stream.hear, b"\x01" * FRAME)
        assert await reading == b"\x01" * FRAME
        reading = asyncio.ensure_future(anext(microphone))
        await asyncio.sleep(0)
        await asyncio.to_thread(stream.hear, b"\x01" * FRAME)
        assert await asyncio.wait_for(reading, 5) == b"\x01" * FRAME
        stream.hear(b"\x02" * FRAME)
        stream.hear(b"\x03" * FRAME)
        assert await anext(microphone) == b"\x02" * FRAME
    assert stream.state == ["start", "abort", "close"]
    # What was heard before the end is still there.
    assert [frame async for frame in microphone] == [b"\x03" * FRAME]


async def test_late_audio_is_dropped_and_counted(sounddevice: FakeSoundDevice) -> None:
    """A full buffer loses its oldest frame."""
    async with Microphone(buffer_ms=60) as microphone:
        for number in range(5):
            sounddevice.streams[0].hear(bytes([number]) * FRAME, overflow=number == 3)
        assert [(await anext(microphone))[0] for _ in range(3)] == [2, 3, 4]
        assert microphone.dropped_ms == 40
        assert microphone.overflows == 1


async def test_a_cancelled_wait_loses_no_frame(sounddevice: FakeSoundDevice) -> None:
    """A cancelled read loses no frame."""
    async with Microphone() as microphone:
        waiting = asyncio.ensure_future(anext(microphone))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        sounddevice.streams[0].hear(b"\x07" * FRAME)
        assert await anext(microphone) == b"\x07" * FRAME


async def test_a_device_with_its_own_rate(sounddevice: FakeSoundDevice) -> None:
    """Unsupported formats are converted, in frames of the requested size."""
    sounddevice.rates, sounddevice.channels = {48_000}, {2}
    sounddevice.devices = [device("Studio", inputs=8, outputs=8)]
    async with Microphone(AudioFormat("g711_ulaw")) as microphone, Speaker() as speaker:
        listening, playing = sounddevice.streams
        assert listening.options["samplerate"] == 48_000
        assert listening.options["channels"] == 2
        for _ in range(10):
            listening.hear(bytes(2 * 2 * 960))
        frames = [await anext(microphone) for _ in range(6)]
        assert frames == [b"\xff" * 160] * 6
        speaker.write(tone(100))
        block = playing.play(2400)
        assert len(block) == 9600
        assert max(block) > 0


async def test_a_lost_microphone_is_an_error(sounddevice: FakeSoundDevice) -> None:
    """A device that goes away ends the wait for a frame."""
    async with Microphone() as microphone:
        waiting = asyncio.ensure_future(anext(microphone))
        await asyncio.sleep(0)
        sounddevice.streams[0].unplug()
        with pytest.raises(AudioDeviceError, match="the microphone was lost"):
            await waiting


async def test_closing_ends_the_iteration(sounddevice: FakeSoundDevice) -> None:
    """A task that waits for a frame ends when the microphone is closed."""
    microphone = Microphone()
    microphone.start()
    waiting = asyncio.ensure_future(anext(microphone, None))
    await asyncio.sleep(0)
    microphone.close()
    assert await waiting is None


async def test_a_speaker_plays_and_falls_silent(sounddevice: FakeSoundDevice) -> None:
    """Blocks are filled with what was written, then with silence."""
    async with Speaker() as speaker:
        (stream,) = sounddevice.streams
        speaker.write(b"\x01\x02" * 6)
        assert stream.play(4) == b"\x01\x02" * 4
        assert stream.play(4) == b"\x01\x02" * 2 + bytes(4)
        assert stream.play(4) == bytes(8)
    assert stream.state == ["start", "abort", "close"]


async def test_the_speaker_knows_what_was_heard(
    sounddevice: FakeSoundDevice, clock: Clock
) -> None:
    """Audio counts as heard when it has left the device, and silence does not count."""
    reports: list[float] = []
    async with Speaker(on_played=reports.append) as speaker:
        (stream,) = sounddevice.streams
        speaker.write(tone(100))
        assert (speaker.played_ms, speaker.pending_ms) == (0, 100)
        stream.play(480, delay=0.030)
        clock.now += 0.030
        assert speaker.played_ms == pytest.approx(0, abs=0.001)
        clock.now += 0.015
        assert speaker.played_ms == pytest.approx(15)
        assert speaker.pending_ms == pytest.approx(85)
        stream.play(1920, delay=0.005)
        clock.now += 1
        stream.play(480)
        assert speaker.played_ms == pytest.approx(100)
        assert speaker.pending_ms == 0
    assert reports == pytest.approx([15, 85])


async def test_without_times_the_latency_of_the_stream_counts(
    sounddevice: FakeSoundDevice, clock: Clock
) -> None:
    """Some systems say no time of a block."""
    async with Speaker() as speaker:
        (stream,) = sounddevice.streams
        speaker.write(tone(20))
        stream.play(480, delay=0.0)
        clock.now += 0.060
        assert speaker.played_ms == pytest.approx(10)


async def test_an_interruption_drops_what_waits(
    sounddevice: FakeSoundDevice, clock: Clock
) -> None:
    """`flush` empties the buffer; what the device has is heard, and not reported."""
    reports: list[float] = []
    async with Speaker(on_played=reports.append) as speaker:
        (stream,) = sounddevice.streams
        speaker.write(tone(100))
        stream.play(480, delay=0.050)
        assert speaker.flush() == 80
        assert stream.play(480) == bytes(960)
        clock.now += 1
        stream.play(480)
        assert (speaker.played_ms, speaker.pending_ms) == (20, 0)
        assert reports == []
        speaker.write(b"\x05\x05" * 480)
        assert stream.play(480) == b"\x05\x05" * 480


async def test_an_interruption_leaves_nothing_in_the_filter(
    sounddevice: FakeSoundDevice,
) -> None:
    """Audio buffered by resampling is dropped too."""
    sounddevice.rates = {48_000}
    async with Speaker() as speaker:
        speaker.write(tone(100))
        speaker.flush()
        speaker.write(bytes(4800))
        assert sounddevice.streams[0].play(2400) == bytes(4800)


async def test_draining_waits_until_all_was_heard(
    sounddevice: FakeSoundDevice, clock: Clock
) -> None:
    """`drain` ends when the buffer is empty and the device has played it."""
    async with Speaker() as speaker:
        (stream,) = sounddevice.streams
        speaker.write(tone(40))
        draining = asyncio.ensure_future(speaker.drain())
        await asyncio.sleep(0)
        stream.play(480, delay=0.001)
        await asyncio.sleep(0)
        assert not draining.done()
        clock.now += 1
        await asyncio.to_thread(stream.play, 480, delay=0.001)
        await draining
        await speaker.drain()


async def test_a_flush_ends_the_draining(sounddevice: FakeSoundDevice) -> None:
    """Nothing is left to wait for after an interruption."""
    async with Speaker() as speaker:
        speaker.write(tone(40))
        draining = asyncio.ensure_future(speaker.drain())
        await asyncio.sleep(0)
        speaker.flush()
        await draining


async def test_a_full_buffer_drops_what_comes(sounddevice: FakeSoundDevice) -> None:
    """The buffer has an end, and what does not fit is counted."""
    async with Speaker(buffer_ms=50) as speaker:
        speaker.write(tone(40))
        speaker.write(tone(40))
        assert speaker.pending_ms == 50
        assert speaker.dropped_ms == 30


async def test_a_lost_speaker_is_an_error(sounddevice: FakeSoundDevice) -> None:
    """A disconnected device fails `write` and `drain`."""
    async with Speaker() as speaker:
        speaker.write(tone(40))
        draining = asyncio.ensure_future(speaker.drain())
        await asyncio.sleep(0)
        sounddevice.streams[0].unplug()
        with pytest.raises(AudioDeviceError, match="the speaker was lost"):
            await draining
        with pytest.raises(AudioDeviceError, match="the speaker was lost"):
            speaker.write(b"")


async def test_wrong_order_is_told(sounddevice: FakeSoundDevice) -> None:
    """Devices are used once, and only while they are open."""
    microphone, speaker = Microphone(), Speaker()
    with pytest.raises(RuntimeError, match="not started"):
        await anext(microphone)
    with pytest.raises(RuntimeError, match="not open"):
        speaker.write(b"")
    assert speaker.flush() == 0
    async with microphone, speaker:
        with pytest.raises(RuntimeError, match="a Microphone is used once"):
            microphone.start()
        with pytest.raises(RuntimeError, match="a Speaker is used once"):
            speaker.start()
    with pytest.raises(RuntimeError, match="not open"):
        await speaker.drain()


async def test_an_unknown_device_names_the_others(
    sounddevice: FakeSoundDevice,
) -> None:
    """The error lists the devices of the kind that is wanted."""
    with pytest.raises(AudioDeviceError) as caught:
        Microphone(device="Webcam").start()
    assert isinstance(caught.value, VoiceLiveError)
    assert str(caught.value) == (
        "the 'Webcam' microphone cannot be used: No input device matching 'Webcam'. "
        "There are:\n  0: Headset"
    )


async def test_a_machine_without_devices(sounddevice: FakeSoundDevice) -> None:
    """The error says that there is none."""
    sounddevice.devices = []
    with pytest.raises(AudioDeviceError) as caught:
        Speaker().start()
    assert str(caught.value) == (
        "the default speaker cannot be used: Error querying device -1. "
        "PortAudio finds no output device on this machine"
    )


@pytest.mark.parametrize("kind", [Microphone, Speaker])
async def test_a_device_that_cannot_be_opened(
    sounddevice: FakeSoundDevice, kind: type[Microphone] | type[Speaker]
) -> None:
    """Errors of PortAudio are in the message, on opening and on starting."""
    sounddevice.rates = set()
    with pytest.raises(AudioDeviceError, match="Invalid sample rate"):
        kind().start()
    sounddevice.rates, sounddevice.on_start = {24_000}, "Device unavailable"
    with pytest.raises(AudioDeviceError, match="Device unavailable"):
        kind().start()


async def test_without_portaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library of the system the error says how to get it."""

    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(AudioDeviceError, match="apt install libportaudio2"):
        Microphone().start()
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(AudioDeviceError, match="To get it: reinstall sounddevice"):
        Speaker().start()


async def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without sounddevice the error says what to install."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        Speaker().start()
    assert str(caught.value) == (
        'A speaker needs sounddevice: pip install "voicelive[audio]"'
    )
