"""WebSocket client of one session that validates every frame.

These tests also run against real services, so their client needs no mock service,
unlike `tests.support.mock_client`.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import jsonschema

from tests.support.schema_check import check_event
from voicelive_protocol import ClientEventType, ServerEventType

Event = dict[str, Any]

_LINE = 240
_LINES = 80
_AUDIO = re.compile(r"[\w+/]{200,}={0,2}", re.ASCII)


class SessionClient:
    """One session, opened by `Endpoint.dial`.

    Every event is validated with the JSON Schema of the API version. An unknown event
    is a finding, an invalid one a failure.

    Args:
        socket: The connection.
        schema_version: The API version of the schema.
        timeout_seconds: Time to wait for an event.
        finding: Called for unknown events.

    Attributes:
        socket: The connection.
        events: All received events.
    """

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        *,
        schema_version: str,
        timeout_seconds: float,
        finding: Callable[[str], None],
    ) -> None:
        self.socket = socket
        self.events: list[Event] = []
        self._schema_version = schema_version
        self._timeout_seconds = timeout_seconds
        self._finding = finding
        self._ids: set[str] = set()
        self._lines: list[str] = []

    @property
    def frame_log(self) -> str:
        """The newest frames of both sides, long ones truncated."""
        return "\n".join(self._lines[-_LINES:])

    async def send(self, *events: Mapping[str, Any] | str) -> None:
        """Send events, or texts unchanged."""
        for event in events:
            text = event if isinstance(event, str) else json.dumps(event)
            self._log(f"> {_AUDIO.sub('…', text)}")
            await self.socket.send_str(text)

    async def receive(self) -> Event:
        """Return the next event.

        Raises:
            AssertionError: It does not arrive in time or is invalid, or the connection
                is closed.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                frame = await self.socket.receive()
        except TimeoutError:
            raise AssertionError(
                f"no event within {self._timeout_seconds:g} s"
            ) from None
        assert frame.type is aiohttp.WSMsgType.TEXT, (
            f"expected a text frame, received {frame.type.name} "
            f"(close code {self.socket.close_code}, {frame.extra!r})"
        )
        self._log(f"< {_AUDIO.sub('…', frame.data)}")
        event = json.loads(frame.data)
        self._check(event)
        self.events.append(event)
        return event  # type: ignore[no-any-return]

    async def until(self, event_type: str) -> list[Event]:
        """Return all events up to the next one of a type.

        Raises:
            AssertionError: It does not arrive, or an unexpected `error` does.
        """
        first = len(self.events)
        while True:
            try:
                event = await self.receive()
            except AssertionError as problem:
                problem.add_note(f"while waiting for {event_type}")
                raise
            if event["type"] == event_type:
                return self.events[first:]
            assert event["type"] != ServerEventType.ERROR, (
                f"an error before {event_type}: {event['error']}"
            )

    async def ask(self, event: Mapping[str, Any] | str, answer: str) -> Event:
        """Send an event, and return its answer of a given type."""
        await self.send(event)
        return (await self.until(answer))[-1]

    async def rejection(self, event: Mapping[str, Any] | str) -> Event:
        """Send an event that must be rejected; return the content of the error.

        The error must name the event, and the session must go on.
        """
        answer = await self.ask(event, ServerEventType.ERROR)
        if isinstance(event, Mapping) and "event_id" in event:
            assert answer["error"].get("event_id") == event["event_id"], answer
        await self.synchronize()
        error: Event = answer["error"]
        return error

    async def synchronize(self) -> list[Event]:
        """Wait until all sent events are processed; return the events until then.

        Clears the input buffer, and changes nothing else.
        """
        await self.send({"type": ClientEventType.INPUT_AUDIO_BUFFER_CLEAR})
        return await self.until(ServerEventType.INPUT_AUDIO_BUFFER_CLEARED)

    async def created_session(self) -> Event:
        """Receive `session.created` as the first event; return its session."""
        event = await self.receive()
        assert event["type"] == ServerEventType.SESSION_CREATED, event
        session: Event = event["session"]
        return session

    async def update(self, **settings: Any) -> Event:
        """Update the session; return the session of `session.updated`."""
        answer = await self.ask(_update(settings), ServerEventType.SESSION_UPDATED)
        session: Event = answer["session"]
        return session

    async def configure(self, **settings: Any) -> str:
        """Update the session; return the error message, empty if it is accepted."""
        await self.send(_update(settings))
        while True:
            event = await self.receive()
            if event["type"] == ServerEventType.SESSION_UPDATED:
                return ""
            if event["type"] == ServerEventType.ERROR:
                return str(event["error"]["message"])

    def _log(self, line: str) -> None:
        cut = line[:_LINE]
        # Frames of audio look alike: log them once.
        if self._lines[-1:] != [cut]:
            self._lines.append(cut)

    def _check(self, event: Any) -> None:
        assert isinstance(event, dict), f"not an object: {event!r}"
        assert isinstance(event.get("type"), str), f"an event without type: {event}"
        try:
            check_event(event, self._schema_version)
        except jsonschema.ValidationError as error:
            raise AssertionError(
                f"{event['type']} does not match the schema of {self._schema_version}: "
                f"{error.json_path}: {error.message[:500]}"
            ) from None
        except AssertionError as error:
            self._finding(f"unknown event: {error}")
        identifier = event.get("event_id")
        # Some errors of the connection have none.
        if event["type"] != ServerEventType.ERROR:
            assert identifier, f"{event['type']} without event_id"
        assert identifier not in self._ids, f"{identifier} is repeated"
        if identifier:
            self._ids.add(identifier)


def _update(settings: Mapping[str, Any]) -> Event:
    return {"type": ClientEventType.SESSION_UPDATE, "session": dict(settings)}
