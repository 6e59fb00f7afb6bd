"""The conversation of a session: its items, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from voicelive_mockserver.engine.errors import rejected

HISTORY_LIMIT = 300
"""The maximum number of items in a conversation. Beyond it, the oldest are dropped, so
that memory stays bounded in very long calls."""

_MAX_HISTORY_CHARACTERS = 8_000_000
"""The maximum total number of characters of the items, except the last one."""


class Item(Struct, eq=False):
    """One item of a conversation.

    Attributes:
        data: The item in the form of the service, in wire order.
        text_tokens: Tokens of its text.
        audio_tokens: Tokens of its audio.
        said: The text or transcript, even if the client does not get it.
        audio_ms: Milliseconds of audio sent so far; `None` if the item is not spoken
            output.
        truncated: Whether the audio was truncated.
        truncated_by_service: Whether the service truncated it, not the client.
        appended: The text that replaced the transcript when the service truncated it.
        ended_texts: The content parts whose streamed text the client has ended.
        size: The size in characters, for the limit of the conversation.
    """

    data: dict[str, Any]
    text_tokens: int = 0
    audio_tokens: int = 0
    said: str = ""
    audio_ms: float | None = None
    truncated: bool = False
    truncated_by_service: bool = False
    appended: str = ""
    ended_texts: tuple[int, ...] = ()
    size: int = 0

    @property
    def id(self) -> str:
        """The identifier of the item."""
        identifier: str = self.data["id"]
        return identifier

    def drop_transcript(self) -> None:
        """Drop the transcript: the part that the user heard is unknown."""
        content = self.data["content"]
        for part in content:
            part["transcript"] = None
        if self.appended and content:
            content.append({"type": "text", "text": self.appended})
        self.said = self.appended

    def truncate(self, audio_end_ms: int, *, appended: str | None = None) -> None:
        """Truncate the spoken output.

        Args:
            audio_end_ms: The remaining duration of the audio, in milliseconds.
            appended: The text that replaces the transcript for the model; `None` if
                the client truncates, a string if the service does.
        """
        self.audio_ms = float(audio_end_ms)
        self.truncated = True
        if appended is not None:
            self.truncated_by_service = True
            self.appended = appended
        self.drop_transcript()


@dataclass(slots=True, eq=False)
class ConversationItems:
    """The items of one session, in order.

    Attributes:
        id: The identifier of the conversation.
        text_tokens: Tokens of text in all items.
        audio_tokens: Tokens of audio in all items.
    """

    id: str
    text_tokens: int = 0
    audio_tokens: int = 0
    _items: list[Item] = field(default_factory=list)
    _by_id: dict[str, Item] = field(default_factory=dict)
    _reserved: set[str] = field(default_factory=set)
    _size: int = 0

    @property
    def items(self) -> Sequence[Item]:
        """The items in order; not a copy, so it changes with the conversation."""
        return self._items

    @property
    def last_id(self) -> str | None:
        """The identifier of the last item; `None` without items."""
        return self._items[-1].id if self._items else None

    def get(self, item_id: str) -> Item | None:
        """Return an item by its identifier; `None` if there is none."""
        return self._by_id.get(item_id)

    def is_taken(self, item_id: str) -> bool:
        """Return whether an identifier is used or reserved."""
        return item_id in self._by_id or item_id in self._reserved

    def reserve(self, item_id: str) -> None:
        """Reserve an identifier that was announced to the client."""
        self._reserved.add(item_id)

    def release(self, item_id: str) -> None:
        """Release a reserved identifier."""
        self._reserved.discard(item_id)

    def add(self, item: Item, after: str | None = None) -> str | None:
        """Add an item to the conversation.

        Args:
            item: A new item.
            after: The identifier of the item to follow, `root` for the beginning,
                `None` for the end.

        Returns:
            The identifier of the item before it; `None` at the beginning.

        Raises:
            RequestError: The item to follow does not exist, or the identifier is
                taken.
        """
        items = self._items
        item_id: str = item.data["id"]
        if self.is_taken(item_id):
            raise rejected("item_exists", item_id=item_id)
        if after is None:
            index = len(items)
        elif after == "root":
            index = 0
        else:
            index = self._position_after(after)
        previous: str | None = items[index - 1].data["id"] if index else None
        items.insert(index, item)
        self._by_id[item_id] = item
        self.text_tokens += item.text_tokens
        self.audio_tokens += item.audio_tokens
        item.size = _characters(item)
        self._size += item.size
        self._forget_oldest()
        return previous

    def remove(self, item_id: str) -> Item | None:
        """Remove an item. Returns it, or `None` if there is none."""
        item = self._by_id.pop(item_id, None)
        if item is not None:
            self._items.remove(item)
            self._size -= item.size
            self.count(-item.text_tokens, -item.audio_tokens)
        return item

    def count(self, text_tokens: int, audio_tokens: int) -> None:
        """Add to the token counts of the conversation after an item has grown."""
        self.text_tokens += text_tokens
        self.audio_tokens += audio_tokens

    def grow(self, item: Item, text_tokens: int) -> None:
        """Update the counts after text was appended to an item.

        Args:
            item: An item of the conversation.
            text_tokens: The tokens of the appended text.
        """
        item.text_tokens += text_tokens
        self.count(text_tokens, 0)
        self._size -= item.size
        item.size = _characters(item)
        self._size += item.size
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        items = self._items
        while len(items) > HISTORY_LIMIT or (
            self._size > _MAX_HISTORY_CHARACTERS and len(items) > 1
        ):
            self.remove(items[0].id)

    def _position_after(self, item_id: str) -> int:
        item = self._by_id.get(item_id)
        if item is None:
            raise rejected("invalid_previous_item_id", item_id=item_id)
        return self._items.index(item) + 1


def _characters(item: Item) -> int:
    """Return the approximate size of an item: its text and its images."""
    size = len(item.said)
    for part in item.data.get("content") or ():
        if part.get("type") == "input_image":
            size += len(str(part))
    return size
