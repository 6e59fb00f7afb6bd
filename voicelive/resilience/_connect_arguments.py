"""Typed arguments of `connect`, for functions that forward them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Required, TypedDict, cast

from voicelive._connection.connect import connect
from voicelive._connection.connection import VoiceLiveConnection
from voicelive._transport.credentials import Credential
from voicelive._transport.options import WebsocketConnectionOptions


class ConnectArguments(TypedDict, total=False):
    """The keyword arguments of `connect`, which documents them."""

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


def dial(
    arguments: ConnectArguments,
) -> AbstractAsyncContextManager[VoiceLiveConnection, None]:
    """Call `connect`, which checks the arguments."""
    # The overloads of `connect` separate models from agents; here both are allowed.
    return connect(**cast(Any, arguments))
