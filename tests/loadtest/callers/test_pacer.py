"""One clock for all microphones."""

from __future__ import annotations

import asyncio
import time

import pytest

from voicelive.aio import ConnectionClosed
from voicelive_loadtest.callers.eager_start import start_eagerly
from voicelive_loadtest.callers.pacer import AudioPacer, SimulatedMicrophone
from voicelive_loadtest.callers.samples import Interval, MetricsRecorder
from voicelive_loadtest.callers.speech import Clip

CLIP = Clip("clip", (b"one", b"two", b"three"))


class Line:
    """Takes frames, and can be full or closed."""

    def __init__(self) -> None:
        self.frames: list[tuple[float, bytes]] = []
        self.room = asyncio.Event()
        self.room.set()
        self.closed = False
        self.enough = asyncio.Event()
        self.wanted = 0

    async def send(self, event: bytes, /) -> None:
        if self.closed:
            raise ConnectionClosed(1011, "")
        self.frames.append((time.monotonic(), event))
        if len(self.frames) >= self.wanted:
            self.enough.set()
        await self.room.wait()

    async def has(self, count: int) -> None:
        """Wait until so many frames have come."""
        self.wanted = count
        self.enough.clear()
        if len(self.frames) < count:
            await self.enough.wait()

    @property
    def sent(self) -> list[bytes]:
        """What has come."""
        return [frame for _, frame in self.frames]


def spoken(line: Line) -> list[tuple[float, bytes]]:
    """The frames that are no silence."""
    return [(at, frame) for at, frame in line.frames if frame != b"-"]


async def test_frames_leave_on_an_absolute_schedule() -> None:
    """Speech comes in order, when it is planned, between silence."""
    pacer, line = AudioPacer(MetricsRecorder()), Line()
    opened = time.monotonic()
    microphone = pacer.open_microphone(line, b"-")
    await line.has(2)
    begins, ends = microphone.say(CLIP)
    await line.has(len(line.frames) + 6)
    microphone.close()
    pacer.close()
    frames = spoken(line)
    assert [frame for _, frame in frames] == list(CLIP.frames)
    assert abs(ends - begins - 0.04) < 1e-6
    assert all(at >= begins + i * 0.02 for i, (at, _) in enumerate(frames))
    # However late some of them are, none is early to make up for it.
    assert all(at >= opened + i * 0.02 for i, (at, _) in enumerate(line.frames))


async def test_microphones_are_spread_over_the_slots() -> None:
    """Not all callers send at the same moment."""
    pacer = AudioPacer(MetricsRecorder())
    lines = [Line() for _ in range(4)]
    microphones = [pacer.open_microphone(line, b"-") for line in lines]
    assert len({microphone.slot for microphone in microphones}) == 4
    await asyncio.gather(*(line.has(2) for line in lines))
    pacer.close()


@pytest.mark.slow
async def test_a_delay_is_on_record_and_caught_up() -> None:
    """What a busy process could not send in time leaves at once, and counts as late."""
    recorder = MetricsRecorder()
    pacer, line = AudioPacer(recorder), Line()
    pacer.open_microphone(line, b"-")
    await line.has(2)
    before = len(line.frames)
    _block(0.4)
    # As soon as the event loop looks at its timers, not one after the other.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(line.frames) >= before + 19
    pacer.close()
    late = pacer.report()
    assert late.most >= 350
    assert late.count == len(line.frames)
    batch = recorder.take()
    assert batch.intervals[Interval.SEND_LATENESS].count == late.count
    assert batch.counters["frames.sent"] == late.count


def _block(seconds: float) -> None:
    time.sleep(seconds)  # the point is that nothing else runs


@pytest.mark.slow
async def test_a_full_socket_is_not_the_fault_of_the_generator() -> None:
    """Frames wait in order for a service that does not read, and count apart."""
    recorder = MetricsRecorder()
    pacer, line = AudioPacer(recorder), Line()
    microphone = pacer.open_microphone(line, b"-")
    await line.has(2)
    line.room.clear()
    stuck = len(line.frames) + 1
    await line.has(stuck)
    microphone.say(CLIP)
    await asyncio.sleep(0.2)
    assert len(line.frames) == stuck
    line.room.set()
    await line.has(stuck + 4)
    microphone.close()
    pacer.close()
    assert [frame for _, frame in spoken(line)] == list(CLIP.frames)
    pacer.report()
    batch = recorder.take()
    assert batch.counters["frames.socket full"] == 1
    held_up = batch.counters["frames.held up"]
    assert held_up >= 3
    assert batch.intervals[Interval.SEND_LATENESS].count == len(line.frames) - held_up


async def test_a_closed_line_is_left() -> None:
    """Nothing is sent on a connection that has ended; the others go on."""
    pacer, ended, other = AudioPacer(MetricsRecorder()), Line(), Line()
    gone: SimulatedMicrophone = pacer.open_microphone(ended, b"-")
    pacer.open_microphone(other, b"-")
    await ended.has(1)
    ended.closed = True
    count = len(ended.frames)
    await other.has(len(other.frames) + 4)
    assert len(ended.frames) == count
    gone.close()
    pacer.close()


async def test_without_microphones_there_is_no_clock() -> None:
    """A pacer that nobody needs does nothing, and begins again when needed."""
    pacer, line = AudioPacer(MetricsRecorder()), Line()
    pacer.open_microphone(line, b"-").close()
    await asyncio.sleep(0.01)
    assert pacer._timer is None
    pacer.open_microphone(line, b"-")
    await line.has(1)
    pacer.close()


async def test_a_coroutine_runs_until_it_waits() -> None:
    """What need not wait is over at once; the rest takes results and errors along."""
    steps: list[str] = []
    gate = asyncio.get_running_loop().create_future()

    async def work(wait: bool) -> None:
        steps.append("begun")
        if wait:
            try:
                steps.append(await gate)
            except asyncio.CancelledError:
                steps.append("cancelled")
                raise

    assert start_eagerly(work(wait=False)) is None
    rest = start_eagerly(work(wait=True))
    assert rest is not None
    assert steps == ["begun", "begun"]
    gate.set_result("result")
    await rest
    assert steps[2:] == ["result"]

    gate = asyncio.get_running_loop().create_future()
    rest = start_eagerly(work(wait=True))
    assert rest is not None
    task = asyncio.ensure_future(rest)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert steps[-1] == "cancelled"
