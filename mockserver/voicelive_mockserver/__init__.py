"""A Voice Live service for this machine: to develop and test without an account."""

from .engine.ports import (
    CallFunction,
    FunctionOutput,
    HeardAudio,
    Output,
    Reply,
    ReplyRequest,
    Responder,
    Say,
    Transcriber,
)
from .journal import JournalEntry, SessionJournal
from .responder import built_in_responder
from .server import DEFAULT_TRANSCRIPT, MockServer

__all__ = [
    "DEFAULT_TRANSCRIPT",
    "CallFunction",
    "FunctionOutput",
    "HeardAudio",
    "JournalEntry",
    "MockServer",
    "Output",
    "Reply",
    "ReplyRequest",
    "Responder",
    "Say",
    "SessionJournal",
    "Transcriber",
    "built_in_responder",
]
