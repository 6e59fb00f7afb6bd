"""Checked parameters of a connection."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Required, Self, TypedDict

from voicelive._transport.aiohttp import open_aiohttp
from voicelive._transport.base import Handshake, TransportFactory
from voicelive._transport.credentials import (
    Credential,
    auth_headers,
    check_credential,
    token_scopes,
)
from voicelive._transport.options import TransportOptions, WebsocketConnectionOptions
from voicelive._transport.url import agent_query, build_url
from voicelive._version import __version__
from voicelive_core.suggest import did_you_mean, snake_case
from voicelive_protocol import DEFAULT_API_VERSION

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
        "use_env_settings",
        "user_agent",
        "user_agent_overwrite",
        "user_agent_policy",
        "user_agent_use_env",
    }
)


class ConnectArguments(TypedDict, total=False):
    """Keyword arguments of `connect`, which documents them."""

    credential: Required[Credential]
    endpoint: Required[str]
    api_version: str
    model: str | None
    agent_name: str | None
    project_name: str | None
    agent_version: str | None
    conversation_id: str | None
    authentication_identity_client_id: str | None
    foundry_resource_override: str | None
    query: Mapping[str, Any] | None
    headers: Mapping[str, Any] | None
    connection_options: WebsocketConnectionOptions | None
    credential_scopes: str | Sequence[str] | None
    transport: TransportFactory | None


_REQUIRED = ("credential", "endpoint")
_AGENT_ARGUMENTS = (
    "agent_name",
    "project_name",
    "agent_version",
    "conversation_id",
    "authentication_identity_client_id",
    "foundry_resource_override",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectRequest:
    """Checked parameters of a connection, for any number of attempts.

    Attributes:
        url: URL with query parameters, which may contain a secret.
        credential: Key or source of tokens.
        scopes: Scopes of a token.
        headers: Headers of the caller; None omits one of the client.
        options: Timeouts and limits.
        transport: Opens the WebSocket.
        continues_conversation: Whether the service has the history, as that of an
            agent's `conversation_id`.
    """

    url: str = field(repr=False)
    credential: Credential = field(repr=False)
    scopes: tuple[str, ...]
    headers: Mapping[str, str | None] = field(repr=False)
    options: TransportOptions
    transport: TransportFactory
    continues_conversation: bool

    @classmethod
    def check(cls, arguments: Mapping[str, object]) -> Self:
        """Check the arguments of `connect`, by name.

        Raises:
            TypeError: An argument is missing, unknown, or has the wrong type.
            ValueError: A value is out of range.
        """
        given: Mapping[str, Any] = arguments
        _check_names(given)
        credential = given["credential"]
        check_credential(credential)
        transport: TransportFactory = given.get("transport") or open_aiohttp
        if not callable(transport):
            raise TypeError(
                "transport must be an async function that returns a transport, or a "
                f"MemoryTransport, not {type(transport).__name__}"
            )
        parameters = {
            "api-version": given.get("api_version", DEFAULT_API_VERSION),
            "x-ms-client-sdk": USER_AGENT,
        }
        if model := given.get("model"):
            parameters["model"] = model
        parameters |= agent_query(**{k: given.get(k) for k in _AGENT_ARGUMENTS})
        url = build_url(given["endpoint"], parameters, given.get("query") or {})
        options = TransportOptions.from_options(given.get("connection_options") or {})
        if options.proxy is not None and not url.startswith("wss:"):
            raise ValueError(
                "connection_options['proxy'] needs an https:// endpoint: without TLS "
                "the proxy could read the credential"
            )
        return cls(
            url=url,
            credential=credential,
            scopes=token_scopes(given.get("credential_scopes")),
            headers=_checked_headers(given.get("headers") or {}),
            options=options,
            transport=transport,
            continues_conversation=bool(given.get("conversation_id")),
        )

    def without_receive_timeout(self) -> Self:
        """Return the request with no limit for receiving an event."""
        return replace(self, options=replace(self.options, receive_timeout=None))

    async def handshake(self) -> Handshake:
        """Return the handshake of an attempt, with a current key or token.

        Raises an exception of `get_token` unchanged.
        """
        headers = {"User-Agent": USER_AGENT}
        headers |= await auth_headers(self.credential, self.scopes)
        # Headers of the caller take precedence; names are case-insensitive.
        given = {name.lower() for name in self.headers}
        headers = {k: v for k, v in headers.items() if k.lower() not in given}
        headers |= {k: v for k, v in self.headers.items() if v is not None}
        return Handshake(self.url, headers, self.options)


def _check_names(given: Mapping[str, Any]) -> None:
    """Reject missing arguments, and those that no client for the service has.

    Raises:
        TypeError: An argument is missing or unknown.
    """
    known = ConnectArguments.__annotations__
    options = WebsocketConnectionOptions.__annotations__
    for name in given:
        if name in known or name in _LEGACY_KEYWORDS:
            continue
        if name in options:
            hint = f"; it is a key of connection_options: {{{name!r}: ...}}"
        else:
            hint = did_you_mean(snake_case(name), known)
        raise TypeError(f"connect() has no argument {name!r}{hint}")
    missing = [name for name in _REQUIRED if name not in given]
    if missing:
        raise TypeError(f"connect() needs the argument {missing[0]!r}")


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
