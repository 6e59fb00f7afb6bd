"""Pacer: one timer for the microphones of all callers.

A sleep for every frame of every caller is what a load generator spends most of its time
with. Here one timer serves them all: the 20 ms of a frame are divided into slots, each
caller has one, and in each slot the frames of its callers leave.

The schedule is absolute. If the process was late, the frames that were due leave at
once, each with its delay on record, and the next one is on time again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable
from typing import NamedTuple, Protocol

from voicelive.aio import ConnectionClosed
from voicelive_loadtest.callers.eager_start import start_eagerly
from voicelive_loadtest.callers.samples import Histogram, Interval, Recorder
from voicelive_loadtest.callers.speech import FRAME_SECONDS, Clip

SLOTS = 20


class Sender(Protocol):
    """What frames are sent on: a connection."""

    async def send(self, event: bytes, /) -> None:
        """Send a frame, and wait while there is no room."""
        ...


class SpeechTimes(NamedTuple):
    """When a clip is planned to be spoken, in seconds of `time.monotonic`.

    Attributes:
        begins: When its first frame is due.
        ends: When its last frame is due.
    """

    begins: float
    ends: float


class Microphone:
    """Sends a frame of audio every 20 ms: what is said, else silence.

    `Pacer.open_microphone` makes it.
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
        self, pacer: Pacer, slot: int, due: float, sender: Sender, silence: bytes
    ) -> None:
        self.slot = slot
        self._pacer = pacer
        self._next = due
        self._sender = sender
        self._silence = silence
        self._frames: deque[bytes] = deque()
        # Frames that wait behind one for which the socket has no room.
        self._backlog: deque[bytes] = deque()
        self._rest: asyncio.Task[None] | None = None

    def say(self, clip: Clip) -> SpeechTimes:
        """Say something, after what is being said already."""
        step = self._pacer.frame_seconds
        begins = self._next + len(self._frames) * step
        self._frames.extend(clip.frames)
        return SpeechTimes(begins, begins + (len(clip.frames) - 1) * step)

    def close(self) -> None:
        """Send nothing any more."""
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
            # Who receives learns of it too, and ends the call.
            self._pacer.remove(self)
            return
        self._pacer.sent(due, len(frame))
        if rest is not None:
            self._rest = asyncio.ensure_future(self._catch_up(rest))

    async def _catch_up(self, rest: Awaitable[None]) -> None:
        """Wait until the service reads on, then send what has queued up.

        The service made these frames late, not the generator.
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


class Pacer:
    """Lets all microphones of a process send, each when it is due.

    Args:
        recorder: Takes how late frames left, and how many.
        speed: How many seconds of audio are spoken in a second; for tests with a
            service that is as fast.
    """

    def __init__(self, recorder: Recorder, *, speed: float = 1.0) -> None:
        self.recorder = recorder
        self.frame_seconds = FRAME_SECONDS / speed
        """Time between two frames of a microphone."""
        self._slots: list[list[Microphone]] = [[] for _ in range(SLOTS)]
        self._opened = 0
        self._open = 0
        self._hanging_up = False
        self._timer: asyncio.TimerHandle | None = None
        self._epoch = 0.0
        self._number = 0
        # Counted by tenths of a millisecond, which is cheap; told once in a while.
        self._tenths: dict[int, int] = {}
        self._frames = 0
        self._bytes = 0

    def open_microphone(self, sender: Sender, silence: bytes) -> Microphone:
        """Begin to send frames of silence.

        Args:
            sender: Where to.
            silence: What is sent while nothing is said.
        """
        if self._timer is None:
            self._hanging_up = False
            self._epoch, self._number = time.monotonic(), 0
            self._schedule()
        slot = self._opened % SLOTS
        self._opened += 1
        ahead = (slot - self._number) % SLOTS
        due = self._due(self._number + ahead)
        microphone = Microphone(self, slot, due, sender, silence)
        self._slots[slot].append(microphone)
        self._open += 1
        return microphone

    def remove(self, microphone: Microphone) -> None:
        """Let a microphone send nothing any more."""
        slot = self._slots[microphone.slot]
        if microphone in slot:
            slot.remove(microphone)
            self._open -= 1

    def close(self) -> None:
        """Stop the clock."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def hang_up(self) -> None:
        """Do not note any more how late frames leave: all calls are being cut off."""
        self._hanging_up = True

    def sent(self, due: float, size: int) -> None:
        """Note that a frame has left."""
        self._frames += 1
        self._bytes += size
        if not self._hanging_up:
            tenths = int((time.monotonic() - due) * 10_000)
            self._tenths[tenths] = self._tenths.get(tenths, 0) + 1

    def report(self) -> Histogram:
        """Hand over what was noted since the last time.

        Returns:
            How late the frames left since then, in milliseconds.
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
            # Whoever finds the connection closed leaves the list.
            for microphone in tuple(self._slots[self._number % SLOTS]):
                microphone.tick(due)
            self._number += 1
        self._schedule()
