"""Sources of a session: responder, transcriber, speech synthesizer, MCP host."""

from __future__ import annotations

from dataclasses import dataclass, field

from voicelive_mockserver.engine.interfaces import (
    McpHost,
    Responder,
    SpeechSource,
    Transcriber,
)
from voicelive_mockserver.engine.mcp import SimulatedMcpHost


@dataclass(frozen=True, slots=True)
class EngineSources:
    """The implementations of the engine's interfaces that one session uses.

    Attributes:
        responder: Produces the replies.
        transcriber: Transcribes the audio of the user.
        keeps_audio: Whether the transcriber reads the audio. Without it, the audio of
            the user is not stored.
        speech: Synthesizes replies.
        mcp: Simulates the MCP servers.
    """

    responder: Responder
    transcriber: Transcriber
    keeps_audio: bool
    speech: SpeechSource
    mcp: McpHost = field(default_factory=SimulatedMcpHost)
