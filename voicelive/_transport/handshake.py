"""Handshake: conversion of answers of the service or proxy to exceptions.

Answers are untrusted input: none may raise anything but the documented exceptions.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from voicelive._errors import AuthenticationError, ConnectionFailed, ProxyError
from voicelive._retryable import LONGEST_RETRY_AFTER_SECONDS
from voicelive._transport.response_handler import ResponseHandler
from voicelive_core.redaction import printable
from voicelive_protocol import API_VERSIONS, parse

_MAX_BODY_BYTES = 4096
# Limits the wait for the body of a refusal.
_BODY_SECONDS = 2.0
# Characters of a text of a peer in an error message.
_MAX_SHOWN = 200

# Network failures are retryable; a wrong address, certificate or answer is permanent.
_RETRYABLE = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)
_PERMANENT = (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch)

# OpenSSL's names for bytes that are not TLS.
_NOT_TLS = frozenset(
    {
        "HTTP_REQUEST",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "UNKNOWN_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    }
)
# The TLS alert of a server that received plain text, escaped as in a bytes literal.
_TLS_ALERT = "\\x15\\x03"

_VERSIONS = f"api_version (this package knows {', '.join(API_VERSIONS)})"
_ADVICE = {
    400: f"Check {_VERSIONS} and the query parameters, and that a token is of the "
    "tenant of the resource.",
    401: "Check that the API key is one of this resource, or that the token is valid "
    "and for the right scope.",
    403: "Check that the identity has a role on the resource that may use Voice Live, "
    "and that the network may reach it.",
    404: f"Check the host name and path of the endpoint, and {_VERSIONS}.",
    429: "Too many new connections: wait before the next attempt.",
}
_PROXY_ADVICE = {
    407: "It asks for a user name and password, which belong into its URL "
    "(http://user:password@host:port).",
}


class HandshakeRefused(aiohttp.ClientError):
    """Carries a `ConnectionFailed` through aiohttp, which rewraps any `OSError`."""

    def __init__(self, failure: ConnectionFailed, cause: Exception | None) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.cause = cause


class HandshakeMiddleware:
    """Client middleware that accepts only an upgrade.

    By default aiohttp follows redirects with the API key in the headers, repeats
    requests that were cut off, and drops the body of a refusal.

    Args:
        address: URL for errors, without its query.
        proxy: Host and port of the proxy, for errors; None without one.

    Attributes:
        answered: Whether the server has answered.
        handler: The protocol object of the accepted connection.
        transport: The transport of the accepted connection.
    """

    def __init__(self, address: str, proxy: str | None = None) -> None:
        self._address = address
        self._proxy = proxy
        self.answered = False
        self.handler: ResponseHandler | None = None
        self.transport: asyncio.Transport | None = None

    async def __call__(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Send the handshake and check the answer.

        Raises:
            HandshakeRefused: The answer is not an upgrade, or there is no answer.
        """
        try:
            response = await send(request)
        except Exception as error:
            failure = unreachable(self._address, error, self._proxy)
            raise HandshakeRefused(failure, concise_cause(error, self._proxy)) from None
        self.answered = True
        if response.status == 101:
            # None if the answer also ends the connection, which aiohttp refuses later.
            if response.connection is not None:
                self.handler = response.connection.protocol
                self.transport = response.connection.transport
            return response
        try:
            body = (await read_body(response)).decode("utf-8", errors="replace")
        finally:
            response.close()
        raise HandshakeRefused(_refusal(self._address, response, body), None)


def unreachable(
    address: str, error: Exception, proxy: str | None = None
) -> ConnectionFailed:
    """Return the error for a handshake without a valid answer.

    Args:
        address: URL for the message, without its query.
        error: The exception of aiohttp.
        proxy: Host and port of the proxy; None without one.
    """
    prefix = f"cannot connect to {address}"
    if proxy is not None:
        prefix += f" by the proxy {proxy}"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _refused_tunnel(prefix, error)
    cause = _describe(error)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return ProxyError(f"{prefix}: {cause}")
    retryable = isinstance(error, _RETRYABLE) and not isinstance(error, _PERMANENT)
    return ConnectionFailed(f"{prefix}: {cause}", retryable=retryable)


def _refused_tunnel(
    prefix: str, error: aiohttp.ClientHttpProxyError
) -> ConnectionFailed:
    reason = printable(error.message or "", _MAX_SHOWN)
    message = f"{prefix}: the proxy answered HTTP {error.status} {reason}".rstrip()
    if advice := _PROXY_ADVICE.get(error.status):
        message += f". {advice}"
    return ProxyError(
        message,
        status=error.status,
        retry_after=retry_after(
            error.headers.get("Retry-After") if error.headers else None
        ),
    )


def _describe(error: Exception) -> str:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without an answer"
    if isinstance(error, aiohttp.ClientResponseError):
        # The message of aiohttp contains the URL with its query.
        message = "the answer is not a valid WebSocket handshake"
        if _TLS_ALERT in error.message:
            return f"{message}: the port speaks TLS; use https:// (or wss://)"
        return f"{message}: {printable(error.message, _MAX_SHOWN)}"
    if isinstance(error, aiohttp.InvalidURL):
        return "not a valid address"
    if (
        isinstance(error, aiohttp.ClientConnectorError)
        and isinstance(error.os_error, ssl.SSLError)
        and error.os_error.reason in _NOT_TLS
    ):
        return (
            "the port does not speak TLS; a service without TLS has an http:// "
            "(or ws://) endpoint"
        )
    if isinstance(error, aiohttp.ClientError | UnicodeError):
        return printable(str(error), _MAX_SHOWN) or type(error).__name__
    # Caused by vendor_options, or by an answer that aiohttp cannot handle.
    return f"{type(error).__name__}: {printable(str(error), _MAX_SHOWN)}"


def concise_cause(error: Exception, proxy: str | None = None) -> Exception | None:
    """Return the exception to chain as the cause: network errors only.

    Other exceptions of aiohttp contain the URL with its query and add no information.

    Args:
        error: The exception of aiohttp.
        proxy: Host and port of the proxy; None without one.

    Returns:
        The exception, without traceback and causes; None if it must not be shown.
    """
    cause: Exception = error
    if not isinstance(error, OSError):
        return None
    if proxy is not None and isinstance(error, aiohttp.ClientConnectorError):
        # The exception of aiohttp contains the password of the proxy.
        cause = error.os_error
    cause.__cause__ = cause.__context__ = None
    return cause.with_traceback(None)


def _refusal(
    address: str, response: aiohttp.ClientResponse, body: str
) -> ConnectionFailed:
    status = response.status
    reason = printable(response.reason or "", _MAX_SHOWN)
    message = f"{address} answered HTTP {status} {reason}".rstrip()
    if text := _body_message(body):
        message += f": {text}"
    if 300 <= status < 400:
        # Without its query, which may repeat secrets of the request.
        target = response.headers.get("Location", "").partition("?")[0]
        message += (
            f", a redirect to {printable(target, _MAX_SHOWN) or 'an empty address'}. "
            "Redirects are not followed, as that would hand the credential to another "
            "address; if that is the right one, use it as endpoint."
        )
    elif status < 300:
        message += ". This is not a WebSocket endpoint: check the endpoint."
    else:
        advice = _ADVICE.get(status)
        if advice is None and status >= 500:
            advice = "The service has failed: try again later."
        message += f". {advice}" if advice else ""
    kind = AuthenticationError if status in (401, 403) else ConnectionFailed
    return kind(
        message,
        status=status,
        body=body,
        retry_after=retry_after(response.headers.get("Retry-After")),
    )


async def read_body(
    response: aiohttp.ClientResponse, limit: int = _MAX_BODY_BYTES
) -> bytes:
    """Read the body of a refusal, up to a size and time limit.

    Args:
        response: Answer to a handshake.
        limit: Maximum size in bytes.
    """
    read = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while len(read) < limit and (chunk := await response.content.readany()):
                read += chunk
    except Exception:
        pass  # the part that was received is still reported
    return bytes(read[:limit])


def _body_message(body: str) -> str:
    """Return the message in an error body: Azure JSON, or short text."""
    message: object
    try:
        data = parse(body)
    except Exception:
        # Invalid JSON, or JSON that cannot be decoded, such as extreme nesting.
        line = " ".join(body.split())
        message = "" if line.startswith("<") else line
    else:
        error = data.get("error", data) if isinstance(data, dict) else data
        message = error.get("message") if isinstance(error, dict) else error
    if not isinstance(message, str):
        return ""
    return printable(message[:_MAX_SHOWN].rstrip("."))


def retry_after(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header, at most a day.

    Args:
        value: Seconds, or a date; anything else gives None.
    """
    if value is None:
        return None
    try:
        seconds = _seconds(value.strip())
    except Exception:
        return None
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_SECONDS)


def _seconds(value: str) -> float:
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", value):
        return float(value)  # infinite for too many digits
    when = parsedate_to_datetime(value)
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return (when - datetime.now(UTC)).total_seconds()
