from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.client import KEY, dial
from tests.support.scripted_service import Peer, serve
from voicelive import VoiceLiveClient
from voicelive._transport.options import TransportOptions
from voicelive.aio import WebsocketConnectionOptions, connect
from voicelive.resilience import connect_with_retry, stay_connected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_message_size": 1}, "'max_message_size'.*max_msg_size"),
        ({"compression": 8}, "compression.*9 to 15.*8"),
        ({"compression": "yes"}, "compression"),
        ({"max_msg_size": -1}, "max_msg_size.*0 or more"),
        ({"max_msg_size": 1.5}, "max_msg_size"),
        ({"max_msg_size": True}, "max_msg_size"),
        ({"heartbeat": -1}, "heartbeat.*seconds"),
        ({"heartbeat": True}, "heartbeat"),
        ({"receive_timeout": "5"}, "receive_timeout.*'5'"),
        ({"handshake_timeout": float("nan")}, "handshake_timeout"),
        ({"close_timeout": float("inf")}, "close_timeout"),
        ({"close_timeout": None}, "close_timeout"),
        ({"vendor_options": 3}, "vendor_options.*mapping"),
        ({"vendor_options": {"compress": 15}}, "'compress'; use compression"),
        ({"vendor_options": {"headers": {}}}, "'headers'; use connect"),
        ({"vendor_options": {"decode_text": True}}, "'decode_text'"),
    ],
)
def test_bad_option(options: dict[str, Any], message: str) -> None:
    """An unknown or impossible option is refused by connect() with its name."""
    with pytest.raises(ValueError, match=message):
        connect(
            credential=KEY,
            endpoint="https://host.example",
            connection_options=cast(WebsocketConnectionOptions, options),
        )


def test_defaults() -> None:
    """Without options, the documented defaults hold."""
    options = TransportOptions.from_options({})
    assert options == TransportOptions(
        compress=0,
        max_msg_size=256 * 1024 * 1024,
        heartbeat=30,
        autoclose=True,
        autoping=True,
        receive_timeout=None,
        close_timeout=10,
        handshake_timeout=30,
        proxy=None,
        trust_env=True,
    )


async def test_vendor_options() -> None:
    """vendor_options reach aiohttp."""
    origin = {"origin": "http://page.example"}
    async with serve(Peer.accept) as server, dial(server, vendor_options=origin):
        pass
    assert server.requests[0].headers["origin"] == "http://page.example"


@pytest.mark.parametrize(
    ("vendor", "message"),
    [
        ({"flavour": 1}, "no 'flavour'"),
        ({"sssl": False}, "no 'sssl'.*did you mean 'ssl'"),
        ({"trust_env": False}, "no 'trust_env'"),
    ],
)
def test_unknown_vendor_option(vendor: dict[str, Any], message: str) -> None:
    """A vendor option that aiohttp does not have is refused with its name, at once."""
    with pytest.raises(TypeError, match=message):
        connect(
            credential=KEY,
            endpoint="https://host.example",
            connection_options={"vendor_options": vendor},
        )


async def test_vendor_option_that_aiohttp_refuses() -> None:
    """A value that aiohttp does not take is a ValueError that names the option."""
    async with serve(Peer.accept) as server:
        with pytest.raises(ValueError, match=r"vendor_options'\] \(ssl\).*SSLContext"):
            async with dial(server, vendor_options={"ssl": "yes"}):
                pass
    assert server.requests == []


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"timeout": 20}, "'timeout'.*handshake_timeout"),
        ({"compress": 15}, "'compress'.*use compression"),
        ({"headers": {"x": "y"}}, "'headers'.*connect"),
        ({"ssl": False}, "'ssl'.*vendor_options={'ssl'"),
        ({"decode_text": True}, "'decode_text'"),
    ],
)
async def test_options_that_the_official_client_lets_pass(
    option: dict[str, Any], message: str
) -> None:
    """Arguments of aiohttp are ignored, with a warning at the line of the caller."""
    async with serve(Peer.begin) as server:
        with pytest.warns(UserWarning, match=message) as warned:
            context = dial(server, **option)
        assert {Path(warning.filename).parent.name for warning in warned} == {"support"}
        async with context as connection:
            await connection.wait_until_ready()


def test_options_that_are_no_mapping() -> None:
    """Options of another kind are refused with that kind."""
    with pytest.raises(TypeError, match="mapping, not list"):
        connect(
            credential=KEY,
            endpoint="https://host.example",
            connection_options=cast(Any, [1]),
        )


@pytest.mark.parametrize(
    ("keyword", "message"),
    [
        ("api_verson", "'api_verson'; did you mean 'api_version'"),
        ("modell", "did you mean 'model'"),
        ("endpont", "did you mean 'endpoint'"),
        ("handshake_timeout", "key of connection_options"),
        ("proxy", "key of connection_options"),
        ("sesion", "no argument 'sesion'"),
    ],
)
@pytest.mark.parametrize("function", [connect, connect_with_retry, stay_connected])
def test_unknown_keyword(function: Any, keyword: str, message: str) -> None:
    """A keyword that no client knows is refused with a suggestion."""
    with pytest.raises(TypeError, match=message):
        function(credential=KEY, endpoint="https://host.example", **{keyword: "x"})


def test_unknown_keyword_of_a_session() -> None:
    """Sessions refuse it as well, when they are made."""
    client = VoiceLiveClient("https://host.example", KEY)
    options: Any = {"api_verson": "2026-04-10"}
    with pytest.raises(TypeError, match=r"'api_verson'.*did you mean 'api_version'"):
        client.create_session("gpt-realtime", **options)


@pytest.mark.parametrize("name", ["a b", "", "x:y", "nämé"])
def test_name_that_is_no_header(name: str) -> None:
    """A header whose name cannot be sent is refused at once."""
    with pytest.raises(ValueError, match="not the name of an HTTP header"):
        connect(credential=KEY, endpoint="https://host.example", headers={name: "x"})


def test_header_with_a_line_break() -> None:
    """A value cannot smuggle in another header; it is not shown."""
    with pytest.raises(ValueError, match="'X-Key' has a line break") as caught:
        connect(
            credential=KEY,
            endpoint="https://host.example",
            headers={"X-Key": "secret\r\nX-Other: 1"},
        )
    assert "secret" not in str(caught.value)
