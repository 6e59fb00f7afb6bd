"""The span of a connection ends with it and has the reason."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest
from opentelemetry.trace import StatusCode

from tests.support.client import KEY, dial
from tests.support.scripted_service import TEXT, Peer, Server, error_event, serve
from tests.support.telemetry import Recorder
from voicelive._transport.credentials import AccessToken
from voicelive.aio import (
    AuthenticationError,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionTimeout,
    SessionRejected,
    VoiceLiveConnection,
    connect,
)


def ended_well(recorder: Recorder) -> bool:
    """Whether there is one connect span, its metric, and no error in them."""
    (duration,) = recorder.points("gen_ai.client.operation.duration")
    span = recorder.connect()
    failed = "error.type" in (span.attributes or {})
    assert failed == ("error.type" in (duration.attributes or {}))
    assert failed == (span.status.status_code is StatusCode.ERROR)
    assert duration.count == 1
    return not failed


def error_of(recorder: Recorder) -> str:
    """The class of the error in the connect span."""
    assert not ended_well(recorder)
    return str((recorder.connect().attributes or {})["error.type"])


async def _quiet(peer: Peer) -> None:
    await peer.begin()
    await peer.gone()


async def _closes(peer: Peer) -> None:
    await peer.begin()
    await peer.close(1000)
    await peer.gone()


async def _fails(peer: Peer) -> None:
    await peer.begin()
    await peer.close(1011, "out of order")
    await peer.gone()


async def _vanishes(peer: Peer) -> None:
    await peer.begin()
    await peer.hang_up()


async def _rejects(peer: Peer) -> None:
    await peer.accept()
    await peer.send(error_event("no such model"))
    await peer.close(1000)
    await peer.gone()


async def _breaks_the_rules(peer: Peer) -> None:
    await peer.begin()
    await peer.frame(TEXT, b"{}", rsv1=True)
    await peer.gone_unanswered()


async def test_closed_by_us(recorder: Recorder) -> None:
    """Leaving the context ends the span, after a span for the close."""
    async with serve(_quiet) as server, dial(server) as connection:
        await connection.recv()
        assert recorder.spans("connect") == []
    assert ended_well(recorder)
    assert [span.name for span in recorder.spans()][-2:] == ["close", "connect"]


async def test_closed_by_the_service(recorder: Recorder) -> None:
    """A normal close of the service ends the span, and there is nothing to close."""
    async with serve(_closes) as server, dial(server) as connection:
        async for _ in connection:
            pass
        assert ended_well(recorder)
    assert recorder.spans("close") == []


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (_fails, "voicelive.ConnectionClosed"),
        (_vanishes, "voicelive.ConnectionLost"),
        (_breaks_the_rules, "voicelive.ProtocolError"),
        (_rejects, "voicelive.SessionRejected"),
    ],
)
async def test_failures(
    recorder: Recorder, script: Callable[[Peer], Awaitable[None]], error: str
) -> None:
    """Every other end is an error of the connection, with its class and text."""
    async with serve(script) as server, dial(server) as connection:
        with pytest.raises(ConnectionClosed) as caught:
            async for _ in connection:
                pass
    assert error_of(recorder) == error
    message = (recorder.connect().attributes or {})["error.message"]
    assert message == str(caught.value)


async def test_rejected_while_waiting_for_the_session(recorder: Recorder) -> None:
    """A session that wait_until_ready() finds refused is an error, though we close."""
    async with serve(_rejects) as server, dial(server) as connection:
        with pytest.raises(SessionRejected):
            await connection.wait_until_ready()
    assert error_of(recorder) == "voicelive.SessionRejected"


async def test_refused_handshake(recorder: Recorder) -> None:
    """A refused key is an error of the span, which has no children."""

    async def script(peer: Peer) -> None:
        await peer.respond(401, body="no")

    async with serve(script) as server:
        with pytest.raises(AuthenticationError):
            async with dial(server):
                pass
    assert error_of(recorder) == "voicelive.AuthenticationError"
    assert len(recorder.spans()) == 1
    assert KEY not in recorder.texts()


async def test_unanswered_handshake(recorder: Recorder) -> None:
    """A handshake that takes too long is an error of the span."""

    async def script(peer: Peer) -> None:
        await peer.gone_unanswered()

    async with serve(script) as server:
        with pytest.raises(ConnectionTimeout):
            async with dial(server, handshake_timeout=0.02):
                pass
    assert error_of(recorder) == "voicelive.ConnectionTimeout"


async def test_nobody_there(recorder: Recorder, free_port: int) -> None:
    """No server at all is an error of the span."""
    with pytest.raises(ConnectionFailed):
        async with dial(Server(free_port)):
            pass
    assert error_of(recorder) == "voicelive.ConnectionFailed"


async def test_failing_credential(recorder: Recorder) -> None:
    """An exception of a credential is recorded by its class, not its message."""

    class Broken:
        async def get_token(self, *scopes: str) -> AccessToken:
            raise LookupError("secret of a cache")

    context = connect(endpoint="http://127.0.0.1:9", credential=Broken())
    with pytest.raises(LookupError):
        await context.__aenter__()
    assert error_of(recorder) == "LookupError"
    assert "secret" not in recorder.texts()


async def test_error_of_the_application(recorder: Recorder) -> None:
    """An exception that leaves the context is the error of the span, without text."""
    with pytest.raises(LookupError):
        async with serve(_quiet) as server, dial(server):
            raise LookupError("what the user said")
    assert error_of(recorder) == "LookupError"
    assert "what the user said" not in recorder.texts()


async def test_cancelled(recorder: Recorder) -> None:
    """Being cancelled ends the span and is no error."""
    begun = asyncio.Event()

    async def use() -> None:
        async with dial(server) as connection:
            begun.set()
            while True:
                await connection.recv()

    async with serve(_quiet) as server:
        task = asyncio.create_task(use())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert ended_well(recorder)


async def _send_on(connection: VoiceLiveConnection) -> None:
    while True:
        await connection.send({"type": "x"})
        await asyncio.sleep(0)


async def test_failed_send(recorder: Recorder) -> None:
    """A send that fails is a span with the error."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        peer.abort()

    async with serve(script) as server, dial(server) as connection:
        await connection.recv()
        with pytest.raises(ConnectionClosed):
            await _send_on(connection)
    span = recorder.spans("send x")[-1]
    assert span.status.status_code is StatusCode.ERROR


async def test_closed_from_several_tasks(recorder: Recorder) -> None:
    """The span ends once."""
    async with serve(_quiet) as server, dial(server) as connection:
        await asyncio.gather(*(connection.close() for _ in range(3)))
    assert ended_well(recorder)


async def test_dropped(recorder: Recorder) -> None:
    """The span of an unclosed connection ends at garbage collection."""
    async with serve(_quiet) as server:
        context = dial(server)
        connection = await context.__aenter__()
        await connection.recv()
        # Only so that the socket does not complain as well.
        await connection._transport.close(1000, "")
        del context, connection
        gc.collect()
        # Not while memory is being cleaned up.
        assert recorder.spans("connect") == []
        await asyncio.sleep(0)
    assert error_of(recorder) == "ResourceWarning"
