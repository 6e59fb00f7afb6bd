"""One session over a WebSocket, in which every frame is looked at."""

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
    """One session; `Endpoint.dial` opens it.

    Every event is held against the JSON Schema of the API version. One that the schema
    does not know is a finding; one that it knows otherwise is a failure.

    Args:
        socket: The connection.
        schema_version: The API version of the schema.
        patience: Seconds to wait for an event.
        finding: Is told of events that the schema does not know.

    Attributes:
        socket: The connection.
        events: Everything received so far.
    """

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        *,
        schema_version: str,
        patience: float,
        finding: Callable[[str], None],
    ) -> None:
        self.socket = socket
        self.events: list[Event] = []
        self._schema_version = schema_version
        self._patience = patience
        self._finding = finding
        self._ids: set[str] = set()
        self._lines: list[str] = []

    @property
    def transcript(self) -> str:
        """The newest frames of both sides, long ones cut."""
        return "\n".join(self._lines[-_LINES:])

    async def send(self, *events: Mapping[str, Any] | str) -> None:
        """Send events, or frames that are texts already."""
        for event in events:
            text = event if isinstance(event, str) else json.dumps(event)
            self._log(f"> {_AUDIO.sub('…', text)}")
            await self.socket.send_str(text)

    async def receive(self) -> Event:
        """Return the next event.

        Raises:
            AssertionError: It does not come in time, is not as it has to be, or the
                connection is closed instead.
        """
        try:
            async with asyncio.timeout(self._patience):
                frame = await self.socket.receive()
        except TimeoutError:
            raise AssertionError(f"nothing came in {self._patience:g} s") from None
        assert frame.type is aiohttp.WSMsgType.TEXT, (
            f"a text frame was to come, not {frame.type.name} "
            f"(close code {self.socket.close_code}, {frame.extra!r})"
        )
        self._log(f"< {_AUDIO.sub('…', frame.data)}")
        event = json.loads(frame.data)
        self._check(event)
        self.events.append(event)
        return event  # type: ignore[no-any-return]

    async def until(self, event_type: str) -> list[Event]:
        """Return all events until the next one of a type, which is the last one.

        Raises:
            AssertionError: It does not come, or an error that nobody waits for does.
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
                f"an error came before {event_type}: {event['error']}"
            )

    async def ask(self, event: Mapping[str, Any] | str, answer: str) -> Event:
        """Send an event and return its answer, an event of another type."""
        await self.send(event)
        return (await self.until(answer))[-1]

    async def refusal(self, event: Mapping[str, Any] | str) -> Event:
        """Send an event that has to be rejected; return what the error says.

        The error names the event, and the session goes on.
        """
        answer = await self.ask(event, ServerEventType.ERROR)
        if isinstance(event, Mapping) and "event_id" in event:
            assert answer["error"].get("event_id") == event["event_id"], answer
        await self.still_serves()
        error: Event = answer["error"]
        return error

    async def still_serves(self) -> list[Event]:
        """Wait until everything sent is processed; return what came until then.

        What is sent for that changes nothing but the input buffer.
        """
        await self.send({"type": ClientEventType.INPUT_AUDIO_BUFFER_CLEAR})
        return await self.until(ServerEventType.INPUT_AUDIO_BUFFER_CLEARED)

    async def begin(self) -> Event:
        """Return the session as the first event, `session.created`, shows it."""
        event = await self.receive()
        assert event["type"] == ServerEventType.SESSION_CREATED, event
        session: Event = event["session"]
        return session

    async def update(self, **settings: Any) -> Event:
        """Update the session; return it as `session.updated` shows it."""
        answer = await self.ask(_update(settings), ServerEventType.SESSION_UPDATED)
        session: Event = answer["session"]
        return session

    async def configure(self, **settings: Any) -> str:
        """Update the session; return why that is rejected, or an empty text."""
        await self.send(_update(settings))
        while True:
            event = await self.receive()
            if event["type"] == ServerEventType.SESSION_UPDATED:
                return ""
            if event["type"] == ServerEventType.ERROR:
                return str(event["error"]["message"])

    def _log(self, line: str) -> None:
        cut = line[:_LINE]
        # Audio comes in many frames that look the same.
        if self._lines[-1:] != [cut]:
            self._lines.append(cut)

    def _check(self, event: Any) -> None:
        assert isinstance(event, dict), f"an event is an object, not {event!r}"
        assert isinstance(event.get("type"), str), f"an event without type: {event}"
        try:
            check_event(event, self._schema_version)
        except jsonschema.ValidationError as error:
            raise AssertionError(
                f"{event['type']} does not fit the schema of {self._schema_version}: "
                f"{error.json_path}: {error.message[:500]}"
            ) from None
        except AssertionError as error:
            self._finding(f"unknown event: {error}")
        identifier = event.get("event_id")
        # Some errors that concern the connection have none.
        if event["type"] != ServerEventType.ERROR:
            assert identifier, f"{event['type']} without event_id"
        assert identifier not in self._ids, f"{identifier} comes twice"
        if identifier:
            self._ids.add(identifier)


def _update(settings: Mapping[str, Any]) -> Event:
    return {"type": ClientEventType.SESSION_UPDATE, "session": dict(settings)}
