"""Every fault of the mock service, with each kind of client, at several points."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, get_args

import pytest

from tests.integration.client.client_driver import (
    KINDS,
    RECONNECTING,
    Client,
    ClientDriver,
    HandlerLog,
    ReconnectLog,
    open_client,
)
from voicelive import SessionReconnected, SessionReconnecting, VoiceLiveSession
from voicelive.aio import (
    AuthenticationError,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionTimeout,
    ProtocolError,
    ReceiveTimeout,
    SessionRejected,
)
from voicelive.turns import TurnKeeper
from voicelive_mockserver import MockServer
from voicelive_mockserver.faults import AnyFault, PointFault, parse_fault
from voicelive_protocol import (
    ErrorCode,
    ServerEventError,
    ServerEventType,
    UnknownServerEvent,
)

# Points of a connection at which a fault happens.
BEFORE = "after=0"
TURN = "event=response.text.delta:after=2"
SENDING = "client_event=input_audio_buffer.append:after=3"

SHORT = {"handshake_timeout": 0.1}
NORMAL = 1000
SHORT_CONNECT = {"connection_timeout": 0.1}


@dataclass(frozen=True)
class Refused:
    """Connecting fails."""

    error: type[ConnectionFailed]
    code: int | None
    retryable: bool
    retry_after: float | None = None


@dataclass(frozen=True)
class Ends:
    """The connection ends; `error_code` is that of the `error` event before."""

    error: type[ConnectionClosed]
    code: int
    retryable: bool
    error_code: str | None = None


@dataclass(frozen=True)
class Silence:
    """No further event arrives, and the connection stays open."""


@dataclass(frozen=True)
class GoesOn:
    """The turn completes, with these numbers of unusual events."""

    unreadable: int = 0
    unknown: int = 0
    errors: int = 0
    status: str = "completed"


Outcome = Refused | Ends | Silence | GoesOn


@dataclass(frozen=True)
class Case:
    """A fault of the first connection, and its outcome for the client.

    Attributes:
        fault: The fault, as a specification.
        outcome: Outcome for the connection.
        options: Options of the connection.
        no_session: Exception of `connect()` of a session, if any.
    """

    fault: str
    outcome: Outcome
    options: dict[str, Any] = field(default_factory=dict)
    no_session: type[Exception] | None = None

    def __str__(self) -> str:
        return self.fault


def cases() -> list[Case]:
    """Return the cases."""
    closed, lost, protocol = ConnectionClosed, ConnectionLost, ProtocolError
    found = [
        # The handshake.
        Case("refuse:401", Refused(AuthenticationError, 401, False)),
        Case("refuse:403", Refused(AuthenticationError, 403, False)),
        Case("refuse:404", Refused(ConnectionFailed, 404, False)),
        Case("refuse:302", Refused(ConnectionFailed, 302, False)),
        Case("refuse:429:retry_after=3", Refused(ConnectionFailed, 429, True, 3)),
        Case("refuse:500", Refused(ConnectionFailed, 500, True)),
        Case("refuse:503:seconds=0.02", Refused(ConnectionFailed, 503, True)),
        Case("rate_limit:0:7", Refused(ConnectionFailed, 429, True, 7)),
        Case("slow_handshake:0.02", GoesOn()),
        Case("slow_handshake:9", Refused(ConnectionTimeout, None, True), SHORT),
        # Errors that end the connection, before or within the session.
        Case(
            f"error:invalid_model:{BEFORE}",
            Ends(SessionRejected, 1008, False, ErrorCode.INVALID_MODEL),
        ),
        Case(f"error:model_connection:{BEFORE}", Ends(SessionRejected, 1008, True)),
        Case(
            f"error:agent_initialization_failed:{TURN}",
            Ends(closed, 1008, False, ErrorCode.AGENT_INITIALIZATION_FAILED),
        ),
        Case(f"expire:{BEFORE}", Ends(SessionRejected, 1001, True, "session_expired")),
        Case(f"expire:{TURN}", Ends(closed, 1001, True, "session_expired")),
        Case(f"expire:{SENDING}", Ends(closed, 1001, True, "session_expired")),
        # Sessions treat an `error` in place of `session.created` as a rejection.
        Case(f"error:{BEFORE}", GoesOn(errors=1), no_session=SessionRejected),
        Case(f"error:voice_is_fixed:{TURN}", GoesOn(errors=1)),
        Case(f"error:{SENDING}", GoesOn(errors=1)),
        # Close codes with other meanings.
        Case(f"close:1001:{TURN}", Ends(closed, 1001, True)),
        Case(f"close:1009:{TURN}", Ends(protocol, 1009, False)),
        Case(f"close:1012:{TURN}", Ends(closed, 1012, True)),
        Case(f"close:3000:{TURN}", Ends(closed, 3000, False)),
        Case(f"close:4321:{TURN}", Ends(closed, 4321, True)),
        # Single events.
        Case(
            "malformed:event=session.created",
            GoesOn(unreadable=1),
            SHORT_CONNECT,
            no_session=ConnectionTimeout,
        ),
        Case("malformed:binary:event=session.created", GoesOn()),
        Case("malformed:event=response.done", Silence()),
        Case("extra_fields", GoesOn()),
        Case("duplicate", GoesOn()),
        Case("duplicate:3:event=response.done", GoesOn()),
        Case("reorder:event=response.text.delta:by=2", GoesOn()),
        Case("reorder:event=response.created:by=3", GoesOn()),
        Case("omit:event=response.created", GoesOn()),
        Case("omit:event=response.text.delta", GoesOn()),
        Case("omit:event=response.done", Silence()),
        Case(
            "omit:event=session.created",
            GoesOn(),
            SHORT_CONNECT,
            no_session=ConnectionTimeout,
        ),
        Case("delay:0.001:0.002", GoesOn()),
        Case("delay:0.05:event=session.created", GoesOn()),
        # Whole responses.
        Case("fail_response", GoesOn(status="failed")),
        Case("fail_response:rate_limit_exceeded:nth=1", GoesOn(status="failed")),
    ]
    for how in ("truncated", "not_json", "not_an_object", "empty", "not_utf8"):
        line = f"malformed:{how}:event=response.text.delta:nth=2"
        found.append(Case(line, GoesOn(unreadable=1)))
    found.append(Case("malformed:binary:event=response.text.delta", GoesOn()))
    for moment in (BEFORE, TURN, SENDING):
        early = {"no_session": ConnectionTimeout} if moment == BEFORE else {}
        found += [
            Case(f"close:1000:{moment}", Ends(closed, 1000, False)),
            Case(f"close:1008:{moment}", Ends(closed, 1008, False)),
            Case(f"close:1011:Sorry.:{moment}", Ends(closed, 1011, True)),
            Case(f"drop:{moment}", Ends(lost, 1006, True)),
            Case(f"drop:mid_frame=true:{moment}", Ends(lost, 1006, True)),
            Case(f"stall:{moment}", Silence(), SHORT_CONNECT, **early),
            Case(f"stall:0.02:{moment}", GoesOn()),
            Case(f"ignore_pings:{moment}", Ends(lost, 1006, True), {"heartbeat": 0.06}),
            Case(f"inject:{moment}", GoesOn(unknown=1)),
            Case(f"inject:text=oops:{moment}", GoesOn(unreadable=1)),
        ]
    return found


@asynccontextmanager
async def streaming(
    client: Client, *, wanted: bool
) -> AsyncIterator[asyncio.Task[None]]:
    """Send audio continuously, as a microphone does."""

    async def stream() -> None:
        while wanted:
            await client.input_audio_buffer.append(audio=bytes(960))
            await asyncio.sleep(0.001)

    task = asyncio.create_task(stream())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


@pytest.mark.parametrize("kind", [*KINDS, "turns"])
@pytest.mark.parametrize("case", cases(), ids=str)
async def test_fault(case: Case, kind: str) -> None:
    """A fault ends with the right error, or the conversation goes on."""
    fault = f"{case.fault}:connection=1"
    # Plain connections send audio before the first `session.update`.
    server = MockServer(speed=inf, faults=[fault], require_configuration=False)
    async with server:
        await FaultRun(case, kind, server).run()


class FaultRun:
    """One client and one fault.

    Args:
        case: The fault.
        kind: Kind of the client.
        server: The service with the fault.
    """

    def __init__(self, case: Case, kind: str, server: MockServer) -> None:
        self.case = case
        self.kind = kind
        self.server = server
        self.handlers = HandlerLog()
        silent = isinstance(case.outcome, Silence)
        self.reconnects = ReconnectLog(stall_seconds=0.05 if silent else None)
        self.is_sending = SENDING in case.fault
        self.is_early = BEFORE in case.fault

    async def run(self) -> None:
        """Run the client, and check the outcome."""
        outcome = self.case.outcome
        if self.raises_at_once:
            assert self.case.no_session
            with pytest.raises(self.case.no_session):
                async with self.opened():
                    pytest.fail("the session has begun")
            assert not self.handlers.disconnects
        elif isinstance(outcome, Refused):
            await self.refused(outcome)
        elif isinstance(outcome, Ends) and self.ends_at_once(outcome):
            with pytest.raises(ConnectionClosed) as caught:
                async with self.opened():
                    pytest.fail("the session has begun")
            error = caught.value
            if isinstance(error, SessionRejected) and error.code == NORMAL:
                # A session that is rejected closes first, with 1000.
                outcome = replace(outcome, code=NORMAL)
            self.check(error, outcome)
            assert not self.handlers.disconnects
        else:
            async with (
                self.opened() as client,
                streaming(client, wanted=self.is_sending) as sender,
            ):
                if isinstance(outcome, GoesOn):
                    await self.goes_on(client, outcome)
                elif self.kind in RECONNECTING and (
                    isinstance(outcome, Silence) or outcome.retryable
                ):
                    await self.is_replaced(client, outcome)
                elif isinstance(outcome, Silence):
                    await self.is_silent(client)
                else:
                    await self.ends(client, outcome, sender)

    @property
    def raises_at_once(self) -> bool:
        """Whether `connect()` fails without `session.created`."""
        if self.kind == "reconnecting_session":
            return self.case.no_session is ConnectionTimeout
        return self.kind == "session" and self.case.no_session is not None

    def ends_at_once(self, outcome: Ends) -> bool:
        """Return whether `connect()` raises, as the end precedes the session."""
        if not self.is_early or "heartbeat" in self.case.options:
            return False
        return self.kind == "session" or (
            self.kind == "reconnecting_session" and not outcome.retryable
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Client]:
        """Connect the client."""
        kind: Any = "connection" if self.kind == "turns" else self.kind
        options = dict(self.case.options)
        if isinstance(self.case.outcome, Silence) and kind not in RECONNECTING:
            options["receive_timeout"] = 0.05
        async with open_client(
            kind,
            self.server,
            handlers=self.handlers,
            reconnects=self.reconnects,
            **options,
        ) as client:
            if self.kind == "turns":
                async with TurnKeeper(client) as keeper:
                    yield keeper
            else:
                yield client

    async def ask(self, client: Client) -> None:
        """Request a reply to a text; the connection may end meanwhile."""
        driver = ClientDriver(client)
        if self.is_sending:
            # The fault happens before the request.
            await self.server.wait_for("input_audio_buffer.append", count=3)
        with suppress(ConnectionClosed):
            await client.session.update(session={"modalities": ["text"]})
            await driver.write("Hello!")
            await client.response.create()

    async def refused(self, outcome: Refused) -> None:
        """Expect that connecting fails, or is retried."""
        if self.kind in RECONNECTING and outcome.retryable:
            async with self.opened() as client:
                await ClientDriver(client).until("session.created")
            # Plus half of the longest random wait.
            assert self.reconnects.waits == [(outcome.retry_after or 0) + 0.25]
            return
        with pytest.raises(outcome.error) as caught:
            async with self.opened():
                pytest.fail("connected")
        error = caught.value
        assert (error.code, error.retryable) == (outcome.code, outcome.retryable)
        assert error.retry_after == outcome.retry_after
        assert self.server.endpoint.rpartition("/")[2] in str(error)
        assert not self.reconnects.waits
        assert not self.handlers.events + self.handlers.disconnects

    def check(self, error: ConnectionClosed, outcome: Ends) -> None:
        """Check the exception of an end."""
        assert type(error) is outcome.error
        assert (error.code, error.retryable) == (outcome.code, outcome.retryable)
        if outcome.error_code:
            assert error.error is not None
            assert error.error.code == outcome.error_code
        if error.error is not None:
            assert error.error.message
            assert error.error.message in str(error)
        elif outcome.code == 1011:
            assert "Sorry." in str(error)
        else:
            assert str(outcome.code) in str(error)

    async def ends(
        self, client: Client, outcome: Ends, sender: asyncio.Task[None]
    ) -> None:
        """Expect that receiving and sending raise the end, and handlers get it."""
        driver = ClientDriver(client)
        await self.ask(client)
        if outcome.code == 1000:
            await driver.rest()
            with pytest.raises(ConnectionClosed) as caught:
                await client.recv()
        else:
            with pytest.raises(ConnectionClosed) as caught:
                await driver.rest()
        self.check(caught.value, outcome)
        assert client.closed
        with pytest.raises(ConnectionClosed) as sending:
            await client.response.create()
        assert sending.value.code == outcome.code
        if self.is_sending:
            with pytest.raises(ConnectionClosed):
                await sender
        if self.kind in RECONNECTING:
            assert not self.reconnects.reports
        if isinstance(client, VoiceLiveSession):
            await client.disconnect()
            failures = [failure.error for failure in self.handlers.failures]
            assert failures == ([] if outcome.code == 1000 else [caught.value])
            (end,) = self.handlers.disconnects
            assert (end.code, end.clean) == (outcome.code, outcome.code == 1000)
            await client.connect()
            await self.ask(client)
            assert (await ClientDriver(client).answer()).status == "completed"

    async def is_replaced(self, client: Client, outcome: Ends | Silence) -> None:
        """Expect a new connection, on which the conversation goes on."""
        driver, reconnects = ClientDriver(client), self.reconnects
        await self.ask(client)
        await driver.until(lambda e: bool(reconnects.reports) and e.type == CREATED)
        cause = reconnects.reports[0].cause
        assert cause is not None
        if isinstance(outcome, Ends):
            self.check(cause, outcome)
        await self.ask(client)
        assert (await driver.answer()).status == "completed"
        assert len(reconnects.reports) == 1
        if isinstance(client, VoiceLiveSession):
            lost, found = self.handlers.reconnects
            assert isinstance(lost, SessionReconnecting)
            assert lost.error is cause
            assert isinstance(found, SessionReconnected)
            assert found.report is reconnects.reports[0]
            assert not self.handlers.failures + self.handlers.disconnects

    async def is_silent(self, client: Client) -> None:
        """Expect the receive timeout, which leaves the connection open."""
        driver = ClientDriver(client)
        await self.ask(client)
        with pytest.raises(ReceiveTimeout) as caught:
            await driver.rest()
        assert caught.value.retryable
        assert not client.closed
        if isinstance(client, VoiceLiveSession):
            assert isinstance(self.handlers.failures[0].error, ReceiveTimeout)
            assert not self.handlers.disconnects

    async def goes_on(self, client: Client, outcome: GoesOn) -> None:
        """Expect that this turn and the next one complete."""
        driver = ClientDriver(client)
        for _ in range(2):
            await self.ask(client)
            last = await driver.answer()
            if driver.count("response.done") == 1:
                assert last.status == outcome.status
        events = driver.events
        if self.is_early and isinstance(client, VoiceLiveSession):
            await client.disconnect()
            events = self.handlers.events
        unreadable = [e for e in events if e.type == ""]
        assert len(unreadable) == outcome.unreadable
        unknown = [e for e in events if isinstance(e, UnknownServerEvent)]
        assert len(unknown) == outcome.unknown
        errors = [e for e in events if isinstance(e, ServerEventError)]
        assert len(errors) == outcome.errors
        assert not self.reconnects.reports
        if isinstance(client, VoiceLiveSession):
            assert not self.handlers.failures


CREATED = ServerEventType.SESSION_CREATED


def tag(fault: type[Any]) -> str:
    """Return the name of a kind of fault."""
    return str(fault.__struct_config__.tag)


def test_every_kind_of_fault_has_a_case() -> None:
    """A new kind of fault needs a case, at each point if it happens at a point."""
    kinds = {tag(kind): kind for kind in get_args(AnyFault)}
    covered: dict[str, set[str]] = {name: set() for name in kinds}
    for case in cases():
        name = tag(type(parse_fault(case.fault)))
        covered[name] |= {m for m in (BEFORE, TURN, SENDING) if m in case.fault} or {""}
    for name, kind in kinds.items():
        wanted = {BEFORE, TURN, SENDING} if issubclass(kind, PointFault) else {""}
        assert covered[name] >= wanted, name
