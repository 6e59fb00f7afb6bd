"""Responses in the account: their turns, items, ends and usage."""

from __future__ import annotations

from collections import deque
from operator import add

from voicelive._connection.reading import field, text
from voicelive._connection.responses import ResponseEnd, ResponseStart
from voicelive._conversation.item_content import (
    APPROVAL_KINDS,
    OUTPUT_KIND,
    TOOL_KINDS,
    read_content,
)
from voicelive._conversation.ledger import Ledger
from voicelive._conversation.records import (
    MAX_ERROR_CHARACTERS,
    ItemRecord,
    ResponseRecord,
    TurnRecord,
    TurnRole,
    TurnStatus,
)
from voicelive._conversation.untyped import item_identifier
from voicelive._conversation.usage import ResponseUsage, TokenCounts, read_tokens
from voicelive._conversation.user_speech import UserSpeech
from voicelive_protocol import ItemType, Response, ResponseItemStatus

_CALL_KINDS = TOOL_KINDS | APPROVAL_KINDS

_MAX_ENDED = 10_000
# Responses that have just ended, whose late events are recognised.
_MAX_RECENT = 16
# Responses that continue one turn.
_MAX_PER_TURN = 1000

_STATUSES = {
    str(status): status for status in TurnStatus if status is not TurnStatus.IN_PROGRESS
}


class ResponseLog:
    """The responses of a session.

    Args:
        ledger: The items of the conversation.
        out_of_band: The items of out-of-band responses.
    """

    def __init__(self, ledger: Ledger, out_of_band: Ledger) -> None:
        # As plain tuples, which become values when they are read.
        self._tokens = read_tokens(None)
        self._ended: deque[tuple[str, tuple[int, ...], float, bool]] = deque(
            maxlen=_MAX_ENDED
        )
        self._ledger = ledger
        self._out_of_band = out_of_band
        self._active: dict[str, ResponseRecord] = {}
        self._current: ResponseRecord | None = None
        # The newest turn of the conversation, and the one that awaits a response.
        self._newest: TurnRecord | None = None
        self._waiting: TurnRecord | None = None
        self._recent: deque[str] = deque(maxlen=_MAX_RECENT)
        self._lost: dict[str, ResponseRecord] = {}
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

    def done(self, effect: object, response: Response, now: float) -> None:
        """End a response.

        Args:
            effect: The effect on the state.
            response: The response.
            now: The time.
        """
        if isinstance(effect, ResponseEnd):
            response_id = effect.response_id
            record = self._active.pop(response_id, None)
            if record is None:
                # Its start was lost.
                record = self._begin(response_id, now, out_of_band=effect.out_of_band)
                self._active.pop(response_id, None)
        else:
            # Its end was taken to be lost, or comes twice.
            response_id = response.id or ""
            record = self._lost.pop(response_id, None)
            if record is None:
                return
        for given in response.output or ():
            item_id = item_identifier(given)
            if item_id:
                item = self.find_item(item_id) or self._add(record, item_id)
                if not item.final or record.status is TurnStatus.LOST:
                    self.read_output(item, given, now)
        status = _STATUSES.get(str(response.status), TurnStatus.COMPLETED)
        error = None if response.status_details is None else _error(response)
        self._finish(record, status, error, now)
        tokens = read_tokens(response.usage)
        self._tokens = tuple(map(add, self._tokens, tokens))
        self._ended.append(
            (response_id, tokens, record.audio_seconds, record.out_of_band)
        )

    @property
    def tokens(self) -> TokenCounts:
        """Tokens of all responses that have ended."""
        return TokenCounts(*self._tokens)

    @property
    def ended(self) -> tuple[ResponseUsage, ...]:
        """Usage of the newest responses that have ended."""
        return tuple(
            ResponseUsage(response_id, TokenCounts(*tokens), seconds, out_of_band)
            for response_id, tokens, seconds, out_of_band in self._ended
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
            if not item.final:
                item.finish()
        self._recent.append(record.id)
        if status not in (TurnStatus.FAILED, TurnStatus.INCOMPLETE):
            self._remove_placeholder(record)
        turn.ended_at = now
        turn.removed = not turn.items and not turn.forgotten
        cancelled = status is TurnStatus.CANCELLED
        if cancelled and turn.interrupted_at is not None and turn.silent_at is None:
            turn.silent_at = now
        if status is TurnStatus.COMPLETED and self._continued_turn() is turn:
            if self._waiting is not turn:
                self.stop_waiting()
            turn.awaits_more = True
            self._waiting = turn
        ledger.changed(turn)

    def _lose(self, record: ResponseRecord | None, now: float) -> None:
        if record is not None:
            self._finish(record, TurnStatus.LOST, None, now)
            self._lost[record.id] = record
            if len(self._lost) > _MAX_RECENT:
                del self._lost[next(iter(self._lost))]

    def _continued_turn(self) -> TurnRecord | None:
        """Return the turn that a response continues: that of the calls at the end."""
        for item in reversed(self._ledger.order):
            kind = item.kind
            if not item.committed or item.turn is None or kind == OUTPUT_KIND:
                continue
            return item.turn if kind in _CALL_KINDS else None
        return None

    # --- items of responses ----------------------------------------------------

    def find_item(self, item_id: str | None) -> ItemRecord | None:
        """Return an item of the conversation or of an out-of-band response."""
        if not item_id:
            return None
        found = self._ledger.items.get(item_id)
        return self._out_of_band.items.get(item_id) if found is None else found

    def ledger_of(self, item: ItemRecord) -> Ledger:
        """Return the ledger that an item is in."""
        response = item.response
        out_of_band = response is not None and response.out_of_band
        return self._out_of_band if out_of_band else self._ledger

    def item(
        self,
        item_id: str | None,
        response_id: str | None,
        now: float,
    ) -> ItemRecord | None:
        """Return the item of an event of a response; add it if it is new.

        Args:
            item_id: Its identifier.
            response_id: The response; by default the active one.
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
            if record is None and response_id not in self._recent:
                record = self._begin(response_id, now)
        if record is None:
            return None
        return self._add(record, item_id)

    def new_item(
        self, item_id: str, given: object, *, by_client: bool, now: float
    ) -> ItemRecord:
        """Add an item of the assistant or of the service to the conversation."""
        kind, role = text(given, "type"), text(given, "role")
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

    def read_output(self, item: ItemRecord, given: object, now: float) -> None:
        """Update an item of a response from its wire form."""
        ledger = self.ledger_of(item)
        if not item.truncated:
            read_content(ledger, item, given)
        if item.call is not None:
            completed = field(given, "status") == ResponseItemStatus.COMPLETED
            if completed and item.call.requested_at is None:
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

    def _add(self, record: ResponseRecord, item_id: str) -> ItemRecord:
        ledger = self._out_of_band if record.out_of_band else self._ledger
        first = record.items[0] if len(record.items) == 1 else None
        if first is not None and not first.id:
            # The placeholder becomes the first item; it is behind all others.
            ledger.rename(first, item_id)
            return first
        return ledger.new_item(item_id, record.turn, record)

    def _remove_placeholder(self, record: ResponseRecord) -> None:
        ledger = self._out_of_band if record.out_of_band else self._ledger
        for item in record.items:
            if not item.id:
                ledger.remove(item)
                break


def _error(response: Response) -> str | None:
    details = response.status_details
    error = field(details, "error")
    found = field(error, "message") or field(error, "code") or field(details, "reason")
    return str(found)[:MAX_ERROR_CHARACTERS] if found else None
