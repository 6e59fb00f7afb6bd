"""Content of items: text, tool calls and their results, from their wire form."""

from __future__ import annotations

from typing import Any

from voicelive._connection.reading import arguments_text, content_parts
from voicelive._conversation.ledger import Ledger
from voicelive._conversation.records import CallRecord, ItemRecord
from voicelive_protocol import ItemType, encode

TOOL_KINDS = frozenset(
    {
        ItemType.FUNCTION_CALL.value,
        ItemType.MCP_CALL.value,
        ItemType.WEB_SEARCH_CALL.value,
        ItemType.FILE_SEARCH_CALL.value,
        ItemType.FOUNDRY_AGENT_CALL.value,
    }
)
"""Wire types of the items that are tool calls."""

APPROVAL_KINDS = frozenset(
    {ItemType.MCP_APPROVAL_REQUEST.value, ItemType.MCP_APPROVAL_RESPONSE.value}
)
"""Wire types of the items about the approval of a call."""

OUTPUT_KIND = ItemType.FUNCTION_CALL_OUTPUT.value
"""Wire type of the output of a function call."""


def read_content(ledger: Ledger, item: ItemRecord, data: dict[str, Any]) -> None:
    """Update an item from its wire form; absent and empty values change nothing."""
    kind = data.get("type")
    if isinstance(kind, str) and kind:
        item.kind = kind
    if item.kind in TOOL_KINDS:
        _read_call(ledger, item, data)
    elif item.kind == OUTPUT_KIND:
        call = find_call(ledger, data.get("call_id"))
        if call is not None:
            set_result(ledger, call, data.get("output"))
    else:
        for index, part in enumerate(content_parts(data)):
            text = part.get("text") or part.get("transcript")
            if isinstance(text, str):
                set_text(ledger, item, index, text)


def set_text(ledger: Ledger, item: ItemRecord, index: int, text: str) -> None:
    """Set the complete text of a content part, unless it is empty.

    The service empties the transcript of truncated items, and sends some events with an
    empty text.
    """
    if not text:
        return
    before = sum(map(len, item.texts.get(index, ())))
    if ledger.grow(item, max(0, len(text) - before)):
        item.texts[index] = [text]
        item.complete.add(index)


def add_text(ledger: Ledger, item: ItemRecord, index: int, delta: str) -> bool:
    """Append to a content part; return whether it was still incomplete."""
    if index in item.complete or not ledger.grow(item, len(delta)):
        return False
    pieces = item.texts.get(index)
    if pieces is None:
        item.texts[index] = [delta]
    else:
        pieces.append(delta)
    return True


def set_arguments(ledger: Ledger, item: ItemRecord, value: object) -> None:
    """Set the arguments of a call, unless they are empty."""
    call, text = item.call, arguments_text(value)
    if call is not None and text and ledger.grow(item, len(text)):
        call.arguments = text


def set_result(ledger: Ledger, item: ItemRecord, value: object) -> None:
    """Set the result of a call, if there is one."""
    if item.call is None or value is None:
        return
    text = value if isinstance(value, str) else encode(value).decode()
    if ledger.grow(item, len(text)):
        item.call.result = text


def find_call(ledger: Ledger, call_id: object) -> ItemRecord | None:
    """Return the item of a function call, the newest if there are several."""
    if isinstance(call_id, str) and call_id:
        for item in reversed(ledger.order):
            if item.call is not None and item.call.call_id == call_id:
                return item
    return None


def _read_call(ledger: Ledger, item: ItemRecord, data: dict[str, Any]) -> None:
    call = item.call
    if call is None:
        item.call = call = CallRecord(item.id, item.kind, name=item.kind)
    if isinstance(call_id := data.get("call_id"), str) and call_id:
        call.call_id = call_id
    if isinstance(name := data.get("name"), str) and name:
        call.name = name
    if isinstance(server := data.get("server_label"), str):
        call.server = server
    set_arguments(
        ledger,
        item,
        data.get("arguments") or data.get("queries") or data.get("action"),
    )
    result = data.get("output")
    set_result(ledger, item, data.get("results") if result is None else result)
    if (error := data.get("error")) is not None:
        call.error = error if isinstance(error, str) else encode(error).decode()[:1000]
