"""What is checked: an address, and how to open a session there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import aiohttp
import pytest
from yarl import URL

from tests.conformance.session_client import SessionClient
from voicelive_protocol import API_VERSIONS

PATH = "/voice-live/realtime"
_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


class HandshakeRefused(Exception):
    """The endpoint answered with something else than an upgrade.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"HTTP {status} {reason}".rstrip())
        self.status = status


@dataclass(frozen=True)
class Endpoint:
    """A service to check.

    Attributes:
        url: Its address, as the endpoint of a resource.
        key: The API key.
        model: The model of all sessions.
        api_version: The API version of all sessions.
        is_mock: Whether it is this project's mock service, which has to be right in
            everything: no findings, nothing skipped.
        patience: Seconds to wait for an event.
        note: Is told what differs from what is known and is no failure.
    """

    url: str
    key: str = field(repr=False)
    model: str
    api_version: str
    is_mock: bool
    patience: float = 30.0
    note: Callable[[str], None] = field(default=print, repr=False)

    @property
    def address(self) -> str:
        """The address without what may be secret in it."""
        return str(URL(self.url).with_user(None).with_query(None))

    @property
    def is_native(self) -> bool:
        """Whether the model hears and speaks itself; the others are cascaded."""
        return "realtime" in self.model and not self.model.startswith("phi")

    @property
    def transcription_model(self) -> str:
        """A model that can transcribe beside the model of the session."""
        return "whisper-1" if self.is_native else "azure-speech"

    @property
    def schema_version(self) -> str:
        """The API version whose JSON Schema events are held against.

        For one that is not known yet, it is the newest one that is.
        """
        return (
            self.api_version if self.api_version in API_VERSIONS else API_VERSIONS[-1]
        )

    def finding(self, text: str) -> None:
        """Tell what differs from what is known, but may: a failure for the mock."""
        assert not self.is_mock, text
        self.note(text)

    def expect(self, holds: bool, text: str) -> None:
        """Tell of a finding unless something holds."""
        if not holds:
            self.finding(text)

    def cannot(self, reason: str) -> NoReturn:
        """Skip the check: the endpoint cannot serve it. The mock can serve all."""
        assert not self.is_mock, reason
        pytest.skip(reason)

    @asynccontextmanager
    async def dial(
        self, query: Mapping[str, str | None] | None = None, *, key: str | None = None
    ) -> AsyncIterator[SessionClient]:
        """Open a session; nothing has been received yet.

        Args:
            query: Replaces parameters of the query; `None` leaves one out.
            key: Replaces the API key.

        Raises:
            HandshakeRefused: The answer is no upgrade.
            aiohttp.ClientError: There is no answer.
        """
        async with (
            aiohttp.ClientSession(middlewares=(_only_upgrades,)) as session,
            session.ws_connect(
                self._address_of_session(query or {}),
                headers={"api-key": self.key if key is None else key},
                max_msg_size=0,
            ) as socket,
        ):
            call = SessionClient(
                socket,
                schema_version=self.schema_version,
                patience=self.patience,
                finding=self.finding,
            )
            try:
                yield call
            except Exception as error:
                error.add_note(f"What went over the wire:\n{call.transcript}")
                raise

    @asynccontextmanager
    async def session(self, **settings: Any) -> AsyncIterator[SessionClient]:
        """Open a session, wait for its beginning, and configure it.

        Args:
            settings: What to update at once. The check is skipped when the endpoint
                rejects it.
        """
        async with self.dial() as call:
            await call.begin()
            # Nothing else is accepted before, so an empty one is sent as well.
            if problem := await call.configure(**settings):
                self.cannot(f"the settings are rejected: {problem}")
            yield call

    def but(self, **changes: Any) -> Endpoint:
        """Return the same endpoint with other attributes."""
        return replace(self, **changes)

    def _address_of_session(self, query: Mapping[str, str | None]) -> URL:
        url = session_url(self.url)
        parameters = {"api-version": self.api_version, "model": self.model, **query}
        return url.update_query({k: v for k, v in parameters.items() if v is not None})


def session_url(endpoint: str) -> URL:
    """Return the address of sessions, without their parameters.

    Raises:
        ValueError: The endpoint is no URL with a known scheme and a host.
    """
    url = URL(endpoint)
    if url.scheme not in _SCHEMES or not url.host:
        raise ValueError(f"expected https://HOST, not {endpoint!r}")
    path = url.path.rstrip("/").removesuffix(PATH)
    return url.with_path(path + PATH, keep_query=True).with_scheme(_SCHEMES[url.scheme])


async def _only_upgrades(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    # aiohttp would follow a redirect, and hand the key to another address.
    response = await send(request)
    if response.status != 101:
        response.close()
        raise HandshakeRefused(response.status, response.reason or "")
    return response
