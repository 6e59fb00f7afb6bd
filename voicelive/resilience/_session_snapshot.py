"""Session snapshot: settings, history and pending requests to restore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from voicelive._connection.audio_format import WireFormat
from voicelive._connection.client_events import (
    REALTIME_AUDIO,
    audio_size,
    event_type,
    to_dict,
    with_event_id,
)
from voicelive._connection.encode import to_frame
from voicelive._connection.failure_guard import FailureGuard
from voicelive._connection.pending_requests import TRACKED_TYPES
from voicelive._connection.reading import as_item, as_object
from voicelive._connection.state import SessionState
from voicelive.resilience._history import History, Restorable
from voicelive.resilience._report import NotRestored
from voicelive.resilience._unrestorable import unrestorable
from voicelive_protocol import (
    AnyConversationRequestItem,
    ClientEventConversationItemCreate,
    ClientEventType,
    ClientMessage,
    ItemType,
    Peek,
    ReceivedEvent,
    ServerEventType,
    peek,
)

_TRUNCATE = ClientEventType.CONVERSATION_ITEM_TRUNCATE


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """The state of a session to restore in the next one.

    Attributes:
        settings: Settings to send in one update, possibly empty; None if no update was
            accepted.
        items: Items to create, in order.
        calls: Function calls without an output, by `call_id`.
        unanswered: Events that the old session has not acknowledged.
        not_restored: State that cannot be restored.
    """

    settings: dict[str, Any] | None
    items: list[AnyConversationRequestItem]
    calls: dict[str, AnyConversationRequestItem]
    unanswered: list[dict[str, Any]]
    not_restored: list[NotRestored]


@dataclass(frozen=True, slots=True)
class TrackedEvent:
    """An event to send.

    Attributes:
        event: The event, with an id if its answer is tracked.
        kind: Its wire type.
        tracked: Its fields, kept until the answer; None if it is not tracked.
    """

    event: ClientMessage
    kind: str
    tracked: dict[str, Any] | None


class SessionTracker:
    """Tracks the state of a session from all sent and received events.

    Args:
        history_items: See `ReconnectPolicy`.
        history_bytes: See `ReconnectPolicy`.
        kept_by_service: Whether the service stores the history.

    Attributes:
        session: State of the session on the current connection.
        received: Number of received events.
    """

    def __init__(
        self, history_items: int, history_bytes: int, *, kept_by_service: bool
    ) -> None:
        self.kept_by_service = kept_by_service
        self.session = SessionState()
        self.received = 0
        self._guard = FailureGuard("remembering the session")
        self._history = History(history_items, history_bytes)
        self._settings: dict[str, Any] | None = None
        # Identifiers of events that the next connection sends again.
        self._resent_ids: set[object] = set()
        # Input audio that was sent but not committed.
        self._input_audio_bytes = 0
        self._calls: dict[str, AnyConversationRequestItem] = {}
        self._hidden: set[str] = set()
        self._ids = 0

    @property
    def input_format(self) -> WireFormat:
        """The input audio format."""
        return self.session.input_format

    @property
    def settled(self) -> bool:
        """Whether the session is idle and has no pending requests."""
        return self.session.idle and not len(self.session.pending)

    def new_id(self) -> str:
        """Return a new event id."""
        self._ids += 1
        return f"voicelive_{self._ids}"

    # --- sending -----------------------------------------------------------------

    def before_send(self, event: ClientMessage) -> TrackedEvent:
        """Track an event before it is sent, since its answer may arrive immediately.

        Raises:
            TypeError, ValueError: As `VoiceLiveConnection.send`.
        """
        kind = event_type(event)
        outgoing = TrackedEvent(event, kind, None)
        if kind in TRACKED_TYPES or kind == _TRUNCATE:
            # Raise encoding errors to the sender, outside of the guard.
            frame = to_frame(event)
            with self._guard:
                outgoing = self._track(event, kind, frame)
        with self._guard:
            if kind in REALTIME_AUDIO:
                self._input_audio_bytes += audio_size(event)
        return outgoing

    def _track(self, event: ClientMessage, kind: str, frame: bytes) -> TrackedEvent:
        fields = to_dict(frame)
        if kind == _TRUNCATE:
            # The position that was heard is valid even if the service refuses it.
            self._truncate(fields.get("item_id"), fields.get("audio_end_ms"))
            return TrackedEvent(event, kind, None)
        event_id = self.new_id()
        tracked = dict(with_event_id(fields, event_id))
        self._resent_ids.discard(tracked["event_id"])
        return TrackedEvent(with_event_id(event, event_id), kind, tracked)

    def send_failed(self, outgoing: TrackedEvent) -> bool:
        """Record that sending an event failed.

        Returns:
            Whether to send the event again; false if the snapshot already has it.
        """
        if outgoing.tracked is None:
            return True
        return outgoing.tracked["event_id"] not in self._resent_ids

    def call_before(self, outgoing: TrackedEvent) -> ClientMessage | None:
        """Return the function call to restore before its output, if any."""
        item = as_object((outgoing.tracked or {}).get("item"))
        if not self._calls or item.get("type") != ItemType.FUNCTION_CALL_OUTPUT:
            return None
        call = self._calls.pop(str(item.get("call_id")), None)
        if call is None:
            return None
        # The application has already received this call.
        event_id = self.new_id()
        self._hidden.add(event_id)
        return ClientEventConversationItemCreate(item=call, event_id=event_id)

    # --- receiving ---------------------------------------------------------------

    def observe(self, event: ReceivedEvent) -> bool:
        """Track a received event; return whether to deliver it.

        If tracking fails, the event is delivered.
        """
        self.received += 1
        shown = True
        with self._guard:
            shown = self._handle(peek(event), self.session.answered_by(event))
        return shown

    def _handle(self, seen: Peek, request: dict[str, Any] | None) -> bool:
        item_id = seen.item_id or ""
        match seen.type:
            case ServerEventType.SESSION_UPDATED if request is not None:
                changes = as_object(request.get("session"))
                self._settings = {**(self._settings or {}), **changes}
            case ServerEventType.CONVERSATION_ITEM_CREATED:
                return self._created(seen, request)
            case ServerEventType.CONVERSATION_ITEM_RETRIEVED:
                self._update(seen.get("item"))
            case ServerEventType.RESPONSE_OUTPUT_ITEM_DONE:
                self._update(seen.get("item"), finished=True)
            case ServerEventType.RESPONSE_DONE:
                outputs = seen.get("response", "output")
                for output in outputs if isinstance(outputs, list) else ():
                    self._update(output, finished=True)
            case ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED:
                self._history.transcribed(item_id, seen.text("transcript") or "")
            case ServerEventType.RESPONSE_AUDIO_DELTA:
                self._history.spoke(item_id, seen.audio_size)
            case ServerEventType.CONVERSATION_ITEM_TRUNCATED:
                self._truncate(item_id, seen.get("audio_end_ms"))
            case ServerEventType.CONVERSATION_ITEM_DELETED:
                self._history.remove(item_id)
            case (
                ServerEventType.INPUT_AUDIO_BUFFER_COMMITTED
                | ServerEventType.INPUT_AUDIO_BUFFER_CLEARED
            ):
                self._input_audio_bytes = 0
            case _:
                pass
        return True

    def _update(self, value: object, *, finished: bool = False) -> None:
        item = as_item(value)
        if item is not None:
            self._history.update(item, finished=finished)

    def _created(self, seen: Peek, request: dict[str, Any] | None) -> bool:
        """Add an item; return whether to deliver its event."""
        item = as_item(seen.get("item"))
        if item is None:
            return True
        previous = seen.text("previous_item_id")
        if request is None:
            self._history.add(item, previous)
            return True
        # The sent item is more complete than the echo of the service.
        sent = {**item, **as_object(request.get("item")), "id": item.get("id")}
        after = request.get("previous_item_id") or previous
        self._history.add(sent, after, by_client=True)
        if (event_id := request.get("event_id")) in self._hidden:
            self._hidden.remove(event_id)
            return False
        return True

    def _truncate(self, item_id: object, kept_ms: object) -> None:
        if isinstance(item_id, str) and isinstance(kept_ms, int):
            self._history.truncate(item_id, kept_ms)

    # --- from one session to the next --------------------------------------------

    def take_snapshot(self) -> SessionSnapshot:
        """End the session; return the state to restore in the next one."""
        found, lost = Restorable(), list[NotRestored]()
        with self._guard:
            speech = self.session.session_output_format or WireFormat()
            found = self._history.restorable(speech)
        with self._guard:
            lost = unrestorable(self.session, self._input_audio_bytes)
        # Calls of earlier sessions may still lack their outputs.
        calls = {**self._calls, **found.calls}
        if self.kept_by_service:
            found.items, found.not_restored, calls = [], [], {}
        unanswered = self.session.pending.clear()
        self._resent_ids = {event.get("event_id") for event in unanswered}
        snapshot = SessionSnapshot(
            self._settings,
            found.items,
            calls,
            unanswered,
            [*found.not_restored, *lost],
        )
        # Queued audio is in the format of this session.
        self.session = SessionState(self.session.input_format)
        self._input_audio_bytes = 0
        return snapshot

    def start_session(
        self, snapshot: SessionSnapshot, items: list[dict[str, Any]]
    ) -> None:
        """Start tracking a new session.

        Args:
            snapshot: The state that was restored.
            items: The restored items, with their ids in the new session.
        """
        self._calls = dict(snapshot.calls)
        self._history.clear()
        with self._guard:
            for item in items:
                self._history.add(item, None, by_client=True)
