"""Bounded history of the conversation, as sent and received."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from voicelive._connection.audio_format import WireFormat
from voicelive._connection.reading import content_parts
from voicelive.resilience._items import request_item
from voicelive.resilience._report import Missing, NotRestored
from voicelive_protocol import (
    AnyConversationRequestItem,
    ItemType,
    MessageRole,
    ResponseItemStatus,
    encode,
)

ROOT = "root"
"""Value of `previous_item_id` for the start of the conversation."""


@dataclass(slots=True)
class _HistoryItem:
    """An item of the history.

    Attributes:
        data: The item with wire names.
        finished: Whether it is complete.
        transcript: Transcript of the user's speech, from its own event.
        audio_bytes: Bytes of received speech of the assistant.
        kept_ms: Milliseconds that a truncation has kept; None without one.
        size: Bytes as JSON.
    """

    data: dict[str, Any]
    finished: bool
    transcript: str | None = None
    audio_bytes: int = 0
    kept_ms: int | None = None
    size: int = 0

    def measure(self) -> int:
        """Update the size; return the difference."""
        before = self.size
        self.size = len(encode(self.data)) + len(self.transcript or "")
        return self.size - before


@dataclass(slots=True)
class Restorable:
    """The part of a conversation that can be restored.

    Attributes:
        items: The items in order.
        calls: Function calls without an output, by `call_id`. They are not part of
            `items`, so that the model does not see unanswered calls.
        not_restored: The rest.
    """

    items: list[AnyConversationRequestItem] = field(
        default_factory=list[AnyConversationRequestItem]
    )
    calls: dict[str, AnyConversationRequestItem] = field(
        default_factory=dict[str, AnyConversationRequestItem]
    )
    not_restored: list[NotRestored] = field(default_factory=list[NotRestored])


class History:
    """Items in the order of the conversation.

    Args:
        max_items: Limit of items; the oldest are dropped.
        max_bytes: Limit of their size as JSON.
    """

    def __init__(self, max_items: int, max_bytes: int) -> None:
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._items: dict[str, _HistoryItem] = {}
        self._bytes = 0
        self._forgotten = 0

    def add(
        self, item: dict[str, Any], after: str | None, *, by_client: bool = False
    ) -> None:
        """Add an item.

        Args:
            item: The item with wire names; ignored without an id.
            after: Id of the previous item, or `root` for the start; other values
                append.
            by_client: Whether the client created it, which makes it complete.
        """
        item_id = item.get("id")
        if not isinstance(item_id, str):
            return
        entry = _HistoryItem(_without_audio(item), by_client or _is_finished(item))
        self.remove(item_id)
        if after == ROOT:
            self._items = {item_id: entry, **self._items}
        elif after in self._items and after != next(reversed(self._items)):
            self._insert(item_id, entry, after)
        else:
            self._items[item_id] = entry
        self._bytes += entry.measure()
        self._forget()

    def update(self, item: dict[str, Any], *, finished: bool = False) -> None:
        """Replace an item of the history by a newer version."""
        item_id = item.get("id")
        entry = self._items.get(item_id) if isinstance(item_id, str) else None
        if entry is not None:
            entry.data = _without_audio(item)
            entry.finished = entry.finished or finished or _is_finished(item)
            self._bytes += entry.measure()
            self._forget()

    def transcribed(self, item_id: str, transcript: str) -> None:
        """Set the transcript of the user's speech."""
        entry = self._items.get(item_id)
        # The service may repeat the event for an old item, without text.
        if entry is not None and transcript:
            entry.transcript = transcript
            self._bytes += entry.measure()
            self._forget()

    def spoke(self, item_id: str, audio_bytes: int) -> None:
        """Count received speech of the assistant."""
        entry = self._items.get(item_id)
        if entry is not None:
            entry.audio_bytes += audio_bytes

    def truncate(self, item_id: str, kept_ms: int) -> None:
        """Record the truncation of an item."""
        entry = self._items.get(item_id)
        if entry is not None:
            entry.kept_ms = kept_ms

    def remove(self, item_id: str) -> None:
        """Remove an item."""
        entry = self._items.pop(item_id, None)
        if entry is not None:
            self._bytes -= entry.size

    def clear(self) -> None:
        """Remove all items."""
        self._items.clear()
        self._bytes = self._forgotten = 0

    def restorable(self, speech: WireFormat) -> Restorable:
        """Return the part that can be restored.

        Args:
            speech: The output audio format.
        """
        found = Restorable()
        if self._forgotten:
            found.not_restored.append(
                NotRestored(
                    Missing.OLDER_ITEMS,
                    f"{self._forgotten} older items",
                    "beyond the limit of the history (history_items, history_bytes)",
                )
            )
        items = [entry for entry in self._items.values() if entry.finished]
        answered = _call_ids(items, ItemType.FUNCTION_CALL_OUTPUT)
        called = _call_ids(items, ItemType.FUNCTION_CALL)
        for entry in items:
            call_id = entry.data.get("call_id")
            is_output = entry.data.get("type") == ItemType.FUNCTION_CALL_OUTPUT
            if entry.data.get("type") == ItemType.MCP_LIST_TOOLS:
                continue  # created again by the settings
            if is_output and call_id not in called:
                found.not_restored.append(_lacks(entry, "its call is not remembered"))
                continue
            item, missing = self._request(entry, speech)
            is_call = entry.data.get("type") == ItemType.FUNCTION_CALL
            if is_call and call_id not in answered and item is not None:
                found.calls[str(call_id)] = item
                found.not_restored.append(_unanswered_call(entry))
                continue
            if item is not None:
                found.items.append(item)
            if missing is not None:
                found.not_restored.append(_lacks(entry, missing))
        return found

    def _request(
        self, entry: _HistoryItem, speech: WireFormat
    ) -> tuple[AnyConversationRequestItem | None, str | None]:
        heard = None
        if entry.kept_ms is not None:
            whole = speech.milliseconds(entry.audio_bytes)
            heard = min(1.0, max(0, entry.kept_ms) / whole) if whole else 0.0
        return request_item(entry.data, transcript=entry.transcript, heard=heard)

    def _insert(self, item_id: str, entry: _HistoryItem, after: str) -> None:
        items: dict[str, _HistoryItem] = {}
        for key, value in self._items.items():
            items[key] = value
            if key == after:
                items[item_id] = entry
        self._items = items

    def _forget(self) -> None:
        while self._items and (
            len(self._items) > self._max_items or self._bytes > self._max_bytes
        ):
            self.remove(next(iter(self._items)))
            self._forgotten += 1


def _is_finished(item: dict[str, Any]) -> bool:
    """Return whether an item is complete, according to the service.

    Status `incomplete` is also that of a message that has just begun.
    """
    by_assistant = item.get("role") == MessageRole.ASSISTANT or (
        "role" not in item and "status" in item
    )
    return not by_assistant or item.get("status") == ResponseItemStatus.COMPLETED


def _without_audio(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without its audio, which is large and not restored."""
    if not item.get("content"):
        return item
    content = [
        {key: value for key, value in part.items() if key != "audio"}
        for part in content_parts(item)
    ]
    return {**item, "content": content}


def _call_ids(items: list[_HistoryItem], kind: ItemType) -> list[Any]:
    return [s.data.get("call_id") for s in items if s.data.get("type") == kind]


def _lacks(entry: _HistoryItem, why: str) -> NotRestored:
    item_id = entry.data.get("id")
    kind = entry.data.get("role") or entry.data.get("type")
    return NotRestored(Missing.ITEM, f"{kind} item {item_id}", why, item_id)


def _unanswered_call(entry: _HistoryItem) -> NotRestored:
    call_id = str(entry.data.get("call_id"))
    return NotRestored(
        Missing.FUNCTION_CALL,
        f"call of {entry.data.get('name')} ({call_id})",
        "it has no output yet; it is added when its output is sent",
        call_id,
    )
