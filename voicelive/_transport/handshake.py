"""Handshake: the answers of service and proxy, and the errors that they become.

Everything here comes from a peer, so that nothing of it may raise anything but the
documented errors.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest, ClientResponse

from voicelive._errors import AuthenticationError, ConnectionFailed, ProxyError
from voicelive._retryable import LONGEST_RETRY_AFTER_SECONDS
from voicelive_protocol import API_VERSIONS, parse
from voicelive_protocol._redaction import printable

_BODY_LIMIT = 4096
# A refusal must not wait for an answer that never ends.
_BODY_SECONDS = 2.0
# How much of a text from a peer a message shows, in characters.
_SHOWN = 200

# The network may come back; a wrong address, certificate or answer stays wrong.
_PASSING = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)
_LASTING = (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch)

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
# How a server answers in TLS to bytes that are not TLS, as Python writes the bytes.
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


class Refused(aiohttp.ClientError):
    """Carries a `ConnectionFailed` through aiohttp, which rewraps any `OSError`."""

    def __init__(self, failure: ConnectionFailed, cause: Exception | None) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.cause = cause


class Gate:
    """Client middleware that lets nothing but an upgrade through.

    aiohttp by itself would follow redirects, and take an API key along in the headers;
    it would send a request that was cut off a second time; and it would drop the text
    that explains a refusal.

    Args:
        address: The URL to show in errors, without its query.
        proxy: Host and port of the proxy, to show in errors; None without one.

    Attributes:
        answered: Whether there is an answer, good or bad.
        handler: The protocol object of the accepted connection.
        transport: Its transport.
    """

    def __init__(self, address: str, proxy: str | None = None) -> None:
        self._address = address
        self._proxy = proxy
        self.answered = False
        self.handler: ResponseHandler | None = None
        self.transport: asyncio.Transport | None = None

    async def __call__(
        self, request: ClientRequest, send: aiohttp.ClientHandlerType
    ) -> ClientResponse:
        """Send the handshake and look at the answer.

        Raises:
            Refused: It is no upgrade, or there is none.
        """
        try:
            response = await send(request)
        except Exception as error:
            failure = unreachable(self._address, error, self._proxy)
            raise Refused(failure, concise_cause(error, self._proxy)) from None
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
        raise Refused(_refusal(self._address, response, body), None)


def unreachable(
    address: str, error: Exception, proxy: str | None = None
) -> ConnectionFailed:
    """Return the error for a handshake without a valid answer.

    Args:
        address: The URL to show, without its query.
        error: What aiohttp raised.
        proxy: Host and port of the proxy; None without one.
    """
    prefix = f"cannot connect to {address}"
    if proxy is not None:
        prefix += f" by the proxy {proxy}"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _refused_tunnel(prefix, error)
    said = _what_failed(error)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return ProxyError(f"{prefix}: {said}")
    retryable = isinstance(error, _PASSING) and not isinstance(error, _LASTING)
    return ConnectionFailed(f"{prefix}: {said}", retryable=retryable)


def _refused_tunnel(
    prefix: str, error: aiohttp.ClientHttpProxyError
) -> ConnectionFailed:
    reason = printable(error.message or "", _SHOWN)
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


def _what_failed(error: Exception) -> str:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without an answer"
    if isinstance(error, aiohttp.ClientResponseError):
        # Its own text has the whole URL, query included.
        said = "the answer is no valid WebSocket handshake"
        if _TLS_ALERT in error.message:
            return f"{said}: the port speaks TLS; use https:// (or wss://)"
        return f"{said}: {printable(error.message, _SHOWN)}"
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
        return printable(str(error), _SHOWN) or type(error).__name__
    # A value of vendor_options, or an answer that aiohttp stumbles over.
    return f"{type(error).__name__}: {printable(str(error), _SHOWN)}"


def concise_cause(error: Exception, proxy: str | None = None) -> Exception | None:
    """Return what to chain as the cause: an error of the network, alone.

    Any other of aiohttp's errors holds the URL with its query, and says no more than
    the message.

    Args:
        error: What aiohttp raised.
        proxy: Host and port of the proxy; None without one.

    Returns:
        The error, without its traceback and causes; None if it is not to be shown.
    """
    cause: Exception = error
    if not isinstance(error, OSError):
        return None
    if proxy is not None and isinstance(error, aiohttp.ClientConnectorError):
        # aiohttp's own holds the password of the proxy.
        cause = error.os_error
    cause.__cause__ = cause.__context__ = None
    return cause.with_traceback(None)


def _refusal(address: str, response: ClientResponse, body: str) -> ConnectionFailed:
    status = response.status
    reason = printable(response.reason or "", _SHOWN)
    message = f"{address} answered HTTP {status} {reason}".rstrip()
    if said := _said(body):
        message += f": {said}"
    if 300 <= status < 400:
        # Without its query, which may repeat secrets of ours.
        target = response.headers.get("Location", "").partition("?")[0]
        message += (
            f", a redirect to {printable(target, _SHOWN) or 'nowhere'}. Redirects are "
            "not followed, as that would hand the credential to another address; if "
            "that is the right one, use it as endpoint."
        )
    elif status < 300:
        message += ". That is no WebSocket endpoint: check the endpoint."
    else:
        advice = _ADVICE.get(status)
        if advice is None and status >= 500:
            advice = "The service is in trouble: try again later."
        message += f". {advice}" if advice else ""
    kind = AuthenticationError if status in (401, 403) else ConnectionFailed
    return kind(
        message,
        status=status,
        body=body,
        retry_after=retry_after(response.headers.get("Retry-After")),
    )


async def read_body(response: ClientResponse, limit: int = _BODY_LIMIT) -> bytes:
    """Read the body of a refusal, as much of it as comes soon.

    Args:
        response: The answer to a handshake.
        limit: How many bytes to read at most.
    """
    read = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while len(read) < limit and (chunk := await response.content.readany()):
                read += chunk
    except Exception:
        pass  # whatever is wrong with the rest, what has come so far is reported
    return bytes(read[:limit])


def _said(body: str) -> str:
    """Return the message in an error body: JSON as Azure writes it, or short text."""
    said: object
    try:
        data = parse(body)
    except Exception:
        # Not JSON, or JSON that no decoder takes, such as nesting without end.
        line = " ".join(body.split())
        said = "" if line.startswith("<") else line
    else:
        error = data.get("error", data) if isinstance(data, dict) else data
        said = error.get("message") if isinstance(error, dict) else error
    return printable(said[:_SHOWN].rstrip(".")) if isinstance(said, str) else ""


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, at most a day of them.

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
