"""Mutable records behind the account: items, tool calls, responses, turns.

Attributes begin with the values of their class, so that records are made quickly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicelive._conversation.heard import Word
from voicelive_protocol import ItemType

# Characters that a record counts for besides its text.
OVERHEAD = 256
# Longest text of an error that is kept.
MAX_ERROR_CHARACTERS = 1000


class TurnRole(StrEnum):
    """The speaker of a turn."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"


class TurnStatus(StrEnum):
    """State of a turn, or how it ended."""

    IN_PROGRESS = "in_progress"
    """The user is speaking, the assistant is answering or waits for a tool."""

    COMPLETED = "completed"
    """The turn has ended normally."""

    CANCELLED = "cancelled"
    """The answer was cancelled: the user interrupted, or the application."""

    INCOMPLETE = "incomplete"
    """The answer was cut off by a token limit or a content filter."""

    FAILED = "failed"
    """The answer has failed; `error` has the reason."""

    LOST = "lost"
    """The connection was lost, or the end of the answer, before it had ended."""


@dataclass(eq=False, slots=True)
class CallRecord:
    """A tool call.

    Attributes:
        call_id: Identifier of the call; that of the item for calls without one.
        kind: Wire type of its item, such as `function_call`.
        name: Name of the tool.
        server: Label of the MCP server.
        arguments: JSON text.
        result: Output; None before it is known.
        error: Error of the service; None without one.
        requested_at: When its arguments were complete.
        answered_at: When its output was sent or received.
    """

    call_id: str
    kind: str
    name: str = ""
    server: str = ""
    arguments: str = ""
    result: str | None = None
    error: str | None = None
    requested_at: float | None = None
    answered_at: float | None = None

    @property
    def open(self) -> bool:
        """Whether its output is missing."""
        return self.result is None and self.error is None


class ItemRecord:
    """An item of the conversation.

    Attributes:
        id: Its identifier; "" for a placeholder of a response without items.
        turn: The turn it belongs to; None if it belongs to none.
        response: The response that created it.
        kind: Its wire type, such as `message`.
        texts: Pieces of text by content index, joined when they are read: a list while
            the text grows, a tuple when it is complete.
        final: Whether the item is complete.
        anchored: Whether the service has sent its position.
        committed: Whether it is in the conversation; not so while the user speaks.
        deleted: Whether it was deleted from the conversation.
        audio_bytes: Bytes of its audio.
        bytes_per_second: Rate of its audio.
        audio_at: When its first audio was received.
        audio_start_ms: Start of the user's speech in the input audio.
        kept_ms: Milliseconds that a truncation has kept; None without one.
        truncated: Whether the service has truncated it, which empties its transcript.
        words: Timestamps of the words.
        call: The tool call.
        error: Why there is no transcript.
        size: Characters that it counts for.
    """

    kind: str = ItemType.MESSAGE.value
    final: bool = False
    anchored: bool = False
    deleted: bool = False
    audio_bytes: int = 0
    bytes_per_second: int = 1
    audio_at: float | None = None
    audio_start_ms: int | None = None
    kept_ms: int | None = None
    truncated: bool = False
    words: list[Word] | None = None
    call: CallRecord | None = None
    error: str | None = None
    size: int = OVERHEAD

    def __init__(
        self,
        id: str,
        turn: TurnRecord | None,
        response: ResponseRecord | None = None,
        committed: bool = True,
    ) -> None:
        self.id = id
        self.turn = turn
        self.response = response
        self.committed = committed
        self.texts: dict[int, list[str] | tuple[str, ...]] = {}

    def finish(self) -> None:
        """Record that the item is complete; its texts grow no more."""
        self.final = True
        for index, pieces in self.texts.items():
            if type(pieces) is list:
                self.texts[index] = tuple(pieces)

    @property
    def grows(self) -> bool:
        """Whether a part of its text is incomplete."""
        return any(type(pieces) is list for pieces in self.texts.values())

    @property
    def text(self) -> str:
        """All text of the item."""
        joined = ("".join(self.texts[index]) for index in sorted(self.texts))
        return " ".join(text for text in joined if text)

    @property
    def audio_seconds(self) -> float:
        """Duration of its audio."""
        return self.audio_bytes / self.bytes_per_second

    @property
    def heard_seconds(self) -> float:
        """Duration of its audio up to a truncation."""
        if self.kept_ms is None:
            return self.audio_seconds
        return min(self.audio_seconds, self.kept_ms / 1000)


class ResponseRecord:
    """A response.

    Attributes:
        id: Its identifier; "" if it has none.
        turn: The turn it belongs to.
        out_of_band: Whether it is outside of the conversation.
        status: Its state.
        error: Why it has failed.
        items: Its items.
    """

    status: TurnStatus = TurnStatus.IN_PROGRESS
    error: str | None = None

    def __init__(self, id: str, turn: TurnRecord, out_of_band: bool = False) -> None:
        self.id = id
        self.turn = turn
        self.out_of_band = out_of_band
        self.items: list[ItemRecord] = []

    @property
    def audio_seconds(self) -> float:
        """Duration of the audio of its items."""
        seconds = 0.0
        for item in self.items:
            seconds += item.audio_bytes / item.bytes_per_second
        return seconds


class TurnRecord:
    """A turn.

    Attributes:
        id: Identifier of its first item or response.
        role: The speaker.
        items: Its items, in the order of their creation.
        responses: Its responses.
        started_at: When it started.
        ended_at: When it ended, for turns without audio output.
        audio_seconds: Duration of the user's speech.
        speech_ended_at: When the speech ended that it answers.
        requested_at: When the application requested it.
        output_at: When its first audio or text was received.
        audio_at: When its first audio was received.
        interrupted_at: When it was interrupted first.
        silent_at: When it was cancelled or truncated after that.
        awaits_more: Whether another response may continue it: the last one has tool
            calls, and no other turn has followed.
        lost: Whether the connection was lost while the user was speaking.
        removed: Whether it turned out not to be a turn.
        forgotten: Whether it was dropped to limit memory.
    """

    audio_seconds: float = 0.0
    speech_ended_at: float | None = None
    requested_at: float | None = None
    output_at: float | None = None
    audio_at: float | None = None
    interrupted_at: float | None = None
    silent_at: float | None = None
    awaits_more: bool = False
    lost: bool = False
    removed: bool = False
    forgotten: bool = False

    def __init__(
        self,
        id: str,
        role: TurnRole,
        started_at: float | None = None,
        ended_at: float | None = None,
    ) -> None:
        self.id = id
        self.role = role
        self.started_at = started_at
        self.ended_at = ended_at
        self.items: list[ItemRecord] = []
        self.responses: list[ResponseRecord] = []

    @property
    def status(self) -> TurnStatus:
        """Its state."""
        if self.lost:
            return TurnStatus.LOST
        if self.responses:
            status = self.responses[-1].status
            waits = self.awaits_more and status is TurnStatus.COMPLETED
            return TurnStatus.IN_PROGRESS if waits else status
        speaking = any(not item.committed for item in self.items)
        return TurnStatus.IN_PROGRESS if speaking else TurnStatus.COMPLETED

    def plays_until(self) -> float | None:
        """Return when its audio has been played, if it plays as it arrives."""
        end: float | None = None
        for item in self.items:
            if item.audio_at is not None:
                begin = item.audio_at if end is None else max(end, item.audio_at)
                end = begin + item.heard_seconds
        return end
