"""Typed client for the Azure Voice Live API.

Connections are in `voicelive.aio`, the types of the protocol in `voicelive.models`.
This module itself is light: it loads neither.
"""

from voicelive._auth import AzureKeyCredential
from voicelive._errors import (
    AuthenticationError,
    ConnectionClosed,
    ConnectionError,
    ConnectionFailed,
    ConnectionLost,
    ConnectionTimeout,
    ProtocolError,
    ReceiveTimeout,
    SessionRejected,
    VoiceLiveError,
)
from voicelive._version import __version__

__all__ = [
    "AuthenticationError",
    "AzureKeyCredential",
    "ConnectionClosed",
    "ConnectionError",
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionTimeout",
    "ProtocolError",
    "ReceiveTimeout",
    "SessionRejected",
    "VoiceLiveError",
    "__version__",
]
