"""Account of a conversation, for applications."""

from __future__ import annotations

from weakref import WeakSet

from voicelive._connection.state import SessionState
from voicelive._conversation.export import to_json, to_text, to_webvtt
from voicelive._conversation.model import ConversationModel
from voicelive._conversation.turns import ConversationTurn
from voicelive._conversation.usage import SessionUsage
from voicelive.conversation._changes import ChangeReader, ConversationChanges
from voicelive_protocol import ConversationResource
from voicelive_protocol.resources import Sender


class Conversation(ConversationResource):
    """Account of a conversation, and the events `conversation.item...` as methods.

    It is updated by each event that is sent, and by each that is received at the time
    when the application receives it. It covers all sessions of a connection that
    reconnects, and stays available after the end.

    The account is limited to the newest 10,000 items and 16 Mi characters, many hours
    of speech; `dropped_items` counts what was dropped. Usage counts everything.

    Args:
        sender: Sends the events.
        model: The account.
    """

    __slots__ = ("_model", "_readers")

    def __init__(self, sender: Sender, model: ConversationModel) -> None:
        super().__init__(sender)
        self._model = model
        # Readers that wait for the connection, if there is none yet.
        self._readers: WeakSet[ChangeReader] = WeakSet()

    @classmethod
    def before_connection(cls, sender: Sender) -> Conversation:
        """Return an empty account, for `begin` when the connection is open."""
        return cls(sender, ConversationModel(SessionState()))

    def begin(self, state: SessionState) -> None:
        """Begin the account of a connection with this state."""
        self._model = follow(state)
        for reader in list(self._readers):
            reader.move(self._model)

    def end(self, now: float) -> None:
        """End the account, because there is no connection, or not any more."""
        self._model.connection_ended(now)

    @property
    def turns(self) -> tuple[ConversationTurn, ...]:
        """The turns so far, in the order in which they were spoken."""
        model = self._model
        return tuple(model.read_turn(turn) for turn in model.ledger.turns())

    @property
    def out_of_band(self) -> tuple[ConversationTurn, ...]:
        """The newest responses outside of the conversation (`conversation: "none"`)."""
        model = self._model
        return tuple(
            model.read_turn(turn, model.out_of_band)
            for turn in model.out_of_band.turns()
        )

    @property
    def usage(self) -> SessionUsage:
        """Tokens and audio so far."""
        return self._model.usage

    @property
    def dropped_items(self) -> int:
        """The number of items that were dropped to limit memory."""
        return self._model.ledger.dropped

    def changes(self) -> ConversationChanges:
        """Return an iterator over changes, which begins with the turns so far.

        Any number of tasks can have one. The iterator ends with the connection. A slow
        consumer misses no turn, but gets several changes of a turn as one.

        ```python
        async for change in session.conversation.changes():
            print(change.kind, change.turn.role, change.turn.transcript)
        ```
        """
        return ConversationChanges(self.reader())

    def reader(self, *, from_start: bool = True) -> ChangeReader:
        """Return a reader of changes; for the layers on top of this one."""
        reader = ChangeReader(self._model, from_start=from_start)
        if self._model.began_at is None:
            self._readers.add(reader)
        return reader

    def to_json(self) -> str:
        """Return turns and usage as JSON text: an object with the fields of both."""
        return to_json(self.turns, self.out_of_band, self.usage)

    def to_text(self) -> str:
        """Return the turns as plain text, with the time and the speaker of each.

        Interrupted answers are shown up to where they were heard.
        """
        return to_text(self.turns)

    def to_webvtt(self) -> str:
        """Return the turns as subtitles: WebVTT, with a cue for each.

        Interrupted answers are shown up to where they were heard.
        """
        return to_webvtt(self.turns)


def follow(state: SessionState) -> ConversationModel:
    """Return the account that a connection with this state keeps, from now on."""
    if isinstance(state.follower, ConversationModel):
        return state.follower
    model = ConversationModel(state)
    state.follower = model
    return model
