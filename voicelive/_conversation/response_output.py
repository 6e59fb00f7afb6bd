"""Output of responses in the account: text, audio, words and tool calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from voicelive._connection.audio_format import WireFormat
from voicelive._connection.reading import as_item
from voicelive._connection.state import SessionState
from voicelive._conversation.item_content import add_text, set_arguments, set_text
from voicelive._conversation.ledger import Ledger
from voicelive._conversation.records import ItemRecord
from voicelive._conversation.response_log import ResponseLog
from voicelive_protocol import Peek, ServerEventType

EventHandler: TypeAlias = Callable[[Peek, float], None]
"""Handler of an event and its time."""

_T = ServerEventType

_FAILED_CALLS = frozenset(
    {_T.RESPONSE_MCP_CALL_FAILED, _T.RESPONSE_FOUNDRY_AGENT_CALL_FAILED}
)


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
        """Handlers by wire type."""
        return {
            _T.RESPONSE_OUTPUT_ITEM_ADDED: self.item_changed,
            _T.RESPONSE_OUTPUT_ITEM_DONE: self.item_done,
            _T.RESPONSE_CONTENT_PART_DONE: self.text_done,
            _T.RESPONSE_TEXT_DELTA: self.text_delta,
            _T.RESPONSE_TEXT_DONE: self.text_done,
            _T.RESPONSE_AUDIO_TRANSCRIPT_DELTA: self.text_delta,
            _T.RESPONSE_AUDIO_TRANSCRIPT_DONE: self.text_done,
            _T.RESPONSE_AUDIO_DELTA: self.audio_delta,
            _T.RESPONSE_AUDIO_TIMESTAMP_DELTA: self.word,
            _T.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE: self.arguments,
            _T.RESPONSE_MCP_CALL_ARGUMENTS_DONE: self.arguments,
            _T.RESPONSE_FOUNDRY_AGENT_CALL_ARGUMENTS_DONE: self.arguments,
            _T.RESPONSE_MCP_CALL_IN_PROGRESS: self.call_started,
            _T.RESPONSE_FOUNDRY_AGENT_CALL_IN_PROGRESS: self.call_started,
            _T.RESPONSE_MCP_CALL_COMPLETED: self.call_ended,
            _T.RESPONSE_MCP_CALL_FAILED: self.call_ended,
            _T.RESPONSE_FOUNDRY_AGENT_CALL_COMPLETED: self.call_ended,
            _T.RESPONSE_FOUNDRY_AGENT_CALL_FAILED: self.call_ended,
        }

    def item_changed(self, seen: Peek, now: float) -> None:
        """Handle `response.output_item.added`."""
        data = as_item(seen.get("item"))
        if data is None:
            return
        item = self._item_of(seen, data, now)
        if item is not None:
            self._responses.read_output(item, data, now)

    def item_done(self, seen: Peek, now: float) -> None:
        """Handle `response.output_item.done`."""
        self.item_changed(seen, now)
        item = self._responses.find_item(seen.item_id)
        if item is not None:
            item.final = True

    def _item_of(
        self, seen: Peek, data: Mapping[str, Any], now: float
    ) -> ItemRecord | None:
        """Return the item of an event of a response; add it if its start was lost."""
        return self._responses.item(seen.item_id, seen.response_id, data, now)

    def text_delta(self, seen: Peek, now: float) -> None:
        """Handle a piece of text or of a transcript."""
        item = self._item_of(seen, {}, now)
        delta = seen.text("delta") or ""
        if item is not None and not item.final:
            ledger = self._responses.ledger_of(item)
            if add_text(ledger, item, content_index(seen), delta):
                self._responses.output(item, now)

    def text_done(self, seen: Peek, now: float) -> None:
        """Handle a complete text, transcript or content part."""
        item = self._item_of(seen, {}, now)
        found = seen.text("text") or seen.text("transcript")
        found = found or seen.text("part", "text") or seen.text("part", "transcript")
        if item is not None and found and not item.final:
            set_text(self._responses.ledger_of(item), item, content_index(seen), found)
            self._responses.output(item, now)

    def audio_delta(self, seen: Peek, now: float) -> None:
        """Handle audio."""
        item, size = self._item_of(seen, {}, now), audio_bytes(seen)
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

    def word(self, seen: Peek, _now: float) -> None:
        """Handle the timestamp of a word."""
        item, word = self._ledger.items.get(seen.item_id or ""), seen.text("text")
        offset, length = seen.get("audio_offset_ms"), seen.get("audio_duration_ms")
        if item is None or not word or type(offset) is not int:
            return
        if self._ledger.grow(item, len(word)):
            end = offset + length if type(length) is int else offset
            item.words.append((end, word))

    def arguments(self, seen: Peek, now: float) -> None:
        """Handle the complete arguments of a call."""
        item = self._item_of(seen, {"type": "function_call"}, now)
        if item is not None and item.call is not None:
            ledger = self._responses.ledger_of(item)
            set_arguments(ledger, item, seen.get("arguments"))
            item.call.requested_at = item.call.requested_at or now
            ledger.changed(item.turn)

    def call_started(self, seen: Peek, now: float) -> None:
        """Handle the start of a call that the service makes."""
        item = self._responses.find_item(seen.item_id)
        if item is not None and item.call is not None:
            item.call.requested_at = now

    def call_ended(self, seen: Peek, now: float) -> None:
        """Handle the end of a call that the service makes."""
        item = self._responses.find_item(seen.item_id)
        if item is not None and item.call is not None:
            item.call.answered_at = item.call.answered_at or now
            if seen.type in _FAILED_CALLS and item.call.error is None:
                item.call.error = "the call has failed"
            self._responses.ledger_of(item).changed(item.turn)


def content_index(seen: Peek) -> int:
    """Return the content part of an event; the first one if it names none."""
    index = seen.get("content_index")
    return index if type(index) is int and index >= 0 else 0


def audio_bytes(seen: Peek) -> int:
    """Return the bytes of audio in a delta, without decoding text."""
    delta = seen.get("delta")
    if isinstance(delta, str):
        return len(delta) * 3 // 4 - delta[-2:].count("=")
    return len(delta) if isinstance(delta, bytes) else 0
