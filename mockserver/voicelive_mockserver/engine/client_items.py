"""Items that a client adds to the conversation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.items import created_item
from voicelive_mockserver.engine.json_templates import encode


def new_client_item(context: SessionContext, data: Mapping[str, Any]) -> Item:
    """Create an item from client data, without adding it.

    Args:
        context: The session.
        data: The item as the client sent it.

    Raises:
        RequestError: Clients cannot create such an item, or it belongs to an unknown
            approval request or function call.
    """
    return _new_item(context, data, ())


def new_client_items(
    context: SessionContext, sent: Iterable[Mapping[str, Any]]
) -> list[Item]:
    """Create several items from client data, without adding them.

    Args:
        context: The session.
        sent: The items as the client sent them; an output may follow its call.

    Raises:
        RequestError: An item is invalid; see `new_client_item`.
    """
    items: list[Item] = []
    for data in sent:
        items.append(_new_item(context, data, items))
    return items


def _new_item(
    context: SessionContext, data: Mapping[str, Any], before: Sequence[Item]
) -> Item:
    item = created_item(data, context.own_item_id)
    kind = item.data["type"]
    if kind == "mcp_approval_response":
        request_id = item.data["approval_request_id"]
        if not context.mcp.is_pending(request_id):
            raise rejected("no_such_approval_request", request_id=request_id)
    elif kind == "function_call_output":
        call_id = item.data["call_id"]
        known = (before, context.conversation.items)
        if not any(_has_call(items, call_id) for items in known):
            raise rejected("invalid_tool_call_id", call_id=call_id)
    return item


def _has_call(items: Sequence[Item], call_id: str) -> bool:
    # Outputs usually answer the newest calls.
    return any(
        item.data["type"] == "function_call" and item.data["call_id"] == call_id
        for item in reversed(items)
    )


def add_client_item(
    context: SessionContext, item: Item, after: str | None = None
) -> None:
    """Add an item of a client to the conversation and acknowledge it.

    Args:
        context: The session.
        item: The item.
        after: The identifier of the item to follow, `root` for the beginning, `None`
            for the end.

    Raises:
        RequestError: The item to follow does not exist, or the identifier is taken.
    """
    previous = context.conversation.add(item, after)
    context.outbox.item_created(previous, encode(item.data))
    if item.data["type"] == "mcp_approval_response":
        context.mcp.answer(item.data["approval_request_id"], item.data["approve"])
