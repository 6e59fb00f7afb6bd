"""A responder that says again what the model said in a recorded session."""

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
    """A file cannot be played; the text names the file and the line."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What was said in a recorded session, to be said again.

    It is a responder: `MockServer(responder=Recording.load("session.jsonl"))`. The
    first response of a session is answered with the first one of the recording, and so
    on, whatever the client asks; after the last one it begins again. Each session
    begins with the first.

    Attributes:
        replies: What the model answered, response by response.
        heard: What the user was understood to have said, turn by turn; empty if
            nothing was transcribed.
    """

    replies: tuple[Reply, ...]
    heard: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `voicelive record` has written.

        Responses that had not ended when the recording ended are left out, and items
        of kinds that this version does not know. A last line that was cut off, as by a
        full disk, is skipped with a warning in the log.

        Args:
            path: A file of JSON Lines, such as `{"direction": "received", "event":
                {...}}`. Other keys do not matter.

        Raises:
            RecordingError: The file cannot be read, is no recording, or has no response
                in it.
        """
        reading = _Reading()
        for place, line in _lines(Path(path)):
            if line.direction == "received" and line.event:
                reading.read(place, bytes(line.event))
        replies = tuple(reading.replies())
        if not replies:
            raise RecordingError(f"{path}: there is no response in it that has ended")
        return cls(replies, tuple(reading.heard))

    def __call__(self, request: ReplyRequest) -> Reply:
        """Return the recorded reply whose turn it is.

        Args:
            request: The state of the session.
        """
        return self.replies[request.number % len(self.replies)]

    def transcribe(self, audio: HeardAudio) -> str:
        """Return the recorded words whose turn it is, as a transcriber does.

        Args:
            audio: What the user says now.
        """
        return self.heard[audio.number % len(self.heard)] if self.heard else ""


class _Line(msgspec.Struct):
    direction: Literal["sent", "received"]
    # Without one it is about a frame that was no event, or the end of the connection.
    event: msgspec.Raw = msgspec.Raw()


def _line(text: bytes) -> _Line:
    try:
        return parse(text, _Line)
    except ValueError:
        # The event may have text that is not passed on undecoded.
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
            # A line that is JSON was written to its end, by something else.
            if is_cut and not isinstance(error, msgspec.ValidationError):
                logger.warning("%s: the last line is cut off and skipped", place)
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


class _Reading:
    """Gathers what belongs together from the events of a session."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        # In the order in which they began, in which they are also asked for. Those
        # outside of the conversation may end in another one.
        self._responses: dict[str | None, Response | None] = {}
        # The service makes the calls when the response that has them is done.
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
                # A message that ended before its first word says nothing.
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
    """Return a call with its result, if it was made and has one."""
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
