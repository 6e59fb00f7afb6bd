"""What the service answers to a handshake, and what that means."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import msgspec
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest, ClientResponse

from voicelive._errors import AuthenticationError, ConnectionFailed
from voicelive._retryable import status_is_retryable

_BODY_LIMIT = 4096
# A refusal must not wait for an answer that never ends.
_BODY_SECONDS = 2.0

_LASTING = (
    aiohttp.ClientResponseError,
    aiohttp.ClientSSLError,
    aiohttp.InvalidURL,
    UnicodeError,
)

_ADVICE = {
    400: "Check api_version and the query parameters, and that a token is of the "
    "tenant of the resource.",
    401: "Check that the API key is one of this resource, or that the token is valid "
    "and for the right scope.",
    403: "Check that the identity has a role on the resource that may use Voice Live, "
    "and that the network may reach it.",
    404: "Check the host name and path of the endpoint, and api_version.",
    429: "Too many new connections: wait before the next attempt.",
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

    Attributes:
        handler: The protocol object of the accepted connection.
        transport: Its transport.
    """

    def __init__(self, address: str) -> None:
        self._address = address
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
        except aiohttp.ClientError as error:
            raise Refused(unreachable(self._address, error), shareable(error)) from None
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


def unreachable(address: str, error: Exception) -> ConnectionFailed:
    """The error for a handshake without a valid answer."""
    # A wrong address, certificate or answer stays wrong; the network may come back.
    retryable = not isinstance(error, _LASTING)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        said = f"the proxy answered HTTP {error.status} {error.message}"
        retryable = status_is_retryable(error.status)
    elif isinstance(error, aiohttp.ServerDisconnectedError):
        said = "the server closed the connection without an answer"
    elif isinstance(error, aiohttp.ClientResponseError):
        # Its own text has the whole URL, query included.
        said = f"the answer is no valid WebSocket handshake: {error.message}"
    elif isinstance(error, aiohttp.InvalidURL):
        said = "not a valid address"
    else:
        said = str(error) or type(error).__name__
    return ConnectionFailed(f"cannot connect to {address}: {said}", retryable=retryable)


def shareable(error: Exception) -> Exception | None:
    """The error as a cause to show, or None if its text has the query of the URL."""
    hidden = aiohttp.ClientResponseError | aiohttp.InvalidURL
    return None if isinstance(error, hidden) else error


def _refusal(address: str, response: ClientResponse, body: str) -> ConnectionFailed:
    status = response.status
    message = f"{address} answered HTTP {status} {response.reason or ''}".rstrip()
    if said := _said(body):
        message += f": {said}"
    if 300 <= status < 400:
        # Without its query, which may repeat secrets of ours.
        target = response.headers.get("Location", "").partition("?")[0]
        message += (
            f", a redirect to {target or 'nowhere'}. Redirects are not followed, as "
            "that would hand the credential to another address; if that is the right "
            "one, use it as endpoint."
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
        retry_after=_retry_after(response.headers.get("Retry-After")),
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
    except (TimeoutError, aiohttp.ClientError):
        pass  # what has come so far is what there is to tell
    return bytes(read[:limit])


def _said(body: str) -> str:
    """The message in an error body: JSON as Azure services write it, or short text."""
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError):
        line = " ".join(body.split())
        return "" if line.startswith("<") else line[:200].rstrip(".")
    error = data.get("error", data) if isinstance(data, dict) else data
    said = error.get("message") if isinstance(error, dict) else error
    return said[:200].rstrip(".") if isinstance(said, str) else ""


def _retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header, which has seconds or a date."""
    if value is None:
        return None
    try:
        return max(0.0, float(int(value)))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
