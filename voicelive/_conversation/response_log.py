"""Responses in the account: their turns, items, ends and usage."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from voicelive._connection.reading import as_item, field, text
from voicelive._connection.responses import ResponseEnd, ResponseStart
from voicelive._conversation.item_content import (
    APPROVAL_KINDS,
    OUTPUT_KIND,
    TOOL_KINDS,
    read_content,
)
from voicelive._conversation.ledger import Ledger
from voicelive._conversation.records import (
    ItemRecord,
    ResponseRecord,
    TurnRecord,
    TurnRole,
    TurnStatus,
)
from voicelive._conversation.usage import ResponseUsage, TokenCounts, read_tokens
from voicelive._conversation.user_speech import UserSpeech
from voicelive_protocol import ItemType, Peek, Response

_MAX_ENDED = 10_000
# Responses that continue one turn.
_MAX_PER_TURN = 1000
_MAX_ERROR_CHARACTERS = 1000

_STATUSES = {
    str(status): status for status in TurnStatus if status is not TurnStatus.IN_PROGRESS
}


class ResponseLog:
    """The responses of a session.

    Args:
        ledger: The items of the conversation.
        out_of_band: The items of out-of-band responses.

    Attributes:
        tokens: Tokens of all responses that have ended.
        ended: Usage of the newest responses that have ended.
    """

    def __init__(self, ledger: Ledger, out_of_band: Ledger) -> None:
        self.tokens = TokenCounts()
        self.ended: deque[ResponseUsage] = deque(maxlen=_MAX_ENDED)
        self._ledger = ledger
        self._out_of_band = out_of_band
        self._active: dict[str, ResponseRecord] = {}
        self._current: ResponseRecord | None = None
        # The newest turn of the conversation, and the one that awaits a response.
        self._newest: TurnRecord | None = None
        self._waiting: TurnRecord | None = None
        self._begun = 0

    # --- responses -------------------------------------------------------------

    def created(self, effect: object, speech: UserSpeech, now: float) -> None:
        """Begin a response."""
        if not isinstance(effect, ResponseStart):
            return
        if effect.superseded is not None:
            self._lose(self._active.pop(effect.superseded.id or "", None), now)
        record = self._active.get(effect.response.id or "")
        if record is None:
            record = self._begin(
                effect.response.id or "", now, out_of_band=effect.out_of_band
            )
        turn = record.turn
        if len(turn.responses) == 1:
            if effect.request is not None:
                turn.requested_at = effect.request.requested_at
            if not record.out_of_band:
                turn.speech_ended_at = speech.take_end()

    def done(self, effect: object, seen: Peek, now: float) -> None:
        """End a response."""
        if not isinstance(effect, ResponseEnd):
            return
        response_id = effect.response_id
        record = self._active.pop(response_id, None)
        if record is None:
            # Its start was lost.
            record = self._begin(response_id, now, out_of_band=effect.out_of_band)
            self._active.pop(response_id, None)
        outputs = seen.get("response", "output")
        for output in outputs if isinstance(outputs, list) else ():
            data = as_item(output)
            item_id = None if data is None else data.get("id")
            if data is not None and isinstance(item_id, str) and item_id:
                item = self.find_item(item_id) or self._add(record, item_id)
                self.read_output(item, data, now)
        tokens = read_tokens(effect.response)
        self.tokens += tokens
        status = _STATUSES.get(str(effect.response.status), TurnStatus.COMPLETED)
        self._finish(record, status, _error(effect.response), now)
        self.ended.append(
            ResponseUsage(response_id, tokens, record.audio_seconds, record.out_of_band)
        )

    def interrupt(self, now: float) -> None:
        """Record that the newest answer is interrupted, unless it was over."""
        turn = self._newest
        if turn is None or turn.interrupted_at is not None:
            return
        plays_until = turn.plays_until()
        active = self._current is not None and self._current.turn is turn
        if active or (plays_until is not None and plays_until > now):
            turn.interrupted_at = now

    def lose_all(self, now: float) -> None:
        """End all responses in progress, because the connection was lost."""
        for response_id in list(self._active):
            self._lose(self._active.pop(response_id), now)

    def stop_waiting(self) -> None:
        """End the turn that awaits another response: a different one has begun."""
        turn, self._waiting = self._waiting, None
        if turn is not None:
            turn.awaits_more = False
            self._ledger.changed(turn)

    def _begin(
        self, response_id: str, now: float, *, out_of_band: bool = False
    ) -> ResponseRecord:
        self._begun += 1
        turn = None if out_of_band else self._continued_turn()
        if turn is None:
            turn = TurnRecord(
                response_id or f"response {self._begun}",
                TurnRole.ASSISTANT,
                started_at=now,
            )
            if not out_of_band:
                self.stop_waiting()
        else:
            turn.awaits_more = False
            self._waiting = None
        record = ResponseRecord(response_id, turn, out_of_band)
        turn.responses.append(record)
        del turn.responses[:-_MAX_PER_TURN]
        self._active[response_id] = record
        if not out_of_band:
            self._current, self._newest = record, turn
        # A placeholder has the turn in the account before its first item.
        ledger = self._out_of_band if out_of_band else self._ledger
        ledger.new_item("", turn, record)
        ledger.changed(turn)
        return record

    def _finish(
        self,
        record: ResponseRecord,
        status: TurnStatus,
        error: str | None,
        now: float,
    ) -> None:
        turn = record.turn
        ledger = self._out_of_band if record.out_of_band else self._ledger
        record.status, record.error = status, error
        if self._current is record:
            self._current = None
        for item in record.items:
            item.final = True
        if status not in (TurnStatus.FAILED, TurnStatus.INCOMPLETE):
            self._remove_placeholder(record)
        turn.ended_at = now
        turn.removed = not turn.items and not turn.forgotten
        cancelled = status is TurnStatus.CANCELLED
        if cancelled and turn.interrupted_at is not None and turn.silent_at is None:
            turn.silent_at = now
        if status is TurnStatus.COMPLETED and self._continued_turn() is turn:
            turn.awaits_more = True
            self._waiting = turn
        ledger.changed(turn)

    def _lose(self, record: ResponseRecord | None, now: float) -> None:
        if record is not None:
            self._finish(record, TurnStatus.LOST, None, now)

    def _continued_turn(self) -> TurnRecord | None:
        """Return the turn that a response continues: that of the calls at the end."""
        for item in reversed(self._ledger.order):
            if not item.committed or item.turn is None or item.kind == OUTPUT_KIND:
                continue
            is_call = item.kind in TOOL_KINDS or item.kind in APPROVAL_KINDS
            return item.turn if is_call else None
        return None

    # --- items of responses ----------------------------------------------------

    def find_item(self, item_id: str | None) -> ItemRecord | None:
        """Return an item of the conversation or of an out-of-band response."""
        found = self._ledger.items.get(item_id or "")
        return found or self._out_of_band.items.get(item_id or "")

    def ledger_of(self, item: ItemRecord) -> Ledger:
        """Return the ledger that an item is in."""
        response = item.response
        out_of_band = response is not None and response.out_of_band
        return self._out_of_band if out_of_band else self._ledger

    def item(
        self,
        item_id: str | None,
        response_id: str | None,
        data: Mapping[str, Any],
        now: float,
    ) -> ItemRecord | None:
        """Return the item of an event of a response; add it if it is new.

        Args:
            item_id: Its identifier.
            response_id: The response; by default the active one.
            data: Its wire form, as far as it is known.
            now: The time.

        Returns:
            None for an unknown item without a response in progress.
        """
        found = self.find_item(item_id)
        if found is not None or not item_id:
            return found
        record = self._current
        if response_id:
            record = self._active.get(response_id)
            if record is None and all(e.response_id != response_id for e in self._last):
                record = self._begin(response_id, now)
        if record is None:
            return None
        item = self._add(record, item_id)
        read_content(self.ledger_of(item), item, {**data})
        return item

    def new_item(
        self, item_id: str, data: Mapping[str, Any], *, by_client: bool, now: float
    ) -> ItemRecord:
        """Add an item of the assistant or of the service to the conversation."""
        kind, role = text(data, "type"), text(data, "role")
        if kind == ItemType.MCP_LIST_TOOLS:
            return self._ledger.new_item(item_id, None)
        if not by_client and self._current is not None:
            return self._add(self._current, item_id)
        turn = self._continued_turn()
        if turn is None and kind in APPROVAL_KINDS:
            return self._ledger.new_item(item_id, None)
        if turn is None and (role or kind in TOOL_KINDS or kind == OUTPUT_KIND):
            self.stop_waiting()
            turn = TurnRecord(item_id, TurnRole.ASSISTANT, started_at=now, ended_at=now)
        return self._ledger.new_item(item_id, turn)

    def read_output(self, item: ItemRecord, data: dict[str, Any], now: float) -> None:
        """Update an item of a response from its wire form."""
        ledger = self.ledger_of(item)
        if item.kept_ms is None:
            read_content(ledger, item, data)
        if item.call is not None:
            if data.get("status") == "completed" and item.call.requested_at is None:
                item.call.requested_at = now
            if not item.call.open and item.call.answered_at is None:
                item.call.answered_at = now
        ledger.changed(item.turn)

    def output(self, item: ItemRecord, now: float) -> None:
        """Record text or audio of an item: its turn starts with the first."""
        turn = item.turn
        if turn is not None:
            if turn.output_at is None:
                turn.output_at = turn.started_at = now
            self.ledger_of(item).changed(turn)

    @property
    def _last(self) -> list[ResponseUsage]:
        # Late events concern responses that have ended just now.
        return [self.ended[i] for i in range(-1, -min(16, len(self.ended)) - 1, -1)]

    def _add(self, record: ResponseRecord, item_id: str) -> ItemRecord:
        ledger = self._out_of_band if record.out_of_band else self._ledger
        item = ledger.new_item(item_id, record.turn, record)
        self._remove_placeholder(record)
        return item

    def _remove_placeholder(self, record: ResponseRecord) -> None:
        ledger = self._out_of_band if record.out_of_band else self._ledger
        for item in [item for item in record.items if not item.id]:
            ledger.remove(item)


def _error(response: Response) -> str | None:
    details = response.status_details
    error = field(details, "error")
    found = field(error, "message") or field(error, "code") or field(details, "reason")
    return str(found)[:_MAX_ERROR_CHARACTERS] if found else None
