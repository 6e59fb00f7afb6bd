"""`connect()`: a connection as a context manager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, overload

from voicelive._connection.connection import VoiceLiveConnection
from voicelive._connection.instrumentation import Observer, observe
from voicelive._connection.opening import Opening
from voicelive._connection.request import ConnectRequest
from voicelive._errors import VoiceLiveError
from voicelive._transport.base import TransportFactory
from voicelive._transport.credentials import Credential
from voicelive._transport.options import WebsocketConnectionOptions
from voicelive._transport.url import without_query
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import DEFAULT_API_VERSION

logger = redacting_logger(__name__)


class _Connecting(Opening[VoiceLiveConnection]):
    """Context manager that opens a connection and closes it."""

    def __init__(self, request: ConnectRequest) -> None:
        self._request = request
        self._connection: VoiceLiveConnection | None = None
        self._observer: Observer | None = None

    async def __aenter__(self) -> VoiceLiveConnection:
        if self._connection is not None:
            raise RuntimeError("already entered: call connect() once per connection")
        self._observer = observe(self._request.url)
        try:
            self._connection = await self._open()
        except BaseException as error:
            # Exceptions of a credential may contain secrets, so log their type only.
            known = isinstance(error, VoiceLiveError)
            logger.debug("no connection: %s", error if known else type(error).__name__)
            if self._observer is not None:
                self._observer.failed(error)
                self._observer.ended()
            raise
        return self._connection

    async def _open(self) -> VoiceLiveConnection:
        handshake = await self._request.handshake()
        address = without_query(handshake.url)
        logger.debug("connecting to %s", address)
        transport = await self._request.transport(handshake)
        logger.debug("connected to %s", address)
        return VoiceLiveConnection(transport, self._request.options, self._observer)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            if exc is not None and self._observer is not None:
                self._observer.failed(exc)
            await connection.close()


def open_connection(
    request: ConnectRequest,
) -> AbstractAsyncContextManager[VoiceLiveConnection, None]:
    """Return the context manager of a connection; see `connect`."""
    return _Connecting(request)


@overload
def connect(
    *,
    credential: Credential,
    endpoint: str,
    api_version: str = DEFAULT_API_VERSION,
    model: str | None = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    connection_options: WebsocketConnectionOptions | None = None,
    credential_scopes: str | Sequence[str] | None = None,
    transport: TransportFactory | None = None,
) -> AbstractAsyncContextManager[VoiceLiveConnection, None]: ...


@overload
def connect(
    *,
    credential: Credential,
    endpoint: str,
    api_version: str = DEFAULT_API_VERSION,
    model: str | None = None,
    agent_name: str,
    project_name: str,
    agent_version: str | None = None,
    conversation_id: str | None = None,
    authentication_identity_client_id: str | None = None,
    foundry_resource_override: str | None = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    connection_options: WebsocketConnectionOptions | None = None,
    credential_scopes: str | Sequence[str] | None = None,
    transport: TransportFactory | None = None,
) -> AbstractAsyncContextManager[VoiceLiveConnection, None]: ...


def connect(
    *,
    credential: Credential,
    endpoint: str,
    api_version: str = DEFAULT_API_VERSION,
    model: str | None = None,
    agent_name: str | None = None,
    project_name: str | None = None,
    agent_version: str | None = None,
    conversation_id: str | None = None,
    authentication_identity_client_id: str | None = None,
    foundry_resource_override: str | None = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    connection_options: WebsocketConnectionOptions | None = None,
    credential_scopes: str | Sequence[str] | None = None,
    transport: TransportFactory | None = None,
    **kwargs: Any,
) -> AbstractAsyncContextManager[VoiceLiveConnection, None]:
    """Connect to the service, with a model or with a Foundry agent.

    ```python
    async with connect(credential=key, endpoint=endpoint, model="gpt-realtime") as c:
        await c.session.update(session=RequestSession(instructions="Be brief."))
        async for event in c:
            ...
    ```

    Arguments are checked immediately. Entering the context opens the connection,
    leaving it closes it; no task, socket or HTTP session remains, not even after an
    exception or cancellation.

    An open connection is not yet a session: see `VoiceLiveConnection`. The client sends
    nothing by itself. The first message must be a `session.update`, even an empty one;
    send everything else after `session.updated`. The service refuses earlier messages
    and closes the connection at the fifth attempt.

    Redirects are refused, since they would send the credential to another host.

    Args:
        credential: An API key, as a string or an object with `.key`; or an object with
            a sync or async `get_token(*scopes)`, such as those of azure-identity.
            Agents need a token.
        endpoint: URL of the resource, such as `https://name.services.ai.azure.com`.
            A path is kept; `ws` and `wss` work as well.
        api_version: Version of the API.
        model: Name of the model; not needed with an agent.
        agent_name: Name of a Foundry agent; `project_name` is needed with it.
        project_name: Foundry project of the agent.
        agent_version: Version of the agent; the newest if not given.
        conversation_id: Conversation of the agent to continue.
        authentication_identity_client_id: Client id of the managed identity that the
            service uses towards the agent.
        foundry_resource_override: Foundry resource of the agent, if it is another one.
        query: Further query parameters. They override those of the client; None omits
            a parameter, a list repeats it.
        headers: Further headers. They override those of the client; None omits one.
        connection_options: Timeouts and limits.
        credential_scopes: Scopes of the token; by default
            `https://ai.azure.com/.default`.
        transport: Opens the WebSocket, instead of aiohttp; for tests a
            `voicelive.testing.MemoryTransport`.
        **kwargs: Keywords of azure-core that the official client accepts and ignores,
            such as `logging_enable`; ignored here too.

    Returns:
        A context manager for the connection. Entering it raises `ConnectionFailed`,
        with the HTTP status and body of a refusal, or the exception of `get_token`.

    Raises:
        TypeError: The credential is not supported; a keyword or vendor option is
            unknown.
        ValueError: The endpoint is not a URL; only one of `agent_name` and
            `project_name` is given, or another agent option without them; an option is
            unknown or out of range; a header contains a line break.
    """
    arguments: dict[str, object] = {
        **kwargs,
        "credential": credential,
        "endpoint": endpoint,
        "api_version": api_version,
        "model": model,
        "agent_name": agent_name,
        "project_name": project_name,
        "agent_version": agent_version,
        "conversation_id": conversation_id,
        "authentication_identity_client_id": authentication_identity_client_id,
        "foundry_resource_override": foundry_resource_override,
        "query": query,
        "headers": headers,
        "connection_options": connection_options,
        "credential_scopes": credential_scopes,
        "transport": transport,
    }
    return open_connection(ConnectRequest.check(arguments))
