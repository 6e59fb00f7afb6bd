"""One call: speech of the caller, and measurements of what is heard."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import Any

from voicelive.aio import ConnectionClosed, VoiceLiveConnection
from voicelive_loadtest.callers.engine import Engine
from voicelive_loadtest.callers.pacer import Microphone
from voicelive_loadtest.callers.playout import Playout
from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.callers.settings import CallSettings
from voicelive_loadtest.callers.speech import Clip
from voicelive_loadtest.callers.turn import UNKNOWN_RESPONSE, ToolCall, Turn
from voicelive_protocol import (
    InvalidServerEvent,
    Peek,
    ReceivedEvent,
    RequestSession,
    ResponseStatus,
    ServerEventError,
    ServerEventErrorDetails,
    ServerEventInputAudioBufferSpeechStarted,
    ServerEventResponseAudioDelta,
    ServerEventResponseCreated,
    ServerEventResponseDone,
    ServerEventResponseFunctionCallArgumentsDone,
    ServerEventResponseTextDelta,
    ServerEventSessionUpdated,
    ServerEventType,
    ServerVad,
    peek,
)

# pcm16 at 24 kHz, which is what a session answers in unless it is told otherwise.
_BYTES_PER_SECOND = 48_000


class CallFailed(Exception):
    """The call cannot go on.

    Attributes:
        reason: Why, one of a few.
        counted: Whether a statistic has it already.
    """

    def __init__(self, reason: str, *, counted: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.counted = counted


class Call:
    """An open call.

    Journeys are written with its methods. A background task reads all events.

    Args:
        connection: The open connection.
        settings: How the caller behaves.
        engine: What the callers of this process share.
        chance: Decides what is said.
        intended: When the call was to begin.
    """

    def __init__(
        self,
        connection: VoiceLiveConnection,
        settings: CallSettings,
        engine: Engine,
        chance: Random,
        intended: float,
    ) -> None:
        self.connection = connection
        self.settings = settings
        self.ready = False
        """Whether the session is configured."""
        self.stopping = False
        """Whether the call is to end after the turn."""
        self.speed = engine.speed
        """How many seconds of audio go by in a second."""
        self._engine = engine
        self._recorder = engine.recorder
        self._chance = chance
        self._intended = intended
        self._news = asyncio.Event()
        self._broken: str | None = None
        self._turn: Turn | None = None
        self._microphone: Microphone | None = None
        self._interrupted: tuple[float, Turn] | None = None
        self._handlers: dict[type, Callable[[Any, float], None]] = {
            ServerEventError: self._on_error,
            ServerEventInputAudioBufferSpeechStarted: self._on_speech_started,
            ServerEventResponseAudioDelta: self._on_audio,
            ServerEventResponseCreated: self._on_created,
            ServerEventResponseDone: self._on_done,
            ServerEventResponseFunctionCallArgumentsDone: self._on_tool_call,
            ServerEventResponseTextDelta: self._on_text,
            ServerEventSessionUpdated: self._on_updated,
        }

    def stop(self) -> None:
        """Let the call end after the turn."""
        self.stopping = True
        self._news.set()

    # --- what a journey does ----------------------------------------------------

    async def configure(self, session: RequestSession) -> None:
        """Configure the session, and wait until it is."""
        await self._send_session(session)
        await self._until(lambda: self.ready, self.settings.connect_limit, "session")
        self._recorder.record(Interval.SESSION_READY, time.monotonic() - self._intended)

    def open_microphone(self) -> None:
        """Begin to send audio in real time: silence, until something is said."""
        silence = self.settings.speech.silence
        self._microphone = self._engine.pacer.open_microphone(self.connection, silence)

    def close_microphone(self) -> None:
        """Send no more audio."""
        if self._microphone is not None:
            self._microphone.close()

    def any_clip(self) -> Clip:
        """Return something to say."""
        return self._chance.choice(self.settings.speech.clips)

    def say(self, clip: Clip) -> Turn:
        """Begin a turn by saying something."""
        assert self._microphone is not None, "the microphone is not open"
        begins, ends = self._microphone.say(clip)
        return self._begin(begins, ends, Interval.SPEECH_TO_AUDIO)

    def request(self, interval: Interval) -> Turn:
        """Begin a turn with a request that is sent at once."""
        now = time.monotonic()
        return self._begin(now, now, interval)

    async def answer_begins(self, turn: Turn) -> bool:
        """Wait for the first of the answer; return whether it came."""
        await self._in_turn(turn, lambda: turn.answered is not None or turn.complete)
        return turn.answered is not None

    async def response_ends(self, turn: Turn) -> bool:
        """Wait until the service is done; return whether all went well."""
        await self._in_turn(turn, lambda: turn.complete)
        return turn.failure is None

    async def finish(self, turn: Turn) -> bool:
        """Hear the answer to its end, and note how the turn went.

        Returns:
            Whether all went well.

        Raises:
            CallFailed: The call cannot go on.
        """
        await self.response_ends(turn)
        if turn.failure is None and turn.wants_audio:
            await self.listen_until(turn.playout.ends)
        self._end_turn(turn)
        return turn.failure is None

    def interrupt(self, turn: Turn, clip: Clip) -> Turn:
        """Begin a turn by talking over the answer of another."""
        following = self.say(clip)
        self._interrupted = (following.began, turn)
        self._recorder.count("turns.interrupted")
        return following

    async def silence(self) -> None:
        """Wait until nothing is heard any more of the answer that is interrupted.

        Raises:
            CallFailed: It does not fall silent, or the call has ended.
        """
        if self._interrupted is None:
            return
        began, _ = self._interrupted
        limit = max(0.0, began - time.monotonic()) + self.settings.turn_limit
        try:
            await self._until(lambda: self._interrupted is None, limit, "barge-in")
        except CallFailed as failure:
            self._recorder.fail(Interval.BARGE_IN, failure.reason)
            failure.counted = True
            raise

    async def listen_until(self, at: float) -> None:
        """Let time go by, as long as the call lasts.

        Args:
            at: Until when, on the clock of `time.monotonic`.

        Raises:
            CallFailed: The call has ended.
        """
        while not await self._wait_until(at):
            pass

    async def pause(self, seconds: float) -> None:
        """Let time go by, unless the call is to end.

        Raises:
            CallFailed: The call has ended.
        """
        end = time.monotonic() + seconds / self.speed
        while not self.stopping and not await self._wait_until(end):
            pass

    async def listen_for(self, seconds: float) -> None:
        """Let time go by, as `listen_until` does."""
        await self.listen_until(time.monotonic() + seconds / self.speed)

    async def _wait_until(self, at: float) -> bool:
        """Wait for news, but not longer; return whether it is that late."""
        if self._broken is not None:
            raise CallFailed(self._broken)
        left = at - time.monotonic()
        if left <= 0:
            return True
        self._news.clear()
        try:
            async with asyncio.timeout(left):
                await self._news.wait()
        except TimeoutError:
            return True
        return False

    # --- the end of a turn -------------------------------------------------------

    def _begin(self, began: float, asked: float, interval: Interval) -> Turn:
        playout = Playout(delay=self.settings.playout_delay, speed=self.speed)
        self._turn = Turn(began, asked, playout, interval)
        return self._turn

    def _end_turn(self, turn: Turn) -> None:
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
        if self._turn is turn:
            self._turn = None

    def abandon_turn(self) -> None:
        """Note that the turn in progress will never be finished."""
        if self._turn is not None:
            self._recorder.count("turns.abandoned")
            self._turn = None

    async def _in_turn(self, turn: Turn, reached: Callable[[], bool]) -> None:
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
                    if self._broken is not None:
                        raise CallFailed(self._broken)
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise CallFailed(f"timeout.{what}") from None

    async def _send_session(self, session: RequestSession) -> None:
        try:
            await self.connection.session.update(session=session)
        except ConnectionClosed as end:
            raise CallFailed(self._why(end)) from None

    # --- what is received --------------------------------------------------------

    async def read(self) -> None:
        """Read all events, until the connection ends."""
        recorder, handlers = self._recorder, self._handlers
        names: dict[type, str] = {}
        try:
            while True:
                event = await self.connection.recv()
                now = time.monotonic()
                kind = type(event)
                name = names.get(kind)
                if name is None:
                    name = names[kind] = _counter(event)
                recorder.count(name)
                recorder.count("bytes.received", len(event.raw or b""))
                if isinstance(event, InvalidServerEvent):
                    self._on_invalid(peek(event), now)
                    continue
                if event.problems:
                    recorder.count(f"partly unreadable.{kind.type}")
                handler = handlers.get(kind)
                if handler is not None:
                    handler(event, now)
        except ConnectionClosed as end:
            self._broken = self._why(end)
            recorder.count(recorder.code("close.remote", end.code))
        finally:
            # Whatever ended it, nothing more will come.
            self._broken = self._broken or "reading"
            self._news.set()

    def _why(self, end: ConnectionClosed) -> str:
        if end.error is not None:
            return self._recorder.code("error", _error_code(end.error))
        return self._recorder.code("close", end.code)

    def _on_invalid(self, seen: Peek, now: float) -> None:
        """Follow an event that cannot be read as far as its type and identifiers go."""
        self._recorder.count(self._recorder.code("unreadable", seen.type or None))
        match seen.type:
            case ServerEventType.SESSION_UPDATED:
                self.ready = True
                self._news.set()
            case ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED:
                self._fall_silent(now)
            case ServerEventType.RESPONSE_CREATED:
                self._created(seen.response_id, now)
            case ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE:
                self._called_tool(seen.response_id, seen.call_id, now)
            case ServerEventType.RESPONSE_DONE:
                self._done(seen.response_id, seen.text("response", "status"), now)
            case _:
                pass

    def _on_updated(self, event: ServerEventSessionUpdated, now: float) -> None:
        self.ready = True
        self._news.set()

    def _on_error(self, event: ServerEventError, now: float) -> None:
        name = self._recorder.code("error", _error_code(event.error))
        self._recorder.count(name)
        turn = self._turn
        # While a response is going on, its end tells how the turn went.
        if turn is not None and turn.response_id is None and not turn.complete:
            turn.failure = name
        elif not self.ready:
            self._broken = name
        self._news.set()

    def _on_speech_started(
        self, event: ServerEventInputAudioBufferSpeechStarted, now: float
    ) -> None:
        self._fall_silent(now)

    def _fall_silent(self, now: float) -> None:
        """Stop playing what was interrupted."""
        if self._interrupted is None:
            return
        began, turn = self._interrupted
        self._interrupted = None
        # It may have been heard to its end before.
        self._recorder.record(Interval.BARGE_IN, min(now, turn.playout.ends) - began)
        turn.playout.silence(now)
        self._news.set()

    def _on_created(self, event: ServerEventResponseCreated, now: float) -> None:
        self._created(event.response.id, now)

    def _created(self, response_id: str | None, now: float) -> None:
        turn = self._turn
        if turn is None or turn.complete:
            self._recorder.count("responses.unexpected")
            return
        turn.response_id = response_id or UNKNOWN_RESPONSE
        # Without turn detection that announces speech, this is the sign.
        self._fall_silent(now)

    def _on_audio(self, event: ServerEventResponseAudioDelta, now: float) -> None:
        turn = self._turn
        seconds = len(event.delta) / _BYTES_PER_SECOND
        if turn is None or not turn.has(event.response_id):
            if self._interrupted is not None:
                self._interrupted[1].playout.arrived(now, seconds, event.item_id)
            return
        turn.playout.arrived(now, seconds, event.item_id)
        if turn.answered is None:
            self._answered(turn, now)

    def _on_text(self, event: ServerEventResponseTextDelta, now: float) -> None:
        turn = self._turn
        if (
            turn is not None
            and turn.has(event.response_id)
            and not turn.wants_audio
            and turn.answered is None
        ):
            self._answered(turn, now)

    def _answered(self, turn: Turn, now: float) -> None:
        turn.answered = now
        self._recorder.record(turn.interval, now - turn.asked)
        self._news.set()

    def _on_tool_call(
        self, event: ServerEventResponseFunctionCallArgumentsDone, now: float
    ) -> None:
        self._called_tool(event.response_id, event.call_id, now)

    def _called_tool(
        self, response_id: str | None, call_id: str | None, now: float
    ) -> None:
        turn = self._turn
        if turn is not None and call_id and turn.has(response_id):
            turn.tool_calls.append(ToolCall(call_id, now))

    def _on_done(self, event: ServerEventResponseDone, now: float) -> None:
        self._done(event.response.id, event.response.status, now)

    def _done(self, response_id: str | None, status: str | None, now: float) -> None:
        turn = self._turn
        self._recorder.count(self._recorder.code("responses", status))
        if turn is None or not turn.has(response_id):
            return
        if status == ResponseStatus.CANCELLED and now < turn.asked:
            # The service took a pause for the end, and was interrupted by the rest.
            turn.response_id = turn.answered = None
            return
        turn.status = str(status)
        if status != ResponseStatus.COMPLETED:
            turn.failure = self._recorder.code("response", status)
        elif turn.answered is None and not turn.tool_calls:
            turn.failure = "response.empty"
        self._news.set()


def speaking_session(settings: CallSettings, **further: Any) -> RequestSession:
    """Return the session of a caller who speaks and listens."""
    return RequestSession(
        instructions=INSTRUCTIONS,
        turn_detection=ServerVad(),
        input_audio_sampling_rate=settings.speech.sample_rate,
        **further,
    )


INSTRUCTIONS = "Answer in one or two short sentences."


def _error_code(error: ServerEventErrorDetails) -> str | None:
    return error.code or error.type


def _counter(event: ReceivedEvent) -> str:
    """The name under which events of a class are counted."""
    return f"received.{getattr(type(event), 'type', 'unknown') or 'invalid'}"
