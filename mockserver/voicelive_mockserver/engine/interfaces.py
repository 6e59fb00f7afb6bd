"""Interfaces of the engine: responder, transcriber, speech synthesizer, MCP host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from msgspec import Struct

from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.replies import Answer


@dataclass(frozen=True, slots=True)
class FunctionOutput:
    """The output of a tool.

    Attributes:
        name: The name of the function or MCP tool; empty when the call is unknown.
        output: The output as the client sent it or the MCP server returned it; for
            an MCP call that failed, the reason.
    """

    name: str
    output: str


@dataclass(frozen=True, slots=True)
class McpTool:
    """A tool that an MCP server offers.

    Attributes:
        name: The name of the tool.
        description: The description of the tool.
        input_schema: The JSON Schema of its arguments.
        server: The label of its server; the session fills it in.
    """

    name: str
    description: str
    input_schema: Mapping[str, Any]
    server: str = ""


class McpError(Exception):
    """An MCP server cannot be reached, or a call of its tools failed."""


class McpHost(Protocol):
    """Stands for all MCP servers; the mock service connects to none."""

    def list_tools(self, server: Mapping[str, Any], /) -> Sequence[McpTool]:
        """Return the tools of a server without blocking.

        Args:
            server: The entry of the session's tools.

        Raises:
            McpError: The server cannot be reached.
        """
        ...

    def call(self, server: Mapping[str, Any], name: str, arguments: str, /) -> str:
        """Return the output of a tool as text, without blocking.

        Args:
            server: The entry of the session's tools.
            name: The name of the tool.
            arguments: Its arguments, as the model wrote them.

        Raises:
            McpError: The call failed.
        """
        ...


class ReplyRequest(Struct, frozen=True):
    """The state of a session when a response starts.

    Attributes:
        history: The conversation so far, oldest item first. Read it, do not keep it.
        instructions: The instructions for the model.
        tools: The available tools, as the session shows them.
        tool_choice: `auto`, `none`, `required`, the name of a function, or an object
            that names one.
        modalities: What the answer may consist of: `text`, `audio`.
        number: The number of earlier responses in the session.
        random: Source of randomness, reproducible from the seed.
        mcp_tools: The listed tools of the MCP servers.
        invoke_input: The client's input to a hosted agent.
        metadata: The metadata that the client set for this response.
    """

    history: Sequence[Item]
    instructions: str
    tools: Sequence[Mapping[str, Any]]
    tool_choice: Any
    modalities: Sequence[str]
    number: int
    random: Random
    mcp_tools: Sequence[McpTool] = ()
    invoke_input: Mapping[str, Any] | None = None
    metadata: Mapping[str, str] | None = None

    @property
    def text(self) -> str:
        """The text or transcript of the last user message; empty if there is none."""
        for item in reversed(self.history):
            if item.data.get("role") == "user":
                return item.said
        return ""

    @property
    def function_outputs(self) -> tuple[FunctionOutput, ...]:
        """The tool outputs at the end of the conversation, in order."""
        outputs: list[FunctionOutput] = []
        for item in reversed(self.history):
            data = item.data
            if data["type"] == "function_call_output":
                name = self._function_name(data["call_id"])
                outputs.append(FunctionOutput(name, data["output"]))
            elif data["type"] == "mcp_call":
                error = data["error"] or {}
                output = data["output"]
                if output is None:
                    output = error.get("message")
                if output is not None:
                    outputs.append(FunctionOutput(data["name"], output))
            elif data.get("approve") is not True:
                break
        return tuple(reversed(outputs))

    @property
    def refused_approval(self) -> bool:
        """Whether the user has just refused a call of an MCP tool."""
        last = self.history[-1].data if self.history else {}
        refused: bool = last.get("approve") is False
        return refused

    def _function_name(self, call_id: str) -> str:
        for item in reversed(self.history):
            if item.data["type"] == "function_call" and item.data["call_id"] == call_id:
                name: str = item.data["name"]
                return name
        return ""


class Responder(Protocol):
    """Produces the replies of the assistant."""

    def __call__(self, request: ReplyRequest, /) -> Answer:
        """Return the answer.

        It is called when the response starts, in the event loop of the server, so it
        must not wait. An exception becomes a failed response.
        """
        ...


@dataclass(frozen=True, slots=True)
class HeardAudio:
    """Audio of a user turn, whole or partial.

    Attributes:
        number: The number of earlier spoken turns.
        duration_ms: The duration, in milliseconds.
        pcm: The audio as mono pcm16, at most the last two minutes.
        sample_rate: Its sample rate in Hz.
        final: Whether it is a whole turn. Where the words decide when a turn begins
            and ends, the service wants to know early what is being said, and asks
            about the same turn several times.
    """

    number: int
    duration_ms: float
    pcm: bytes
    sample_rate: int
    final: bool = True


@dataclass(frozen=True, slots=True)
class TranscriptionFailure:
    """The result of a transcriber for a failed transcription.

    Attributes:
        code: The code of the error.
        message: The text of the error; empty for that of the service.
    """

    code: str = "transcription_failed"
    message: str = ""


class Transcriber(Protocol):
    """Transcribes the audio of the user."""

    def __call__(self, audio: HeardAudio, /) -> str | TranscriptionFailure:
        """Return the words in the audio; it must not wait.

        An exception becomes a failed transcription, like a `TranscriptionFailure`.
        Of audio that is no whole turn (`final` is false), the words so far are
        wanted, or all of them if they are known already; an empty text means that
        nothing is known.
        """
        ...


@dataclass(frozen=True, slots=True)
class EncodedSpeech:
    """Spoken output, ready to be sent.

    Attributes:
        chunks: The audio in base64, one entry for each delta.
        tokens: Its length in audio tokens of 50 ms.
    """

    chunks: Sequence[bytes]
    tokens: int


class SpeechSource(Protocol):
    """Synthesizes speech."""

    def prepare(self, text: str, voice: Any, audio_format: str, delta_ms: int) -> None:
        """Start synthesizing a text that will be spoken soon, without blocking.

        Args:
            text: The text.
            voice: As for `speak`.
            audio_format: As for `speak`.
            delta_ms: As for `speak`.
        """
        ...

    def speak(
        self, text: str, voice: Any, audio_format: str, delta_ms: int
    ) -> EncodedSpeech:
        """Return the audio of a text.

        Args:
            text: The text.
            voice: The voice as the session shows it.
            audio_format: An output audio format of the protocol, such as `pcm16`.
            delta_ms: How much audio one delta carries, in milliseconds; what does not
                fill a delta goes with the last one.
        """
        ...
