"""Changes of an account, as an asynchronous iterator."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from voicelive._conversation.model import ConversationModel
from voicelive._conversation.records import TurnRecord, TurnStatus
from voicelive._conversation.turns import ConversationTurn


class ChangeKind(StrEnum):
    """Kind of a change of a turn."""

    STARTED = "started"
    """The turn is new."""

    UPDATED = "updated"
    """The turn has more text, a tool call, a result; or it was corrected."""

    ENDED = "ended"
    """The turn has ended. Updates may follow: a transcript, a truncation."""

    REMOVED = "removed"
    """It was no turn: the input audio was discarded, or the answer cancelled before it
    began.
    """


@dataclass(frozen=True, slots=True)
class ConversationChange:
    """A change of the account.

    Attributes:
        kind: Kind of the change.
        turn: The turn after the change.
    """

    kind: ChangeKind
    turn: ConversationTurn


class ChangeReader:
    """Collects changes for one consumer.

    Changes of a turn that were not taken are merged, so at most the turns of the
    account are held.

    Args:
        model: The account.
        from_start: Whether to begin with the turns so far.
    """

    def __init__(self, model: ConversationModel, *, from_start: bool = True) -> None:
        self._model = model
        turns = model.ledger.turns() if from_start else ()
        self._pending: dict[TurnRecord, None] = dict.fromkeys(turns)
        # The turns that the consumer knows, and whether they have ended for it.
        self._known: dict[TurnRecord, bool] = {}
        self._wake = asyncio.Event()
        self.over: bool = model.ended
        model.ledger.listeners.append(self)

    def changed(self, turn: TurnRecord) -> None:
        """Note a change."""
        if turn.forgotten:
            self._pending.pop(turn, None)
            self._known.pop(turn, None)
        else:
            self._pending[turn] = None
            self._wake.set()

    def finished(self) -> None:
        """Note the end of the conversation."""
        self.over = True
        self._wake.set()

    def move(self, model: ConversationModel) -> None:
        """Go on with another account, which takes the place of an empty one."""
        self.close()
        self._model = model
        self.over = model.ended
        model.ledger.listeners.append(self)
        for turn in model.ledger.turns():
            self.changed(turn)

    def close(self) -> None:
        """Stop collecting."""
        if self in self._model.ledger.listeners:
            self._model.ledger.listeners.remove(self)

    async def wait(self) -> None:
        """Wait for a change or for the end."""
        self._wake.clear()
        if not self._pending and not self.over:
            await self._wake.wait()

    def take(self) -> list[ConversationChange]:
        """Return the changes since the last call."""
        changed, self._pending = self._pending, {}
        return [change for turn in changed for change in self._changes_of(turn)]

    def _changes_of(self, turn: TurnRecord) -> list[ConversationChange]:
        kinds: list[ChangeKind] = []
        if turn.removed:
            if self._known.pop(turn, None) is not None:
                kinds.append(ChangeKind.REMOVED)
        else:
            ended = turn.status is not TurnStatus.IN_PROGRESS
            known = self._known.get(turn)
            if known is None:
                kinds.append(ChangeKind.STARTED)
            if ended and not known:
                kinds.append(ChangeKind.ENDED)
            self._known[turn] = ended
            kinds = kinds or [ChangeKind.UPDATED]
        if not kinds:
            return []
        version = self._model.read_turn(turn)
        return [ConversationChange(kind, version) for kind in kinds]


class ConversationChanges:
    """Asynchronous iterator over the changes of an account.

    Created by `Conversation.changes`. It ends with the connection.
    """

    def __init__(self, reader: ChangeReader) -> None:
        self._reader = reader
        self._taken: list[ConversationChange] = []

    def __aiter__(self) -> ConversationChanges:
        return self

    async def __anext__(self) -> ConversationChange:
        while not self._taken:
            await self._reader.wait()
            self._taken = self._reader.take()[::-1]
            if not self._taken and self._reader.over:
                self._reader.close()
                raise StopAsyncIteration
        return self._taken.pop()

    def __del__(self) -> None:
        self._reader.close()
