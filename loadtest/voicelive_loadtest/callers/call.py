"""Call: the actions of a caller on an open connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import Any

from voicelive.aio import ConnectionClosed, VoiceLiveConnection
from voicelive_loadtest.callers.call_reader import CallReader
from voicelive_loadtest.callers.pacer import SimulatedMicrophone
from voicelive_loadtest.callers.playout import Playout
from voicelive_loadtest.callers.runtime import CallerRuntime
from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.callers.settings import CallSettings
from voicelive_loadtest.callers.speech import Clip
from voicelive_loadtest.callers.turn import TurnMeasurement
from voicelive_protocol import (
    RequestSession,
    ServerVad,
)


class CallFailed(Exception):
    """The call cannot continue.

    Attributes:
        reason: Failure reason, such as `timeout.turn`.
        counted: Whether the failure was recorded in a statistic.
    """

    def __init__(self, reason: str, *, counted: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.counted = counted


class Call:
    """An open call, with the actions that journeys consist of.

    `read` has to run in a background task.

    Args:
        connection: The open connection.
        settings: How the caller behaves.
        runtime: State shared by the callers of this process.
        rng: Random number generator for the choice of clips.
        intended: Intended start time of the call.
    """

    def __init__(
        self,
        connection: VoiceLiveConnection,
        settings: CallSettings,
        runtime: CallerRuntime,
        rng: Random,
        intended: float,
    ) -> None:
        self.connection = connection
        self.settings = settings
        self.stopping = False
        """Whether the call ends after the current turn."""
        self.speed = runtime.speed
        """Playback speed: 1 is real time."""
        self._runtime = runtime
        self._recorder = runtime.recorder
        self._rng = rng
        self._intended = intended
        self._reader = CallReader(connection, runtime.recorder)
        self._microphone: SimulatedMicrophone | None = None

    @property
    def ready(self) -> bool:
        """Whether the session is configured."""
        return self._reader.ready

    async def read(self) -> None:
        """Read events until the connection is closed."""
        await self._reader.read()

    def stop(self) -> None:
        """End the call after the current turn."""
        self.stopping = True
        self._reader.changed.set()

    # --- actions of journeys ------------------------------------------------------

    async def configure(self, session: RequestSession) -> None:
        """Configure the session and wait for the acknowledgement."""
        await self._send_session(session)
        await self._until(lambda: self.ready, self.settings.connect_limit, "session")
        self._recorder.record(Interval.SESSION_READY, time.monotonic() - self._intended)

    def open_microphone(self) -> None:
        """Start sending audio in real time: silence until `say` is called."""
        silence = self.settings.speech.silence
        self._microphone = self._runtime.pacer.open_microphone(self.connection, silence)

    def close_microphone(self) -> None:
        """Stop sending audio."""
        if self._microphone is not None:
            self._microphone.close()

    def any_clip(self) -> Clip:
        """Return a random clip."""
        return self._rng.choice(self.settings.speech.clips)

    def say(self, clip: Clip) -> TurnMeasurement:
        """Start a turn by speaking a clip."""
        assert self._microphone is not None, "the microphone is not open"
        begins, ends = self._microphone.say(clip)
        return self._begin(begins, ends, Interval.SPEECH_TO_AUDIO)

    def request(self, interval: Interval) -> TurnMeasurement:
        """Start a turn with a request that is sent immediately."""
        now = time.monotonic()
        return self._begin(now, now, interval)

    async def answer_begins(self, turn: TurnMeasurement) -> bool:
        """Wait for the first output of the response; return whether it arrived."""
        await self._in_turn(turn, lambda: turn.answered is not None or turn.complete)
        return turn.answered is not None

    async def response_ends(self, turn: TurnMeasurement) -> bool:
        """Wait until the response is done; return whether it succeeded."""
        await self._in_turn(turn, lambda: turn.complete)
        return turn.failure is None

    async def finish(self, turn: TurnMeasurement) -> bool:
        """Wait until the response is played, and record the turn.

        Returns:
            Whether the turn succeeded.

        Raises:
            CallFailed: The call cannot continue.
        """
        await self.response_ends(turn)
        if turn.failure is None and turn.wants_audio:
            await self.listen_until(turn.playout.ends)
        self._end_turn(turn)
        return turn.failure is None

    def interrupt(self, turn: TurnMeasurement, clip: Clip) -> TurnMeasurement:
        """Start a turn by speaking over the response of another one."""
        following = self.say(clip)
        self._reader.interrupted = (following.began, turn)
        self._recorder.count("turns.interrupted")
        return following

    async def silence(self) -> None:
        """Wait until the interrupted response stops playing.

        Raises:
            CallFailed: It does not stop in time, or the call has ended.
        """
        if self._reader.interrupted is None:
            return
        began, _ = self._reader.interrupted
        limit = max(0.0, began - time.monotonic()) + self.settings.turn_limit
        try:
            await self._until(
                lambda: self._reader.interrupted is None, limit, "barge-in"
            )
        except CallFailed as failure:
            self._recorder.fail(Interval.BARGE_IN, failure.reason)
            failure.counted = True
            raise

    async def listen_until(self, at: float) -> None:
        """Wait until a point in time.

        Args:
            at: Time on the clock of `time.monotonic`.

        Raises:
            CallFailed: The call has ended.
        """
        while not await self._wait_until(at):
            pass

    async def pause(self, seconds: float) -> None:
        """Wait for a duration, or until the call is stopped.

        Raises:
            CallFailed: The call has ended.
        """
        end = time.monotonic() + seconds / self.speed
        while not self.stopping and not await self._wait_until(end):
            pass

    async def listen_for(self, seconds: float) -> None:
        """Wait for a duration; see `listen_until`."""
        await self.listen_until(time.monotonic() + seconds / self.speed)

    async def _wait_until(self, at: float) -> bool:
        """Wait for a state change or a deadline; return whether it has passed."""
        if self._reader.end_reason is not None:
            raise CallFailed(self._reader.end_reason)
        left = at - time.monotonic()
        if left <= 0:
            return True
        self._reader.changed.clear()
        try:
            async with asyncio.timeout(left):
                await self._reader.changed.wait()
        except TimeoutError:
            return True
        return False

    # --- turns -----------------------------------------------------------------------

    def _begin(self, began: float, asked: float, interval: Interval) -> TurnMeasurement:
        playout = Playout(delay=self.settings.playout_delay, speed=self.speed)
        self._reader.turn = TurnMeasurement(began, asked, playout, interval)
        return self._reader.turn

    def _end_turn(self, turn: TurnMeasurement) -> None:
        recorder = self._recorder
        if turn.failure is not None:
            recorder.fail(Interval.TURN, turn.failure)
        else:
            end = max(time.monotonic(), turn.playout.ends)
            recorder.record(Interval.TURN, end - turn.began)
        if turn.playout.first is not None:
            recorder.count("answers.heard")
            if turn.playout.gaps:
                recorder.count("answers.with gaps")
        for gap in turn.playout.gaps:
            recorder.record(Interval.GAP, gap)
        if self._reader.turn is turn:
            self._reader.turn = None

    def abandon_turn(self) -> None:
        """Record the turn in progress as abandoned."""
        if self._reader.turn is not None:
            self._recorder.count("turns.abandoned")
            self._reader.turn = None

    async def _in_turn(
        self, turn: TurnMeasurement, reached: Callable[[], bool]
    ) -> None:
        limit = max(turn.asked - time.monotonic(), 0.0) + self.settings.turn_limit
        try:
            await self._until(reached, limit, "turn")
        except CallFailed as failure:
            turn.failure = failure.reason
            self._end_turn(turn)
            failure.counted = True
            raise

    async def _until(
        self, reached: Callable[[], bool], limit: float, what: str
    ) -> None:
        try:
            async with asyncio.timeout(limit):
                while not reached():
                    if self._reader.end_reason is not None:
                        raise CallFailed(self._reader.end_reason)
                    self._reader.changed.clear()
                    await self._reader.changed.wait()
        except TimeoutError:
            raise CallFailed(f"timeout.{what}") from None

    async def _send_session(self, session: RequestSession) -> None:
        try:
            await self.connection.session.update(session=session)
        except ConnectionClosed as end:
            raise CallFailed(self._reader.close_reason(end)) from None


def speaking_session(settings: CallSettings, **further: Any) -> RequestSession:
    """Return the session settings of a spoken call."""
    return RequestSession(
        instructions=INSTRUCTIONS,
        turn_detection=ServerVad(),
        input_audio_sampling_rate=settings.speech.sample_rate,
        **further,
    )


INSTRUCTIONS = "Answer in one or two short sentences."
