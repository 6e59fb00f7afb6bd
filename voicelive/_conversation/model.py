"""Conversation model: the account of a session, from its sent and received events.

Sans-I/O: the caller passes each event once, with its time, after the `SessionState` has
seen it. Events are read by wire type and identifiers, so one with invalid fields counts
as well. Most events are audio: they cost two lookups and an addition.
"""

from __future__ import annotations

from typing import Any

from voicelive._connection.client_events import (
    REALTIME_AUDIO,
    audio_size,
    event_type,
    read_fields,
)
from voicelive._connection.event_follower import SentRequest
from voicelive._connection.failure_guard import FailureGuard
from voicelive._connection.reading import field, read_response, text
from voicelive._connection.responses import RequestedResponse, ResponseEnd
from voicelive._connection.state import SessionState
from voicelive._conversation.item_content import (
    OUTPUT_KIND,
    find_call,
    read_content,
)
from voicelive._conversation.ledger import PIECE, Ledger
from voicelive._conversation.records import ItemRecord, TurnRecord, TurnRole
from voicelive._conversation.response_log import ResponseLog
from voicelive._conversation.response_output import ResponseOutput
from voicelive._conversation.speech_events import SpeechEvents
from voicelive._conversation.turns import ConversationTurn, read_turn
from voicelive._conversation.untyped import (
    EventHandler,
    UntypedEvent,
    identifier,
    item_identifier,
)
from voicelive._conversation.usage import AudioMeter, SessionUsage
from voicelive._conversation.user_speech import UserSpeech
from voicelive_protocol import (
    SERVER_EVENTS,
    ClientEventInputAudioBufferAppend,
    ClientEventType,
    ClientMessage,
    InvalidServerEvent,
    ReceivedEvent,
    ServerEvent,
    ServerEventResponseAudioDelta,
    ServerEventType,
    peek,
)

_T = ServerEventType

_TEXT_DELTAS = frozenset(
    SERVER_EVENTS[kind]
    for kind in (_T.RESPONSE_TEXT_DELTA, _T.RESPONSE_AUDIO_TRANSCRIPT_DELTA)
)
_TEXT_ENDS = frozenset(
    SERVER_EVENTS[kind]
    for kind in (_T.RESPONSE_TEXT_DONE, _T.RESPONSE_AUDIO_TRANSCRIPT_DONE)
)

_MAX_OUT_OF_BAND_ITEMS = 1000
_MAX_OUT_OF_BAND_CHARACTERS = 1024 * 1024

_SENT_TYPES = frozenset(
    {
        ClientEventType.RESPONSE_CANCEL.value,
        ClientEventType.CONVERSATION_ITEM_CREATE.value,
        ClientEventType.CONVERSATION_ITEM_TRUNCATE.value,
        ClientEventType.INPUT_AUDIO_BUFFER_COMMIT.value,
    }
)


class ConversationModel:
    """The account of a session.

    Args:
        state: State of the session; it is updated before this.

    Attributes:
        state: State of the session.
        ledger: The items of the conversation.
        out_of_band: The items of out-of-band responses.
        responses: The responses and their usage.
        speech: The speech of the user.
        sent_audio: Input audio that was sent.
        began_at: Time of the first event; None before it.
        ended: Whether the connection has ended.
    """

    def __init__(self, state: SessionState) -> None:
        self.state = state
        self.ledger: Ledger = Ledger()
        self.out_of_band: Ledger = Ledger(
            _MAX_OUT_OF_BAND_ITEMS, _MAX_OUT_OF_BAND_CHARACTERS
        )
        self.responses: ResponseLog = ResponseLog(self.ledger, self.out_of_band)
        self.speech: UserSpeech = UserSpeech(self.ledger)
        self.sent_audio: AudioMeter = AudioMeter()
        self.began_at: float | None = None
        self.ended: bool = False
        speech = SpeechEvents(self.ledger, self.responses, self.speech)
        output = ResponseOutput(state, self.ledger, self.responses)
        self._handlers: dict[str, EventHandler] = {
            _T.SESSION_CREATED: self._on_session,
            _T.CONVERSATION_ITEM_CREATED: self._on_item,
            _T.CONVERSATION_ITEM_DONE: self._on_item,
            _T.CONVERSATION_ITEM_RETRIEVED: self._on_retrieved,
            _T.CONVERSATION_ITEM_DELETED: self._on_deleted,
            _T.CONVERSATION_ITEM_TRUNCATED: self._on_truncated,
            _T.RESPONSE_CREATED: self._on_response_created,
            _T.RESPONSE_DONE: self._on_response_done,
            **speech.handlers,
            **output.handlers,
        }
        self._handlers_by_class: dict[type[ServerEvent], EventHandler] = {
            **{SERVER_EVENTS[kind]: call for kind, call in self._handlers.items()},
            InvalidServerEvent: self._on_unreadable,
        }
        self._session_id: str | None = None
        self._guard = FailureGuard("the account of the conversation")
        # Bound once, for each event.
        self._item = self.ledger.items.get

    # --- reading ---------------------------------------------------------------

    def read_turn(
        self, turn: TurnRecord, ledger: Ledger | None = None
    ) -> ConversationTurn:
        """Return the present version of a turn."""
        return read_turn(turn, ledger or self.ledger, self.began_at or 0.0)

    @property
    def usage(self) -> SessionUsage:
        """Usage so far."""
        received = self.ledger.audio_seconds + self.out_of_band.audio_seconds
        return SessionUsage(
            tokens=self.responses.tokens,
            input_audio_seconds=self.sent_audio.seconds,
            output_audio_seconds=received,
            responses=self.responses.ended,
        )

    # --- sent events -----------------------------------------------------------

    def sending(
        self, event: ClientMessage, request: SentRequest | None, now: float
    ) -> None:
        """Update the account from an event that is being sent.

        Args:
            event: The event.
            request: What the state has returned for it.
            now: The time in seconds.
        """
        with self._guard:
            if self.began_at is None:
                self.began_at = now
            if type(event) is ClientEventInputAudioBufferAppend:
                self._audio_sent(event, now)
            elif isinstance(request, RequestedResponse):
                request.requested_at = now
            elif (kind := event_type(event)) in REALTIME_AUDIO:
                self._audio_sent(event, now)
            elif kind in _SENT_TYPES and (fields := read_fields(event, (kind,))):
                self._sending(kind, fields, now)

    def _audio_sent(self, event: ClientMessage, now: float) -> None:
        per_second = self.state.input_format.bytes_per_second
        self.sent_audio.add(audio_size(event), per_second)
        self.speech.audio_sent(now)

    def _sending(self, kind: str, fields: Any, now: float) -> None:
        if kind == ClientEventType.INPUT_AUDIO_BUFFER_COMMIT:
            self.speech.commit_sent(now)
        elif kind == ClientEventType.RESPONSE_CANCEL:
            self.responses.interrupt(now)
        elif kind == ClientEventType.CONVERSATION_ITEM_TRUNCATE:
            # What was heard is true even if the service refuses it.
            item = self._item(str(fields.get("item_id")))
            if item is not None and item.kept_ms is None and item.audio_at is not None:
                self._truncate(item, fields.get("audio_end_ms"), now)
        elif text(fields.get("item"), "type") == OUTPUT_KIND:
            item = find_call(self.ledger, field(fields.get("item"), "call_id"))
            if item is not None and item.call is not None:
                item.call.answered_at = item.call.answered_at or now

    # --- received events -------------------------------------------------------

    def absorbed(self, event: ReceivedEvent) -> bool:
        """Add audio, or text that has begun; return whether that is all.

        Args:
            event: The event.
        """
        kind = type(event)
        if kind is ServerEventResponseAudioDelta:
            item = self._item(event.item_id)  # type: ignore[union-attr]
            if item is None or item.audio_at is None:
                return False
            item.audio_bytes += len(event.delta)  # type: ignore[union-attr, arg-type]
            return True
        if kind in _TEXT_DELTAS:
            return self._grows(event)
        if kind in _TEXT_ENDS:
            # The item has the whole text too, and comes next.
            return self._has_text(event)
        return kind not in self._handlers_by_class

    def _has_text(self, event: Any) -> bool:
        item = self._item(event.item_id)
        return item is not None and event.content_index in item.texts

    def _grows(self, event: Any) -> bool:
        item = self._item(event.item_id)
        if item is None:
            return False
        pieces, delta, ledger = (
            item.texts.get(event.content_index),
            event.delta,
            self.ledger,
        )
        size = item.size + len(delta) + PIECE
        if type(pieces) is not list or size > ledger.max_item:
            return False
        pieces.append(delta)
        ledger.size += size - item.size
        item.size = size
        if ledger.listeners:
            ledger.changed(item.turn)
        return True

    def received(self, event: ReceivedEvent, now: float) -> None:
        """Update the account from a received event that is not absorbed.

        Args:
            event: The event.
            now: The time in seconds.
        """
        if self.began_at is None:
            self.began_at = now
        handle = self._handlers_by_class.get(type(event))
        if handle is not None:
            try:
                handle(event, event, now)
            except Exception as error:
                self._guard.failed(error)

    def connection_ended(self, now: float) -> None:
        """End everything that is in progress, because the connection has ended."""
        if self.ended:
            return
        self.ended = True
        with self._guard:
            self.responses.lose_all(now)
            self.responses.stop_waiting()
            self.speech.lose(now)
        for listener in (*self.ledger.listeners, *self.out_of_band.listeners):
            listener.finished()

    def _on_unreadable(self, _: Any, event: ReceivedEvent, now: float) -> None:
        seen = peek(event)
        handle = self._handlers.get(seen.type)
        if handle is not None:
            handle(UntypedEvent(seen), event, now)

    def _on_session(self, _: Any, _event: ReceivedEvent, now: float) -> None:
        before, self._session_id = self._session_id, self.state.session_id or ""
        if before is not None and before != self._session_id:
            # After a reconnect: nothing of the old session will be finished.
            self.responses.lose_all(now)
            self.speech.lose(now)

    # --- items -----------------------------------------------------------------

    def _on_item(self, fields: Any, event: ReceivedEvent, now: float) -> None:
        given = fields.item
        item_id = item_identifier(given)
        if item_id is None:
            return
        request = self.state.answered_by(event)
        item = self._item(item_id)
        if item is None:
            item = self._new_item(item_id, given, request is not None, now)
        read_content(self.ledger, item, given)
        item.deleted = False
        if not item.committed:
            self.responses.stop_waiting()
            self.speech.committed(item.id, now)
        asked = None if request is None else request.get("previous_item_id")
        previous = identifier(asked) or identifier(fields.previous_item_id)
        self.ledger.place(item, previous, first=asked == "root")
        self.ledger.changed(item.turn)

    def _new_item(
        self, item_id: str, given: object, by_client: bool, now: float
    ) -> ItemRecord:
        role = field(given, "role")
        if role in (TurnRole.USER, TurnRole.SYSTEM):
            self.responses.stop_waiting()
            return self.speech.added(item_id, TurnRole(role), now)
        if field(given, "type") == OUTPUT_KIND:
            call = find_call(self.ledger, field(given, "call_id"))
            if call is not None:
                if call.call is not None:
                    call.call.answered_at = call.call.answered_at or now
                return self.ledger.new_item(item_id, call.turn)
        return self.responses.new_item(item_id, given, by_client=by_client, now=now)

    def _on_retrieved(self, fields: Any, _event: ReceivedEvent, _now: float) -> None:
        item = self._item(item_identifier(fields.item) or "")
        if item is not None:
            read_content(self.ledger, item, fields.item)
            self.ledger.changed(item.turn)

    def _on_deleted(self, fields: Any, _event: ReceivedEvent, _now: float) -> None:
        item = self._item(identifier(fields.item_id) or "")
        if item is not None:
            item.deleted = True
            self.ledger.changed(item.turn)

    def _on_truncated(self, fields: Any, _event: ReceivedEvent, now: float) -> None:
        item = self._item(identifier(fields.item_id) or "")
        if item is not None:
            item.truncated = True
            self._truncate(item, fields.audio_end_ms, now)

    def _truncate(self, item: ItemRecord, kept_ms: object, now: float) -> None:
        if isinstance(kept_ms, int) and item.turn is not None:
            item.kept_ms = max(0, kept_ms)
            if item.turn.interrupted_at is not None and item.turn.silent_at is None:
                item.turn.silent_at = now
            self.ledger.changed(item.turn)

    # --- responses -------------------------------------------------------------

    def _on_response_created(self, _: Any, event: ReceivedEvent, now: float) -> None:
        self.responses.created(self.state.effect_of(event), self.speech, now)

    def _on_response_done(self, _: Any, event: ReceivedEvent, now: float) -> None:
        effect = self.state.effect_of(event)
        if isinstance(effect, ResponseEnd):
            self.responses.done(effect, effect.response, now)
        else:
            self.responses.done(None, read_response(peek(event)), now)
