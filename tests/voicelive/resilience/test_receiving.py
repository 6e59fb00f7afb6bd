"""Receiving over several connections."""

from __future__ import annotations

import asyncio
import pickle

import pytest

from tests.support.scripted_service import Peer, error_event, serve
from tests.support.waiting import eventually, receive_until
from tests.voicelive.resilience.support import Heard, quick, stay
from voicelive.aio import (
    ConnectionClosed,
    ConnectionFailed,
    ReceiveTimeout,
    SessionRejected,
)
from voicelive.resilience import ReconnectFailed, connect_with_retry, stay_connected


async def quiet(peer: Peer) -> None:
    """A session in which nothing happens."""
    await peer.begin()
    await peer.gone()


async def test_cancelling_and_timing_out_lose_nothing() -> None:
    """A receive that was given up leaves the event for the next one."""
    heard, go_on = Heard(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.begin()
        await go_on.wait()
        await peer.send({"type": "the.last"})
        await peer.gone()

    options = {"receive_timeout": 0.03}
    async with (
        serve(script) as server,
        stay(server, heard.policy(), connection_options=options) as connection,
    ):
        await receive_until(connection, "session.created")
        with pytest.raises(ReceiveTimeout, match=r"0\.03 s"):
            await connection.recv()
        receiving = asyncio.create_task(connection.recv())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task"):
            await connection.recv()
        receiving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await receiving
        go_on.set()
        assert (await connection.recv()).type == "the.last"
    assert heard.reconnecting == []


async def test_a_session_that_is_refused() -> None:
    """A permanent refusal ends the connection with the error of the service."""
    heard = Heard()

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send(error_event("No such model."))
        await peer.close(1011)
        await peer.gone()

    async with serve(script) as server, stay(server, heard.policy()) as connection:
        with pytest.raises(SessionRejected, match="No such model"):
            await connection.wait_until_ready()
        assert (await connection.recv()).type == "error"
        with pytest.raises(SessionRejected):
            await connection.recv()
        with pytest.raises(SessionRejected):
            async for _ in connection:
                pass
    assert heard.reconnecting == []


async def test_the_state_of_a_connection() -> None:
    """It is ready when the session has begun, and closed in the end."""
    heard = Heard()
    async with serve(quiet) as server, stay(server, heard.policy()) as connection:
        await connection.wait_until_ready()
        assert (connection.ready, connection.session_id) == (True, "sess_1")
        assert "open" in repr(connection)
        assert (await connection.recv()).type == "session.created"
    assert (connection.closed, connection.reconnecting) == (True, False)
    assert "closed" in repr(connection)
    assert connection.last_report is None


async def test_leaving_while_cancelled() -> None:
    """A cancelled task leaves no resources behind."""
    heard, inside = Heard(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.gone_unanswered()

    async def use() -> None:
        async with stay(server, heard.policy()) as connection:
            await receive_until(connection, "session.created")
            inside.set()
            await connection.recv()

    async with serve(script) as server:
        using = asyncio.create_task(use())
        await asyncio.wait_for(inside.wait(), 5)
        using.cancel()
        # Closing waits for the service, which does not answer.
        for _ in range(10):
            await asyncio.sleep(0)
        using.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(using, 5)


async def test_a_service_that_does_not_read_blocks_nobody_for_ever() -> None:
    """Unread events are bounded here; the service has to wait."""
    heard = Heard()
    sent = 0

    async def script(peer: Peer) -> None:
        nonlocal sent
        await peer.begin()
        text = "x" * 60_000
        for _ in range(400):
            await peer.send({"type": "large", "text": text})
            sent += 1

    async with serve(script) as server, stay(server, heard.policy()) as connection:
        await receive_until(connection, "session.created")
        await eventually(lambda: sent >= 64)
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.03)
        # 64 events, and what the sockets hold.
        assert sent < 300


async def test_entering_twice() -> None:
    """A context is entered once."""
    heard = Heard()
    async with serve(quiet) as server:
        staying = stay(server, heard.policy())
        async with staying:
            with pytest.raises(RuntimeError, match="once"):
                await staying.__aenter__()


@pytest.mark.parametrize("opening", [stay_connected, connect_with_retry])
def test_arguments_are_checked_at_once(opening: type) -> None:
    """Wrong arguments raise before anything is opened."""
    with pytest.raises(ValueError, match="project_name"):
        opening(credential="key", endpoint="https://x", agent_name="a")
    with pytest.raises(ValueError, match="no key 'x'"):
        opening(credential="key", endpoint="https://x", connection_options={"x": 1})


async def test_a_credential_that_fails_later() -> None:
    """An exception of the credential while reconnecting is the cause of the end."""
    heard = Heard()

    class Credential:
        calls = 0

        async def get_token(self, *scopes: str) -> object:
            self.calls += 1
            if self.calls > 1:
                raise LookupError("no token")

            class Token:
                token = "abc"

            return Token()

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.close(1011)
        await peer.gone()

    async with (
        serve(script) as server,
        stay_connected(
            credential=Credential(),  # type: ignore[arg-type]
            endpoint=server.endpoint,
            model="gpt-realtime",
            policy=heard.policy(),
        ) as connection,
    ):
        await receive_until(connection, "session.created")
        with pytest.raises(ReconnectFailed, match="no token") as caught:
            await connection.recv()
        assert isinstance(caught.value.__cause__, LookupError)


def test_errors_can_be_copied() -> None:
    """The error travels between processes with everything it says."""
    loss = ConnectionClosed(1011, "oops")
    error = ReconnectFailed(loss, 3, ConnectionFailed("no", status=503))
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.attempts, copied.code) == (str(error), 3, 1011)


async def test_waits_use_the_policy() -> None:
    """With no time left there is no attempt at all."""
    heard = Heard()

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.close(1011)
        await peer.gone()

    async with (
        serve(script) as server,
        stay(server, heard.policy(backoff=quick(max_seconds=0))) as connection,
    ):
        await receive_until(connection, "session.created")
        with pytest.raises(ReconnectFailed, match="0 attempts"):
            await connection.recv()
