"""Somebody who talks to the mock service through any of our clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias

from tests.support.engine_driver import spoken
from voicelive import (
    SessionConnected,
    SessionDisconnected,
    SessionFailure,
    SessionHandlers,
    SessionReconnected,
    SessionReconnecting,
    SessionTarget,
    VoiceLiveClient,
    VoiceLiveSession,
)
from voicelive.aio import VoiceLiveConnection, connect
from voicelive.resilience import (
    Backoff,
    ReconnectingConnection,
    ReconnectPolicy,
    ReconnectReport,
    stay_connected,
)
from voicelive.turns import TurnKeeper
from voicelive_mockserver import MockServer
from voicelive_protocol import (
    InputTextContentPart,
    InvalidServerEvent,
    ReceivedEvent,
    RequestSession,
    Response,
    ServerEventResponseAudioTranscriptDone,
    ServerEventResponseDone,
    ServerEventResponseTextDone,
    ServerEventType,
    UserMessageItem,
)

Client: TypeAlias = (
    VoiceLiveConnection | ReconnectingConnection | VoiceLiveSession | TurnKeeper
)
"""Whatever sends and receives events."""

Kind = Literal["connection", "staying", "session", "lasting"]
"""What is between the user and the service; a lasting session reconnects."""

KINDS: tuple[Kind, ...] = ("connection", "staying", "session", "lasting")
RECONNECTING = ("staying", "lasting")
MODEL = "gpt-realtime"
SPEECH = spoken(200, 1200, 2200)
TEXT = RequestSession(modalities=["text"])


class Told(SessionHandlers):
    """What the handlers of a session were told, in order."""

    def __init__(self) -> None:
        self.began = 0
        self.events: list[ReceivedEvent] = []
        self.failures: list[SessionFailure] = []
        self.ends: list[SessionDisconnected] = []
        self.reconnects: list[SessionReconnecting | SessionReconnected] = []

    def on_connected(self, event: SessionConnected) -> None:
        self.began += 1

    def on_server_event(self, event: ReceivedEvent) -> None:
        assert len(self.ends) < max(self.began, 1), "something came after the end"
        self.events.append(event)

    def on_error(self, event: SessionFailure) -> None:
        self.failures.append(event)

    def on_reconnecting(self, event: SessionReconnecting) -> None:
        self.reconnects.append(event)

    def on_reconnected(self, event: SessionReconnected) -> None:
        self.reconnects.append(event)

    def on_disconnected(self, event: SessionDisconnected) -> None:
        self.ends.append(event)


class Staying:
    """What staying connected was like. Waiting takes no time."""

    def __init__(self, **policy: Any) -> None:
        self.waits: list[float] = []
        self.reports: list[ReconnectReport] = []
        self.backoff = Backoff(max_attempts=3, random=lambda: 0.5, sleep=self._sleep)
        self.policy = ReconnectPolicy(
            backoff=self.backoff, on_reconnected=self.reports.append, **policy
        )

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


@asynccontextmanager
async def opened(
    kind: Kind,
    server: MockServer,
    *,
    told: Told | None = None,
    handled: bool = True,
    staying: Staying | None = None,
    target: dict[str, str] | None = None,
    credential: Any = None,
    **options: Any,
) -> AsyncIterator[VoiceLiveConnection | ReconnectingConnection | VoiceLiveSession]:
    """Connect to the mock service in one of the ways.

    Args:
        kind: Which one.
        server: The service.
        told: Handlers of a session.
        handled: Whether a session has handlers.
        staying: How to stay connected.
        target: The model or agent, in the words of `connect`.
        credential: What to authenticate with; the key by default.
        **options: Options of the connection, and `connection_timeout` of a session.
    """
    target = target or {"model": MODEL}
    credential = credential or server.api_key
    connection_timeout = options.pop("connection_timeout", 20.0)
    arguments: Any = {"endpoint": server.endpoint, "credential": credential, **target}
    connection_options: Any = options
    if kind == "connection":
        async with connect(
            **arguments, connection_options=connection_options
        ) as connection:
            yield connection
    elif kind == "staying":
        async with stay_connected(
            **arguments,
            connection_options=connection_options,
            policy=(staying or Staying()).policy,
        ) as reconnecting:
            yield reconnecting
    else:
        model = target.get("model")
        where = SessionTarget(model=model) if model else SessionTarget(agent=target)
        client = VoiceLiveClient(server.endpoint, credential)
        session = client.create_session(
            where,
            connection_options=connection_options,
            connection_timeout=connection_timeout,
            reconnect=(staying or Staying()).policy if kind == "lasting" else None,
        )
        told = told or Told()
        if handled:
            session.subscribe(told)
        async with session:
            yield session
        assert not any(failure.handler for failure in told.failures)
        assert told.began == len(told.ends)


class User:
    """Somebody who talks and listens.

    Args:
        client: What is between the user and the service.

    Attributes:
        events: Everything that came.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.events: list[ReceivedEvent] = []

    async def configure(self, session: RequestSession = TEXT) -> None:
        """Change settings, and wait until they hold."""
        await self.client.session.update(session=session)
        await self.until(ServerEventType.SESSION_UPDATED)

    async def write(self, text: str) -> None:
        """Write something, without asking for an answer."""
        message = UserMessageItem(content=[InputTextContentPart(text=text)])
        await self.client.conversation.item.create(item=message)

    async def speak(self) -> None:
        """Say something; what, the scenario knows."""
        for start in range(0, len(SPEECH), 24_000):
            piece = SPEECH[start : start + 24_000]
            await self.client.input_audio_buffer.append(audio=piece)

    async def ask(self, text: str | None = None) -> Response:
        """Write something, if given, and have it answered."""
        if text is not None:
            await self.write(text)
        await self.client.response.create()
        return await self.answer()

    async def answer(self) -> Response:
        """Wait for the end of a response."""
        done = (await self.until(ServerEventType.RESPONSE_DONE))[-1]
        assert isinstance(done, ServerEventResponseDone)
        return done.response

    async def until(
        self, wanted: str | Callable[[ReceivedEvent], bool]
    ) -> list[ReceivedEvent]:
        """Receive up to an event of a type, or one that is like that."""
        events: list[ReceivedEvent] = []
        while True:
            event = await self.client.recv()
            events.append(event)
            self.events.append(event)
            if event.type == wanted if isinstance(wanted, str) else wanted(event):
                return events

    async def rest(self) -> None:
        """Receive all that comes, up to the end of the connection."""
        async for event in self.client:
            self.events.append(event)

    def count(self, event_type: str) -> int:
        """How many events of a type have come."""
        return sum(event.type == event_type for event in self.events)

    @property
    def unreadable(self) -> list[InvalidServerEvent]:
        """The events that could not be read."""
        return [e for e in self.events if isinstance(e, InvalidServerEvent)]

    @property
    def heard(self) -> list[str]:
        """What the assistant has said, in text or in speech."""
        return [
            event.text
            if isinstance(event, ServerEventResponseTextDone)
            else event.transcript
            for event in self.events
            if isinstance(
                event,
                ServerEventResponseTextDone | ServerEventResponseAudioTranscriptDone,
            )
        ]
