"""What type checkers see of the client; run by mypy and pyright, never imported.

`assert_type` fails for another type than the one given, as reading the output of
`reveal_type` would; the lines that must not pass are marked, and a mark without an
error is one itself.
"""

from __future__ import annotations

from typing import assert_type

from voicelive import (
    AgentSessionConfig,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionState,
    CreateSessionOptions,
    SessionConnected,
    SessionDisconnected,
    SessionFailure,
    SessionHandlers,
    SessionTarget,
    VoiceLiveClient,
    VoiceLiveError,
    VoiceLiveSession,
    VoiceLiveSubscription,
)
from voicelive.aio import TurnKeeper, VoiceLiveConnection, connect
from voicelive.models import (
    InputTextContentPart,
    ReceivedEvent,
    RequestSession,
    ServerEventError,
    ServerEventResponseAudioDelta,
    ServerEventResponseDone,
    UserMessageItem,
)


async def connecting(key: str, endpoint: str) -> None:
    """connect() gives a connection; an agent needs both of its names."""
    async with connect(credential=key, endpoint=endpoint, model="m") as connection:
        assert_type(connection, VoiceLiveConnection)
        assert_type(await connection.recv(), ReceivedEvent)
        assert_type(connection.session_id, str | None)
    connect(credential=key, endpoint=endpoint, agent_name="a", project_name="p")
    connect(credential=key, endpoint=endpoint, agent_name="a")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


async def resources(connection: VoiceLiveConnection) -> None:
    """Every client event is a method with typed keywords."""
    item = UserMessageItem(content=[InputTextContentPart(text="Hi")])
    assert_type(await connection.conversation.item.create(item=item), None)
    await connection.input_audio_buffer.append(audio=b"")
    await connection.session.update(session=RequestSession(instructions="x"))
    await connection.response.cancel(response="r")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await connection.conversation.item.delete()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def sessions(client: VoiceLiveClient) -> None:
    """Sessions are made from each kind of target, and from nothing else."""
    assert_type(client.endpoint, str)
    assert_type(client.create_session("m"), VoiceLiveSession)
    agent = AgentSessionConfig(agent_name="a", project_name="p")
    client.create_session(SessionTarget(agent=agent), connection_timeout=None)
    client.create_session(
        {"model": "m"}, CreateSessionOptions(api_version="2026-04-10")
    )
    client.create_session(RequestSession(model="m"), {"headers": {"a": "b"}})
    session = await client.start_session("m", handlers=Handlers())
    assert_type(session, VoiceLiveSession)
    await client.start_session("m", handlers={"on_response_done": print})
    client.create_session(5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    client.create_session("m", handlers=Handlers())  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    client.create_session("m", timeout=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    SessionTarget(model="m", agent=agent)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    SessionTarget()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    client.endpoint = "x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


async def using(session: VoiceLiveSession) -> None:
    """A session has the methods of a connection and its own."""
    assert_type(session.turns, TurnKeeper)
    session.subscribe(on_reconnected=lambda e: print(e.report.not_restored))
    session.subscribe(on_reconnected=lambda e: print(e.attempt))  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    async with session as same:
        assert_type(same, VoiceLiveSession)
    async for event in session:
        assert_type(event, ReceivedEvent)
    assert_type(session.connection_state, ConnectionState)
    assert_type(session.active_turn_id, str | None)
    assert_type(await session.start_audio_turn(), str)
    await session.send_audio(bytearray(), turn_id="t")
    await session.send_audio("text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await session.response.create()


class Handlers(SessionHandlers):
    """Handlers may be async, and know what they are told."""

    async def on_response_audio_delta(
        self, event: ServerEventResponseAudioDelta
    ) -> None:
        """Read audio."""
        assert_type(event.delta, bytes)

    def on_connected(self, event: SessionConnected) -> None:
        """Read the session."""
        assert_type(event.session, VoiceLiveSession)

    async def on_error(self, event: SessionFailure) -> None:
        """Read the error."""
        assert_type(event.error, BaseException)
        assert_type(event.handler, str | None)

    def on_response_done(self, event: ServerEventError) -> None:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        """Take another event than the one it is told: refused."""


def subscribing(session: VoiceLiveSession) -> None:
    """Functions are checked by the names that they are given."""

    async def done(event: ServerEventResponseDone) -> None: ...

    def gone(event: SessionDisconnected) -> int:
        assert_type(event.error, Exception | None)
        return 5

    subscription = session.subscribe(on_response_done=done, on_disconnected=gone)
    assert_type(subscription, VoiceLiveSubscription)
    session.subscribe(on_server_error=lambda e: assert_type(e, ServerEventError))
    session.subscribe(Handlers())
    session.subscribe(on_response_created=done)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    session.subscribe(on_response_don=done)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    session.subscribe(done)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def errors(error: VoiceLiveError) -> None:
    """Every error says whether to try again; each kind has a code of its own type."""
    assert_type(error.retryable, bool)
    assert_type(error.retry_after, float | None)
    assert_type(error.code, int | str | None)
    if isinstance(error, ConnectionClosed):
        assert_type(error.code, int)
    elif isinstance(error, ConnectionFailed):
        assert_type(error.code, int | None)
