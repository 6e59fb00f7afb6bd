"""Replies of a responder: the output items of a response, and its ending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from msgspec import Struct

from voicelive_mockserver.engine.latency import LatencyModel

# Scenario files use the same types: outputs and endings are tagged structs, decoded
# and validated by msgspec. Their docstrings become descriptions in the JSON schema.


class Say(Struct, frozen=True, tag="say", forbid_unknown_fields=True):
    """A message of the assistant, as text or as speech with its transcript.

    Attributes:
        text: The text or transcript.
        at_once: Whether the whole text is one delta, like text that no model
            generated.
        annotations: Annotations of the transcript, such as citations, in any form.
    """

    text: str
    at_once: bool = False
    annotations: tuple[Mapping[str, Any], ...] = ()


class CallFunction(Struct, frozen=True, tag="call", forbid_unknown_fields=True):
    """A call of one of the functions that the client offers.

    Attributes:
        name: The name of the function.
        arguments: The arguments; a string is sent unchanged, valid JSON or not.
    """

    name: str
    arguments: Mapping[str, Any] | str = {}


class CallMcp(Struct, frozen=True, tag="mcp", forbid_unknown_fields=True):
    """A call of a tool of an MCP server by the service.

    Attributes:
        name: The name of the tool.
        arguments: The arguments; a string is sent unchanged, valid JSON or not.
        server: The label of the server; empty for the first one with the tool.
        output: The result of the tool; `None` to ask the `McpHost`.
        error: The error of a failing call; `None` for success.
        needs_approval: Whether the client must approve the call; `None` for the
            `require_approval` of the server.
    """

    name: str
    arguments: Mapping[str, Any] | str = {}
    server: str = ""
    output: str | None = None
    error: str | None = None
    needs_approval: bool | None = None


class SearchWeb(Struct, frozen=True, tag="search_web", forbid_unknown_fields=True):
    """A web search by the service.

    Attributes:
        query: The query.
    """

    query: str


class SearchFiles(Struct, frozen=True, tag="search_files", forbid_unknown_fields=True):
    """A search in the files of an agent by the service.

    Attributes:
        queries: The queries.
        results: The results, such as `{"filename": "a.txt", "text": "..."}`; sent
            only to clients that include them.
    """

    queries: tuple[str, ...]
    results: tuple[Mapping[str, Any], ...] = ()


class AgentEvent(Struct, frozen=True, tag="agent_event", forbid_unknown_fields=True):
    """An event of a hosted agent without speech, forwarded unchanged.

    Attributes:
        data: The event.
    """

    data: Mapping[str, Any]


Output = Say | CallFunction | CallMcp | SearchWeb | SearchFiles | AgentEvent
"""One output of a reply."""


class Failed(
    Struct, frozen=True, tag_field="status", tag="failed", forbid_unknown_fields=True
):
    """The response fails.

    Attributes:
        code: The code of the error.
        message: The message of the error.
        error_type: The type of the error.
    """

    status: ClassVar[str] = "failed"
    code: str = "server_error"
    message: str = "The response failed."
    error_type: str = "server_error"

    def details(self) -> dict[str, Any]:
        """Return the `status_details` of the response."""
        error = {
            "type": self.error_type,
            "code": self.code,
            "message": self.message,
            "param": None,
        }
        return {"type": self.status, "error": error}


class Incomplete(
    Struct,
    frozen=True,
    tag_field="status",
    tag="incomplete",
    forbid_unknown_fields=True,
):
    """The response is incomplete.

    Attributes:
        reason: `max_output_tokens` or `content_filter`.
    """

    status: ClassVar[str] = "incomplete"
    reason: str = "max_output_tokens"

    def details(self) -> dict[str, Any]:
        """Return the `status_details` of the response."""
        return {"type": self.status, "reason": self.reason}


class Cancelled(
    Struct, frozen=True, tag_field="status", tag="cancelled", forbid_unknown_fields=True
):
    """The response is cancelled without a request of the client.

    Attributes:
        reason: `turn_detected` or `client_cancelled`.
    """

    status: ClassVar[str] = "cancelled"
    reason: str = "turn_detected"

    def details(self) -> dict[str, Any]:
        """Return the `status_details` of the response."""
        return {"type": self.status, "reason": self.reason}


Ending = Failed | Incomplete | Cancelled


@dataclass(frozen=True, slots=True)
class Reply:
    """The content, ending and timing of a response.

    Outputs that the API version of the session lacks are omitted.

    Attributes:
        outputs: The output items, in order.
        ending: The ending of a response that does not complete; `None` for one that
            does.
        latency: The durations of its steps; `None` for those of the session. Steps
            before the call of the responder are not shortened.
    """

    outputs: tuple[Output, ...]
    ending: Ending | None = None
    latency: LatencyModel | None = None


Answer: TypeAlias = Reply | Output | Sequence[Output | str] | str
"""The result of a responder: a reply or its outputs; a string is a message."""


def reply_of(answer: Answer) -> Reply:
    """Convert an answer to a reply.

    Args:
        answer: The result of a responder.
    """
    if isinstance(answer, Reply):
        return answer
    if isinstance(answer, str | Struct):
        answer = [answer]
    return Reply(tuple(Say(part) if isinstance(part, str) else part for part in answer))
