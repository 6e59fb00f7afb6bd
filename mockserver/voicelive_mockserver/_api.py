"""Public names of the package; see `__init__`."""

from __future__ import annotations

from voicelive_mockserver.audio.espeak import VoiceUnavailableError
from voicelive_mockserver.background import BackgroundMockServer
from voicelive_mockserver.defaults import DEFAULT_TRANSCRIPT
from voicelive_mockserver.engine.interfaces import (
    FunctionOutput,
    HeardAudio,
    McpError,
    McpHost,
    McpTool,
    ReplyRequest,
    Responder,
    Transcriber,
    TranscriptionFailure,
)
from voicelive_mockserver.engine.replies import (
    AgentEvent,
    Answer,
    CallFunction,
    CallMcp,
    Output,
    Reply,
    Say,
    SearchFiles,
    SearchWeb,
)
from voicelive_mockserver.journal.entry import JournalEntry
from voicelive_mockserver.journal.journal import SessionJournal
from voicelive_mockserver.responder import Recording, RecordingError, built_in_responder
from voicelive_mockserver.server.mock_server import MockServer
from voicelive_mockserver.virtual_session import VirtualSession

__all__ = [
    "DEFAULT_TRANSCRIPT",
    "AgentEvent",
    "Answer",
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
