"""Tool calls: functions that the client runs, MCP tools that the service runs."""

from __future__ import annotations

from typing import Any

from voicelive_mockserver.engine.interfaces import McpError
from voicelive_mockserver.engine.json_templates import members
from voicelive_mockserver.engine.mcp import ApprovedCall
from voicelive_mockserver.engine.outbox import delta_stem
from voicelive_mockserver.engine.outputs.base import Place, Steps, Stream
from voicelive_mockserver.engine.replies import CallFunction, CallMcp
from voicelive_protocol import (
    ServerEventResponseFunctionCallArgumentsDelta,
    ServerEventResponseFunctionCallArgumentsDone,
    ServerEventResponseMcpCallArgumentsDelta,
    ServerEventResponseMcpCallArgumentsDone,
    ServerEventResponseMcpCallCompleted,
    ServerEventResponseMcpCallFailed,
    ServerEventResponseMcpCallInProgress,
    encode,
)

# Tokens in addition to those of the arguments.
_CALL_OVERHEAD = 10


class CallStream(Stream):
    """Base class of calls, whose arguments are sent in deltas."""

    __slots__ = ("_keys",)

    overhead = _CALL_OVERHEAD
    max_characters = 200_000

    def __init__(
        self,
        place: Place,
        data: dict[str, Any],
        arguments: object,
        keys: dict[str, Any],
    ) -> None:
        super().__init__(place, data)
        text = arguments_text(arguments, compact=self._pipeline.compact_arguments)
        self._pieces = self._pieces_within_limit(text)
        self._keys = keys | {"output_index": place.index}

    def _send_arguments(self, event_type: str) -> Steps:
        stem = delta_stem(event_type, members(self._keys), "delta")
        pause = 1 / self._latency.text_rate
        for number in range(len(self._pieces.texts)):
            if number:
                yield pause
            self._send_next(stem)


class FunctionStream(CallStream):
    """A function call."""

    __slots__ = ()

    def __init__(self, place: Place, output: CallFunction) -> None:
        data = {
            "id": place.context.new_item_id(),
            "object": "realtime.item",
            "type": "function_call",
            "status": "in_progress",
            "name": output.name,
            "call_id": place.context.ids.call(),
            "arguments": "",
        }
        keys = {"response_id": place.response_id, "item_id": data["id"]}
        super().__init__(place, data, output.arguments, keys)
        self._keys["call_id"] = data["call_id"]

    def steps(self) -> Steps:
        """Produce the arguments."""
        return self._send_arguments(ServerEventResponseFunctionCallArgumentsDelta.type)

    def close(self, status: str) -> None:
        """End the arguments and the item."""
        arguments = self._said()
        self._outbox.event(
            ServerEventResponseFunctionCallArgumentsDone.type,
            self._keys | {"name": self.item.data["name"], "arguments": arguments},
        )
        self.item.data["arguments"] = arguments
        self._finish_item(status, arguments)


class McpStream(CallStream):
    """A call of an MCP tool, which the service makes itself.

    The response contains the call; the service makes it when the response is done.

    Args:
        place: The position of the item.
        call: The call; its server must be known.
        approval_id: The identifier of the approved request, if any.
    """

    __slots__ = ("_call", "_has_arguments", "_state_keys", "is_due")

    def __init__(self, place: Place, call: CallMcp, approval_id: str | None) -> None:
        data = {
            "id": place.context.new_item_id(),
            "object": "realtime.item",
            "type": "mcp_call",
            "name": call.name,
            "server_label": call.server,
            "arguments": "",
            "approval_request_id": approval_id,
            "output": None,
            "error": None,
        }
        keys = {"item_id": data["id"], "response_id": place.response_id}
        super().__init__(place, data, call.arguments, keys)
        self._call = call
        self._state_keys = {"item_id": data["id"], "output_index": place.index}
        self._has_arguments = False
        self.is_due = False
        """Whether to make the call: its arguments are complete."""

    def steps(self) -> Steps:
        """Produce the arguments."""
        yield from self._send_arguments(ServerEventResponseMcpCallArgumentsDelta.type)
        self._end_arguments()
        self.is_due = not self.was_truncated

    def close(self, status: str) -> None:
        """End the arguments and, unless the call is still to be made, the item."""
        if not self.is_due:
            if not self._has_arguments:
                self._end_arguments()
            self._finish_item(status, "")

    def begin(self) -> float:
        """Start the call.

        Returns:
            The seconds until `complete` must be called.
        """
        self._outbox.event(ServerEventResponseMcpCallInProgress.type, self._state_keys)
        return self._latency.tool_call

    def complete(self) -> None:
        """Get the result of the call, and end the item."""
        try:
            output = self._place.context.mcp.run(self._call)
        except McpError as error:
            self._fail(str(error))
        else:
            self.item.data["output"] = output
            self._outbox.event(
                ServerEventResponseMcpCallCompleted.type, self._state_keys
            )
            self._finish_item("completed", output)

    def cancel(self) -> None:
        """End the item without making the call."""
        self._fail("The call was cancelled.")

    def _end_arguments(self) -> None:
        self._has_arguments = True
        arguments = self._said()
        self.item.data["arguments"] = arguments
        self._outbox.event(
            ServerEventResponseMcpCallArgumentsDone.type,
            self._keys | {"arguments": arguments},
        )

    def _fail(self, message: str) -> None:
        self.item.data["error"] = {"type": "mcp_call_error", "message": message}
        self._outbox.event(ServerEventResponseMcpCallFailed.type, self._state_keys)
        self._finish_item("incomplete", "")


class McpApprovalStream(Stream):
    """A request for approval of an MCP call.

    Args:
        place: The position of the item.
        call: The call to approve; its server must be known.
    """

    __slots__ = ()

    overhead = _CALL_OVERHEAD

    def __init__(self, place: Place, call: CallMcp) -> None:
        data = {
            "id": place.context.new_item_id(),
            "object": "realtime.item",
            "type": "mcp_approval_request",
            "name": call.name,
            "server_label": call.server,
            "arguments": arguments_text(call.arguments, compact=True),
        }
        super().__init__(place, data)
        pieces = self._pieces_within_limit(data["arguments"])
        self._sent = len(pieces.texts)
        # A request cut by the token limit can still be approved.
        self.was_truncated = False
        place.context.mcp.request_approval(ApprovedCall(data["id"], call))

    def steps(self) -> Steps:
        """Produce nothing: the request is complete when it is added."""
        yield from ()

    def close(self, status: str) -> None:
        """End the item."""
        self._finish_item(status, "")


def arguments_text(arguments: object, *, compact: bool) -> str:
    """Return the arguments of a call in the JSON style of a pipeline.

    Native models add extra spaces and line breaks, so clients must not compare the
    text.

    Args:
        arguments: The arguments; a string is returned unchanged.
        compact: Whether to omit white space.
    """
    if isinstance(arguments, str):
        return arguments
    if compact:
        return encode(arguments).decode()
    spaced = encode(arguments, indent=2).decode()
    return spaced.replace("\n}", " \n}") + " \n"
