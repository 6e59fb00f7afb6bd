"""Typed client for the Azure Voice Live API.

`VoiceLiveClient` creates sessions with handlers. `voicelive.aio` has plain connections,
`voicelive.models` the types of the protocol. The client is imported lazily, on first
use of a name that needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicelive._errors import (
    AuthenticationError,
    ConfigurationFailed,
    ConnectionClosed,
    ConnectionError,
    ConnectionFailed,
    ConnectionLost,
    ConnectionTimeout,
    EventsDropped,
    MessageTooLarge,
    ProtocolError,
    ProxyError,
    ReceiveTimeout,
    SessionRejected,
    VoiceLiveError,
)
from voicelive._transport.credentials import AzureKeyCredential
from voicelive._version import __version__

if TYPE_CHECKING:
    from voicelive._api import (
        AgentSessionConfig,
        ConnectionState,
        CreateSessionOptions,
        SessionConnected,
        SessionDisconnected,
        SessionFailure,
        SessionFunctions,
        SessionHandlers,
        SessionReconnected,
        SessionReconnecting,
        SessionTarget,
        SessionTurn,
        StartSessionOptions,
        VoiceLiveClient,
        VoiceLiveClientOptions,
        VoiceLiveSession,
        VoiceLiveSessionOptions,
        VoiceLiveSubscription,
    )

__all__ = [
    "AgentSessionConfig",
    "AuthenticationError",
    "AzureKeyCredential",
    "ConfigurationFailed",
    "ConnectionClosed",
    "ConnectionError",
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionState",
    "ConnectionTimeout",
    "CreateSessionOptions",
    "EventsDropped",
    "MessageTooLarge",
    "ProtocolError",
    "ProxyError",
    "ReceiveTimeout",
    "SessionConnected",
    "SessionDisconnected",
    "SessionFailure",
    "SessionFunctions",
    "SessionHandlers",
    "SessionReconnected",
    "SessionReconnecting",
    "SessionRejected",
    "SessionTarget",
    "SessionTurn",
    "StartSessionOptions",
    "VoiceLiveClient",
    "VoiceLiveClientOptions",
    "VoiceLiveError",
    "VoiceLiveSession",
    "VoiceLiveSessionOptions",
    "VoiceLiveSubscription",
    "__version__",
]

# Hidden from type checkers, which would assume that every name exists.
if not TYPE_CHECKING:

    def __getattr__(name):
        if name in __all__:
            from voicelive import _api

            return getattr(_api, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*globals(), *__all__})
