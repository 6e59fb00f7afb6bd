"""Output of responses in the account: text, audio, words and tool calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicelive._connection.audio_format import WireFormat
from voicelive._connection.reading import audio_bytes
from voicelive._connection.state import SessionState
from voicelive._conversation.item_content import (
    add_text,
    read_content,
    set_arguments,
    set_text,
)
from voicelive._conversation.ledger import Ledger
from voicelive._conversation.records import ItemRecord
from voicelive._conversation.response_log import ResponseLog
from voicelive._conversation.untyped import (
    EventHandler,
    identifier,
    index_of,
    item_identifier,
)
from voicelive_protocol import ItemType, ReceivedEvent, ServerEventType

_T = ServerEventType


class ResponseOutput:
    """Reads the output of responses.

    Args:
        state: State of the session.
        ledger: The items of the conversation.
        responses: The responses.
    """

    def __init__(
        self, state: SessionState, ledger: Ledger, responses: ResponseLog
    ) -> None:
        self._state = state
        self._ledger = ledger
        self._responses = responses

    @property
    def handlers(self) -> Mapping[str, EventHandler]:
        """Handlers by wire type.

        `response.content_part.done` has nothing that other events have not.
        """
        return {
            _T.RESPONSE_OUTPUT_ITEM_ADDED: self._item_added,
            _T.RESPONSE_OUTPUT_ITEM_DONE: self._item_done,
            _T.RESPONSE_TEXT_DELTA: self._text_delta,
            _T.RESPONSE_TEXT_DONE: self._text_done,
            _T.RESPONSE_AUDIO_TRANSCRIPT_DELTA: self._text_delta,
            _T.RESPONSE_AUDIO_TRANSCRIPT_DONE: self._transcript_done,
            _T.RESPONSE_AUDIO_DELTA: self._audio_delta,
            _T.RESPONSE_AUDIO_TIMESTAMP_DELTA: self._word,
            _T.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE: self._arguments,
            _T.RESPONSE_MCP_CALL_ARGUMENTS_DONE: self._arguments,
            _T.RESPONSE_FOUNDRY_AGENT_CALL_ARGUMENTS_DONE: self._arguments,
            _T.RESPONSE_MCP_CALL_IN_PROGRESS: self._call_started,
            _T.RESPONSE_FOUNDRY_AGENT_CALL_IN_PROGRESS: self._call_started,
            _T.RESPONSE_MCP_CALL_COMPLETED: self._call_completed,
            _T.RESPONSE_MCP_CALL_FAILED: self._call_failed,
            _T.RESPONSE_FOUNDRY_AGENT_CALL_COMPLETED: self._call_completed,
            _T.RESPONSE_FOUNDRY_AGENT_CALL_FAILED: self._call_failed,
        }

    def _item_of(self, fields: Any, now: float) -> ItemRecord | None:
        """Return the item of an event of a response; add it if its start was lost."""
        item_id = identifier(fields.item_id)
        found = self._ledger.items.get(item_id or "")
        if found is not None:
            return found
        response_id = identifier(fields.response_id)
        return self._responses.item(item_id, response_id, now)

    # --- items -----------------------------------------------------------------

    def _item_added(self, fields: Any, _event: ReceivedEvent, now: float) -> None:
        self._read_item(fields, now)

    def _item_done(self, fields: Any, _event: ReceivedEvent, now: float) -> None:
        item = self._read_item(fields, now)
        if item is not None:
            item.finish()

    def _read_item(self, fields: Any, now: float) -> ItemRecord | None:
        given = fields.item
        item_id = item_identifier(given)
        item = self._responses.item(item_id, identifier(fields.response_id), now)
        if item is not None:
            self._responses.read_output(item, given, now)
        return item

    # --- text ------------------------------------------------------------------

    def _text_delta(self, fields: Any, _event: ReceivedEvent, now: float) -> None:
        item, delta = self._item_of(fields, now), fields.delta
        if item is None or item.final or not isinstance(delta, str):
            return
        ledger = self._responses.ledger_of(item)
        if add_text(ledger, item, index_of(fields.content_index), delta):
            self._responses.output(item, now)

    def _text_done(self, fields: Any, _event: ReceivedEvent, now: float) -> None:
        self._complete_text(fields, fields.text, now)

    def _transcript_done(self, fields: Any, _event: ReceivedEvent, now: float) -> None:
        self._complete_text(fields, fields.transcript, now)

    def _complete_text(self, fields: Any, found: object, now: float) -> None:
        item = self._item_of(fields, now)
        if item is None or item.final or not isinstance(found, str):
            return
        ledger = self._responses.ledger_of(item)
        set_text(ledger, item, index_of(fields.content_index), found)
        if found:
            self._responses.output(item, now)

    def _word(self, fields: Any, _event: ReceivedEvent, _now: float) -> None:
        item = self._ledger.items.get(identifier(fields.item_id) or "")
        offset, length = fields.audio_offset_ms, fields.audio_duration_ms
        word = fields.text
        if item is None or not isinstance(word, str) or type(offset) is not int:
            return
        if self._ledger.grow(item, len(word)):
            end = offset + length if type(length) is int else offset
            if item.words is None:
                item.words = []
            item.words.append((end, word))

    # --- audio -----------------------------------------------------------------

    def _audio_delta(self, fields: Any, _event: ReceivedEvent, now: float) -> None:
        item, size = self._item_of(fields, now), audio_bytes(fields.delta)
        if item is None or not size:
            return
        if item.audio_at is None:
            output = self._state.output_format or WireFormat()
            item.bytes_per_second = output.bytes_per_second
            item.audio_at = now
            if item.turn is not None and item.turn.audio_at is None:
                item.turn.audio_at = now
            self._responses.output(item, now)
        item.audio_bytes += size

    # --- tool calls ------------------------------------------------------------

    def _arguments(self, fields: Any, _event: ReceivedEvent, now: float) -> None:
        item = self._item_of(fields, now)
        if item is None:
            return
        ledger = self._responses.ledger_of(item)
        if item.call is None:
            # The start of the item is lost.
            read_content(ledger, item, {"type": ItemType.FUNCTION_CALL.value})
        if item.call is not None:
            set_arguments(ledger, item, fields.arguments)
            name = getattr(fields, "name", None)
            item.call.name = identifier(name) or item.call.name
            item.call.requested_at = item.call.requested_at or now
            ledger.changed(item.turn)

    def _call_started(self, fields: Any, _event: ReceivedEvent, now: float) -> None:
        item = self._responses.find_item(identifier(fields.item_id))
        if item is not None and item.call is not None:
            item.call.requested_at = now

    def _call_completed(self, fields: Any, _event: ReceivedEvent, now: float) -> None:
        item = self._responses.find_item(identifier(fields.item_id))
        if item is not None and item.call is not None:
            item.call.answered_at = item.call.answered_at or now
            self._responses.ledger_of(item).changed(item.turn)

    def _call_failed(self, fields: Any, event: ReceivedEvent, now: float) -> None:
        item = self._responses.find_item(identifier(fields.item_id))
        if item is not None and item.call is not None and item.call.error is None:
            item.call.error = "the call has failed"
        self._call_completed(fields, event, now)
