"""Connections through an HTTP proxy."""

from __future__ import annotations

import logging
import ssl
import traceback
from typing import Any, cast

import pytest

from tests.support.client import KEY, dial
from tests.support.connect_proxy import connect_proxy
from tests.support.scripted_service import Peer, serve, tls_context, trusting_context
from voicelive._transport.proxy import proxy_for
from voicelive.aio import (
    ConnectionFailed,
    ConnectionTimeout,
    ProxyError,
    WebsocketConnectionOptions,
    connect,
)
from voicelive.resilience import stay_connected

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "WSS_PROXY")
HOST = "voice.example"


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def trust() -> ssl.SSLContext:
    """TLS that trusts the certificate of the tests for any host name."""
    context = trusting_context()
    context.check_hostname = False
    return context


def through(port: int, **options: Any) -> dict[str, Any]:
    """Arguments of `connect` for a service that only the proxy knows."""
    options.setdefault("vendor_options", {"ssl": trust()})
    return {
        "credential": KEY,
        "endpoint": f"https://{HOST}:{port}",
        "model": "gpt-realtime",
        "connection_options": cast(WebsocketConnectionOptions, options),
    }


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_proxy_of_the_environment(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default the environment chooses; the proxy learns host and port, no more."""
    async with (
        serve(Peer.begin, tls=tls_context()) as server,
        connect_proxy(server.port) as proxy,
    ):
        monkeypatch.setenv(variable, proxy.url)
        async with connect(**through(server.port)) as connection:
            await connection.wait_until_ready()
    assert proxy.targets == [f"{HOST}:{server.port}"]
    assert server.requests[0].headers["api-key"] == KEY
    assert "proxy-authorization" not in server.requests[0].headers
    seen = "".join(proxy.heads).encode() + bytes(proxy.tunnelled)
    assert len(proxy.tunnelled) > 100
    assert KEY.encode() not in seen
    assert b"voice-live" not in seen


async def test_proxy_of_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """The option counts before the environment, and brings its own credential."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    async with (
        serve(Peer.begin, tls=tls_context()) as server,
        connect_proxy(server.port) as proxy,
    ):
        named = proxy.url.replace("http://", "http://me:pass%20word@")
        async with connect(**through(server.port, proxy=named)) as connection:
            await connection.wait_until_ready()
    assert "Proxy-Authorization: Basic bWU6cGFzcyB3b3Jk" in proxy.heads[0]
    assert KEY not in proxy.heads[0]


async def test_proxy_in_vendor_options() -> None:
    """The place that the official client has for it works too."""
    async with (
        serve(Peer.begin, tls=tls_context()) as server,
        connect_proxy(server.port) as proxy,
    ):
        vendor = {"ssl": trust(), "proxy": proxy.url}
        async with connect(**through(server.port, vendor_options=vendor)) as connection:
            await connection.wait_until_ready()
    assert len(proxy.heads) == 1


async def test_reconnecting_uses_the_proxy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers on top of `connect` use the proxy as well."""
    async with (
        serve(Peer.begin, tls=tls_context()) as server,
        connect_proxy(server.port) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with stay_connected(**through(server.port)) as connection:
            await connection.wait_until_ready()
    assert proxy.targets[0] == f"{HOST}:{server.port}"


async def test_environment_that_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """trust_env=False connects directly."""
    async with connect_proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(ConnectionFailed):
            async with connect(**through(1, trust_env=False)):
                pass
    assert proxy.heads == []


async def test_this_machine_is_reached_directly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A service on loopback, such as a mock, gets no proxy of the environment."""
    async with connect_proxy() as proxy, serve(Peer.begin) as server:
        for name in VARIABLES[:3]:
            monkeypatch.setenv(name, proxy.url)
        async with dial(server) as connection:
            await connection.wait_until_ready()
    assert proxy.heads == []


def test_no_proxy_reads_a_service_without_tls(caplog: pytest.LogCaptureFixture) -> None:
    """A proxy of the environment is left out for `ws`, one of the option refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTP_PROXY", "http://me:secret@proxy.example:3128")
        assert proxy_for(f"ws://{HOST}/x", None, trust_env=True) is None
    assert "without the proxy" in caplog.text
    assert "secret" not in caplog.text
    with pytest.raises(ValueError, match="needs an https:// endpoint"):
        connect(
            credential=KEY,
            endpoint=f"http://{HOST}",
            connection_options={"proxy": "http://proxy.example"},
        )


@pytest.mark.parametrize(
    ("no_proxy", "host", "direct"),
    [
        ("*", HOST, True),
        ("voice.example", HOST, True),
        ("other.example,voice.example", HOST, True),
        ("example", HOST, True),
        (".example", HOST, True),
        ("*.example", HOST, True),
        ("VOICE.Example.", HOST, True),
        ("oice.example", HOST, False),
        ("voice.example:443", HOST, True),
        ("voice.example:444", HOST, False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("fd00::/8", "[fd00::1]", True),
        ("[fd00::1]:443", "[fd00::1]", True),
        ("nonsense/, ,:", HOST, False),
        ("", HOST, False),
        ("", "localhost", True),
        ("", "mock.localhost", True),
        ("", "127.8.8.8", True),
        ("", "[::1]", True),
        ("", "[::ffff:127.0.0.1]", True),
    ],
)
def test_hosts_to_reach_directly(
    no_proxy: str, host: str, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_PROXY lists names with subdomains, addresses, networks, ports, or all."""
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    found = proxy_for(f"wss://{host}/x", None, trust_env=True)
    assert found == (None if direct else "http://proxy.example:3128")


@pytest.mark.parametrize(
    ("refusal", "status", "retryable", "retry_after"),
    [
        ("407 Proxy Authentication Required", 407, False, None),
        ("403 Forbidden", 403, False, None),
        ("502 Bad Gateway\r\nRetry-After: 3", 502, True, 3),
    ],
)
async def test_refused_tunnel(
    refusal: str, status: int, retryable: bool, retry_after: float | None
) -> None:
    """A proxy that refuses is a ProxyError with its status, and no password."""
    async with connect_proxy(refusal=refusal) as proxy:
        named = proxy.url.replace("http://", "http://me:secret@")
        with pytest.raises(ProxyError) as caught:
            async with connect(**through(443, proxy=named)):
                pass
    error = caught.value
    assert (error.status, error.code) == (status, status)
    assert (error.retryable, error.retry_after) == (retryable, retry_after)
    assert f"the proxy answered HTTP {status}" in str(error)
    assert f"127.0.0.1:{proxy.port}" in str(error)
    said = "".join(traceback.format_exception(error)) + repr(error.__cause__)
    assert "secret" not in said
    assert KEY not in said


async def test_unreachable_proxy(
    free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy that is not there can be tried again; nothing shows its password."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ProxyError, match=f"by the proxy 127.0.0.1:{free_port}") as it:
        async with connect(
            **through(443, proxy=f"http://me:secret@127.0.0.1:{free_port}")
        ):
            pass
    assert it.value.retryable
    assert it.value.status is None
    said = "".join(traceback.format_exception(it.value)) + repr(it.value.__cause__)
    assert "secret" not in said + caplog.text


async def test_silent_proxy() -> None:
    """A proxy that does not answer is covered by the limit of the handshake."""
    async with connect_proxy(answers=False) as proxy:
        with pytest.raises(ConnectionTimeout, match="by the proxy"):
            async with connect(**through(443, proxy=proxy.url, handshake_timeout=0.1)):
                pass


@pytest.mark.parametrize(
    "proxy",
    ["", "http://", "http://me:secret@:1", "http://h:secret", "socks5://h:1", 3],
)
def test_what_is_no_proxy(proxy: Any) -> None:
    """An option that names no HTTP proxy is refused at once, without showing it."""
    with pytest.raises(ValueError, match=r"\['proxy'\]") as caught:
        connect(**through(443, proxy=proxy))
    assert "secret" not in str(caught.value)


async def test_environment_with_no_proxy_to_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A SOCKS proxy raises an error instead of being ignored."""
    monkeypatch.setenv("ALL_PROXY", "socks5://me:secret@proxy.example:1080")
    with pytest.raises(ProxyError, match=r"ALL_PROXY.*socks5.*trust_env") as caught:
        async with connect(**through(443)):
            pass
    assert not caught.value.retryable
    assert "secret" not in str(caught.value)
