"""Credentials, known by their shape.

The objects of azure-core and azure-identity fit without being needed here.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Sequence
from typing import Protocol, TypeAlias

from voicelive._transport.threads import call_in_thread

DEFAULT_SCOPE = "https://ai.azure.com/.default"
"""The scope that a token is asked for."""


class KeyCredential(Protocol):
    """An API key in an object, such as `AzureKeyCredential`."""

    @property
    def key(self) -> str:
        """The API key."""
        ...


class AccessToken(Protocol):
    """What a token credential returns."""

    @property
    def token(self) -> str:
        """The bearer token."""
        ...


class TokenCredential(Protocol):
    """A source of tokens whose `get_token` blocks, as in `azure.identity`."""

    def get_token(self, *scopes: str) -> AccessToken:
        """Get a token for the scopes."""
        ...


class AsyncTokenCredential(Protocol):
    """A source of tokens with an async `get_token`, as in `azure.identity.aio`."""

    def get_token(self, *scopes: str) -> Awaitable[AccessToken]:
        """Get a token for the scopes."""
        ...


Credential: TypeAlias = str | KeyCredential | TokenCredential | AsyncTokenCredential
"""An API key as text or in an object, or a source of tokens."""


class AzureKeyCredential:
    """An API key that can be replaced while it is in use.

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
        """Use another key for the connections made from now on.

        Raises:
            TypeError: The key is no string.
            ValueError: The key is empty.
        """
        # No message shows the value: it might be a key in the wrong place.
        if not isinstance(key, str):
            raise TypeError(f"an API key must be a string, not {type(key).__name__}")
        if not key:
            raise ValueError("the API key is empty")
        self._key = key

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


def check_credential(credential: object) -> None:
    """Refuse what is no credential.

    Raises:
        TypeError: It has none of the accepted shapes.
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
    """The scopes to ask a token for; the default one for None."""
    if scopes is None:
        return (DEFAULT_SCOPE,)
    return (scopes,) if isinstance(scopes, str) else tuple(scopes)


async def auth_headers(credential: Credential, scopes: Sequence[str]) -> dict[str, str]:
    """The headers that authenticate a handshake.

    A `get_token` that blocks runs in a daemon thread: the event loop goes on, and
    neither cancelling nor the end of the program waits for it. What it raises comes
    through unchanged.

    Args:
        credential: The credential; its key or token is read anew each time.
        scopes: What a token is asked for; unused for keys.

    Raises:
        TypeError: The key or token is no string.
        ValueError: The key or token cannot be in a header.
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
    # A plain function may still return a coroutine, for instance from a decorator.
    return await result if inspect.isawaitable(result) else result


def _header_value(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"the {what} must be a string, not {type(value).__name__}")
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(
            f"the {what} is empty, or has a line break or another character that an "
            "HTTP header cannot carry"
        )
    # Here, so that `voicelive --help` does not load the protocol.
    from voicelive_protocol._redaction import remember_secret

    remember_secret(value)
    return value
