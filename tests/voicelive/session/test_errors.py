from __future__ import annotations

import pickle
import ssl

import aiohttp
import pytest

from tests.support.client import KEY, client_of, dial
from tests.support.scripted_service import Peer, error_event, serve
from voicelive import (
    AuthenticationError,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionState,
    ConnectionTimeout,
    EventsDropped,
    ProtocolError,
    ReceiveTimeout,
    SessionConnected,
    SessionHandlers,
    SessionRejected,
    VoiceLiveError,
)
from voicelive._transport.handshake import unreachable
from voicelive.aio import connect
from voicelive.models import ServerEventErrorDetails


def details(code: str | None, kind: str = "invalid_request_error") -> object:
    return ServerEventErrorDetails(type=kind, code=code, message="Well.")


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        (301, False),
        (400, False),
        (401, False),
        (403, False),
        (404, False),
        (408, True),
        (429, True),
        (500, True),
        (501, False),
        (503, True),
        (504, True),
    ],
)
async def test_status(status: int, retryable: bool) -> None:
    """An HTTP status is the code, and tells whether to try again and when."""

    async def script(peer: Peer) -> None:
        await peer.respond(status, {"Retry-After": "3"})

    async with serve(script) as server:
        with pytest.raises(ConnectionFailed) as caught:
            await dial(server).__aenter__()
    error = caught.value
    assert (error.code, error.retryable, error.retry_after) == (status, retryable, 3)
    assert isinstance(error, AuthenticationError) == (status in (401, 403))


async def test_no_listener() -> None:
    """A refused TCP connection has no code, has its cause, and is retryable."""
    context = connect(credential=KEY, endpoint="http://127.0.0.1:1", model="m")
    with pytest.raises(ConnectionFailed) as caught:
        await context.__aenter__()
    assert (caught.value.code, caught.value.retryable) == (None, True)
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (aiohttp.ServerDisconnectedError(), True),
        (aiohttp.InvalidURL("x"), False),
        (UnicodeError("label too long"), False),
    ],
)
def test_no_answer(error: Exception, retryable: bool) -> None:
    """A wrong address stays wrong; a lost connection need not."""
    assert unreachable("wss://host", error).retryable is retryable


async def test_wrong_certificate() -> None:
    """A certificate that is not trusted will not be the next time either."""
    from tests.support.scripted_service import tls_context

    async with serve(Peer.begin, tls=tls_context()) as server:
        endpoint = server.endpoint.replace("http", "https")
        with pytest.raises(ConnectionFailed) as caught:
            await connect(credential=KEY, endpoint=endpoint).__aenter__()
    assert not caught.value.retryable
    cause = caught.value.__cause__
    assert isinstance(cause, aiohttp.ClientConnectorCertificateError)
    assert isinstance(cause.certificate_error, ssl.SSLError)


@pytest.mark.parametrize(
    ("code", "error", "retryable"),
    [
        (1000, None, False),
        (1001, None, True),
        (1001, details("response_cancel_not_active"), True),
        (1002, None, False),
        (1005, None, True),
        (1006, details("response_cancel_not_active"), True),
        (1008, None, False),
        (1008, details("response_cancel_not_active"), False),
        (1008, details("invalid_value"), False),
        (1008, details(None, "server_error"), True),
        (1008, details("session_expired"), True),
        (1008, details("session_output_overflow"), True),
        (1008, details("max_config_attempts_exceeded"), False),
        (1001, details("max_config_attempts_exceeded"), False),
        (1006, details("agent_initialization_failed"), False),
        (1011, details("invalid_model", "server_error"), False),
        (1011, details("response_cancel_not_active"), True),
        (1009, details(None, "server_error"), False),
        (3000, details(None, "server_error"), False),
        (3000, details("rate_limit_exceeded"), True),
        (1009, None, False),
        (1011, None, True),
        (1011, details("invalid_value"), False),
        (1011, details(None, "server_error"), True),
        (1000, details("session_expired"), True),
        (1000, details("invalid_value"), False),
        (1012, None, True),
        (1013, None, True),
        (3000, None, False),
        (4242, None, True),
    ],
)
def test_close_codes(code: int, error: object, retryable: bool) -> None:
    """The error directly before a close decides if it ends a session; else the code."""
    assert isinstance(error, ServerEventErrorDetails | None)
    assert ConnectionClosed(code, "", error).retryable is retryable


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        ("invalid_model", "invalid_request_error", False),
        ("invalid_model", "server_error", False),
        ("agent_initialization_failed", "server_error", False),
        ("rate_limit_exceeded", "invalid_request_error", True),
        (None, "server_error", True),
        (None, "invalid_request_error", False),
    ],
)
async def test_rejected(code: str | None, kind: str, retryable: bool) -> None:
    """A refused session tells by its error event whether to try again."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        event = error_event("No.")
        event["error"] |= {"code": code, "type": kind}
        await peer.send(event)
        # A code that says the contrary.
        await peer.close(1008 if retryable else 1001)
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        await connection.recv()
        with pytest.raises(SessionRejected) as caught:
            await connection.recv()
    assert caught.value.retryable is retryable


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1001, ConnectionClosed),
        (1002, ProtocolError),
        (1003, ProtocolError),
        (1007, ProtocolError),
        (1008, ConnectionClosed),
        (1009, ProtocolError),
        (1011, ConnectionClosed),
    ],
)
async def test_close_of_the_service(code: int, kind: type[Exception]) -> None:
    """A service that cannot read what it was sent closes with a ProtocolError."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.close(code, "why")
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        await connection.recv()
        with pytest.raises(ConnectionClosed) as caught:
            await connection.recv()
    assert type(caught.value) is kind
    assert caught.value.code == code


@pytest.mark.parametrize(
    "error",
    [
        ConnectionFailed("no", status=429, body="b", retry_after=2.0),
        ConnectionTimeout("late"),
        AuthenticationError("no", status=401),
        ConnectionClosed(1011, "why"),
        ConnectionLost(1006, ""),
        SessionRejected(1000, "", None),
        ReceiveTimeout("quiet"),
        EventsDropped(3),
    ],
)
def test_every_error(error: VoiceLiveError) -> None:
    """Every error has what the table says, also after it was pickled."""
    copy = pickle.loads(pickle.dumps(error))
    for each in (error, copy):
        assert isinstance(each.code, int | str | None)
        assert isinstance(each.retryable, bool)
        assert isinstance(each.retry_after, float | None)
    assert str(copy) == str(error)
    assert (copy.code, copy.retryable) == (error.code, error.retryable)
    assert copy.retry_after == error.retry_after


async def test_refused_handshake_of_a_session() -> None:
    """connect() of a session raises the refusal, and can be called again."""

    async def script(peer: Peer) -> None:
        if len(server.peers) == 1:
            await peer.respond(401)
        else:
            await peer.begin()
            await peer.gone()

    async with serve(script) as server:
        session = client_of(server).create_session("gpt-realtime")
        with pytest.raises(AuthenticationError) as caught:
            await session.connect()
        assert (caught.value.code, caught.value.retryable) == (401, False)
        assert session.connection_state is ConnectionState.DISCONNECTED
        await session.connect()
        await session.dispose()


async def test_failing_start_session() -> None:
    """start_session() that fails releases everything and calls no handler."""

    class Unreachable(SessionHandlers):
        def on_connected(self, event: SessionConnected) -> None:
            raise AssertionError

    async def script(peer: Peer) -> None:
        await peer.respond(503, {"Retry-After": "7"})

    async with serve(script) as server:
        with pytest.raises(ConnectionFailed) as caught:
            await client_of(server).start_session("m", handlers=Unreachable())
    assert (caught.value.code, caught.value.retryable) == (503, True)
    assert caught.value.retry_after == 7
