from __future__ import annotations

import asyncio
import builtins
import contextlib
import json
import logging
import pickle
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.support.client import KEY, dial
from tests.support.scripted_service import Peer, Script, serve, tls_context
from voicelive._transport.credentials import AccessToken
from voicelive.aio import (
    AuthenticationError,
    ConnectionError,
    ConnectionFailed,
    ConnectionTimeout,
    SessionRejected,
    connect,
)
from voicelive.models import API_VERSIONS, ServerEventErrorDetails
from voicelive.resilience import Backoff, connect_with_retry, stay_connected
from voicelive.testing import Handshake, Transport
from voicelive_mockserver import MockServer


def refuse(status: int, body: str = "", **headers: str) -> Script:
    async def script(peer: Peer) -> None:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        await peer.respond(status, names, body)

    return script


async def failure(script: Script, **options: Any) -> ConnectionFailed:
    """The error that connecting to such a server raises."""
    async with serve(script) as server:
        with pytest.raises(ConnectionFailed) as caught:
            async with dial(server, **options):
                pass
    assert len(server.requests) == 1
    return caught.value


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (200, "not a WebSocket endpoint"),
        (400, "api_version"),
        (401, "API key"),
        (403, "role"),
        (404, "host name and path"),
        (429, "wait"),
        (500, "try again later"),
        (503, "try again later"),
        (418, "HTTP 418"),
    ],
)
async def test_http_status(status: int, advice: str) -> None:
    """A refusal has the HTTP status, the text, and advice on what to do."""
    body = json.dumps({"error": {"code": str(status), "message": "Nothing for you."}})
    error = await failure(refuse(status, body))
    assert error.status == status
    assert error.body == body
    assert error.retry_after is None
    assert "Nothing for you" in str(error)
    assert advice in str(error)
    assert isinstance(error, AuthenticationError) == (status in (401, 403))
    assert isinstance(error, builtins.ConnectionError)
    assert type(error).__mro__.index(ConnectionError) > 0


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("plain  words\n", "plain words"),
        ('{"message": "flat"}', "flat"),
        ('{"error": "text"}', "text"),
        ("<html><body>No</body></html>", None),
        ("", None),
        ("[1]", None),
    ],
)
async def test_text_of_a_refusal(body: str, shown: str | None) -> None:
    """The message is found in JSON and plain text; HTML is kept in `body` only."""
    error = await failure(refuse(400, body))
    assert error.body == body
    said = str(error).partition("HTTP 400 Whatever")[2].partition("Check")[0]
    assert said == (f": {shown}. " if shown else ". ")


async def test_text_is_bounded() -> None:
    """A body is cut at 4,096 bytes."""
    error = await failure(refuse(500, "x" * 100_000))
    assert error.body == "x" * 4096
    assert len(str(error)) < 500


@pytest.mark.virtual_time(sockets=True)
async def test_endless_text() -> None:
    """Reading the body of a refusal stops after 4,096 bytes."""

    async def script(peer: Peer) -> None:
        await peer.raw(b"HTTP/1.1 500 No\r\nContent-Length: 99999999999\r\n\r\n")
        while True:
            await peer.raw(b"x" * 1000)

    error = await failure(script)
    assert error.body == "x" * 4096


@pytest.mark.virtual_time(sockets=True)
async def test_text_that_does_not_end() -> None:
    """A refusal whose body never ends is reported after 2 seconds."""
    began = asyncio.get_running_loop().time()

    async def script(peer: Peer) -> None:
        await peer.raw(b"HTTP/1.1 401 No\r\nContent-Length: 100\r\n\r\nGo away")
        await peer.gone()

    error = await failure(script)
    assert (error.status, error.body) == (401, "Go away")
    assert asyncio.get_running_loop().time() - began == pytest.approx(2)


DAY = 86_400


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("1.5", 1.5),
        ("-1", 0),
        ("-1.5", 0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 1015 07:28:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", DAY),
        ("Fri, 31 Dec 9999 23:59:59 -9999", None),
        ("86401", DAY),
        ("9" * 400, DAY),
        ("9" * 5000, DAY),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 99 Jan 2030 99:99:99 GMT", None),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("1_000", None),
        ("0x10", None),
        ("٣", None),
        ("\udcff", None),
        ("," * 4000, None),
        ("(" * 4000, None),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_retry_after(header: str, seconds: float | None) -> None:
    """Retry-After is given in seconds, at most a day; what cannot be read is absent."""

    async def script(peer: Peer) -> None:
        head = f"HTTP/1.1 429 No\r\nRetry-After: {header}\r\nContent-Length: 0\r\n\r\n"
        await peer.raw(head.encode(errors="surrogateescape"))

    error = await failure(script)
    assert error.status == 429
    assert error.retryable
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("", b"[" * 4000),
        ("", b'{"error":' * 800),
        ("Content-Type: application/json\r\n", b'{"error": {"message": "\xff\xfe"}}'),
        ("", b'{"error": {"message": "half \\ud83d of one"}}'),
        ("", b'{"error": {"message": {"deep": 1}}}'),
        ("", b'{"error": {"message": 7}}'),
        ("", b'{"error": null}'),
        ("", b"1" * 4096),
        ("", b"1e999999"),
        ("", b"\x00\x1b[2J\x07 beep"),
        ("Content-Type: image/png; charset=utf-99\r\n", b"\x89PNG\r\n\x1a\n"),
        ("Content-Encoding: gzip\r\n", b"this is not gzip"),
        ("Content-Encoding: whatever\r\n", b"text"),
        ("Set-Cookie: =;;=\xff;Domain\r\n", b"text"),
        ("Location: http://[\r\n", b"text"),
        ("X: \xff\xfe\r\n", b"text"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_refusal_that_makes_no_sense(headers: str, body: bytes) -> None:
    """Any refusal is an error with its status and a printable message."""

    async def script(peer: Peer) -> None:
        head = f"HTTP/1.1 500 No\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        await peer.raw(head.encode("latin-1") + body)
        await peer.gone_unanswered()

    error = await failure(script)
    assert error.status == 500
    assert error.retryable
    assert str(error).isprintable()
    assert len(str(error)) < 700


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 \x1b[31mred\xff\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 99999 No\r\n\r\n",
        b"HTTP/1.1 -1 No\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 400 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Content-Length: 0\r\n\r\n",
        b"\x00" * 1000,
        b"[" * 4000,
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_answer_that_makes_no_sense(answer: bytes) -> None:
    """Any invalid answer is a ConnectionFailed with a printable message."""

    async def script(peer: Peer) -> None:
        await peer.raw(answer)

    error = await failure(script, handshake_timeout=5)
    assert str(error).isprintable()
    assert len(str(error)) < 700


@pytest.mark.parametrize(
    "bits", ["server_max_window_bits=" + "9" * 5000, "server_max_window_bits=99", "x=y"]
)
async def test_extension_that_makes_no_sense(bits: str) -> None:
    """An invalid answer about compression is a ConnectionFailed."""

    async def script(peer: Peer) -> None:
        await peer.accept(Sec_WebSocket_Extensions=f"permessage-deflate; {bits}")
        await peer.gone()

    async with serve(script) as server:
        try:
            async with dial(server, compression=True) as connection:
                await connection.close()
        except ConnectionFailed as error:
            assert len(str(error)) < 500  # noqa: PT017, an answer may also be accepted


async def test_retries_go_on_after_nonsense() -> None:
    """Answers that make no sense are tried again like any other of their status."""
    answers = [
        b"HTTP/1.1 503 No\r\nRetry-After: " + b"9" * 400,
        b"HTTP/1.1 429 No\r\nRetry-After: Mon, 01 Jan 99999999999999999999 00:00 GMT",
        b"HTTP/1.1 500 No",
    ]
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def script(peer: Peer) -> None:
        if not answers:
            await peer.begin()
            return
        head = answers.pop(0)
        await peer.raw(head + b"\r\nContent-Length: 4000\r\n\r\n" + b"[" * 4000)

    backoff = Backoff(max_seconds=None, random=lambda: 0.0, sleep=sleep)
    async with (
        serve(script) as server,
        connect_with_retry(
            credential=KEY, endpoint=server.endpoint, backoff=backoff
        ) as connection,
    ):
        await connection.wait_until_ready()
    assert waits == [DAY, 0, 0]


async def test_retry_after_a_date() -> None:
    """A date in Retry-After is turned into seconds from now."""
    began = datetime.now(UTC)
    later = began + timedelta(seconds=90)
    error = await failure(refuse(429, Retry_After=format_datetime(later, usegmt=True)))
    took = (datetime.now(UTC) - began).total_seconds()
    # The date has whole seconds.
    assert error.retry_after is not None
    assert 89 - took <= error.retry_after <= 90


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_is_refused(status: int) -> None:
    """A redirect is not followed: its target gets no request and no credential."""
    async with serve(Peer.accept) as target:
        location = f"{target.endpoint}/voice-live/realtime?api-key=repeated"
        error = await failure(refuse(status, Location=location))
    assert target.requests == []
    assert error.status == status
    assert f"redirect to {target.endpoint}" in str(error)
    assert "repeated" not in str(error)


async def test_no_answer_is_tried_once() -> None:
    """A server that closes the socket gets one request, not two."""
    error = await failure(Peer.hang_up)
    assert error.status is None
    assert "without an answer" in str(error)


async def test_reset() -> None:
    """A reset in place of an answer is a ConnectionFailed."""

    async def script(peer: Peer) -> None:
        peer.abort()

    assert (await failure(script)).status is None


async def test_no_http() -> None:
    """An answer other than HTTP is a ConnectionFailed without a status."""

    async def script(peer: Peer) -> None:
        await peer.raw(b"220 mail.example ESMTP\r\n\r\n")

    assert (await failure(script)).status is None


@pytest.mark.parametrize(
    "headers", [{"accept_key": "wrong"}, {"Upgrade": "h2c"}, {"Connection": "close"}]
)
async def test_wrong_upgrade(headers: Mapping[str, str]) -> None:
    """An upgrade that breaks the rules of WebSocket is a ConnectionFailed."""

    async def script(peer: Peer) -> None:
        await peer.accept(**headers)
        await peer.gone()

    assert "not a valid WebSocket handshake" in str(await failure(script))


async def test_nobody_listens(free_port: int) -> None:
    """A closed port is a ConnectionFailed with the cause."""
    with pytest.raises(ConnectionFailed, match=f"127.0.0.1:{free_port}") as caught:
        async with connect(credential=KEY, endpoint=f"http://127.0.0.1:{free_port}"):
            pass
    assert isinstance(caught.value.__cause__, OSError)


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


async def test_one_traceback(free_port: int) -> None:
    """A refused connection shows one traceback, and its cause in a line."""
    with pytest.raises(ConnectionFailed) as caught:
        async with connect(credential=KEY, endpoint=f"http://127.0.0.1:{free_port}"):
            pass
    text = shown(caught.value)
    assert text.count("Traceback (most recent call last)") == 1
    assert "Connect call failed" in text
    refused = await failure(refuse(401, "no"))
    assert shown(refused).count("Traceback (most recent call last)") == 1
    assert refused.__cause__ is None


async def test_tls_to_a_port_without_tls() -> None:
    """https:// to a port that speaks plain HTTP says so."""

    async def script(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(script, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionFailed, match=r"not speak TLS.*http://") as caught:
            async with connect(credential=KEY, endpoint=f"https://127.0.0.1:{port}"):
                pass
    assert not caught.value.retryable


async def test_tls_to_the_mock_service() -> None:
    """https:// to the mock service, a common mistake, says so too."""
    async with MockServer() as mock:
        endpoint = mock.endpoint.replace("http://", "https://")
        with pytest.raises(ConnectionFailed, match=r"not speak TLS.*http://"):
            async with connect(credential=KEY, endpoint=endpoint):
                pass


async def test_no_tls_to_a_port_with_tls() -> None:
    """http:// to a port that speaks TLS names what to write."""
    async with serve(Peer.accept, tls=tls_context()) as server:
        with pytest.raises(ConnectionFailed, match=r"https://|without an answer"):
            async with dial(server):
                pass


@pytest.mark.parametrize("status", [400, 404])
async def test_refused_api_version(status: int) -> None:
    """A refusal that may be about the API version lists those that are known."""
    error = await failure(refuse(status, "no"))
    for version in API_VERSIONS:
        assert version in str(error)


async def test_untrusted_certificate() -> None:
    """A certificate that is not trusted is a ConnectionFailed, and no key is sent."""
    async with serve(Peer.accept, tls=tls_context()) as server:
        endpoint = server.endpoint.replace("http", "https")
        with pytest.raises(ConnectionFailed, match="certificate"):
            async with connect(credential=KEY, endpoint=endpoint):
                pass
    assert server.requests == []


async def test_host_name_that_cannot_be() -> None:
    """A host name that no resolver takes is a ConnectionFailed."""
    with pytest.raises(ConnectionFailed):
        async with connect(credential=KEY, endpoint=f"http://{'a' * 70}.example"):
            pass


async def test_handshake_timeout() -> None:
    """A handshake that takes too long is a ConnectionTimeout and a TimeoutError."""
    async with serve(Peer.gone) as server, asyncio.timeout(5):
        with pytest.raises(ConnectionTimeout, match=r"0\.05 s") as caught:
            async with dial(server, handshake_timeout=0.05):
                pass
    assert isinstance(caught.value, builtins.TimeoutError)


async def test_handshake_timeout_covers_tls() -> None:
    """A server that does not answer in TLS is covered as well."""
    gone = asyncio.Event()

    async def silent(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(1000):
                pass
        writer.close()
        gone.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionTimeout):
            async with connect(
                credential=KEY,
                endpoint=f"https://127.0.0.1:{port}",
                connection_options={"handshake_timeout": 0.1},
            ):
                pass
        await asyncio.wait_for(gone.wait(), 5)


@pytest.mark.virtual_time(sockets=True)
async def test_handshake_timeout_ends_with_the_handshake() -> None:
    """handshake_timeout does not limit an open connection."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await asyncio.sleep(5)
        await peer.send({"type": "late"})
        await peer.receive()

    async with serve(script) as server, dial(server, handshake_timeout=2) as c:
        assert (await c.recv()).type == "late"


async def test_cancelled_handshake() -> None:
    """Cancelling a handshake drops the socket."""
    begun, gone = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        begun.set()
        await peer.gone()
        gone.set()

    async with serve(script) as server:

        async def use() -> None:
            async with dial(server):
                pass

        task = asyncio.create_task(use())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), 5)


async def test_context_that_is_never_entered() -> None:
    """connect() alone opens nothing and asks for no token."""
    used: list[object] = []

    class Credential:
        def get_token(self, *scopes: str) -> AccessToken:
            used.append(scopes)
            raise AssertionError

    async def dial_nothing(handshake: Handshake) -> Transport:
        used.append(handshake)
        raise AssertionError

    for function in (connect, stay_connected, connect_with_retry):
        context = function(
            credential=Credential(),
            endpoint="https://host.example",
            transport=dial_nothing,
        )
        await asyncio.sleep(0)
        assert used == []
        del context


async def test_entered_twice() -> None:
    """A context is for one connection at a time."""
    async with serve(Peer.accept) as server:
        context = dial(server)
        async with context:
            with pytest.raises(RuntimeError, match="already entered"):
                await context.__aenter__()
        async with context:
            pass
    assert len(server.requests) == 2


async def test_keywords_of_the_official_client() -> None:
    """Keywords that the official client accepts without using them do no harm."""
    async with serve(Peer.accept) as server:
        arguments: dict[str, Any] = {
            "logging_enable": True,
            "api_key": "other",
            "retry_total": 3,
            "connection_timeout": 5,
            "user_agent": "app/1",
        }
        async with connect(credential=KEY, endpoint=server.endpoint, **arguments):
            assert server.requests[0].headers["api-key"] == KEY


@pytest.mark.parametrize(
    "script",
    [refuse(401, "no"), refuse(302, Location="/x"), Peer.hang_up, Peer.accept],
    ids=["refused", "redirected", "dropped", "accepted"],
)
async def test_no_key_in_logs_or_errors(
    script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither logs nor tracebacks have keys, tokens or query parameters."""
    caplog.set_level(logging.DEBUG)
    said = ""
    async with serve(script) as server:
        context = connect(
            credential="SECRET-key",
            endpoint=f"{server.endpoint}?token=SECRET-own",
            query={"api-key": "SECRET-query"},
            headers={"Authorization": "Bearer SECRET-token"},
        )
        try:
            async with context:
                pass
        except ConnectionError as error:
            said = "".join(traceback.format_exception(error))
        assert "SECRET-query" in server.requests[0].target
    log = "\n".join(
        r.getMessage() for r in caplog.records if r.name.startswith("voicelive.")
    )
    assert f"ws://127.0.0.1:{server.port}/voice-live/realtime" in log
    assert "SECRET" not in log + said


async def test_no_query_in_traceback_of_a_wrong_upgrade() -> None:
    """The error of aiohttp, as the cause, does not contain them either."""

    async def script(peer: Peer) -> None:
        await peer.accept(accept_key="wrong")

    async with serve(script) as server:
        context = connect(
            credential=KEY, endpoint=server.endpoint, query={"api-key": "SECRET"}
        )
        with pytest.raises(ConnectionFailed) as caught:
            async with context:
                pass
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))


def test_errors_survive_pickling() -> None:
    """Errors can cross a process boundary."""
    error = AuthenticationError("no", status=401, body="text", retry_after=1.5)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is AuthenticationError
    assert str(copy) == "no"
    assert (copy.status, copy.body, copy.retry_after) == (401, "text", 1.5)

    details = ServerEventErrorDetails(type="x", message="Wrong model.")
    end = SessionRejected(1000, "bye", details)
    end_copy = pickle.loads(pickle.dumps(end))
    assert type(end_copy) is SessionRejected
    assert str(end_copy) == str(end)
    assert (end_copy.code, end_copy.reason) == (1000, "bye")
    assert end_copy.error == details
