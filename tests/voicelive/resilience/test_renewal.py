"""Renewal on request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.client import client_of
from tests.support.memory_service import MemoryPeer, MemoryServer, serve_in_memory
from tests.support.scripted_service import CLOSE
from tests.support.waiting import receive_until
from tests.voicelive.resilience.support import (
    Heard,
    created,
    item_created,
    one_after_the_other,
    quick,
    stay,
    updated,
    user,
)
from voicelive import ConnectionClosed, VoiceLiveSession
from voicelive._connection.clock import loop_time
from voicelive.resilience import (
    ReconnectFailed,
    ReconnectingConnection,
    ReconnectPolicy,
    ReconnectReport,
)
from voicelive.turns import PlaybackClock, ToolSet, TurnKeeper

pytestmark = pytest.mark.virtual_time

SPEECH_STARTED = {"type": "input_audio_buffer.speech_started", "item_id": "item_u"}
SPEECH_STOPPED = {"type": "input_audio_buffer.speech_stopped", "item_id": "item_u"}


class Service:
    """Service that begins any number of sessions and acknowledges what it gets."""

    def __init__(self) -> None:
        self.peers: list[MemoryPeer] = []
        self.closes: list[tuple[int, str]] = []

    async def __call__(self, peer: MemoryPeer) -> None:
        await peer.accept()
        await peer.send(created(len(self.peers) + 1))
        self.peers.append(peer)
        while True:
            frame = await peer.receive()
            if frame.opcode == CLOSE:
                self.closes.append(frame.closing)
                await peer.close()
                return
            event = frame.event
            if event["type"] == "session.update":
                await peer.send(updated(**event["session"]))
            elif event["type"] == "conversation.item.create":
                await peer.send(item_created(event["item"]))


def response(status: str) -> dict[str, Any]:
    kind = "response.created" if status == "in_progress" else "response.done"
    fields = {"id": "resp_1", "status": status, "output": []}
    return {"type": kind, "response": fields}


def response_with_call() -> dict[str, Any]:
    call = {"id": "item_1", "type": "function_call", "status": "completed"}
    call |= {"call_id": "call_1", "name": "look_up", "arguments": "{}"}
    done = response("completed")
    done["response"]["output"] = [call]
    return done


async def passes(seconds: float = 5) -> None:
    await asyncio.sleep(seconds)


async def test_it_waits_for_a_pause() -> None:
    """No session is replaced during a response, speech or before an answer."""
    heard, service = Heard(), Service()
    async with (
        serve_in_memory(service) as server,
        stay(server, heard.policy()) as connection,
    ):
        await receive_until(connection, "session.created")
        (peer,) = service.peers
        await peer.send(item_created(user("item_1", "Hello")))
        await peer.send(response("in_progress"))
        await receive_until(connection, "response.created")
        renewing = asyncio.create_task(connection.renew(reason="deploy"))
        await passes()
        await peer.send(SPEECH_STARTED)
        await peer.send(response("completed"))
        await passes()
        assert not renewing.done()
        await peer.send(SPEECH_STOPPED)
        report = await renewing
        assert (report.cause, report.reason) == (None, "deploy")
        assert (report.old_session_id, report.new_session_id) == ("sess_1", "sess_2")
        assert report.restored == ["item_1"]
        assert "renewed: deploy" in str(report)
        assert heard.reports == [report]
        assert heard.reconnecting == []
        assert connection.last_report is report
        assert service.closes == [(1000, "deploy")]
        await receive_until(connection, "session.created")


async def test_calls_at_the_same_time_share_a_renewal() -> None:
    """They get one report; a later call renews again."""
    service = Service()
    async with (
        serve_in_memory(service) as server,
        stay(server, Heard().policy()) as connection,
    ):
        first, second = await asyncio.gather(
            connection.renew(reason="one"), connection.renew(reason="two")
        )
        assert first is second
        assert first.reason == "one"
        third = await connection.renew()
        assert (third.new_session_id, third.reason) == ("sess_3", "")


async def test_cancellation_withdraws_the_request() -> None:
    """Nothing is renewed for a caller that has given up, unless another one waits."""
    service, busy = Service(), True
    async with (
        serve_in_memory(service) as server,
        stay(server, Heard().policy()) as connection,
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await connection.renew(pause=lambda: not busy)
        busy = False
        await passes()
        assert len(service.peers) == 1
        busy = True
        staying = asyncio.create_task(connection.renew(pause=lambda: not busy))
        leaving = asyncio.create_task(connection.renew(pause=lambda: False))
        await passes()
        leaving.cancel()
        await passes()
        assert not staying.done()
        busy = False
        assert (await staying).new_session_id == "sess_2"


async def test_a_loss_fulfils_the_request() -> None:
    """A new connection is what was asked for; there is no second one."""
    service = Service()
    async with (
        serve_in_memory(service) as server,
        stay(server, Heard().policy()) as connection,
    ):
        waiting = asyncio.create_task(
            connection.renew(reason="deploy", pause=lambda: False)
        )
        await passes(1)
        await service.peers[0].hang_up()
        report = await waiting
        assert report.cause is not None
        assert report.reason == ""
        await passes(60)
        assert len(service.peers) == 2


async def test_while_reconnecting_it_waits_for_the_new_connection() -> None:
    """A request during a reconnect is fulfilled by it."""
    service = Service()
    slow = ReconnectPolicy(backoff=quick(sleep=asyncio.sleep, initial=8, maximum=8))
    async with serve_in_memory(service) as server, stay(server, slow) as connection:
        await receive_until(connection, "session.created")
        await service.peers[0].hang_up()
        await passes(1)
        assert connection.reconnecting
        assert (await connection.renew()).new_session_id == "sess_2"
        await passes(60)
        assert len(service.peers) == 2


async def test_the_end_of_the_connection() -> None:
    """A request fails when the connection is closed, and after that."""
    async with (
        serve_in_memory(Service()) as server,
        stay(server, Heard().policy()) as connection,
    ):
        waiting = asyncio.create_task(connection.renew(pause=lambda: False))
        await passes()
        await connection.close(reason="bye")
        with pytest.raises(ConnectionClosed, match="bye"):
            await waiting
        with pytest.raises(ConnectionClosed, match="bye"):
            await connection.renew()


async def test_no_new_connection() -> None:
    """If the service refuses the new session, the request fails with it."""
    service = Service()

    async def refuse(peer: MemoryPeer) -> None:
        await peer.accept()
        await peer.close(1008, "no")

    policy = ReconnectPolicy(backoff=quick(max_attempts=1))
    async with (
        serve_in_memory(one_after_the_other(service, refuse)) as server,
        stay(server, policy) as connection,
    ):
        with pytest.raises(ReconnectFailed, match="no"):
            await connection.renew()
        assert connection.closed


async def test_many_renewals_are_no_failures() -> None:
    """They do not count as failed attempts, and keep to the limit of the service."""
    service = Service()
    policy = ReconnectPolicy(backoff=quick(max_attempts=2, max_per_minute=4))
    async with serve_in_memory(service) as server, stay(server, policy) as connection:
        before = loop_time()
        for _ in range(8):
            await connection.renew()
            # There is a connection while the limit delays the next one.
            assert not connection.reconnecting
        assert len(service.peers) == 9
        assert loop_time() - before >= 60


async def test_a_loss_after_renewals() -> None:
    """Renewals do not use up the attempts for a loss."""
    service = Service()
    policy = ReconnectPolicy(backoff=quick(max_attempts=2))
    async with serve_in_memory(service) as server, stay(server, policy) as connection:
        for _ in range(4):
            await connection.renew()
        await service.peers[-1].hang_up()
        await passes()
        assert len(service.peers) == 6
        assert not connection.closed


async def test_in_callbacks() -> None:
    """`on_expiring` may renew; a callback that delays the connection cannot wait."""
    service, failures, reports = Service(), list[Exception](), list[ReconnectReport]()
    connections: list[ReconnectingConnection] = []

    async def on_expiring(_seconds: float) -> None:
        reports.append(await connections[0].renew(reason="expiring"))

    async def on_reconnected(_report: ReconnectReport) -> None:
        try:
            await connections[0].renew()
        except RuntimeError as error:
            failures.append(error)

    policy = ReconnectPolicy(
        backoff=quick(),
        clock=loop_time,
        on_expiring=on_expiring,
        on_reconnected=on_reconnected,
    )
    async with serve_in_memory(service) as server, stay(server, policy) as connection:
        connections.append(connection)
        await passes(3301)
        assert [report.reason for report in reports] == ["expiring"]
        assert ["in a task" in str(failure) for failure in failures] == [True]


async def test_a_failing_pause() -> None:
    """Its exception is raised, and the connection stays."""
    async with (
        serve_in_memory(Service()) as server,
        stay(server, Heard().policy()) as connection,
    ):
        with pytest.raises(ZeroDivisionError):
            await connection.renew(pause=lambda: bool(1 / 0))
        assert not connection.closed
        assert (await connection.renew()).new_session_id == "sess_2"


@pytest.mark.parametrize("wrong", [{"reason": None}, {"pause": True}])
async def test_wrong_arguments(wrong: dict[str, Any]) -> None:
    """They are named in the error."""
    async with (
        serve_in_memory(Service()) as server,
        stay(server, Heard().policy()) as connection,
    ):
        with pytest.raises(TypeError, match=f"{next(iter(wrong))} takes a"):
            await connection.renew(**wrong)


# --- sessions ----------------------------------------------------------------


def session_on(server: MemoryServer, **options: Any) -> VoiceLiveSession:
    return client_of(server).create_session("gpt-realtime", **options)


async def test_a_session_renews_when_no_function_is_running() -> None:
    """The result of a function reaches the session that has the call."""
    service, finish = Service(), asyncio.Event()

    async def look_up() -> str:
        await finish.wait()
        return "found"

    options: dict[str, Any] = {
        "tools": ToolSet(look_up),
        "playback": PlaybackClock(clock=loop_time),
        "reconnect": ReconnectPolicy(backoff=quick()),
    }
    async with (
        serve_in_memory(service) as server,
        session_on(server, **options) as session,
    ):
        (peer,) = service.peers
        await peer.send(response("in_progress"))
        await peer.send(response_with_call())
        renewing = asyncio.create_task(session.renew(reason="deploy"))
        await passes()
        assert not renewing.done()
        finish.set()
        # The response to the result has not started.
        await passes()
        assert not renewing.done()
        await peer.send(response("in_progress") | {"response": {"id": "resp_2"}})
        await peer.send(response("completed") | {"response": {"id": "resp_2"}})
        assert (await renewing).new_session_id == "sess_2"
        assert session.is_connected


@pytest.mark.parametrize("ends", [True, False])
async def test_the_automatic_renewal_waits_for_a_function(ends: bool) -> None:
    """And for the response to its result; but not beyond the end of the session."""
    service, finish = Service(), asyncio.Event()

    async def look_up() -> str:
        await finish.wait()
        return "found"

    heard = Heard()
    policy = heard.policy(clock=loop_time, renew_seconds=120, session_seconds=600)
    async with (
        serve_in_memory(service) as server,
        stay(server, policy) as connection,
        TurnKeeper(connection, tools=ToolSet(look_up)) as keeper,
    ):
        await receive_until(keeper, "session.created")
        (peer,) = service.peers
        await peer.send(response("in_progress"))
        await peer.send(response_with_call())
        await receive_until(keeper, "response.done")
        await passes(550)
        assert len(service.peers) == 1
        if ends:
            finish.set()
            await receive_until(keeper, "conversation.item.created")
            await peer.send(response("in_progress") | {"response": {"id": "resp_2"}})
            await peer.send(response("completed") | {"response": {"id": "resp_2"}})
            await receive_until(keeper, "response.done")
            await passes(1)
            assert len(service.peers) == 2
        else:
            await passes(44)
            assert len(service.peers) == 1
            await passes(2)
            assert len(service.peers) == 2
        assert heard.report.cause is None


async def test_a_session_that_cannot_renew() -> None:
    """The error names the option, or says that there is no connection."""
    async with serve_in_memory(Service()) as server:
        session = session_on(server)
        with pytest.raises(RuntimeError, match="call connect"):
            await session.renew()
        async with session:
            with pytest.raises(RuntimeError, match="reconnect=ReconnectPolicy"):
                await session.renew()
