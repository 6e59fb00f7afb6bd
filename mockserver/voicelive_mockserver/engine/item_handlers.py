"""Handlers of conversation items: create, retrieve, delete, truncate."""

from __future__ import annotations

from typing import ClassVar

from voicelive_mockserver.engine.client_handlers import Handlers, ResponseIsFinishing
from voicelive_mockserver.engine.client_items import add_client_item, new_client_item
from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.errors import missing, rejected, unknown_item
from voicelive_mockserver.engine.requests import checked_object
from voicelive_mockserver.engine.responses import ResponseRunner
from voicelive_mockserver.engine.versions import check_item
from voicelive_protocol import (
    ClientEventConversationItemCreate,
    ClientEventConversationItemDelete,
    ClientEventConversationItemRetrieve,
    ClientEventConversationItemTruncate,
    ServerEventConversationItemDeleted,
    ServerEventConversationItemRetrieved,
    ServerEventConversationItemTruncated,
)


class ItemHandlers:
    """Handles the client's requests about items of the conversation.

    Args:
        context: The session.
        responses: Its responses.
    """

    __slots__ = ("_context", "_responses")

    def __init__(self, context: SessionContext, responses: ResponseRunner) -> None:
        self._context = context
        self._responses = responses

    def _create(self, event: ClientEventConversationItemCreate, frame: bytes) -> None:
        if self._responses.is_finishing:
            # The service acknowledges such an item only after `response.done`.
            raise ResponseIsFinishing
        context = self._context
        data = checked_object(event, frame, "item", check_item, context.api_version)
        if not data:
            raise missing("item")
        after = event.previous_item_id
        add_client_item(
            context,
            new_client_item(context, data),
            after if isinstance(after, str) else None,
        )
        self._responses.make_approved_calls()

    def _retrieve(
        self, event: ClientEventConversationItemRetrieve, _frame: bytes
    ) -> None:
        item = self._item("retrieve", event.item_id)
        self._context.outbox.event(
            ServerEventConversationItemRetrieved.type, {"item": item.data}
        )

    def _delete(self, event: ClientEventConversationItemDelete, _frame: bytes) -> None:
        item = self._item("delete", event.item_id)
        self._context.conversation.remove(item.id)
        self._context.outbox.event(
            ServerEventConversationItemDeleted.type, {"item_id": item.id}
        )

    def _truncate(
        self, event: ClientEventConversationItemTruncate, _frame: bytes
    ) -> None:
        item = self._item("truncate", event.item_id)
        if item.truncated_by_service:
            raise rejected("item_already_truncated", item_id=item.id)
        length = item.audio_ms
        if not length:
            raise rejected("unsupported_content_type")
        if event.content_index != 0:
            raise rejected("no_such_content", index=event.content_index)
        if event.audio_end_ms < 0:
            raise rejected("truncate_below_zero", audio_end_ms=event.audio_end_ms)
        if event.audio_end_ms > length:
            raise rejected(
                "truncate_past_end", length=length, audio_end_ms=event.audio_end_ms
            )
        item.truncate(event.audio_end_ms)
        self._context.outbox.event(
            ServerEventConversationItemTruncated.type,
            {
                "item_id": item.id,
                "content_index": event.content_index,
                "audio_end_ms": event.audio_end_ms,
            },
        )

    def _item(self, action: str, item_id: str) -> Item:
        item = self._context.conversation.get(item_id)
        if item is None:
            raise unknown_item(action, item_id)
        return item

    HANDLERS: ClassVar[Handlers] = {
        ClientEventConversationItemCreate: _create,
        ClientEventConversationItemRetrieve: _retrieve,
        ClientEventConversationItemDelete: _delete,
        ClientEventConversationItemTruncate: _truncate,
    }
