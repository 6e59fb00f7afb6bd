"""In place of azure-identity: a credential that needs no account."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential


class DefaultAzureCredential(AsyncTokenCredential):  # type: ignore[misc]
    """Gives a token that the mock service accepts."""

    async def get_token(self, *scopes: str, **_: Any) -> SimpleNamespace:
        assert scopes
        return SimpleNamespace(token="a-token", expires_on=4_000_000_000)

    async def close(self) -> None:
        """Nothing is open."""
