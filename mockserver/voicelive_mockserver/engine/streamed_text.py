"""Handlers of streamed text input, which a client appends to an item in pieces."""

from __future__ import annotations

from typing import Any, ClassVar

from voicelive_mockserver.engine.client_handlers import Handlers
from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.usage import count_text
from voicelive_protocol import ClientEventInputTextDelta, ClientEventInputTextDone

_MAX_CHARACTERS = 1 << 20
"""The maximum length of a text that is streamed into an item."""


class StreamedText:
    """Appends text to the items of one session.

    The client creates the item, usually with an empty text, streams text into it, and
    requests the response. The service acknowledges none of the pieces.

    Args:
        context: The session.
    """

    __slots__ = ("_context",)

    def __init__(self, context: SessionContext) -> None:
        self._context = context

    def _append(self, event: ClientEventInputTextDelta, _frame: bytes) -> None:
        item = self._item(event.id)
        part = _open_part(item, _content_index(event))
        text, delta = part["text"], event.delta
        if len(text) + len(delta) > _MAX_CHARACTERS:
            raise rejected("too_much_text")
        part["text"] = text + delta
        item.said = " ".join(
            [
                part.get("text") or part.get("transcript") or ""
                for part in item.data["content"]
            ]
        )
        self._context.conversation.grow(item, count_text(delta))

    def _end(self, event: ClientEventInputTextDone, _frame: bytes) -> None:
        item = self._item(event.id)
        index = _content_index(event)
        _open_part(item, index)
        item.ended_texts += (index,)

    def _item(self, item_id: str) -> Item:
        item = self._context.conversation.get(item_id)
        if item is None or item.data.get("role") != "user":
            raise rejected("no_such_text", text_id=item_id)
        return item

    HANDLERS: ClassVar[Handlers] = {
        ClientEventInputTextDelta: _append,
        ClientEventInputTextDone: _end,
    }


def _content_index(event: ClientEventInputTextDelta | ClientEventInputTextDone) -> int:
    return event.content_index if isinstance(event.content_index, int) else 0


def _open_part(item: Item, index: int) -> dict[str, Any]:
    """Return a content part that accepts streamed text."""
    content: list[dict[str, Any]] = item.data["content"]
    part = content[index] if 0 <= index < len(content) else {}
    if part.get("type") != "input_text":
        raise rejected("no_text_part", index=index)
    if index in item.ended_texts:
        raise rejected("text_has_ended", text_id=item.id)
    return part
