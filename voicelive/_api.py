"""Lazily imported public names of `voicelive`."""

from __future__ import annotations

from voicelive._session.client import VoiceLiveClient
from voicelive._session.dispatcher import VoiceLiveSubscription
from voicelive._session.handlers import (
    SessionConnected,
    SessionDisconnected,
    SessionFailure,
    SessionFunctions,
    SessionHandlers,
    SessionReconnected,
    SessionReconnecting,
    SessionTurn,
)
from voicelive._session.options import (
    CreateSessionOptions,
    StartSessionOptions,
    VoiceLiveClientOptions,
    VoiceLiveSessionOptions,
)
from voicelive._session.runner import ConnectionState
from voicelive._session.session import VoiceLiveSession
from voicelive._session.target import AgentSessionConfig, SessionTarget

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
    "SessionTurn",
    "StartSessionOptions",
    "VoiceLiveClient",
    "VoiceLiveClientOptions",
    "VoiceLiveSession",
    "VoiceLiveSessionOptions",
    "VoiceLiveSubscription",
]
