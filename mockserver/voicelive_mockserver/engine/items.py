"""Conversation items that a client creates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.errors import invalid_value, missing
from voicelive_mockserver.engine.usage import count_item
from voicelive_protocol import MessageRole, ResponseItemStatus

_STATUSES = tuple(str(status) for status in ResponseItemStatus)
_ROLES = (MessageRole.USER.value, MessageRole.ASSISTANT.value, MessageRole.SYSTEM.value)
_USER_PARTS = ("input_text", "input_audio", "input_image")


def created_item(item: Mapping[str, Any], new_id: Callable[[], str]) -> Item:
    """Convert the item of a `conversation.item.create` to one of the conversation.

    Args:
        item: The item as the client sent it.
        new_id: Factory of identifiers, for an item without one.

    Returns:
        The item in the form of the service, with the keys that it adds.

    Raises:
        RequestError: The item has a type or content that clients cannot create.
    """
    kind = item.get("type")
    make = _MAKERS.get(kind) if isinstance(kind, str) else None
    if make is None:
        raise invalid_value("item.type", kind, tuple(_MAKERS))
    data = {
        "id": item.get("id") or new_id(),
        "object": "realtime.item",
        "type": item["type"],
    }
    said = make(item, data)
    return Item(data, text_tokens=count_item(said), said=said)


def _status(item: Mapping[str, Any]) -> str:
    status = item.get("status") or "completed"
    if status not in _STATUSES:
        raise invalid_value("item.status", status, _STATUSES)
    return str(status)


def _message(item: Mapping[str, Any], data: dict[str, Any]) -> str:
    role = item.get("role")
    if role is None:
        raise missing("item.role")
    if role not in _ROLES:
        raise invalid_value("item.role", role, _ROLES)
    content = item.get("content")
    if content is None:
        raise missing("item.content")
    parts = [_part(part, role, index) for index, part in enumerate(content)]
    data["status"] = _status(item)
    data["role"] = role
    data["content"] = parts
    return " ".join(
        [part.get("text") or part.get("transcript") or "" for part in parts]
    )


def _part(part: Mapping[str, Any], role: str, index: int) -> dict[str, Any]:
    kind = part.get("type")
    supported: tuple[str, ...]
    if role == "assistant":
        # Both spellings are accepted; only the short one is shown.
        supported = ("text", "output_text")
        if kind in supported:
            return {"type": "text", "text": part.get("text", "")}
    elif role == "system":
        supported = ("input_text",)
    else:
        supported = _USER_PARTS
    if kind in supported:
        if kind == "input_text":
            return {"type": kind, "text": part.get("text", "")}
        if kind == "input_audio":
            # The service omits the audio itself.
            return {"type": kind, "transcript": part.get("transcript")}
        return dict(part)
    raise invalid_value(f"item.content[{index}].type", kind, supported)


def _function_call(item: Mapping[str, Any], data: dict[str, Any]) -> str:
    data["status"] = _status(item)
    for key in ("name", "call_id", "arguments"):
        data[key] = item[key]
    return str(item["arguments"])


def _function_call_output(item: Mapping[str, Any], data: dict[str, Any]) -> str:
    # The only type of item that the service shows without a status.
    for key in ("call_id", "output"):
        data[key] = item[key]
    return str(item["output"])


def _mcp_approval_response(item: Mapping[str, Any], data: dict[str, Any]) -> str:
    for key in ("approval_request_id", "approve"):
        data[key] = item[key]
    return ""


_MAKERS: dict[str, Callable[[Mapping[str, Any], dict[str, Any]], str]] = {
    "message": _message,
    "function_call": _function_call,
    "function_call_output": _function_call_output,
    "mcp_approval_response": _mcp_approval_response,
}
