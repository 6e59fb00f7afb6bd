"""Telling events and items apart by `type`; run by mypy and pyright, never imported.

Pyright narrows by comparison with a member of the enum and with its text. mypy narrows
by the member; a text compared with a `StrEnum` leaves it undecided, so that the lines
below a comparison with a text are checked, but for more than one class: the lines that
are marked for mypy alone.
"""

from __future__ import annotations

from typing import assert_never, assert_type

from voicelive_protocol import (
    AnyResponseItem,
    ItemType,
    ReceivedEvent,
    ResponseFunctionCallItem,
    ServerEventError,
    ServerEventResponseAudioDelta,
    ServerEventResponseDone,
    ServerEventType,
    UnknownModel,
)


def by_member(event: ReceivedEvent) -> None:
    """A member of the enum narrows, and rules out events without that type."""
    if event.type == ServerEventType.RESPONSE_AUDIO_DELTA:
        assert_type(event, ServerEventResponseAudioDelta)
    elif event.type == ServerEventType.RESPONSE_DONE:
        assert_type(event, ServerEventResponseDone)
    if event.type != ServerEventType.ERROR:
        return
    assert_type(event, ServerEventError)


def by_text(event: ReceivedEvent) -> None:
    """A text narrows in pyright, and hides nothing in mypy."""
    if event.type == "response.audio.delta":
        assert_type(event, ServerEventResponseAudioDelta)  # type: ignore[assert-type]
        event.delta.hex()  # type: ignore[union-attr]
    elif event.type == "response.done":
        assert_type(event, ServerEventResponseDone)  # type: ignore[assert-type]
        # Checked by both, so not taken for unreachable.
        wrong: int = "text"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
        del wrong
    if event.type != "error":
        return
    assert_type(event, ServerEventError)  # type: ignore[assert-type]


def by_match_of_type(event: ReceivedEvent) -> None:
    """`match` on the type does the same."""
    match event.type:
        case ServerEventType.RESPONSE_DONE:
            assert_type(event, ServerEventResponseDone)
        case "error":
            assert_type(event, ServerEventError)  # type: ignore[assert-type]
        case _:
            pass


def by_class(event: ReceivedEvent) -> None:
    """Classes narrow in both, and leave the others."""
    if isinstance(event, ServerEventResponseDone):
        assert_type(event, ServerEventResponseDone)
        if not isinstance(event, ServerEventResponseDone):
            assert_never(event)
    match event:
        case ServerEventError(error=error):
            assert_type(error.message, str | None)
        case ServerEventResponseAudioDelta(delta=delta):
            assert_type(delta, bytes)
        case _:
            pass


def items(item: AnyResponseItem) -> None:
    """Items, parts, tools and the like are told apart in the same way."""
    if isinstance(item, UnknownModel):
        return
    if item.type == ItemType.FUNCTION_CALL:
        assert_type(item, ResponseFunctionCallItem)
    if item.type == "function_call":
        assert_type(item, ResponseFunctionCallItem)  # type: ignore[assert-type]


def as_text(event: ServerEventResponseDone) -> str:
    """The type of an event is text."""
    return event.type
