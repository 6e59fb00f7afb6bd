"""Ledger: the items of a conversation in order, within limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from voicelive._conversation.records import ItemRecord, ResponseRecord, TurnRecord
from voicelive._conversation.usage import AudioMeter

MAX_ITEMS = 10_000
"""Items in the account; beyond it, the oldest are dropped."""

MAX_CHARACTERS = 16 * 1024 * 1024
"""Characters in the account, with 256 for each item."""

PIECE = 16
"""Characters that a piece of text counts for besides its own."""


class LedgerListener(Protocol):
    """Interface of an object that is notified of changes."""

    def changed(self, turn: TurnRecord) -> None:
        """Handle a new, changed, removed or forgotten turn."""
        ...

    def finished(self) -> None:
        """Handle the end of the conversation."""
        ...


class Ledger:
    """Items in the order of the conversation.

    Args:
        max_items: See `MAX_ITEMS`.
        max_characters: See `MAX_CHARACTERS`.

    Attributes:
        items: The items by identifier.
        order: The items and placeholders in order. While the user speaks, the item
            that this will become is the last one.
        listeners: Objects to notify of changes.
        dropped: Number of items that were dropped to stay within the limits.
        dropped_audio: Audio of items that are not in the account any more.
        size: Characters of all items.
        max_item: Characters of a single item; beyond it, its text is cut.
    """

    def __init__(
        self, max_items: int = MAX_ITEMS, max_characters: int = MAX_CHARACTERS
    ) -> None:
        self.items: dict[str, ItemRecord] = {}
        self.order: list[ItemRecord] = []
        self.listeners: list[LedgerListener] = []
        self.dropped: int = 0
        self.dropped_audio: AudioMeter = AudioMeter()
        self.size: int = 0
        self.max_item: int = max_characters // 2
        self._max_items = max_items
        self._max_characters = max_characters

    def changed(self, turn: TurnRecord | None) -> None:
        """Notify the listeners of a change of a turn."""
        if self.listeners and turn is not None:
            for listener in self.listeners:
                listener.changed(turn)

    # --- items -------------------------------------------------------------------

    def new_item(
        self,
        item_id: str,
        turn: TurnRecord | None,
        response: ResponseRecord | None = None,
        *,
        committed: bool = True,
    ) -> ItemRecord:
        """Add an item at the end.

        Args:
            item_id: Its identifier; "" for a placeholder.
            turn: The turn it belongs to.
            response: The response it belongs to.
            committed: Whether it is in the conversation.
        """
        item = ItemRecord(item_id, turn, response, committed=committed)
        if item_id:
            self.items[item_id] = item
        order = self.order
        if not committed or not order or order[-1].committed:
            order.append(item)
        else:
            order.insert(self._end(), item)
        if turn is not None:
            turn.items.append(item)
        if response is not None:
            response.items.append(item)
        self.size += item.size
        if len(order) > self._max_items or self.size > self._max_characters:
            self._limit()
        return item

    def place(self, item: ItemRecord, after: str | None, *, first: bool) -> None:
        """Move an item to the position that the service reports, once.

        Args:
            item: The item.
            after: Identifier of the item before it. Without one, or with an unknown
                one, the item stays where it is.
            first: Whether it is the first item, before all others.
        """
        previous = self.items.get(after or "")
        if item.anchored or previous is item or not (first or previous):
            return
        item.anchored = True
        if previous is not None and not previous.committed:
            # The event that says so was lost.
            previous.committed = True
            self.changed(previous.turn)
        if not first and self._is_behind(item, previous):
            return
        self._unlink(item)
        index = 0 if first or previous is None else self._index(previous) + 1
        self.order.insert(index, item)

    def rename(self, item: ItemRecord, item_id: str) -> None:
        """Give a placeholder the identifier of the item that it stands for."""
        item.id = item_id
        self.items[item_id] = item
        if self.order[-1] is not item:
            self.move_to_end(item)

    def move_to_end(self, item: ItemRecord) -> None:
        """Move an item that is being committed behind all committed ones."""
        self._unlink(item)
        self.order.insert(self._end(), item)

    def remove(self, item: ItemRecord) -> None:
        """Remove a placeholder, or speech that was not committed."""
        self._unlink(item)
        self._discard(item)

    def grow(self, item: ItemRecord, characters: int) -> bool:
        """Count new text of an item; return whether to keep it.

        False if the item alone is beyond the limit.
        """
        added = characters + PIECE
        if item.size + added > self.max_item:
            return False
        item.size += added
        self.size += added
        if self.size > self._max_characters:
            self._limit()
        return True

    def turns(self) -> Iterator[TurnRecord]:
        """Yield the turns in the order of their first items."""
        seen: set[int] = set()
        for item in self.order:
            turn = item.turn
            if turn is not None and id(turn) not in seen:
                seen.add(id(turn))
                yield turn

    def last_committed(self) -> ItemRecord | None:
        """Return the last committed item."""
        end = self._end()
        return self.order[end - 1] if end else None

    def items_of(self, turn: TurnRecord) -> list[ItemRecord]:
        """Return the items of a turn in order, without placeholders."""
        items = [item for item in turn.items if item.id]
        if len(items) < 2:
            return items
        # Most turns are asked for while they are at the end.
        wanted, found = {id(item) for item in items}, list[ItemRecord]()
        for item in reversed(self.order):
            if id(item) in wanted:
                found.append(item)
                if len(found) == len(items):
                    break
        return found[::-1]

    def _end(self) -> int:
        """Return the index after the last committed item."""
        end = len(self.order)
        while end and not self.order[end - 1].committed:
            end -= 1
        return end

    def _index(self, item: ItemRecord) -> int:
        for index in range(len(self.order) - 1, -1, -1):
            if self.order[index] is item:
                return index
        return len(self.order) - 1

    def _is_behind(self, item: ItemRecord, previous: ItemRecord | None) -> bool:
        index = self._index(item)
        return index > 0 and self.order[index - 1] is previous

    def _unlink(self, item: ItemRecord) -> None:
        index = self._index(item)
        if self.order and self.order[index] is item:
            del self.order[index]

    @property
    def audio_seconds(self) -> float:
        """Duration of the audio of all items, dropped ones included."""
        kept = sum(item.audio_seconds for item in self.order)
        return self.dropped_audio.seconds + kept

    def _discard(self, item: ItemRecord) -> None:
        if item.audio_bytes:
            self.dropped_audio.add(item.audio_bytes, item.bytes_per_second)
        if item.id:
            self.items.pop(item.id, None)
        self.size -= item.size
        if item.turn is not None and item in item.turn.items:
            item.turn.items.remove(item)
        if item.response is not None and item in item.response.items:
            item.response.items.remove(item)

    def _limit(self) -> None:
        """Drop the oldest items beyond the limits, except the last one."""
        while len(self.order) > 1 and (
            len(self.order) > self._max_items or self.size > self._max_characters
        ):
            item = self.order.pop(0)
            self._discard(item)
            self.dropped += 1
            if item.turn is not None and not item.turn.items:
                item.turn.forgotten = True
                self.changed(item.turn)
