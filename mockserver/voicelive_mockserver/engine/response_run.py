"""Production of one response as a sequence of events."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.interim import Interim
from voicelive_mockserver.engine.json_templates import encode
from voicelive_mockserver.engine.mcp import ApprovedCall
from voicelive_mockserver.engine.outbox import delta_stem
from voicelive_mockserver.engine.outputs import (
    FunctionStream,
    McpApprovalStream,
    McpStream,
    Place,
    SearchStream,
    SpeechStream,
    Steps,
    Stream,
    TextStream,
)
from voicelive_mockserver.engine.replies import (
    AgentEvent,
    CallFunction,
    CallMcp,
    Output,
    Reply,
    Say,
    SearchFiles,
    SearchWeb,
)
from voicelive_mockserver.engine.response_settings import ResponseSettings
from voicelive_mockserver.engine.usage import Usage
from voicelive_protocol import (
    ServerEventResponseCreated,
    ServerEventResponseDone,
    ServerEventResponseInvocationDelta,
)

_CREATED = delta_stem(ServerEventResponseCreated.type, b"", "response")
_DONE = delta_stem(ServerEventResponseDone.type, b"", "response")
_TOOL_USES = (CallFunction, CallMcp, ApprovedCall, SearchWeb, SearchFiles)
_UNWANTED = ("cancelled", "failed")
"""Final statuses of responses whose MCP calls are cancelled."""

_NEEDED_TYPES: dict[type[Any], str] = {
    CallMcp: "MCPServer",
    SearchWeb: "ResponseWebSearchCallItem",
    SearchFiles: "ResponseFileSearchCallItem",
    AgentEvent: "ServerEventResponseInvocationDelta",
}
"""The protocol type on which the availability of an output depends."""


class ResponseRun:
    """Produces the events of one response.

    Args:
        context: The session.
        response_id: The identifier of the response.
        settings: The settings of the response.
        reply: The output and the ending of the response.
        usage: The token usage of its input; the output is added.
        approved: Approved MCP calls, which precede all other output.
    """

    __slots__ = (
        "_context",
        "_current",
        "_latency",
        "_output",
        "calls",
        "finished",
        "finishing",
        "id",
        "settings",
        "steps",
        "usage",
    )

    def __init__(
        self,
        context: SessionContext,
        response_id: str,
        settings: ResponseSettings,
        reply: Reply,
        usage: Usage,
        approved: Sequence[ApprovedCall] = (),
    ) -> None:
        self.id = response_id
        self.settings = settings
        self.usage = usage
        self.finished = False
        """Whether `response.done` was sent."""
        self.finishing = False
        """Whether the output is complete and only `response.done` remains."""
        self.steps = self._produce(reply, approved)
        """The remaining steps."""
        self.calls: list[McpStream] = []
        """The MCP calls to make when the response is done."""
        self._context = context
        self._latency = reply.latency or context.model.pipeline.latency
        self._output: list[dict[str, Any]] = []
        self._current: Stream | None = None

    def end(self, status: str, details: dict[str, Any] | None) -> None:
        """End the response now, before its remaining output.

        An output item in progress is closed as incomplete, then `response.done`
        follows.

        Args:
            status: The status of the response.
            details: Its `status_details`.
        """
        self.steps.close()
        if self._current is not None:
            self._close_current("incomplete")
        self._finish(status, details)

    def abandon(self, details: dict[str, Any]) -> None:
        """End the response as failed and without output, after `end` has failed.

        Args:
            details: Its `status_details`.
        """
        self.finished = True
        self.steps.close()
        self._current = None
        self._output.clear()
        self.calls.clear()
        self._finish("failed", details)

    def _produce(self, reply: Reply, approved: Sequence[ApprovedCall]) -> Steps:
        shown = self._shown("in_progress", b"null", b"[]", b"null")
        self._context.outbox.delta(_CREATED, shown)
        if "audio" in self.settings.modalities:
            self._prepare_speech(reply)
        if self.settings.interim is None:
            yield self._latency.first_text
        else:
            yield from self._await_output(self.settings.interim)
        status, details = "completed", None
        outputs: list[Output | ApprovedCall] = [*approved]
        outputs += [output for output in reply.outputs if self._is_available(output)]
        last = len(outputs) - 1
        has_waited = False
        for number, output in enumerate(outputs):
            if isinstance(output, AgentEvent):
                self._context.outbox.event(
                    ServerEventResponseInvocationDelta.type, {"delta": output.data}
                )
                continue
            if not has_waited and isinstance(output, _TOOL_USES):
                has_waited = True
                yield from self._interim("tool")
            is_whole = reply.ending is None or number < last
            cut = yield from self._item(
                output, "completed" if is_whole else "incomplete"
            )
            if cut:
                status = "incomplete"
                details = {"type": status, "reason": "max_output_tokens"}
                break
        else:
            if reply.ending is not None:
                status, details = reply.ending.status, reply.ending.details()
        self.finishing = True
        yield self._latency.response_done
        self._finish(status, details)

    def _prepare_speech(self, reply: Reply) -> None:
        """Start synthesizing the speech during the latency of the first output."""
        settings, prepare = self.settings, self._context.speech.prepare
        for output in reply.outputs:
            if isinstance(output, Say):
                prepare(
                    SpeechStream.spoken_text(output),
                    settings.voice,
                    settings.output_audio_format,
                    settings.delta_ms,
                )

    def _await_output(self, interim: Interim) -> Steps:
        """Wait for the first output; speak the interim response if the wait is long."""
        left = self._latency.first_text
        if left > interim.threshold:
            began = self._context.scheduler.now
            yield interim.threshold
            yield from self._interim("latency")
            left -= self._context.scheduler.now - began
        if left > 0:
            yield left

    def _interim(self, trigger: str) -> Steps:
        """Speak the interim response for a trigger as a separate message."""
        interim = self.settings.interim
        if interim is None:
            return
        phrase = interim.phrase(trigger, self._context.random)
        if phrase is not None:
            yield from self._item(Say(phrase), "completed")

    def _item(
        self, output: Output | ApprovedCall, status: str
    ) -> Generator[float, None, bool]:
        """Produce one item. Returns whether the token limit cut it."""
        stream = self._stream(output)
        self._current = stream
        yield from stream.steps()
        self._close_current("incomplete" if stream.was_truncated else status)
        return stream.was_truncated

    def _is_available(self, output: Output) -> bool:
        needed = _NEEDED_TYPES.get(type(output))
        return needed is None or self._context.has(needed)

    def _stream(self, output: Output | ApprovedCall) -> Stream:
        context, settings = self._context, self.settings
        limit = settings.max_output_tokens
        used = self.usage.output_text + self.usage.output_audio
        left = limit - used if isinstance(limit, int) else None
        numbered = context.model.pipeline.numbers_outputs
        place = Place(
            context,
            self.id,
            settings,
            self._latency,
            len(self._output) if numbered else 0,
            left,
        )
        match output:
            case Say():
                if "audio" in settings.modalities:
                    return SpeechStream(place, output)
                return TextStream(place, output)
            case CallFunction():
                return FunctionStream(place, output)
            case ApprovedCall():
                return McpStream(place, output.call, output.request_id)
            case CallMcp():
                call = context.mcp.place(output)
                if call is None:
                    raise ValueError(f"no MCP server for the tool '{output.name}'")
                if context.mcp.needs_approval(call):
                    return McpApprovalStream(place, call)
                return McpStream(place, call, None)
            case SearchWeb() | SearchFiles():
                return SearchStream(place, output)
            case AgentEvent():
                raise AssertionError("an agent event is not an item")

    def _close_current(self, status: str) -> None:
        stream = self._current
        assert stream is not None
        self._current = None
        stream.close(status)
        self.usage.output_text += stream.text_tokens
        self.usage.output_audio += stream.audio_tokens
        self._output.append(stream.item.data)
        if isinstance(stream, McpStream) and stream.is_due:
            self.calls.append(stream)

    def _finish(self, status: str, details: dict[str, Any] | None) -> None:
        if status in _UNWANTED:
            for call in self.calls:
                call.cancel()
            self.calls.clear()
        self.finished = True
        self.finishing = False
        usage = self.usage.json(self.settings.usage_form)
        shown = self._shown(status, encode(details), encode(self._output), usage)
        self._context.outbox.ended(_DONE, status, shown)

    def _shown(self, status: str, details: bytes, output: bytes, usage: bytes) -> bytes:
        """Return the JSON of the response in its current state."""
        return self.settings.form % (
            encode(self.id),
            encode(status),
            details,
            output,
            usage,
        )
