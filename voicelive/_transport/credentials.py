"""Credentials: duck-typed keys and token sources, and their headers.

Objects of azure-core and azure-identity fit without a dependency on them.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Sequence
from typing import Protocol, TypeAlias

from voicelive._threads import call_in_thread

DEFAULT_SCOPE = "https://ai.azure.com/.default"
"""Default scope of a token."""


class KeyCredential(Protocol):
    """Object with an API key, such as `AzureKeyCredential`."""

    @property
    def key(self) -> str:
        """The API key."""
        ...


class AccessToken(Protocol):
    """Result of `get_token`."""

    @property
    def token(self) -> str:
        """The bearer token."""
        ...


class TokenCredential(Protocol):
    """Token source with a blocking `get_token`, as in `azure.identity`."""

    def get_token(self, *scopes: str) -> AccessToken:
        """Get a token for the scopes."""
        ...


class AsyncTokenCredential(Protocol):
    """Token source with an async `get_token`, as in `azure.identity.aio`."""

    def get_token(self, *scopes: str) -> Awaitable[AccessToken]:
        """Get a token for the scopes."""
        ...


Credential: TypeAlias = str | KeyCredential | TokenCredential | AsyncTokenCredential
"""An API key as a string or in an object, or a token source."""


class AzureKeyCredential:
    """API key that can be replaced while in use.

    Args:
        key: The API key of the resource.
    """

    def __init__(self, key: str) -> None:
        self.update(key)

    @property
    def key(self) -> str:
        """The API key."""
        return self._key

    def update(self, key: str) -> None:
        """Replace the key for new connections.

        Raises:
            TypeError: The key is not a string.
            ValueError: The key is empty.
        """
        # Error messages omit the value, which may be secret.
        if not isinstance(key, str):
            raise TypeError(f"an API key must be a string, not {type(key).__name__}")
        if not key:
            raise ValueError("the API key is empty")
        self._key = key

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


def check_credential(credential: object) -> None:
    """Check the type of a credential.

    Raises:
        TypeError: The credential is not supported.
    """
    if isinstance(credential, str) or (
        not isinstance(credential, type)
        and (hasattr(credential, "key") or hasattr(credential, "get_token"))
    ):
        return
    given = (
        f"the class {credential.__name__}"
        if isinstance(credential, type)
        else type(credential).__name__
    )
    raise TypeError(
        "credential must be an API key (a string or an object with .key, such as "
        "AzureKeyCredential) or an object with a sync or async get_token(*scopes), "
        f"not {given}"
    )


def token_scopes(scopes: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the scopes as a tuple; the default scope for None."""
    if scopes is None:
        return (DEFAULT_SCOPE,)
    return (scopes,) if isinstance(scopes, str) else tuple(scopes)


async def auth_headers(credential: Credential, scopes: Sequence[str]) -> dict[str, str]:
    """Return the headers that authenticate a handshake.

    A blocking `get_token` runs in a daemon thread, so that it delays neither the event
    loop nor cancellation nor exit. Its exceptions pass through unchanged.

    Args:
        credential: The credential; its key or token is read on every call.
        scopes: Scopes of a token; unused for keys.

    Raises:
        TypeError: The key or token is not a string.
        ValueError: The key or token is not a valid header value.
    """
    if isinstance(credential, str):
        return {"api-key": _header_value("API key", credential)}
    key = getattr(credential, "key", None)
    if key is not None:
        return {"api-key": _header_value("API key", key)}
    token = getattr(await _get_token(credential, scopes), "token", None)
    return {"Authorization": f"Bearer {_header_value('token', token)}"}


async def _get_token(credential: object, scopes: Sequence[str]) -> object:
    get_token = getattr(credential, "get_token")  # noqa: B009, known by shape only
    if inspect.iscoroutinefunction(get_token):
        return await get_token(*scopes)
    result: object = await call_in_thread(get_token, *scopes)
    # A plain function may still return a coroutine, such as a decorated one.
    return await result if inspect.isawaitable(result) else result


def _header_value(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"the {what} must be a string, not {type(value).__name__}")
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(
            f"the {what} is empty, or has a line break or another character that an "
            "HTTP header cannot carry"
        )
    # Imported here, so that `voicelive --help` does not load the protocol.
    from voicelive_core.redaction import remember_secret

    remember_secret(value)
    return value
