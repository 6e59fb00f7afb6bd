"""Responder that replays a recorded session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

import msgspec

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine.interfaces import HeardAudio, ReplyRequest
from voicelive_mockserver.engine.replies import (
    CallFunction,
    CallMcp,
    Cancelled,
    Ending,
    Failed,
    Incomplete,
    Output,
    Reply,
    Say,
    SearchFiles,
    SearchWeb,
)
from voicelive_protocol import (
    InvalidServerEvent,
    Response,
    ResponseAudioContentPart,
    ResponseCancelledDetails,
    ResponseFailedDetails,
    ResponseFileSearchCallItem,
    ResponseFunctionCallItem,
    ResponseIncompleteDetails,
    ResponseMCPApprovalRequestItem,
    ResponseMCPCallItem,
    ResponseMessageItem,
    ResponseTextContentPart,
    ResponseWebSearchCallItem,
    ServerEventConversationItemInputAudioTranscriptionCompleted,
    ServerEventResponseCreated,
    ServerEventResponseDone,
    ServerEventResponseOutputItemDone,
    ServerEventType,
    VoiceLiveErrorDetails,
    decode_server_event,
    encode,
    parse,
)

logger = redacting_logger(__name__)


class RecordingError(ValueError):
    """A file is not a recording; the message has file and line."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The replies and transcripts of a recorded session.

    It is a responder: `MockServer(responder=Recording.load("session.jsonl"))`. Replies
    are replayed in order, whatever the client asks, and start over after the last. Each
    session starts with the first.

    Attributes:
        replies: The replies of the model, in order.
        heard: The transcripts of the user, in order; empty without transcription.
    """

    replies: tuple[Reply, ...]
    heard: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a file written by `voicelive record`.

        Incomplete responses and items of unknown types are skipped. A truncated last
        line, as after a full disk, is skipped with a warning in the log.

        Args:
            path: A file of JSON Lines, such as `{"direction": "received", "event":
                {...}}`. Other keys are ignored.

        Raises:
            RecordingError: The file cannot be read, is not a recording, or has no
                complete response.
        """
        reading = _RecordingReader()
        for place, line in _lines(Path(path)):
            if line.direction == "received" and line.event:
                reading.read(place, bytes(line.event))
        replies = tuple(reading.replies())
        if not replies:
            raise RecordingError(f"{path}: it contains no complete response")
        return cls(replies, tuple(reading.heard))

    def __call__(self, request: ReplyRequest) -> Reply:
        """Return the recorded reply for the current response.

        Args:
            request: The state of the session.
        """
        return self.replies[request.number % len(self.replies)]

    def transcribe(self, audio: HeardAudio) -> str:
        """Return the recorded transcript for the current turn, as a transcriber.

        Args:
            audio: The speech of the user.
        """
        return self.heard[audio.number % len(self.heard)] if self.heard else ""


class _Line(msgspec.Struct):
    direction: Literal["sent", "received"]
    # Absent for frames that are not events, and for the end of the connection.
    event: msgspec.Raw = msgspec.Raw()


def _line(text: bytes) -> _Line:
    try:
        return parse(text, _Line)
    except ValueError:
        # Lone surrogates need the slow path of the codec.
        data = parse(text)
        if not isinstance(data, dict) or "event" not in data:
            raise
        data["event"] = msgspec.Raw(encode(data["event"]))
        return msgspec.convert(data, _Line)


def _lines(path: Path) -> Iterator[tuple[str, _Line]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror or error}") from None
    lines = data.splitlines()
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        place = f"{path}:{number}"
        try:
            line = _line(text)
        except (ValueError, RecursionError) as error:
            is_cut = (
                number == len(lines)
                and text.startswith(b"{")
                and not data.endswith(b"\n")
            )
            # Valid JSON is not truncated, but of another format.
            if is_cut and not isinstance(error, msgspec.ValidationError):
                logger.warning("%s: the last line is truncated and skipped", place)
                return
            raise RecordingError(
                f"{place}: not a line of a recording: {error}"
            ) from None
        if line.event and not bytes(line.event).startswith(b"{"):
            raise RecordingError(
                f"{place}: not a line of a recording: event is not an object"
            )
        yield place, line


_Items: TypeAlias = dict[str | None, ResponseMCPCallItem]


class _RecordingReader:
    """Aggregation of the events of a session."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        # In the order of creation, which is that of the requests. Out-of-band responses
        # may end in another order.
        self._responses: dict[str | None, Response | None] = {}
        # Calls are made after their response is done.
        self._calls: _Items = {}

    def read(self, place: str, frame: bytes) -> None:
        match decode_server_event(frame):
            case InvalidServerEvent(wire_type=ServerEventType.RESPONSE_DONE, error=why):
                raise RecordingError(f"{place}: this response cannot be read: {why}")
            case ServerEventResponseCreated(response=response):
                self._responses[response.id] = None
            case ServerEventResponseDone(response=response):
                self._responses[response.id] = response
            case ServerEventResponseOutputItemDone(item=ResponseMCPCallItem() as item):
                self._calls[item.id] = item
                if item.approval_request_id is not None:
                    self._calls[item.approval_request_id] = item
            case ServerEventConversationItemInputAudioTranscriptionCompleted() as event:
                self.heard.append(event.transcript)
            case _:
                pass

    def replies(self) -> Iterator[Reply]:
        for response in self._responses.values():
            if response is not None:
                outputs = _outputs(response.output or (), self._calls)
                yield Reply(tuple(outputs), _ending(response.status_details))


def _outputs(items: Iterable[Any], calls: _Items) -> Iterator[Output]:
    for item in items:
        match item:
            case ResponseMessageItem(content=content):
                # A message without text was interrupted before its first word.
                if text := "".join(map(_text, content or ())):
                    yield Say(text)
            case ResponseFunctionCallItem(name=str(name), arguments=arguments):
                yield CallFunction(name, arguments or "")
            case ResponseMCPCallItem():
                yield _mcp_call(item, calls.get(item.id, item), needs_approval=False)
            case ResponseMCPApprovalRequestItem():
                yield _mcp_call(item, calls.get(item.id), needs_approval=True)
            case ResponseWebSearchCallItem():
                action = item.as_dict().get("action") or {}
                yield SearchWeb(str(action.get("query", "")))
            case ResponseFileSearchCallItem(queries=queries, results=results):
                found = msgspec.to_builtins(results or ())
                yield SearchFiles(tuple(queries or ()), tuple(found))
            case _:
                pass


def _text(part: Any) -> str:
    match part:
        case ResponseTextContentPart(text=str(text)):
            return text
        case ResponseAudioContentPart(transcript=str(text)):
            return text
        case _:
            return ""


def _mcp_call(
    item: ResponseMCPCallItem | ResponseMCPApprovalRequestItem,
    made: ResponseMCPCallItem | None,
    *,
    needs_approval: bool,
) -> CallMcp:
    """Return a call with its result, if any."""
    error = None
    if made is not None and made.error is not None:
        error = made.error.message or ""
    return CallMcp(
        item.name or "",
        item.arguments or "{}",
        item.server_label or "",
        output=None if made is None else made.output,
        error=error,
        needs_approval=needs_approval,
    )


def _ending(details: Any) -> Ending | None:
    match details:
        case ResponseFailedDetails(error=VoiceLiveErrorDetails() as error):
            known = Failed()
            return Failed(
                error.code or known.code,
                error.message or known.message,
                error.type or known.error_type,
            )
        case ResponseFailedDetails():
            return Failed()
        case ResponseIncompleteDetails(reason=reason):
            return Incomplete(reason) if reason else Incomplete()
        case ResponseCancelledDetails(reason=reason):
            return Cancelled(reason) if reason else Cancelled()
        case _:
            return None
