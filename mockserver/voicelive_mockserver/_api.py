"""The names of the package, which `__init__` hands out."""

from .audio.espeak import VoiceUnavailableError
from .background import BackgroundMockServer
from .engine.ports import (
    AgentEvent,
    CallFunction,
    CallMcp,
    FunctionOutput,
    HeardAudio,
    McpError,
    McpHost,
    McpTool,
    Output,
    Reply,
    ReplyRequest,
    Responder,
    Say,
    SearchFiles,
    SearchWeb,
    Transcriber,
    TranscriptionFailure,
)
from .journal import JournalEntry, SessionJournal
from .responder import Recording, RecordingError, built_in_responder
from .server import MockServer
from .sources import DEFAULT_TRANSCRIPT
from .virtual import VirtualSession

__all__ = [
    "DEFAULT_TRANSCRIPT",
    "AgentEvent",
    "BackgroundMockServer",
    "CallFunction",
    "CallMcp",
    "FunctionOutput",
    "HeardAudio",
    "JournalEntry",
    "McpError",
    "McpHost",
    "McpTool",
    "MockServer",
    "Output",
    "Recording",
    "RecordingError",
    "Reply",
    "ReplyRequest",
    "Responder",
    "Say",
    "SearchFiles",
    "SearchWeb",
    "SessionJournal",
    "Transcriber",
    "TranscriptionFailure",
    "VirtualSession",
    "VoiceUnavailableError",
    "built_in_responder",
]
