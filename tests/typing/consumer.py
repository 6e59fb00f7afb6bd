"""What type checkers see of the types; run by mypy and pyright, never imported."""

from __future__ import annotations

from typing import Any, assert_type

from msgspec import UnsetType

from voicelive_protocol import (
    AnyTool,
    AssistantMessageItem,
    FunctionTool,
    InvalidServerEvent,
    MCPServer,
    Modality,
    ReceivedEvent,
    RequestSession,
    Response,
    ServerEventError,
    ServerEventResponseAudioDelta,
    ServerEventResponseDone,
    ServerEventType,
    ServerVad,
    UnixTime,
    UnknownModel,
    UnknownServerEvent,
    decode_server_event,
)


def reading(frame: bytes) -> None:
    """Events are told apart by class, by `match` and by `type`."""
    event = decode_server_event(frame)
    if isinstance(event, UnknownServerEvent):
        assert_type(event.data, dict[str, Any])
        return
    if isinstance(event, InvalidServerEvent):
        assert_type(event.error, str)
        return
    match event:
        case ServerEventResponseDone(response=response):
            assert_type(response, Response)
        case ServerEventError(error=error):
            assert_type(error.message, str | None)
        case _:
            pass


def by_type(event: ReceivedEvent) -> None:
    """Comparing `type` with the enum narrows the event, and rules out the others."""
    if event.type == ServerEventType.RESPONSE_AUDIO_DELTA:
        assert_type(event, ServerEventResponseAudioDelta)
        assert_type(event.delta, bytes)
        assert_type(event.event_id, str | None)


def fields(response: Response, tool: AnyTool) -> None:
    """Fields have the types of the schema."""
    assert_type(response.max_output_tokens, int | str | None)  # type: ignore[assert-type]  # pyright: ignore[reportAssertTypeFailure]
    assert_type(response.modalities, list[Modality] | None)
    assert_type(tool, FunctionTool | MCPServer | UnknownModel)


def writing() -> None:
    """Constructors take strings for enum members and refuse what does not fit."""
    session = RequestSession(
        modalities=["text", Modality.AUDIO],
        turn_detection=ServerVad(threshold=0.5, silence_duration_ms=500),
        voice="alloy",
        max_response_output_tokens="inf",
    )
    assert_type(session.instructions, str | None | UnsetType)
    RequestSession(modalities="text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    RequestSession(modalitys=["text"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    FunctionTool()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    AssistantMessageItem(content=[{}])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def times(value: UnixTime) -> str:
    """A Unix time is a datetime."""
    return value.isoformat()
