from __future__ import annotations

from typing import Any, cast

import pytest

from tests.support.client import KEY, dial
from tests.support.peer import Peer, serve
from voicelive._transport.options import TransportOptions
from voicelive.aio import WebsocketConnectionOptions, connect


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
        max_msg_size=4 * 1024 * 1024,
        heartbeat=30,
        autoclose=True,
        autoping=True,
        receive_timeout=None,
        close_timeout=10,
        handshake_timeout=30,
    )


async def test_vendor_options() -> None:
    """vendor_options reach aiohttp."""
    origin = {"origin": "http://page.example"}
    async with serve(Peer.accept) as server, dial(server, vendor_options=origin):
        pass
    assert server.requests[0].headers["origin"] == "http://page.example"


async def test_unknown_vendor_option() -> None:
    """A vendor option that aiohttp does not know is its TypeError."""
    async with serve(Peer.accept) as server:
        with pytest.raises(TypeError, match="flavour"):
            async with dial(server, vendor_options={"flavour": 1}):
                pass
    assert server.requests == []
