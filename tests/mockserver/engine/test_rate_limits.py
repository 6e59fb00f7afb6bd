"""`rate_limits.updated`: documented in one place, in no recording."""

from __future__ import annotations

from math import inf

from aiohttp import ClientSession

from tests.support.engine_driver import Event, Session, respond, types, update
from tests.support.schema_check import check_event
from voicelive_mockserver import MockServer

VERSION = "2026-07-15"
LIMITS: Event = {
    "type": "rate_limits.updated",
    "rate_limits": [
        {"name": "tokens", "limit": 120_000, "remaining": 119_000, "reset_seconds": 0.5}
    ],
}


def test_it_is_not_sent_by_default() -> None:
    """As in all recordings."""
    session = Session(api_version=VERSION)
    session.ask(update(modalities=["text"]), respond(), respond(conversation="none"))
    assert LIMITS["type"] not in types(session.events)


async def test_it_can_be_injected() -> None:
    """A fault of type `inject` sends it where it is documented."""
    fault = {"type": "inject", "event": "response.created", "data": LIMITS}
    async with (
        MockServer(speed=inf, faults=[fault]) as server,
        ClientSession() as http,
        http.ws_connect(
            f"{server.url}?api-version={VERSION}&model=gpt-realtime",
            headers={"api-key": server.api_key},
        ) as client,
    ):
        await client.send_json(update(modalities=["text"]))
        await client.send_json(respond())
        seen: list[Event] = []
        while "response.done" not in types(seen):
            seen.append(await client.receive_json())
            check_event(seen[-1], VERSION)
    kinds = types(seen)
    at = kinds.index(LIMITS["type"])
    assert kinds[at - 1 : at + 2] == [
        "response.created",
        LIMITS["type"],
        "response.output_item.added",
    ]
    assert seen[at]["rate_limits"] == LIMITS["rate_limits"]
