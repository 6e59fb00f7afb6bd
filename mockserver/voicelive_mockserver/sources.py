"""Where the sessions of a server get their words, voices and ears from."""

from .engine import EngineSources
from .engine.mcp import ImaginaryMcp
from .engine.ports import HeardAudio, McpHost, Responder, Transcriber
from .speech import SyntheticSpeech

DEFAULT_TRANSCRIPT = "Hello, can you hear me?"
"""What the user is taken to have said unless told otherwise."""


def engine_sources(
    responder: Responder, transcript: str | Transcriber, mcp: McpHost | None
) -> EngineSources:
    """Return the sources of sessions.

    Args:
        responder: Decides what is answered.
        transcript: What the user is taken to have said: a text for every spoken turn,
            or a function that is given the audio of a turn.
        mcp: Stands for the MCP servers; `None` for imaginary ones.
    """
    return EngineSources(
        responder=responder,
        transcriber=_always(transcript) if isinstance(transcript, str) else transcript,
        keeps_audio=not isinstance(transcript, str),
        speech=SyntheticSpeech(),
        mcp=ImaginaryMcp() if mcp is None else mcp,
    )


def _always(transcript: str) -> Transcriber:
    def transcriber(_audio: HeardAudio) -> str:
        return transcript

    return transcriber
