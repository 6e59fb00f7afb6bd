"""Reader of a call: processes the events of the service and measures responses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from voicelive.aio import ConnectionClosed, VoiceLiveConnection
from voicelive_loadtest.callers.samples import Interval, MetricsRecorder
from voicelive_loadtest.callers.turn import (
    UNKNOWN_RESPONSE,
    ToolCallRequest,
    TurnMeasurement,
)
from voicelive_protocol import (
    InvalidServerEvent,
    Peek,
    ReceivedEvent,
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
    peek,
)
from voicelive_protocol.audio_formats import DEFAULT_AUDIO_FORMAT

_BYTES_PER_SECOND = DEFAULT_AUDIO_FORMAT.bytes_per_second


class CallReader:
    """Reads the events of a call and tracks the current turn.

    Args:
        connection: The open connection.
        recorder: Records the measurements.
    """

    def __init__(
        self, connection: VoiceLiveConnection, recorder: MetricsRecorder
    ) -> None:
        self._connection = connection
        self._recorder = recorder
        self._state = connection.state
        self.turn: TurnMeasurement | None = None
        """The current turn."""
        self.interrupted: tuple[float, TurnMeasurement] | None = None
        """The interrupted turn whose response is still playing, and the time of the
        interruption."""
        self.end_reason: str | None = None
        """The failure reason once the call has ended."""
        self.changed = asyncio.Event()
        """Set when the state changes."""
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

    @property
    def ready(self) -> bool:
        """Whether the session is configured."""
        return self._state.configured

    async def read(self) -> None:
        """Read events until the connection is closed."""
        recorder, handlers = self._recorder, self._handlers
        names: dict[type, str] = {}
        try:
            while True:
                event = await self._connection.recv()
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
            self.end_reason = self.close_reason(end)
            recorder.count(recorder.code("close.remote", end.code))
        finally:
            # Also on errors: wake all waiting tasks.
            self.end_reason = self.end_reason or "reading"
            self.changed.set()

    def close_reason(self, end: ConnectionClosed) -> str:
        """Return the failure reason for a closed connection."""
        if end.error is not None:
            return self._recorder.code("error", _error_code(end.error))
        return self._recorder.code("close", end.code)

    def _on_invalid(self, seen: Peek, now: float) -> None:
        """Process an invalid event by its type and identifiers."""
        self._recorder.count(self._recorder.code("unreadable", seen.type or None))
        match seen.type:
            case ServerEventType.SESSION_UPDATED:
                self.changed.set()
            case ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED:
                self._stop_playout(now)
            case ServerEventType.RESPONSE_CREATED:
                self._created(seen.response_id, now)
            case ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE:
                self._called_tool(seen.response_id, seen.call_id, now)
            case ServerEventType.RESPONSE_DONE:
                self._done(seen.response_id, seen.text("response", "status"), now)
            case _:
                pass

    def _on_updated(self, event: ServerEventSessionUpdated, now: float) -> None:
        self.changed.set()

    def _on_error(self, event: ServerEventError, now: float) -> None:
        name = self._recorder.code("error", _error_code(event.error))
        self._recorder.count(name)
        turn = self.turn
        # During a response, `response.done` reports the outcome.
        if turn is not None and turn.response_id is None and not turn.complete:
            turn.failure = name
        elif not self.ready:
            self.end_reason = name
        self.changed.set()

    def _on_speech_started(
        self, event: ServerEventInputAudioBufferSpeechStarted, now: float
    ) -> None:
        self._stop_playout(now)

    def _stop_playout(self, now: float) -> None:
        """Stop playing the interrupted response."""
        if self.interrupted is None:
            return
        began, turn = self.interrupted
        self.interrupted = None
        # Playback may have finished before the interruption.
        self._recorder.record(Interval.BARGE_IN, min(now, turn.playout.ends) - began)
        turn.playout.silence(now)
        self.changed.set()

    def _on_created(self, event: ServerEventResponseCreated, now: float) -> None:
        self._created(event.response.id, now)

    def _created(self, response_id: str | None, now: float) -> None:
        turn = self.turn
        if turn is None or turn.complete:
            self._recorder.count("responses.unexpected")
            return
        turn.response_id = response_id or UNKNOWN_RESPONSE
        # Without `speech_started`, the next response marks the interruption.
        self._stop_playout(now)

    def _on_audio(self, event: ServerEventResponseAudioDelta, now: float) -> None:
        turn = self.turn
        output = self._state.output_format
        rate = _BYTES_PER_SECOND if output is None else output.bytes_per_second
        seconds = len(event.delta) / rate
        if turn is None or not turn.has(event.response_id):
            if self.interrupted is not None:
                self.interrupted[1].playout.arrived(now, seconds, event.item_id)
            return
        turn.playout.arrived(now, seconds, event.item_id)
        if turn.answered is None:
            self._answered(turn, now)

    def _on_text(self, event: ServerEventResponseTextDelta, now: float) -> None:
        turn = self.turn
        if (
            turn is not None
            and turn.has(event.response_id)
            and not turn.wants_audio
            and turn.answered is None
        ):
            self._answered(turn, now)

    def _answered(self, turn: TurnMeasurement, now: float) -> None:
        turn.answered = now
        self._recorder.record(turn.interval, now - turn.asked)
        self.changed.set()

    def _on_tool_call(
        self, event: ServerEventResponseFunctionCallArgumentsDone, now: float
    ) -> None:
        self._called_tool(event.response_id, event.call_id, now)

    def _called_tool(
        self, response_id: str | None, call_id: str | None, now: float
    ) -> None:
        turn = self.turn
        if turn is not None and call_id and turn.has(response_id):
            turn.tool_calls.append(ToolCallRequest(call_id, now))

    def _on_done(self, event: ServerEventResponseDone, now: float) -> None:
        self._done(event.response.id, event.response.status, now)

    def _done(self, response_id: str | None, status: str | None, now: float) -> None:
        turn = self.turn
        self._recorder.count(self._recorder.code("responses", status))
        if turn is None or not turn.has(response_id):
            return
        if status == ResponseStatus.CANCELLED and now < turn.asked:
            # A pause in the clip ended the turn early, and the rest interrupted it.
            turn.response_id = turn.answered = None
            return
        turn.status = str(status)
        if status != ResponseStatus.COMPLETED:
            turn.failure = self._recorder.code("response", status)
        elif turn.answered is None and not turn.tool_calls:
            turn.failure = "response.empty"
        self.changed.set()


def _error_code(error: ServerEventErrorDetails) -> str | None:
    return error.code or error.type


def _counter(event: ReceivedEvent) -> str:
    """Return the counter name for events of a class."""
    return f"received.{getattr(type(event), 'type', 'unknown') or 'invalid'}"
