"""`connect()`: argument checks and the opening of a connection."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, get_type_hints, overload

from voicelive._connection.connection import VoiceLiveConnection
from voicelive._connection.instrumentation import Observer, observe
from voicelive._connection.opening import Opening
from voicelive._errors import VoiceLiveError
from voicelive._suggest import did_you_mean
from voicelive._transport.aiohttp import open_aiohttp
from voicelive._transport.base import Handshake
from voicelive._transport.credentials import (
    Credential,
    auth_headers,
    check_credential,
    token_scopes,
)
from voicelive._transport.options import TransportOptions, WebsocketConnectionOptions
from voicelive._transport.url import agent_query, build_url, without_query
from voicelive._version import __version__
from voicelive_protocol import DEFAULT_API_VERSION
from voicelive_protocol._redaction import redacting_logger

logger = redacting_logger(__name__)

USER_AGENT = (
    f"voicelive-python/{__version__} "
    f"Python/{'.'.join(map(str, sys.version_info[:3]))} ({sys.platform})"
)


_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE_BREAK = re.compile(r"[\r\n\0]")

# Keywords of azure-core pipelines, which the official client accepts and ignores. For
# some of them `connection_options` has an equivalent.
_LEGACY_KEYWORDS = frozenset(
    {
        "api_key",
        "auto_request_id",
        "base_user_agent",
        "connection_cert",
        "connection_data_block_size",
        "connection_timeout",
        "connection_verify",
        "custom_hook_policy",
        "headers_policy",
        "http_logging_policy",
        "logging_body",
        "logging_enable",
        "logging_policy",
        "per_call_policies",
        "per_retry_policies",
        "permit_redirects",
        "policies",
        "proxies",
        "proxy_policy",
        "raw_request_hook",
        "raw_response_hook",
        "read_timeout",
        "redirect_max",
        "request_id",
        "retry_backoff_factor",
        "retry_backoff_max",
        "retry_connect",
        "retry_mode",
        "retry_on_status_codes",
        "retry_policy",
        "retry_read",
        "retry_status",
        "retry_total",
        "timeout",
        "tracing_attributes",
        "transport",
        "use_env_settings",
        "user_agent",
        "user_agent_overwrite",
        "user_agent_policy",
        "user_agent_use_env",
    }
)


class _Connecting(Opening[VoiceLiveConnection]):
    """Context manager that opens a connection and closes it."""

    def __init__(
        self,
        url: str,
        credential: Credential,
        scopes: tuple[str, ...],
        headers: Mapping[str, str | None],
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
            # Exceptions of a credential may contain secrets, so log their type only.
            known = isinstance(error, VoiceLiveError)
            logger.debug("no connection: %s", error if known else type(error).__name__)
            if self._observer is not None:
                self._observer.failed(error)
                self._observer.ended()
            raise
        return self._connection

    async def _open(self) -> VoiceLiveConnection:
        headers = {"User-Agent": USER_AGENT}
        headers |= await auth_headers(self._credential, self._scopes)
        # Headers of the caller take precedence; names are case-insensitive.
        given = {name.lower() for name in self._headers}
        headers = {k: v for k, v in headers.items() if k.lower() not in given}
        headers |= {k: v for k, v in self._headers.items() if v is not None}
        logger.debug("connecting to %s", without_query(self._url))
        transport = await open_aiohttp(Handshake(self._url, headers, self._options))
        logger.debug("connected to %s", without_query(self._url))
        return VoiceLiveConnection(transport, self._options, self._observer)

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
    _check_keywords(kwargs)
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
    url = build_url(endpoint, parameters, query or {})
    options = TransportOptions.from_options(connection_options or {})
    if options.proxy is not None and not url.startswith("wss:"):
        raise ValueError(
            "connection_options['proxy'] needs an https:// endpoint: without TLS the "
            "proxy could read the credential"
        )
    return _Connecting(
        url,
        credential,
        token_scopes(credential_scopes),
        _checked_headers(headers or {}),
        options,
    )


def _check_keywords(given: Mapping[str, Any]) -> None:
    """Reject keywords that neither this client nor the official one accepts.

    Raises:
        TypeError: A keyword is unknown.
    """
    known = inspect.signature(connect).parameters.keys() - {"kwargs"}
    options = get_type_hints(WebsocketConnectionOptions)
    for name in given:
        if name in _LEGACY_KEYWORDS:
            continue
        if name in options:
            hint = f"; it is a key of connection_options: {{{name!r}: ...}}"
        else:
            hint = did_you_mean(name, known)
        raise TypeError(f"connect() has no argument {name!r}{hint}")


def _checked_headers(headers: Mapping[str, Any]) -> dict[str, str | None]:
    checked = {
        str(name): None if value is None else str(value)
        for name, value in headers.items()
    }
    for name, value in checked.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"headers: {name!r} is not the name of an HTTP header")
        if value is not None and _LINE_BREAK.search(value):
            # Without the value, which may be a credential.
            raise ValueError(f"headers: the value of {name!r} has a line break")
    return checked
