"""Turn controller: the rules of a conversation, applied to its events."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from voicelive._connection.client_events import Fields
from voicelive._connection.failure_guard import FailureGuard
from voicelive._connection.protocol import StatefulConnection
from voicelive._connection.reading import field, text
from voicelive._connection.responses import ResponseEnd, ResponseStart
from voicelive.turns._activity import Activity, Changes
from voicelive.turns._errors import HARMLESS_CODES, HarmlessReason
from voicelive.turns._hang_up import HangUp
from voicelive.turns._playback import PlaybackClock
from voicelive.turns._playback_estimate import PlaybackEstimate
from voicelive.turns._response_queue import ResponseQueue
from voicelive.turns._response_requests import ErrorEffect, ResponseRequest
from voicelive.turns._silence_timer import SilenceTimer
from voicelive.turns._silence_watch import SilenceWatch
from voicelive.turns._tasks import TurnTasks
from voicelive.turns._tool_calls import ToolCalls
from voicelive.turns._tool_runner import ToolRunner
from voicelive.turns._tools import ToolSet
from voicelive.turns._user_turn import UserTurn
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import (
    ClientEventResponseCancel,
    ClientEventType,
    ClientMessage,
    ErrorCode,
    ItemType,
    MessageRole,
    Peek,
    ReceivedEvent,
    ServerEventError,
    ServerEventErrorDetails,
    ServerEventType,
    peek,
)

logger = redacting_logger(__name__)

# Sent truncations to remember, to recognise errors that refer to them.
_MAX_TRUNCATIONS = 64

# Events of a running response that are dropped after cancellation.
_DELTAS = frozenset(
    {
        ServerEventType.RESPONSE_AUDIO_DELTA,
        ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DELTA,
        ServerEventType.RESPONSE_TEXT_DELTA,
        ServerEventType.RESPONSE_AUDIO_TIMESTAMP_DELTA,
        ServerEventType.RESPONSE_ANIMATION_VISEME_DELTA,
        ServerEventType.RESPONSE_ANIMATION_BLENDSHAPES_DELTA,
        ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA,
    }
)

INPUT_EVENTS = frozenset(
    {
        ClientEventType.INPUT_AUDIO_BUFFER_APPEND,
        ClientEventType.INPUT_AUDIO_BUFFER_COMMIT,
        ClientEventType.INPUT_AUDIO_TURN_START,
        ClientEventType.INPUT_AUDIO_TURN_APPEND,
        ClientEventType.INPUT_AUDIO_TURN_END,
        ClientEventType.INPUT_TEXT_DELTA,
        ClientEventType.INPUT_TEXT_DONE,
        ClientEventType.MCP_APPROVAL_RESPONSE,
    }
)
"""Sent events with input of the user, besides items."""


class TurnController:
    """Applies the rules of `TurnKeeper` to the events of a connection.

    Attributes:
        queue: The queue of responses.
        tool_runner: Function calls and their outputs.
        activity: Activity of the conversation.
        hang_up: Ends the call.
        playback: The playback clock of the application, if there is one.
        guard: Contains failures of turn management, so that the connection survives.
    """

    def __init__(
        self,
        connection: StatefulConnection,
        tools: ToolSet | None,
        playback: PlaybackClock | None,
        close: Callable[[str], Awaitable[None]],
        *,
        silence: SilenceWatch | None,
        keeper: object,
        drop_cancelled: bool,
        refuse_unknown_calls: bool,
    ) -> None:
        self.playback = playback
        self.guard = FailureGuard("keeping turns")
        self._connection = connection
        self._drop_cancelled = drop_cancelled
        self._tasks = TurnTasks()
        self._session = connection.state
        self._user_turn = UserTurn(self._session)
        self._position = PlaybackEstimate() if playback is None else playback
        changes = Changes()
        self._calls = ToolCalls()
        self.queue = ResponseQueue(
            connection, self._tasks, self._user_turn, changes.notify
        )
        self.activity = Activity(
            connection,
            self.queue,
            self._user_turn,
            self._calls,
            self._position,
            changes,
        )
        self.hang_up = HangUp(self.activity, close)
        self.tool_runner = ToolRunner(
            connection,
            self._tasks,
            self.queue,
            self.activity,
            self.hang_up,
            self._calls,
            tools,
            self._interrupt,
            refuse_unknown=refuse_unknown_calls,
        )
        self._timer = None
        if silence is not None:
            self._timer = SilenceTimer(
                silence, self.activity, self.queue, self.hang_up, keeper
            )
        self._requests = self.queue.requests
        self._truncations: deque[str] = deque(maxlen=_MAX_TRUNCATIONS)
        self._begun = False
        # The last item that holds silence, not input of the user.
        self._silence_id: str | None = None

    # --- sent events -----------------------------------------------------------

    async def submit(self, request: ResponseRequest) -> None:
        """Send a `response.create`, or queue it."""
        params = request.event.get("response")
        with self.guard:
            self.tool_runner.add_request_tools(field(params, "tools"))
        if field(params, "cancel_previous") is True and not request.out_of_band:
            await self.cancel(ClientEventResponseCancel())
        await self.queue.submit(request)

    async def cancel(
        self, event: ClientMessage, response_id: str | None = None
    ) -> None:
        """Send a `response.cancel` if needed, and flush the playback clock."""
        self._flush(response_id)
        if response_id is not None:
            await self.queue.cancel_one(event, response_id)
            return
        for batch in self._calls:
            batch.cancelled = True
        await self.queue.cancel(event)

    def item_sent(self, event: Fields) -> None:
        """Handle an item that the application has sent."""
        if field(event.get("item"), "role") == MessageRole.USER:
            self.activity.user_active()
        self.tool_runner.item_sent(event)

    def input_sent(self, kind: str) -> None:
        """Handle input of the user, of the types `INPUT_EVENTS`."""
        is_stream = kind == ClientEventType.INPUT_AUDIO_BUFFER_APPEND
        # With turn detection the stream includes silence.
        if not (is_stream and self._session.turn_detection.enabled):
            self.activity.user_active()

    # --- received events -------------------------------------------------------

    def notice(self, event: ReceivedEvent) -> bool:
        """Handle an event; return whether to deliver it.

        If handling fails, the event is delivered.
        """
        deliver = True
        with self.guard:
            seen = peek(event)
            self.queue.event_received()
            if seen.type in _DELTAS:
                if self._is_unwanted(seen):
                    return False
                self._position.follow(seen, self._session)
                return True
            with self.guard:
                self._position.follow(seen, self._session)
            with self.guard:
                self._user_turn.observe(seen)
            with self.guard:
                deliver = self._react(seen)
            self.queue.wake()
            self._start_timer()
        return deliver

    def _start_timer(self) -> None:
        # The keeper may have been created outside of the event loop.
        timer, self._timer = self._timer, None
        if timer is not None:
            self._tasks.spawn(timer.run())

    def _is_unwanted(self, seen: Peek) -> bool:
        """Return whether a delta is a late one, of a cancelled response."""
        return self._drop_cancelled and self._session.responses.is_cancelled(
            seen.response_id
        )

    def _react(self, seen: Peek) -> bool:
        match seen.type:
            case ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED:
                self._on_speech()
            case ServerEventType.INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED:
                self._silence_id = seen.item_id
            case ServerEventType.INPUT_AUDIO_BUFFER_COMMITTED:
                # Some turn detection reports no speech. The service commits silence
                # after `idle_timeout_ms`.
                if self._silence_id is None or seen.item_id != self._silence_id:
                    self.activity.user_active()
            case ServerEventType.RESPONSE_CREATED:
                effect = self._session.effect_of(seen.event)
                if isinstance(effect, ResponseStart):
                    self.queue.created(effect)
            case ServerEventType.RESPONSE_DONE:
                effect = self._session.effect_of(seen.event)
                if isinstance(effect, ResponseEnd):
                    self._on_done(effect)
            case ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE:
                if self._counts(response_id := self._response_of(seen)):
                    self._calls.add_arguments(response_id, seen)
            case ServerEventType.RESPONSE_OUTPUT_ITEM_DONE:
                if self._counts(response_id := self._response_of(seen)):
                    self._calls.add_item(response_id, seen.get("item"))
            case ServerEventType.CONVERSATION_ITEM_CREATED:
                self._on_item(seen.get("item"))
            case ServerEventType.ERROR:
                if isinstance(seen.event, ServerEventError):
                    return self._on_error(seen.event.error)
            case ServerEventType.SESSION_CREATED:
                self._on_session(seen.text("session", "id"))
                self.tool_runner.set_session_tools(seen.get("session", "tools"))
            case ServerEventType.SESSION_UPDATED:
                self.tool_runner.set_session_tools(seen.get("session", "tools"))
            case _:
                pass
        return True

    def _response_of(self, seen: Peek) -> str:
        """Return the response that an event belongs to; by default the active one."""
        active = self._session.responses.active
        return seen.response_id or (active.id if active is not None else None) or ""

    def _on_done(self, end: ResponseEnd) -> None:
        self._requests.done(end)
        if not end.out_of_band:
            self.activity.assistant_spoke()
            self.tool_runner.response_done(end.response_id, end.response)

    def _on_item(self, item: object) -> None:
        if field(item, "type") == ItemType.FUNCTION_CALL_OUTPUT:
            call_id = text(item, "call_id")
            self._calls.acknowledged(call_id)
            self._requests.acknowledged(call_id)

    def _on_error(self, error: ServerEventErrorDetails) -> bool:
        if error.code == ErrorCode.RESPONSE_CANCEL_NOT_ACTIVE:
            self.queue.cancel_refused(error.event_id)
        if not self._begun and not self._connection.ready:
            self.queue.session_rejected(error)
        return self._requests.refused(error) is not ErrorEffect.RETRIED

    def _on_session(self, session_id: str | None) -> None:
        if self._begun:
            self._requests.restart(session_id)
            self._calls.restart()
            self._user_turn.release()
            self._position.forget()
        self._begun = True
        self.queue.session_begun()

    def _on_speech(self) -> None:
        turn_detection = self._session.turn_detection
        self.activity.user_active(interrupts=turn_detection.interrupts)
        if not turn_detection.interrupts:
            return
        self.queue.cancel_current()
        self._flush(truncate=not turn_detection.truncates)

    def _interrupt(self) -> None:
        """Stop the active response and its audio."""
        self._flush()
        self.queue.interrupt()

    def _counts(self, response_id: str) -> bool:
        """Return whether to answer the function calls of a response."""
        responses = self._session.responses
        return not responses.is_out_of_band(response_id) and not responses.has_ended(
            response_id
        )

    def _flush(self, response_id: str | None = None, *, truncate: bool = True) -> None:
        """Flush the playback clock, and truncate at the position that was heard."""
        for truncation in self._position.flush(response_id):
            if truncate:
                truncation.event_id = self.queue.new_id()
                self._truncations.append(truncation.event_id)
                self._tasks.spawn(self._connection.send(truncation))

    def benign(self, event: ServerEventError) -> HarmlessReason | None:
        """Return why an `error` event is harmless; None if it is not, or may not be.

        The result depends on the state when the event is received.
        """
        code = event.error.code
        if event.error.event_id in self._truncations:
            return HarmlessReason.TRUNCATION_REFUSED
        if code == ErrorCode.INPUT_AUDIO_BUFFER_COMMIT_EMPTY:
            return HarmlessReason.ALREADY_COMMITTED if self._session.commits else None
        return None if code is None else HARMLESS_CODES.get(code)

    # --- end -------------------------------------------------------------------

    async def end(self, error: BaseException) -> None:
        """Fail all pending requests and stop, because the connection has ended."""
        self._log_dropped_calls()
        self._requests.fail(error)
        self._calls.clear()
        await self.stop()

    async def stop(self) -> None:
        """End all tasks, including tools."""
        self._log_dropped_calls()
        self.queue.stop()
        await self._tasks.stop()

    def _log_dropped_calls(self) -> None:
        names = [call.name for call in self._calls.running()]
        if names and not self._tasks.stopped:
            logger.info(
                "the connection has ended during %s: its result is dropped",
                ", ".join(names),
            )
