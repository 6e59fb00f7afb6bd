"""Connections to the service, for asyncio.

Has the names of `azure.ai.voicelive.aio`, plus finer-grained errors and a resource for
every client event. Imports `voicelive._connection`, and on first use
`voicelive.resilience` and `voicelive.turns`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicelive._connection.connect import connect
from voicelive._connection.connection import VoiceLiveConnection
from voicelive._errors import (
    AuthenticationError,
    ConnectionClosed,
    ConnectionError,
    ConnectionFailed,
    ConnectionLost,
    ConnectionTimeout,
    MessageTooLarge,
    ProtocolError,
    ProxyError,
    ReceiveTimeout,
    SessionRejected,
    VoiceLiveError,
)
from voicelive._transport.credentials import AzureKeyCredential
from voicelive._transport.options import WebsocketConnectionOptions
from voicelive_protocol import (
    ConversationItemResource,
    ConversationResource,
    InputAudioBufferResource,
    InputAudioResource,
    InputAudioTurnResource,
    InputTextResource,
    OutputAudioBufferResource,
    ResponseResource,
    RtcCallResource,
    RtcCallSdpResource,
    RtcResource,
    SessionAvatarResource,
    SessionResource,
    TranscriptionSessionResource,
)

if TYPE_CHECKING:
    from voicelive.resilience import (
        ReconnectingConnection,
        ReconnectPolicy,
        stay_connected,
    )
    from voicelive.turns import PlaybackClock, ToolSet, TurnKeeper

__all__ = [
    "AuthenticationError",
    "AzureKeyCredential",
    "ConnectionClosed",
    "ConnectionError",
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionTimeout",
    "ConversationItemResource",
    "ConversationResource",
    "InputAudioBufferResource",
    "InputAudioResource",
    "InputAudioTurnResource",
    "InputTextResource",
    "MessageTooLarge",
    "OutputAudioBufferResource",
    "PlaybackClock",
    "ProtocolError",
    "ProxyError",
    "ReceiveTimeout",
    "ReconnectPolicy",
    "ReconnectingConnection",
    "ResponseResource",
    "RtcCallResource",
    "RtcCallSdpResource",
    "RtcResource",
    "SessionAvatarResource",
    "SessionRejected",
    "SessionResource",
    "ToolSet",
    "TranscriptionSessionResource",
    "TurnKeeper",
    "VoiceLiveConnection",
    "VoiceLiveError",
    "WebsocketConnectionOptions",
    "connect",
    "stay_connected",
]

# Layers on top of a connection are imported lazily. Hidden from type checkers, which
# would assume that every name exists.
if not TYPE_CHECKING:

    def __getattr__(name):
        if name in __all__:
            from voicelive import resilience, turns

            return getattr(turns if hasattr(turns, name) else resilience, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*globals(), *__all__})
