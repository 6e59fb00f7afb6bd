"""Audio pacing: one timer for the microphones of all callers.

A timer per caller would dominate the CPU time of a load generator. Instead, the 20 ms
of a frame are divided into slots, each microphone is assigned to one, and a shared
timer sends the frames of a slot together.

The schedule is absolute. After a delay of the process, all frames that are due are sent
immediately, each with its lateness recorded, and the next one is on time again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable
from typing import NamedTuple, Protocol

from voicelive.aio import ConnectionClosed
from voicelive_loadtest.callers.eager_start import start_eagerly
from voicelive_loadtest.callers.samples import Histogram, Interval, MetricsRecorder
from voicelive_loadtest.callers.speech import FRAME_SECONDS, Clip

SLOTS = 20


class FrameSender(Protocol):
    """A connection that frames are sent on."""

    async def send(self, event: bytes, /) -> None:
        """Send a frame; wait while the send buffer is full."""
        ...


class SpeechTimes(NamedTuple):
    """Schedule of a clip, in seconds of `time.monotonic`.

    Attributes:
        begins: Due time of the first frame.
        ends: Due time of the last frame.
    """

    begins: float
    ends: float


class SimulatedMicrophone:
    """Sends a frame of audio every 20 ms: speech if queued, else silence.

    Created by `AudioPacer.open_microphone`.
    """

    __slots__ = (
        "_backlog",
        "_frames",
        "_next",
        "_pacer",
        "_rest",
        "_sender",
        "_silence",
        "slot",
    )

    def __init__(
        self,
        pacer: AudioPacer,
        slot: int,
        due: float,
        sender: FrameSender,
        silence: bytes,
    ) -> None:
        self.slot = slot
        self._pacer = pacer
        self._next = due
        self._sender = sender
        self._silence = silence
        self._frames: deque[bytes] = deque()
        # Frames queued behind one that waits for room in the send buffer.
        self._backlog: deque[bytes] = deque()
        self._rest: asyncio.Task[None] | None = None

    def say(self, clip: Clip) -> SpeechTimes:
        """Queue a clip; return when it is scheduled."""
        step = self._pacer.frame_seconds
        begins = self._next + len(self._frames) * step
        self._frames.extend(clip.frames)
        return SpeechTimes(begins, begins + (len(clip.frames) - 1) * step)

    def close(self) -> None:
        """Stop sending."""
        self._pacer.remove(self)
        if self._rest is not None:
            self._rest.cancel()

    def tick(self, due: float) -> None:
        """Send the next frame; called by the pacer."""
        self._next = due + self._pacer.frame_seconds
        frame = self._frames.popleft() if self._frames else self._silence
        if self._rest is not None:
            self._backlog.append(frame)
            return
        try:
            rest = start_eagerly(self._sender.send(frame))
        except ConnectionClosed:
            # The reader of the connection gets the same error and ends the call.
            self._pacer.remove(self)
            return
        self._pacer.sent(due, len(frame))
        if rest is not None:
            self._rest = asyncio.ensure_future(self._catch_up(rest))

    async def _catch_up(self, rest: Awaitable[None]) -> None:
        """Wait until the send buffer has room, then send the queued frames.

        They are not recorded as late: the service caused the delay, not the generator.
        """
        recorder = self._pacer.recorder
        recorder.count("frames.socket full")
        try:
            await rest
            while self._backlog:
                frame = self._backlog.popleft()
                await self._sender.send(frame)
                recorder.count("frames.held up")
        except ConnectionClosed:
            self._pacer.remove(self)
        finally:
            self._rest = None


class AudioPacer:
    """Schedules the frames of all microphones of a process.

    Args:
        recorder: Records number and lateness of the frames.
        speed: Speed of the audio clock: 1 is real time, other values are for tests
            with a service of the same speed.
    """

    def __init__(self, recorder: MetricsRecorder, *, speed: float = 1.0) -> None:
        self.recorder = recorder
        self.frame_seconds = FRAME_SECONDS / speed
        """Interval between two frames of a microphone."""
        self._slots: list[list[SimulatedMicrophone]] = [[] for _ in range(SLOTS)]
        self._opened = 0
        self._open = 0
        self._records_lateness = True
        self._timer: asyncio.TimerHandle | None = None
        self._epoch = 0.0
        self._number = 0
        # A histogram in tenths of a millisecond: cheaper than `record` for each frame.
        self._tenths: dict[int, int] = {}
        self._frames = 0
        self._bytes = 0

    def open_microphone(
        self, sender: FrameSender, silence: bytes
    ) -> SimulatedMicrophone:
        """Start sending frames of silence.

        Args:
            sender: The connection.
            silence: The frame to send while no speech is queued.
        """
        if self._timer is None:
            self._records_lateness = True
            self._epoch, self._number = time.monotonic(), 0
            self._schedule()
        slot = self._opened % SLOTS
        self._opened += 1
        ahead = (slot - self._number) % SLOTS
        due = self._due(self._number + ahead)
        microphone = SimulatedMicrophone(self, slot, due, sender, silence)
        self._slots[slot].append(microphone)
        self._open += 1
        return microphone

    def remove(self, microphone: SimulatedMicrophone) -> None:
        """Stop sending the frames of a microphone."""
        slot = self._slots[microphone.slot]
        if microphone in slot:
            slot.remove(microphone)
            self._open -= 1

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def stop_recording_lateness(self) -> None:
        """Ignore the lateness of further frames, because all calls are being closed."""
        self._records_lateness = False

    def sent(self, due: float, size: int) -> None:
        """Record a sent frame."""
        self._frames += 1
        self._bytes += size
        if self._records_lateness:
            tenths = int((time.monotonic() - due) * 10_000)
            self._tenths[tenths] = self._tenths.get(tenths, 0) + 1

    def report(self) -> Histogram:
        """Write the counts since the previous report to the recorder.

        Returns:
            The lateness of the frames since then, in milliseconds.
        """
        times = Histogram()
        for tenths, count in self._tenths.items():
            ms = tenths / 10
            times.merge(Histogram({ms: count}, count, ms * count, ms, ms))
        if self._frames:
            self.recorder.count("frames.sent", self._frames)
            self.recorder.count("bytes.audio sent", self._bytes)
        self.recorder.record_all(Interval.SEND_LATENESS, times)
        self._tenths, self._frames, self._bytes = {}, 0, 0
        return times

    def _due(self, number: int) -> float:
        return self._epoch + number * self.frame_seconds / SLOTS

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        wait = self._due(self._number) - time.monotonic()
        self._timer = loop.call_later(max(0.0, wait), self._tick)

    def _tick(self) -> None:
        if not self._open:
            self._timer = None
            return
        now = time.monotonic()
        while (due := self._due(self._number)) <= now:
            # A copy, since microphones with a closed connection remove themselves.
            for microphone in tuple(self._slots[self._number % SLOTS]):
                microphone.tick(due)
            self._number += 1
        self._schedule()
