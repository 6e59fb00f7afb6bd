"""Host policy, invalid credentials, and the warning about the default key."""

from __future__ import annotations

import asyncio
import json
import logging
from math import inf
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from tests.support.raw_websocket import peer, session, upgrade
from voicelive_mockserver import MockServer

OTHER = b"attacker.example"


async def answer(mock: MockServer, request: bytes) -> tuple[int, bytes]:
    """Send a request; return the status, and the headers with the body."""
    async with peer(mock) as client:
        client.writer.write(request)
        async with asyncio.timeout(20):
            head = await client.reader.readuntil(b"\r\n\r\n")
            status = int(head.split()[1])
            return status, b"" if status == 101 else await client.reader.read()


def upgrade_with(mock: MockServer, host: bytes, *headers: bytes) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return upgrade(mock).replace(b"Host: x\r\n", b"Host: " + host + b"\r\n" + lines)


def get(path: bytes, host: bytes, *headers: bytes) -> bytes:
    lines = [b"GET " + path + b" HTTP/1.1", b"Host: " + host, *headers]
    return b"\r\n".join([*lines, b"api-key: test-key", b"", b""])


@pytest.mark.parametrize(
    ("host", "headers", "is_served"),
    [
        (b"localhost:8765", [], True),
        (b"LOCALHOST", [], True),
        (b"app.localhost", [], True),
        (b"127.0.0.1:80", [], True),
        (b"127.0.0.2", [], True),
        (b"[::1]:8765", [], True),
        (b"192.168.1.5:8765", [], True),  # a name is needed for rebinding
        (b"mock", [], True),  # so are names of containers
        (b"attacker.example", [], False),
        (b"attacker.example:8765", [], False),
        (b"localhost.attacker.example", [], False),
        (b"127.0.0.1.attacker.example", [], False),
        (b"localhost@attacker.example", [], False),
        (b"attacker.example@localhost", [], False),
        (b"localhost:x", [], False),
        (b"l\xf6calhost", [], False),
        (b"", [], False),
        (b"localhost", [b"Origin: http://localhost:3000"], True),
        (b"localhost", [b"Origin: https://127.0.0.1"], True),
        (b"localhost", [b"Origin: capacitor://localhost"], True),
        (b"localhost", [b"Origin: https://attacker.example"], False),
        (b"localhost", [b"Origin: http://attacker"], False),
        (b"localhost", [b"Origin: http://192.168.1.5"], False),
        (b"localhost", [b"origin: http://localhost.attacker.example"], False),
        (b"localhost", [b"Origin: null"], False),
        (b"localhost", [b"Origin: http://[::1"], False),
        (b"localhost", [b"Origin: http://l\xf6calhost"], False),
        (b"localhost", [b"Origin: http://localhost", b"Origin: http://x.y"], False),
        (b"192.168.1.5:8765", [b"Origin: http://192.168.1.5:3000"], True),
        (b"mock:8765", [b"Origin: http://mock"], True),
    ],
)
async def test_hosts_and_origins(
    host: bytes, headers: list[bytes], is_served: bool
) -> None:
    """The policy applies to sessions, control endpoint, health and metrics alike."""
    async with MockServer(speed=inf) as mock:
        status, _ = await answer(mock, upgrade_with(mock, host, *headers))
        assert status == (101 if is_served else 403)
        for path in (b"/health", b"/metrics", b"/mock/sessions", b"/mock/faults"):
            status, body = await answer(mock, get(path, host, *headers))
            assert status == (200 if is_served else 403)
            if not is_served:
                assert json.loads(body)["error"]["code"] == "403"
        # A refused page neither counts as a connection nor opens a session.
        assert len(mock.sessions) == is_served


async def test_rejected_pages_are_not_counted() -> None:
    """Faults count the connections of accepted hosts and origins only."""
    async with MockServer(speed=inf, faults=["refuse:429:connection=1"]) as mock:
        other = upgrade_with(mock, OTHER)
        assert (await answer(mock, other))[0] == 403
        assert (await answer(mock, upgrade(mock)))[0] == 429
        assert (await answer(mock, upgrade(mock)))[0] == 101


async def test_a_page_cannot_change_anything() -> None:
    """A form of another site is rejected."""
    async with MockServer(speed=inf) as mock, session(mock) as client:
        request = (
            b"POST /mock/reset HTTP/1.1\r\nHost: localhost\r\napi-key: test-key\r\n"
            b"Origin: https://attacker.example\r\nContent-Length: 0\r\n\r\n"
        )
        assert (await answer(mock, request))[0] == 403
        assert await client.is_alive()


@pytest.mark.parametrize(
    ("allowed", "host", "is_served"),
    [
        (["mock.example.com"], "mock.example.com", True),
        (["Mock.Example.com"], "MOCK.example.com:80", True),
        (["mock.example.com"], "mock.example.com.", True),
        (["mock.example.com"], "other.example.com", False),
        (["*.example.com"], "a.b.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "attackerexample.com", False),
        (["*"], "attacker.example", True),
    ],
)
async def test_allowed_hosts(allowed: list[str], host: str, is_served: bool) -> None:
    """The option `allowed_hosts` adds hosts and sites."""
    async with MockServer(speed=inf, allowed_hosts=allowed) as mock:
        wanted = 101 if is_served else 403
        name = host.encode()
        assert (await answer(mock, upgrade_with(mock, name)))[0] == wanted
        page = b"Origin: https://" + name
        assert (await answer(mock, upgrade_with(mock, b"localhost", page)))[0] == wanted


@pytest.mark.parametrize(
    ("allowed", "says"),
    [
        ("mock.example.com", r"did you mean \['mock.example.com'\]"),
        (5, "expected a list of names"),
        ([5], "expected a name"),
        (["https://mock.example.com/x"], "did you mean 'mock.example.com'"),
        (["mock.example.com:8765"], "did you mean 'mock.example.com'"),
        (["mock.*.com"], "without scheme, port and path"),
        ([""], "without scheme, port and path"),
    ],
)
def test_wrong_names_are_refused(allowed: Any, says: str) -> None:
    """An invalid name is an error in the constructor."""
    with pytest.raises((TypeError, ValueError), match=says):
        MockServer(allowed_hosts=allowed)


@pytest.mark.parametrize(
    "key",
    [
        b"s\xe9cret",
        b"s\xc3\xa9cret",
        b"\xff\xfe\xfd",
        b"test-key\x80",
        "\ud800".encode("utf-8", "surrogatepass"),
        "schl\u00fcssel".encode("utf-16-le").replace(b"\0", b""),
    ],
)
async def test_keys_that_are_not_ascii(key: bytes) -> None:
    """A key or token that is not ASCII gives 401, in a header and in the query."""
    bearer = f"&Authorization=Bearer%20{quote(key)} HTTP/1.1".encode()
    async with MockServer(speed=inf) as mock:
        without = upgrade(mock).replace(b"&api-key=test-key", b"")
        assert b"test-key" not in without
        in_query = f"&api-key={quote(key)}".encode()
        for request in (
            without.replace(b"Host: x\r\n", b"Host: x\r\napi-key: " + key + b"\r\n"),
            without.replace(
                b"Host: x\r\n", b"Host: x\r\nAuthorization: Bearer " + key + b"\r\n"
            ),
            without.replace(b" HTTP/1.1", in_query + b" HTTP/1.1"),
            without.replace(b" HTTP/1.1", bearer),
            b"GET /mock/sessions HTTP/1.1\r\nHost: x\r\napi-key: " + key + b"\r\n\r\n",
        ):
            status, body = await answer(mock, request)
            assert status == 401
            assert json.loads(body)["error"]["code"] == "401"
        assert mock.sessions == ()


@pytest.mark.parametrize(
    "query",
    ["model=%ff%fe", "model=%ED%A0%80", "model=gpt%00", "model=%F0%9F%98%80", "model="],
)
@pytest.mark.parametrize("name", ["model", "api-version", "profile", "agent-name"])
async def test_queries_that_are_not_ascii(query: str, name: str) -> None:
    """Every query gets a response."""
    given = f"&{name}={query.partition('=')[2]}".encode()
    async with MockServer(speed=inf) as mock:
        for old, new in [
            (b" HTTP/1.1", given + b" HTTP/1.1"),
            (b"model=gpt-realtime", b"model=gpt-realtime" + given),
        ]:
            status, _ = await answer(mock, upgrade(mock).replace(old, new))
            assert status in (101, 400)


@pytest.mark.parametrize(
    ("host", "key", "warns"),
    [
        ("127.0.0.1", "test-key", False),
        ("localhost", "test-key", False),
        ("0.0.0.0", "test-key", True),
        ("0.0.0.0", "another-key", False),
    ],
)
async def test_the_default_key_on_a_public_address(
    host: str, key: str, warns: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """The log warns that the default key is public knowledge."""
    caplog.set_level(logging.WARNING)
    async with MockServer(host, api_key=key):
        pass
    assert ("with the default key" in caplog.text) == warns


async def test_clients_need_no_option() -> None:
    """Clients that connect to any usual address are accepted."""
    async with MockServer(speed=inf) as mock, aiohttp.ClientSession() as http:
        port = mock.endpoint.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost"):
            async with http.get(f"http://{host}:{port}/health") as response:
                assert response.status == 200
