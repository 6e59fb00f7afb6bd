"""The names of `voicelive` that need the rest of the client, loaded with the first."""

from voicelive._client import VoiceLiveClient
from voicelive._dispatch import VoiceLiveSubscription
from voicelive._handlers import (
    SessionConnected,
    SessionDisconnected,
    SessionFailure,
    SessionFunctions,
    SessionHandlers,
    SessionReconnected,
    SessionReconnecting,
)
from voicelive._run import ConnectionState
from voicelive._session import VoiceLiveSession
from voicelive._session_options import (
    CreateSessionOptions,
    StartSessionOptions,
    VoiceLiveClientOptions,
    VoiceLiveSessionOptions,
)
from voicelive._target import AgentSessionConfig, SessionTarget

__all__ = [
    "AgentSessionConfig",
    "ConnectionState",
    "CreateSessionOptions",
    "SessionConnected",
    "SessionDisconnected",
    "SessionFailure",
    "SessionFunctions",
    "SessionHandlers",
    "SessionReconnected",
    "SessionReconnecting",
    "SessionTarget",
    "StartSessionOptions",
    "VoiceLiveClient",
    "VoiceLiveClientOptions",
    "VoiceLiveSession",
    "VoiceLiveSessionOptions",
    "VoiceLiveSubscription",
]
