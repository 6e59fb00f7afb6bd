"""The service that the examples connect to."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from voicelive_mockserver import MockServer


@dataclass(frozen=True, slots=True)
class Service:
    """A Voice Live service.

    Attributes:
        endpoint: Address of the service.
        credential: An API key.
        model: Name of the model.
    """

    endpoint: str
    credential: str
    model: str


@asynccontextmanager
async def service(**mock: Any) -> AsyncIterator[Service]:
    """Yield the service in the environment, or a mock service in this process.

    The variables are `AZURE_VOICELIVE_ENDPOINT`, `AZURE_VOICELIVE_API_KEY` and
    `AZURE_VOICELIVE_MODEL`. To use a credential of azure-identity in place of a key,
    pass it to `connect`.

    Args:
        **mock: Arguments for `MockServer`.
    """
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    endpoint = os.environ.get("AZURE_VOICELIVE_ENDPOINT")
    if endpoint:
        key = os.environ.get("AZURE_VOICELIVE_API_KEY")
        if not key:
            raise SystemExit("AZURE_VOICELIVE_API_KEY is not set")
        yield Service(endpoint, key, model)
        return
    async with MockServer(**mock) as server:
        print(f"mock service at {server.endpoint}")
        yield Service(server.endpoint, server.api_key, model)
