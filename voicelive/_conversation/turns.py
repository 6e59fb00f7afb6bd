"""Turns of the account, as immutable values."""

from __future__ import annotations

from dataclasses import dataclass

from voicelive._conversation.heard import heard_text
from voicelive._conversation.ledger import Ledger
from voicelive._conversation.records import (
    ItemRecord,
    TurnRecord,
    TurnRole,
    TurnStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallRecord:
    """A tool call of a turn.

    Attributes:
        call_id: Identifier of the call; that of its item for calls of the service.
        kind: Wire type of its item: `function_call`, `mcp_call`, `web_search_call`,
            `file_search_call`, `foundry_agent_call`.
        name: Name of the function or tool; for searches, the kind.
        server_label: Label of the MCP server; "" for other calls.
        arguments: JSON text.
        result: The output as text; None if there is none yet.
        error: Why the service could not make the call; None without an error.
        round_trip_seconds: From the complete arguments until the output was sent, or
            until the service had the result of a call that it makes itself.
    """

    call_id: str
    kind: str
    name: str
    server_label: str
    arguments: str
    result: str | None
    error: str | None
    round_trip_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTurn:
    """A turn: what one side said until the other side did.

    Each message of the user is a turn. A turn of the assistant is a response, with the
    responses that continue it after its tool calls.

    Times are in seconds since the first event of the account, and are those at which
    the application sends and receives events. The service waits for some silence
    (`silence_duration_ms`) before it reports the end of speech, and that is not part of
    the intervals.

    Attributes:
        id: Identifier of the turn, the same in all versions of it.
        role: The speaker.
        status: State of the turn, or how it ended.
        transcript: Text, or transcript of the speech, as far as it is known; "" until
            the first part of it arrives. The transcript of the user's speech may come
            after the answer has begun, or never.
        transcript_complete: Whether there is a transcript and it will not grow.
        heard: The part of the transcript that was heard, if the answer was truncated;
            else None. It is cut between words: by the timestamps of the words if the
            session has them, else in proportion to the audio.
        error: Why there is no transcript, or why the answer has failed; else None.
        start: When the speech or the text began.
        end: When it ended; None while it is in progress. Audio of the assistant is
            taken to play as it arrives, up to an interruption.
        item_ids: Identifiers of its items, in order.
        response_ids: Identifiers of its responses, in order.
        tool_calls: Its tool calls, in order.
        audio_seconds: Duration of its audio; 0 for a text.
        deleted: Whether all of it was deleted from the history of the service. It is
            still in the account, because it was said.
        speech_to_audio_seconds: From the end of the user's speech (the end of speech
            that turn detection reports, or the commit of the input audio) to the first
            audio of the answer.
        request_to_audio_seconds: From `response.create` to the first audio.
        interruption_to_silence_seconds: From an interruption by speech or by
            `response.cancel` until the answer was truncated, or its response ended.
    """

    id: str
    role: TurnRole
    status: TurnStatus
    transcript: str
    transcript_complete: bool
    heard: str | None
    error: str | None
    start: float
    end: float | None
    item_ids: tuple[str, ...]
    response_ids: tuple[str, ...]
    tool_calls: tuple[ToolCallRecord, ...]
    audio_seconds: float
    deleted: bool
    speech_to_audio_seconds: float | None
    request_to_audio_seconds: float | None
    interruption_to_silence_seconds: float | None

    @property
    def interrupted(self) -> bool:
        """Whether the answer was cancelled or truncated."""
        return self.status is TurnStatus.CANCELLED or self.heard is not None

    @property
    def spoken_text(self) -> str:
        """The part that was heard, if the answer was truncated, else the transcript."""
        return self.transcript if self.heard is None else self.heard


def read_turn(turn: TurnRecord, ledger: Ledger, zero: float) -> ConversationTurn:
    """Return the present version of a turn.

    Args:
        turn: The turn.
        ledger: The items.
        zero: The time that counts as 0.
    """
    items = ledger.items_of(turn)
    texts = [item.text for item in items]
    errors = [item.error for item in items] + [r.error for r in turn.responses]
    start = zero if turn.started_at is None else turn.started_at
    return ConversationTurn(
        id=turn.id,
        role=turn.role,
        status=turn.status,
        transcript=_joined(texts),
        transcript_complete=any(texts) and not any(item.grows for item in items),
        heard=_heard(items),
        error=next((error for error in errors if error), None),
        start=_rounded(start - zero),
        end=_end(turn, start, zero),
        item_ids=tuple(item.id for item in items),
        response_ids=tuple(r.id for r in turn.responses if r.id),
        tool_calls=tuple(_call(item) for item in items if item.call is not None),
        audio_seconds=_rounded(
            turn.audio_seconds + sum(item.audio_seconds for item in items)
        ),
        deleted=bool(items) and all(item.deleted for item in items),
        speech_to_audio_seconds=_interval(turn.speech_ended_at, turn.audio_at),
        request_to_audio_seconds=_interval(turn.requested_at, turn.audio_at),
        interruption_to_silence_seconds=_interval(turn.interrupted_at, turn.silent_at),
    )


def _joined(texts: list[str]) -> str:
    return " ".join(text for text in texts if text)


def _heard(items: list[ItemRecord]) -> str | None:
    if all(item.kept_ms is None for item in items):
        return None
    return _joined([_heard_part(item) for item in items])


def _heard_part(item: ItemRecord) -> str:
    if item.kept_ms is None:
        return item.text
    # The times of words count from the start of the audio of the response.
    others = item.response.items if item.response is not None else []
    first = next((other for other in others if other.audio_at is not None), item)
    words = item.words or [] if first is item else []
    return heard_text(item.text, item.kept_ms, item.audio_seconds * 1000, words)


def _end(turn: TurnRecord, start: float, zero: float) -> float | None:
    if turn.status is TurnStatus.IN_PROGRESS:
        return None
    end = turn.plays_until()
    if end is None:
        end = start if turn.ended_at is None else turn.ended_at
    elif turn.interrupted_at is not None:
        end = min(end, turn.interrupted_at)
    return _rounded(max(end, start) - zero)


def _interval(begin: float | None, end: float | None) -> float | None:
    return None if begin is None or end is None else _rounded(max(0.0, end - begin))


def _rounded(seconds: float) -> float:
    return round(seconds, 6)


def _call(item: ItemRecord) -> ToolCallRecord:
    call = item.call
    assert call is not None
    return ToolCallRecord(
        call_id=call.call_id,
        kind=call.kind,
        name=call.name,
        server_label=call.server,
        arguments=call.arguments,
        result=call.result,
        error=call.error,
        round_trip_seconds=_interval(call.requested_at, call.answered_at),
    )
