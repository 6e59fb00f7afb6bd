"""What tells one event from another: the ids on the span of an event."""

from __future__ import annotations

from typing import Any

from voicelive.telemetry import _names as names
from voicelive.telemetry._fields import field
from voicelive_protocol import ItemType, ServerEventType

# Events whose `item` is an item of the conversation.
_WITH_ITEM = frozenset(
    {
        ServerEventType.CONVERSATION_ITEM_CREATED,
        ServerEventType.CONVERSATION_ITEM_RETRIEVED,
        ServerEventType.RESPONSE_OUTPUT_ITEM_ADDED,
        ServerEventType.RESPONSE_OUTPUT_ITEM_DONE,
    }
)

_OF_EVENT = {
    "response_id": names.RESPONSE_ID,
    "call_id": names.CALL_ID,
    "item_id": names.ITEM_ID,
    "previous_item_id": names.PREVIOUS_ITEM_ID,
    "output_index": names.OUTPUT_INDEX,
}
_OF_SENT_EVENT = {
    "response_id": names.RESPONSE_ID,
    "previous_item_id": names.PREVIOUS_ITEM_ID,
}
_OF_RESPONSE = {
    "id": names.RESPONSE_ID,
    "conversation_id": names.CONVERSATION_ID,
}
_OF_APPROVAL = {
    "approval_request_id": names.MCP_APPROVAL_REQUEST_ID,
    "approve": names.MCP_APPROVE,
}
_OF_ITEM = {
    "id": names.ITEM_ID,
    "call_id": names.CALL_ID,
    "server_label": names.MCP_SERVER_LABEL,
    "name": names.MCP_TOOL_NAME,
    **_OF_APPROVAL,
}
_OF_SENT_ITEM = {"call_id": names.CALL_ID, **_OF_APPROVAL}


def ids_of_sent(event: object) -> dict[str, Any]:
    """Attributes that identify an event of ours."""
    found = _read(event, _OF_SENT_EVENT)
    return found | _read(field(event, "item"), _OF_SENT_ITEM)


def ids_of_received(kind: str, event: object) -> dict[str, Any]:
    """Attributes that identify an event of the service.

    Args:
        kind: The type of the event.
        event: The event.
    """
    found = _read(event, _OF_EVENT)
    if (response := field(event, "response")) is not None:
        found = _read(response, _OF_RESPONSE) | found
    if kind in _WITH_ITEM and (item := field(event, "item")) is not None:
        of_item = _read(item, _OF_ITEM)
        if field(item, "type") == ItemType.MESSAGE:
            of_item.pop(names.MCP_TOOL_NAME, None)
        found = of_item | found
    return found


def _read(value: object, wanted: dict[str, str]) -> dict[str, Any]:
    if value is None:
        return {}
    found = ((attribute, field(value, name)) for name, attribute in wanted.items())
    return {name: value for name, value in found if value is not None and value != ""}
