"""Opening a connection."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, overload

from voicelive._connection.connection import VoiceLiveConnection
from voicelive._connection.instrumentation import Observer, observe
from voicelive._errors import VoiceLiveError
from voicelive._transport.credentials import (
    Credential,
    auth_headers,
    check_credential,
    token_scopes,
)
from voicelive._transport.options import TransportOptions, WebsocketConnectionOptions
from voicelive._transport.url import agent_query, build_url, without_query
from voicelive._transport.websocket import open_socket
from voicelive._version import __version__
from voicelive_protocol import DEFAULT_API_VERSION

_LOG = logging.getLogger("voicelive")

USER_AGENT = (
    f"voicelive-python/{__version__} "
    f"Python/{'.'.join(map(str, sys.version_info[:3]))} ({sys.platform})"
)


class _Connecting(AbstractAsyncContextManager[VoiceLiveConnection, None]):
    """Opens a connection when entered and closes it when left."""

    def __init__(
        self,
        url: str,
        credential: Credential,
        scopes: tuple[str, ...],
        headers: Mapping[str, Any],
        options: TransportOptions,
    ) -> None:
        self._url = url
        self._credential = credential
        self._scopes = scopes
        self._headers = headers
        self._options = options
        self._connection: VoiceLiveConnection | None = None
        self._observer: Observer | None = None

    async def __aenter__(self) -> VoiceLiveConnection:
        if self._connection is not None:
            raise RuntimeError("already entered: call connect() once per connection")
        self._observer = observe(self._url)
        try:
            self._connection = await self._open()
        except BaseException as error:
            # What a credential raises is not ours to show.
            known = isinstance(error, VoiceLiveError)
            _LOG.debug("no connection: %s", error if known else type(error).__name__)
            if self._observer is not None:
                self._observer.failed(error)
                self._observer.ended()
            raise
        return self._connection

    async def _open(self) -> VoiceLiveConnection:
        headers = {"User-Agent": USER_AGENT}
        headers |= await auth_headers(self._credential, self._scopes)
        # The caller's word counts, however it spells the names.
        given = {name.lower() for name in self._headers}
        headers = {k: v for k, v in headers.items() if k.lower() not in given}
        headers |= {k: str(v) for k, v in self._headers.items() if v is not None}
        _LOG.debug("connecting to %s", without_query(self._url))
        socket = await open_socket(self._url, headers, self._options)
        _LOG.debug("connected to %s", without_query(self._url))
        return VoiceLiveConnection(socket, self._options, self._observer)

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
    **kwargs: Any,
) -> AbstractAsyncContextManager[VoiceLiveConnection, None]:
    """Connect to the service, with a model or with a Foundry agent.

    ```python
    async with connect(credential=key, endpoint=endpoint, model="gpt-realtime") as c:
        await c.session.update(session=RequestSession(instructions="Be brief."))
        async for event in c:
            ...
    ```

    The arguments are checked at once; the connection is opened when the context is
    entered, and closed when it is left. Leaving it, by an exception or by being
    cancelled too, leaves no task, socket or HTTP session behind.

    An open connection is not yet a session: see `VoiceLiveConnection`. Redirects are
    refused, since they would carry the credential to another place.

    Args:
        credential: An API key, as text or as an object with `.key`; or an object with a
            sync or async `get_token(*scopes)`, such as those of azure-identity. Agents
            need a token.
        endpoint: Address of the resource, as in `https://name.services.ai.azure.com`.
            A path is kept; `ws` and `wss` work as well.
        api_version: Version of the API.
        model: Name of the model; not needed with an agent.
        agent_name: Name of a Foundry agent; `project_name` is needed with it.
        project_name: Foundry project of the agent.
        agent_version: Version of the agent; the newest if not given.
        conversation_id: Conversation of the agent to go on with.
        authentication_identity_client_id: Client id of the managed identity that the
            service uses towards the agent.
        foundry_resource_override: Foundry resource of the agent, if it is another one.
        query: Further query parameters. They replace those of the client; None leaves
            one out, a list repeats it.
        headers: Further headers. They replace those of the client; None leaves one out.
        connection_options: Timeouts and limits.
        credential_scopes: Scopes to ask a token for;
            `https://ai.azure.com/.default` if not given.
        **kwargs: Ignored; for callers of older clients.

    Returns:
        A context manager that gives the connection. Entering raises `ConnectionFailed`,
        with the HTTP status and text of a refusal, or what `get_token` raises.

    Raises:
        TypeError: The credential is of no known kind.
        ValueError: The endpoint is no URL; only one of `agent_name` and `project_name`
            is given, or another agent option without them; an option is unknown or out
            of range.
    """
    check_credential(credential)
    parameters = {"api-version": api_version, "x-ms-client-sdk": USER_AGENT}
    if model:
        parameters["model"] = model
    parameters |= agent_query(
        agent_name=agent_name,
        project_name=project_name,
        agent_version=agent_version,
        conversation_id=conversation_id,
        authentication_identity_client_id=authentication_identity_client_id,
        foundry_resource_override=foundry_resource_override,
    )
    return _Connecting(
        build_url(endpoint, parameters, query or {}),
        credential,
        token_scopes(credential_scopes),
        headers or {},
        TransportOptions.from_options(connection_options or {}),
    )
