"""Turns of the user in the account: speech and its transcripts, and texts."""

from __future__ import annotations

from voicelive._conversation.ledger import Ledger
from voicelive._conversation.records import ItemRecord, TurnRecord, TurnRole


class UserSpeech:
    """Turns of the user.

    Args:
        ledger: The items of the conversation.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._ended_at: float | None = None
        # For input without turn detection.
        self._first_audio_at: float | None = None
        self._commit_sent_at: float | None = None

    def take_end(self) -> float | None:
        """Return when the speech ended that the next response answers, once."""
        ended_at, self._ended_at = self._ended_at, None
        return ended_at

    # --- sent events -----------------------------------------------------------

    def audio_sent(self, now: float) -> None:
        """Record that input audio was sent."""
        if self._first_audio_at is None:
            self._first_audio_at = now

    def commit_sent(self, now: float) -> None:
        """Record that the application commits the input audio."""
        self._commit_sent_at = now

    # --- received events -------------------------------------------------------

    def started(self, item_id: str | None, start_ms: object, now: float) -> None:
        """Record that the user speaks."""
        self._ended_at = None
        self._settle(item_id)
        if not item_id or item_id in self._ledger.items:
            return
        turn = TurnRecord(item_id, TurnRole.USER, started_at=now)
        item = self._ledger.new_item(item_id, turn, committed=False)
        item.audio_start_ms = start_ms if type(start_ms) is int else None
        self._ledger.changed(turn)

    def stopped(self, item_id: str | None, end_ms: object, now: float) -> None:
        """Record that the user has stopped speaking."""
        self._ended_at = now
        item = self._ledger.items.get(item_id or "")
        if item is None or item.turn is None:
            return
        item.turn.ended_at = now
        if item.audio_start_ms is not None and type(end_ms) is int:
            item.turn.audio_seconds = max(0, end_ms - item.audio_start_ms) / 1000
        self._ledger.changed(item.turn)

    def timed_out(self, item_id: str | None) -> None:
        """Record that the service commits silence, which is not a turn."""
        self._settle(item_id)
        if item_id and item_id not in self._ledger.items:
            self._ledger.new_item(item_id, None, committed=False)

    def heard(self, item: ItemRecord, now: float) -> None:
        """Record that an item has a transcript, so that it was not silence."""
        if item.turn is None:
            item.turn = TurnRecord(item.id, TurnRole.USER, now, now)
            item.turn.items.append(item)

    def committed(self, item_id: str | None, now: float) -> None:
        """Record that the input audio became an item."""
        began = now if self._first_audio_at is None else self._first_audio_at
        ended = now if self._commit_sent_at is None else self._commit_sent_at
        self._first_audio_at = self._commit_sent_at = None
        if not item_id:
            return
        item = self._ledger.items.get(item_id)
        if item is None:
            turn = TurnRecord(item_id, TurnRole.USER, started_at=began)
            item = self._ledger.new_item(item_id, turn)
        else:
            self._commit(item)
        if item.turn is not None and item.turn.ended_at is None:
            item.turn.ended_at = self._ended_at = ended
        self._ledger.changed(item.turn)

    def cleared(self) -> None:
        """Record that the input audio was discarded."""
        self._first_audio_at = self._commit_sent_at = None
        self._settle(None)

    def transcribed(self, item_id: str | None, now: float) -> ItemRecord | None:
        """Return the item of a transcript, which may come before the item."""
        if not item_id:
            return None
        item = self._ledger.items.get(item_id)
        if item is None and not self._ledger.dropped:
            item = self.added(item_id, TurnRole.USER, now)
        return item

    def added(self, item_id: str, role: TurnRole, now: float) -> ItemRecord:
        """Add a message that the application has created, or whose start was lost."""
        turn = TurnRecord(item_id, role, started_at=now, ended_at=now)
        return self._ledger.new_item(item_id, turn)

    def lose(self, now: float) -> None:
        """Record that the connection was lost: what the user is saying gets no item."""
        self._ended_at = self._first_audio_at = self._commit_sent_at = None
        for item in self._uncommitted():
            if item.turn is not None and item.text:
                item.turn.lost, item.turn.ended_at = True, now
        self._settle(None)

    def _settle(self, item_id: str | None) -> None:
        """End other speech that was never committed: it counts if it has a text."""
        for item in self._uncommitted():
            if item.id == item_id:
                continue
            if item.text:
                self._commit(item)
            else:
                self._ledger.remove(item)
                if item.turn is not None:
                    item.turn.removed = True
            self._ledger.changed(item.turn)

    def _commit(self, item: ItemRecord) -> None:
        item.committed = True
        # Among what is in the conversation, it is the newest.
        self._ledger.move_to_end(item)

    def _uncommitted(self) -> list[ItemRecord]:
        found = list[ItemRecord]()
        for item in reversed(self._ledger.order):
            if item.committed:
                break
            found.append(item)
        return found[::-1]
