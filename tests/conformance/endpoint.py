"""The service under test: its address, and sessions with it."""

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


class HandshakeRejected(Exception):
    """The handshake was answered without an upgrade.

    Attributes:
        status: HTTP status.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"HTTP {status} {reason}".rstrip())
        self.status = status


@dataclass(frozen=True)
class Endpoint:
    """A service under test.

    Attributes:
        url: Endpoint of the resource.
        key: API key.
        model: The model of all sessions.
        api_version: The API version of all sessions.
        is_mock: Whether it is the mock service of this project, which must have no
            findings and no skips.
        timeout_seconds: Time to wait for an event.
        note: Called with each finding.
    """

    url: str
    key: str = field(repr=False)
    model: str
    api_version: str
    is_mock: bool
    timeout_seconds: float = 30.0
    note: Callable[[str], None] = field(default=print, repr=False)

    @property
    def address(self) -> str:
        """The address without parts that may be secret."""
        return str(URL(self.url).with_user(None).with_query(None))

    @property
    def is_native(self) -> bool:
        """Whether the model processes audio itself; other models are cascaded."""
        return "realtime" in self.model and not self.model.startswith("phi")

    @property
    def transcription_model(self) -> str:
        """A transcription model for the model of the session."""
        return "whisper-1" if self.is_native else "azure-speech"

    @property
    def schema_version(self) -> str:
        """The API version of the JSON Schema; the newest one for unknown versions."""
        return (
            self.api_version if self.api_version in API_VERSIONS else API_VERSIONS[-1]
        )

    def finding(self, text: str) -> None:
        """Report a difference that services may have; a failure of the mock."""
        assert not self.is_mock, text
        self.note(text)

    def expect(self, holds: bool, text: str) -> None:
        """Report a finding unless the condition holds."""
        if not holds:
            self.finding(text)

    def skip(self, reason: str) -> NoReturn:
        """Skip the test for a missing feature; a failure of the mock."""
        assert not self.is_mock, reason
        pytest.skip(reason)

    @asynccontextmanager
    async def dial(
        self, query: Mapping[str, str | None] | None = None, *, key: str | None = None
    ) -> AsyncIterator[SessionClient]:
        """Open a session, without receiving.

        Args:
            query: Replaces parameters of the query; None removes one.
            key: Replaces the API key.

        Raises:
            HandshakeRejected: The answer is not an upgrade.
            aiohttp.ClientError: The endpoint does not answer.
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
                timeout_seconds=self.timeout_seconds,
                finding=self.finding,
            )
            try:
                yield call
            except Exception as error:
                error.add_note(f"Frames:\n{call.frame_log}")
                raise

    @asynccontextmanager
    async def session(self, **settings: Any) -> AsyncIterator[SessionClient]:
        """Open a session, wait for `session.created`, and configure it.

        Args:
            settings: Settings of the session. If they are rejected, the test is
                skipped.
        """
        async with self.dial() as call:
            await call.created_session()
            # No other event is accepted before an update, even an empty one.
            if problem := await call.configure(**settings):
                self.skip(f"the settings are rejected: {problem}")
            yield call

    def replaced(self, **changes: Any) -> Endpoint:
        """Return a copy with other attributes."""
        return replace(self, **changes)

    def _address_of_session(self, query: Mapping[str, str | None]) -> URL:
        url = session_url(self.url)
        parameters = {"api-version": self.api_version, "model": self.model, **query}
        return url.update_query({k: v for k, v in parameters.items() if v is not None})


def session_url(endpoint: str) -> URL:
    """Return the URL of sessions, without query parameters.

    Raises:
        ValueError: The endpoint is not a URL with a known scheme and a host.
    """
    url = URL(endpoint)
    if url.scheme not in _SCHEMES or not url.host:
        raise ValueError(f"expected https://HOST, not {endpoint!r}")
    path = url.path.rstrip("/").removesuffix(PATH)
    return url.with_path(path + PATH, keep_query=True).with_scheme(_SCHEMES[url.scheme])


async def _only_upgrades(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    # aiohttp would follow a redirect, and send the key to another address.
    response = await send(request)
    if response.status != 101:
        response.close()
        raise HandshakeRejected(response.status, response.reason or "")
    return response
