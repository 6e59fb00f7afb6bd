"""Content of items: text, tool calls and their results, from their wire form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from voicelive._connection.reading import arguments_text, field, text
from voicelive._conversation.ledger import Ledger
from voicelive._conversation.records import OVERHEAD, CallRecord, ItemRecord
from voicelive_protocol import ItemType, ResponseMessageItem, encode

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


def read_content(ledger: Ledger, item: ItemRecord, given: object) -> None:
    """Update an item from its wire form; absent and empty values change nothing.

    Args:
        ledger: The ledger of the item.
        item: The item.
        given: The item as the service sends it, typed or as JSON.
    """
    if type(given) is ResponseMessageItem:
        # Most items: empty when they begin.
        if given.content:
            _read_parts(ledger, item, given.content)
        return
    item.kind = text(given, "type") or item.kind
    if item.kind in TOOL_KINDS:
        _read_call(ledger, item, given)
    elif item.kind == OUTPUT_KIND:
        call = find_call(ledger, field(given, "call_id"))
        if call is not None:
            set_result(ledger, call, field(given, "output"))
    else:
        parts = field(given, "content")
        _read_parts(ledger, item, parts if isinstance(parts, list) else ())


def _read_parts(ledger: Ledger, item: ItemRecord, parts: Iterable[object]) -> None:
    for index, part in enumerate(parts):
        found = _text_of(part, "text") or _text_of(part, "transcript")
        if found:
            set_text(ledger, item, index, found)


def _text_of(part: object, name: str) -> str:
    # Wire names and attributes are the same here.
    found = part.get(name) if isinstance(part, dict) else getattr(part, name, "")
    return found if isinstance(found, str) else ""


def set_text(ledger: Ledger, item: ItemRecord, index: int, text: str) -> None:
    """Set the complete text of a content part, unless it is empty.

    The service empties the transcript of truncated items, and sends some events with an
    empty text.
    """
    pieces = item.texts.get(index)
    if not text:
        return
    if pieces is not None and len(pieces) == 1 and pieces[0] == text:
        item.texts[index] = (text,)  # it is complete, if it was not
        return
    # The size of its pieces, which was counted, is about that of the text.
    added = len(text) if pieces is None else len(text) + OVERHEAD - item.size
    if added <= 0 or ledger.grow(item, added):
        item.texts[index] = (text,)


def add_text(ledger: Ledger, item: ItemRecord, index: int, delta: str) -> bool:
    """Append to a content part; return whether it was still incomplete."""
    pieces = item.texts.get(index)
    if type(pieces) is tuple or not ledger.grow(item, len(delta)):
        return False
    if pieces is None:
        item.texts[index] = [delta]
    else:
        cast(list[str], pieces).append(delta)
    return True


def set_arguments(ledger: Ledger, item: ItemRecord, value: object) -> None:
    """Set the arguments of a call, unless they are empty."""
    call, found = item.call, arguments_text(value)
    if call is None or found in ("", call.arguments):
        return
    if ledger.grow(item, len(found)):
        call.arguments = found


def set_result(ledger: Ledger, item: ItemRecord, value: object) -> None:
    """Set the result of a call, if there is one."""
    if item.call is None or value is None:
        return
    found = value if isinstance(value, str) else encode(value).decode()
    if found != item.call.result and ledger.grow(item, len(found)):
        item.call.result = found


def find_call(ledger: Ledger, call_id: object) -> ItemRecord | None:
    """Return the item of a function call, the newest if there are several."""
    if isinstance(call_id, str) and call_id:
        for item in reversed(ledger.order):
            if item.call is not None and item.call.call_id == call_id:
                return item
    return None


def _read_call(ledger: Ledger, item: ItemRecord, given: object) -> None:
    call = item.call
    if call is None:
        item.call = call = CallRecord(item.id, item.kind, name=item.kind)
    call.call_id = text(given, "call_id") or call.call_id
    call.name = text(given, "name") or call.name
    call.server = text(given, "server_label") or call.server
    arguments = field(given, "arguments") or field(given, "queries")
    set_arguments(ledger, item, arguments or field(given, "action"))
    result = field(given, "output")
    set_result(ledger, item, field(given, "results") if result is None else result)
    if (error := field(given, "error")) is not None:
        call.error = error if isinstance(error, str) else encode(error).decode()[:1000]
