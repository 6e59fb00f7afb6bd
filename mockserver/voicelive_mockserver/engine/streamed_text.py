"""Streamed text input: text that a client appends to an item piece by piece."""

from __future__ import annotations

from typing import Any

from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.usage import count_text

_MOST_CHARACTERS = 1 << 20
"""How long the text of an item may become by streaming."""


class StreamedText:
    """Appends text to the items of one session.

    The client creates the item, with an empty text as a rule, streams text into it, and
    asks for the response itself: nothing here is answered.

    Args:
        context: The session.
    """

    __slots__ = ("_context",)

    def __init__(self, context: SessionContext) -> None:
        self._context = context

    def append(self, item_id: str, index: int, delta: str) -> None:
        """Append to a text.

        Args:
            item_id: The identifier of the item.
            index: Which content part of the item.
            delta: What to append.

        Raises:
            RequestError: There is no such item, it has no text there, its text has
                ended, or it becomes too long.
        """
        item = self._item(item_id)
        part = _open_part(item, index)
        text = part["text"]
        if len(text) + len(delta) > _MOST_CHARACTERS:
            raise rejected("too_much_text")
        part["text"] = text + delta
        item.said = " ".join(
            [
                part.get("text") or part.get("transcript") or ""
                for part in item.data["content"]
            ]
        )
        self._context.conversation.grow(item, count_text(delta))

    def end(self, item_id: str, index: int) -> None:
        """End a text.

        Args:
            item_id: The identifier of the item.
            index: Which content part of the item.

        Raises:
            RequestError: There is no such item, it has no text there, or its text has
                ended.
        """
        item = self._item(item_id)
        _open_part(item, index)
        item.ended_texts += (index,)

    def _item(self, item_id: str) -> Item:
        item = self._context.conversation.get(item_id)
        if item is None or item.data.get("role") != "user":
            raise rejected("no_such_text", text_id=item_id)
        return item


def _open_part(item: Item, index: int) -> dict[str, Any]:
    """Return a content part into which text can be streamed."""
    content: list[dict[str, Any]] = item.data["content"]
    part = content[index] if 0 <= index < len(content) else {}
    if part.get("type") != "input_text":
        raise rejected("no_text_part", index=index)
    if index in item.ended_texts:
        raise rejected("text_has_ended", text_id=item.id)
    return part
