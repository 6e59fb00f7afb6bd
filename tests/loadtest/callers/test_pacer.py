"""Pacing of the microphones, and eager coroutines."""

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


class FakeConnection:
    """Records frames, and can have a full send buffer or be closed."""

    def __init__(self) -> None:
        self.frames: list[tuple[float, bytes]] = []
        self.writable = asyncio.Event()
        self.writable.set()
        self.closed = False
        self.enough = asyncio.Event()
        self.wanted = 0

    async def send(self, event: bytes, /) -> None:
        if self.closed:
            raise ConnectionClosed(1011, "")
        self.frames.append((time.monotonic(), event))
        if len(self.frames) >= self.wanted:
            self.enough.set()
        await self.writable.wait()

    async def sent_at_least(self, count: int) -> None:
        """Wait until at least this many frames were sent."""
        self.wanted = count
        self.enough.clear()
        if len(self.frames) < count:
            await self.enough.wait()

    @property
    def sent(self) -> list[bytes]:
        """The sent frames."""
        return [frame for _, frame in self.frames]


def spoken(connection: FakeConnection) -> list[tuple[float, bytes]]:
    """Return the frames with speech."""
    return [(at, frame) for at, frame in connection.frames if frame != b"-"]


async def test_frames_leave_on_an_absolute_schedule() -> None:
    """Speech is sent in order, at its scheduled times, between silence."""
    pacer, connection = AudioPacer(MetricsRecorder()), FakeConnection()
    opened = time.monotonic()
    microphone = pacer.open_microphone(connection, b"-")
    await connection.sent_at_least(2)
    begins, ends = microphone.say(CLIP)
    await connection.sent_at_least(len(connection.frames) + 6)
    microphone.close()
    pacer.close()
    frames = spoken(connection)
    assert [frame for _, frame in frames] == list(CLIP.frames)
    assert abs(ends - begins - 0.04) < 1e-6
    assert all(at >= begins + i * 0.02 for i, (at, _) in enumerate(frames))
    # No frame is early to compensate for a late one.
    assert all(at >= opened + i * 0.02 for i, (at, _) in enumerate(connection.frames))


async def test_microphones_are_spread_over_the_slots() -> None:
    """Callers do not all send at the same time."""
    pacer = AudioPacer(MetricsRecorder())
    connections = [FakeConnection() for _ in range(4)]
    microphones = [
        pacer.open_microphone(connection, b"-") for connection in connections
    ]
    assert len({microphone.slot for microphone in microphones}) == 4
    await asyncio.gather(*(connection.sent_at_least(2) for connection in connections))
    pacer.close()


@pytest.mark.slow
async def test_overdue_frames_are_sent_immediately() -> None:
    """After a pause of the process, and their lateness is recorded."""
    recorder = MetricsRecorder()
    pacer, connection = AudioPacer(recorder), FakeConnection()
    pacer.open_microphone(connection, b"-")
    await connection.sent_at_least(2)
    before = len(connection.frames)
    _block(0.4)
    # All in the next iteration of the event loop.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(connection.frames) >= before + 19
    pacer.close()
    late = pacer.report()
    assert late.most >= 350
    assert late.count == len(connection.frames)
    batch = recorder.take()
    assert batch.intervals[Interval.SEND_LATENESS].count == late.count
    assert batch.counters["frames.sent"] == late.count


def _block(seconds: float) -> None:
    time.sleep(seconds)  # blocks the event loop on purpose


@pytest.mark.slow
async def test_back_pressure_is_not_recorded_as_lateness() -> None:
    """Frames are queued while the service does not read, and counted separately."""
    recorder = MetricsRecorder()
    pacer, connection = AudioPacer(recorder), FakeConnection()
    microphone = pacer.open_microphone(connection, b"-")
    await connection.sent_at_least(2)
    connection.writable.clear()
    stuck = len(connection.frames) + 1
    await connection.sent_at_least(stuck)
    microphone.say(CLIP)
    await asyncio.sleep(0.2)
    assert len(connection.frames) == stuck
    connection.writable.set()
    await connection.sent_at_least(stuck + 4)
    microphone.close()
    pacer.close()
    assert [frame for _, frame in spoken(connection)] == list(CLIP.frames)
    pacer.report()
    batch = recorder.take()
    assert batch.counters["frames.socket full"] == 1
    held_up = batch.counters["frames.held up"]
    assert held_up >= 3
    assert (
        batch.intervals[Interval.SEND_LATENESS].count
        == len(connection.frames) - held_up
    )


async def test_a_closed_connection_stops_its_microphone() -> None:
    """The other microphones continue."""
    pacer, ended, other = (
        AudioPacer(MetricsRecorder()),
        FakeConnection(),
        FakeConnection(),
    )
    gone: SimulatedMicrophone = pacer.open_microphone(ended, b"-")
    pacer.open_microphone(other, b"-")
    await ended.sent_at_least(1)
    ended.closed = True
    count = len(ended.frames)
    await other.sent_at_least(len(other.frames) + 4)
    assert len(ended.frames) == count
    gone.close()
    pacer.close()


async def test_the_timer_runs_only_with_open_microphones() -> None:
    """It stops after the last one is closed, and starts with the next one."""
    pacer, connection = AudioPacer(MetricsRecorder()), FakeConnection()
    pacer.open_microphone(connection, b"-").close()
    await asyncio.sleep(0.01)
    assert pacer._timer is None
    pacer.open_microphone(connection, b"-")
    await connection.sent_at_least(1)
    pacer.close()


async def test_a_coroutine_runs_eagerly_until_it_suspends() -> None:
    """The awaitable for the remainder forwards results and cancellation."""
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
