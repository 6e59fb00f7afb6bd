"""Driver of a conversation with the mock service, through any kind of client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias

from tests.support.engine_driver import spoken
from tests.support.waiting import receive_until
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
"""Any object of the client that sends and receives events."""

Kind = Literal["connection", "reconnecting", "session", "reconnecting_session"]
"""A kind of client."""

KINDS: tuple[Kind, ...] = (
    "connection",
    "reconnecting",
    "session",
    "reconnecting_session",
)
RECONNECTING = ("reconnecting", "reconnecting_session")
MODEL = "gpt-realtime"
SPEECH = spoken(200, 1200, 2200)
TEXT = RequestSession(modalities=["text"])


class HandlerLog(SessionHandlers):
    """Handlers of a session that record their events in order."""

    def __init__(self) -> None:
        self.connects = 0
        self.events: list[ReceivedEvent] = []
        self.failures: list[SessionFailure] = []
        self.disconnects: list[SessionDisconnected] = []
        self.reconnects: list[SessionReconnecting | SessionReconnected] = []

    def on_connected(self, event: SessionConnected) -> None:
        self.connects += 1

    def on_server_event(self, event: ReceivedEvent) -> None:
        assert len(self.disconnects) < max(self.connects, 1), "an event after the end"
        self.events.append(event)

    def on_error(self, event: SessionFailure) -> None:
        self.failures.append(event)

    def on_reconnecting(self, event: SessionReconnecting) -> None:
        self.reconnects.append(event)

    def on_reconnected(self, event: SessionReconnected) -> None:
        self.reconnects.append(event)

    def on_disconnected(self, event: SessionDisconnected) -> None:
        self.disconnects.append(event)


class ReconnectLog:
    """Reconnect policy that records waits and reports; waiting takes no time."""

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
async def open_client(
    kind: Kind,
    server: MockServer,
    *,
    handlers: HandlerLog | None = None,
    handled: bool = True,
    reconnects: ReconnectLog | None = None,
    target: dict[str, str] | None = None,
    credential: Any = None,
    **options: Any,
) -> AsyncIterator[VoiceLiveConnection | ReconnectingConnection | VoiceLiveSession]:
    """Connect a client to the mock service.

    Args:
        kind: Kind of the client.
        server: The service.
        handlers: Handlers of a session.
        handled: Whether a session has handlers.
        reconnects: Policy of a client that reconnects.
        target: The model or agent, as arguments of `connect`.
        credential: Credential; the key by default.
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
    elif kind == "reconnecting":
        async with stay_connected(
            **arguments,
            connection_options=connection_options,
            policy=(reconnects or ReconnectLog()).policy,
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
            reconnect=(reconnects or ReconnectLog()).policy
            if kind == "reconnecting_session"
            else None,
        )
        handlers = handlers or HandlerLog()
        if handled:
            session.subscribe(handlers)
        async with session:
            yield session
        assert not any(failure.handler for failure in handlers.failures)
        assert handlers.connects == len(handlers.disconnects)


class ClientDriver:
    """Driver of a client: sends what a user does and records all events.

    Args:
        client: The client.

    Attributes:
        events: All received events.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.events: list[ReceivedEvent] = []

    async def configure(self, session: RequestSession = TEXT) -> None:
        """Update the session, and wait for the answer."""
        await self.client.session.update(session=session)
        await self.until(ServerEventType.SESSION_UPDATED)

    async def write(self, text: str) -> None:
        """Send a text of the user, without requesting a response."""
        message = UserMessageItem(content=[InputTextContentPart(text=text)])
        await self.client.conversation.item.create(item=message)

    async def speak(self) -> None:
        """Send speech; its transcript comes from the scenario."""
        for start in range(0, len(SPEECH), 24_000):
            piece = SPEECH[start : start + 24_000]
            await self.client.input_audio_buffer.append(audio=piece)

    async def ask(self, text: str | None = None) -> Response:
        """Send a text, if given, and request a response; return the response."""
        if text is not None:
            await self.write(text)
        await self.client.response.create()
        return await self.answer()

    async def answer(self) -> Response:
        """Wait for the end of a response, and return it."""
        done = (await self.until(ServerEventType.RESPONSE_DONE))[-1]
        assert isinstance(done, ServerEventResponseDone)
        return done.response

    async def until(
        self, wanted: str | Callable[[ReceivedEvent], bool]
    ) -> list[ReceivedEvent]:
        """Receive events up to one of a type, or one that meets a condition."""
        return await receive_until(self, wanted)

    async def recv(self) -> ReceivedEvent:
        """Receive and record the next event."""
        event = await self.client.recv()
        self.events.append(event)
        return event

    async def rest(self) -> None:
        """Receive all events up to the end of the connection."""
        async for event in self.client:
            self.events.append(event)

    def count(self, event_type: str) -> int:
        """Return the number of received events of a type."""
        return sum(event.type == event_type for event in self.events)

    @property
    def unreadable(self) -> list[InvalidServerEvent]:
        """The events that could not be decoded."""
        return [e for e in self.events if isinstance(e, InvalidServerEvent)]

    @property
    def heard(self) -> list[str]:
        """The texts and transcripts of the assistant."""
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
