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
        name: The name of the function or MCP tool; empty if the call is unknown.
        output: The output sent by the client or returned by the MCP server; for a
            failed MCP call, the error message.
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
    """An MCP server cannot be reached, or a call of a tool failed."""


class McpHost(Protocol):
    """Simulates all MCP servers; the mock service does not connect to any."""

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
            arguments: The arguments, as text.

        Raises:
            McpError: The call failed.
        """
        ...


class ReplyRequest(Struct, frozen=True):
    """The state of a session when a response starts.

    Attributes:
        history: The conversation so far, oldest item first. It is not a copy: do not
            keep or change it.
        instructions: The instructions for the model.
        tools: The available tools, in the form of the session.
        tool_choice: `auto`, `none`, `required`, the name of a function, or an object
            that names one.
        modalities: The modalities of the response: `text`, `audio`.
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
        """Return the reply, without blocking.

        It is called in the event loop of the server when the response starts. An
        exception becomes a failed response.
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
        final: Whether it is a whole turn. If turn detection depends on the words, the
            transcriber is also called during the turn.
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
        message: The message of the error; empty for that of the service.
    """

    code: str = "transcription_failed"
    message: str = ""


class Transcriber(Protocol):
    """Transcribes the audio of the user."""

    def __call__(self, audio: HeardAudio, /) -> str | TranscriptionFailure:
        """Return the transcript of the audio, without blocking.

        An exception becomes a failed transcription, like a `TranscriptionFailure`.
        For a partial turn (`final` is false), the result is the transcript so far, or
        the whole one if it is known; an empty text means that there is none yet.
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
            delta_ms: The duration of a delta in milliseconds. The remainder is part of
                the last delta.
        """
        ...
