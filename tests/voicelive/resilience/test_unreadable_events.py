"""Session snapshot with events that do not match their types."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from tests.support.scripted_service import Peer, serve
from tests.support.waiting import receive_until
from tests.voicelive.resilience.support import (
    Heard,
    after_the_loss,
    created,
    item_created,
    one_after_the_other,
    quick,
    stay,
    updated,
    user,
)
from voicelive.resilience import Missing, ReconnectPolicy
from voicelive.resilience._session_snapshot import SessionTracker


def text_of(item: dict[str, Any]) -> Any:
    return item["content"][0]["text"]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": 5},
        {"object": ["realtime.item"]},
        {"content": [{"type": "input_text", "text": "Hello"}, "oops", {"type": 7}]},
    ],
)
async def test_odd_items_are_restored(changes: dict[str, Any]) -> None:
    """The valid parts of an item are restored."""
    item = user("item_1", "Hello") | changes
    report, second, seen = await after_the_loss(item_created(item), answers=1)
    assert [text_of(item) for item in second.items] == ["Hello"]
    assert report.restored == ["item_1"]
    assert len(seen) == 2, "the odd event and `session.created` are delivered"


@pytest.mark.parametrize(
    "end",
    [
        {"id": "resp_1", "usage": {"total_tokens": None, "input_tokens": 3}},
        {"id": "resp_1", "status": "completed", "output": "none"},
        {"status": "completed"},
        None,
    ],
)
async def test_an_odd_end_ends_a_response(end: Any) -> None:
    """A response that has ended is not reported as lost."""
    begun = {"type": "response.created", "response": {"id": "resp_1"}}
    report, _, _ = await after_the_loss(
        begun, {"type": "response.done", "response": end}, answers=0
    )
    assert report.not_restored == []


async def test_an_odd_beginning_begins_a_response() -> None:
    """A response that had begun is reported as lost."""
    begun = {"id": "resp_1", "metadata": 3}
    report, _, _ = await after_the_loss(
        {"type": "response.created", "response": begun}, answers=0
    )
    assert [(lost.kind, lost.id) for lost in report.not_restored] == [
        (Missing.RESPONSE, "resp_1")
    ]


async def test_items_that_cannot_be_restored_are_reported() -> None:
    """One broken item costs neither the others nor the reconnect."""
    call = {"id": "item_1", "type": "function_call", "call_id": "call_1", "name": None}
    output = {"id": "item_2", "type": "function_call_output", "call_id": "call_1"}
    report, second, _ = await after_the_loss(
        item_created(call),
        item_created(output),
        item_created(user("item_3", "Hello")),
        answers=1,
    )
    assert [item["id"] for item in second.items] == ["item_3"]
    assert [lost.id for lost in report.not_restored] == ["item_1", "item_2"]


async def test_an_odd_session_is_followed() -> None:
    """The id of the session and the format of its audio are known."""
    heard = Heard()

    async def first(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(1, agent={"agent_id": None}, tools=5))
        await peer.send(updated(input_audio_format="g711_ulaw", tools=5))
        await peer.receive()
        await peer.close(1011)
        await peer.gone()

    async def second(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(2, tools=5))
        await peer.gone()

    async with (
        serve(one_after_the_other(first, second)) as server,
        stay(server, heard.policy()) as connection,
    ):
        await receive_until(connection, "session.updated")
        assert connection.session_id == "sess_1"
        await connection.input_audio_buffer.append(audio=bytes(8000))
        await receive_until(connection, "session.created")
        assert connection.session_id == "sess_2"
    assert [lost.what for lost in heard.report.not_restored] == [
        "1000 ms of input audio"
    ]


HALF = "Hi \ud83d"


async def test_half_a_surrogate_pair_goes_through_and_is_restored() -> None:
    """The event is delivered, and its item restored."""
    item = user("item_1", HALF)
    report, second, seen = await after_the_loss(item_created(item), answers=1)
    assert text_of(seen[0].as_dict()["item"]) == HALF
    assert [text_of(item) for item in second.items] == [HALF]
    assert report.restored == ["item_1"]


@pytest.mark.parametrize("form", ["model", "text"])
async def test_settings_with_half_a_surrogate_pair_are_restored(form: str) -> None:
    """Settings are remembered in any form in which they were sent."""
    heard = Heard()
    update = {"type": "session.update", "session": {"instructions": HALF}}
    got: list[Any] = []

    async def first(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(1))
        got.append((await peer.receive()).event)
        await peer.send(updated(instructions=HALF))
        await peer.close(1011)
        await peer.gone()

    async def second(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(2))
        got.append((await peer.receive()).event)
        await peer.send(updated(instructions=HALF))
        await peer.gone()

    async with (
        serve(one_after_the_other(first, second)) as server,
        stay(server, heard.policy()) as connection,
    ):
        await receive_until(connection, "session.created")
        if form == "model":
            await connection.session.update(session={"instructions": HALF})
        else:
            await connection.send(json.dumps(update))
        await receive_until(connection, "session.created")
    assert [event["session"] for event in got] == [{"instructions": HALF}] * 2
    assert heard.report.settings_restored


async def test_a_failure_in_remembering_costs_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is logged once; events are delivered and sent, and the session replaced."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("broken")

    for name in ("_handle", "_track"):
        monkeypatch.setattr(SessionTracker, name, broken)
    monkeypatch.setattr("voicelive.resilience._history.History.restorable", broken)
    sent: list[str] = []

    async def first(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(1))
        sent.append((await peer.receive()).event["type"])
        await peer.send(updated())
        await peer.close(1011)
        await peer.gone()

    async def second(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(2))
        await peer.gone()

    with caplog.at_level(logging.WARNING, "voicelive"):
        async with (
            serve(one_after_the_other(first, second)) as server,
            stay(server, ReconnectPolicy(backoff=quick())) as connection,
        ):
            await receive_until(connection, "session.created")
            await connection.session.update(session={"instructions": "Be kind."})
            await receive_until(connection, "session.created")
            assert connection.session_id == "sess_2"
    assert sent == ["session.update"]
    failures = [r.getMessage() for r in caplog.records if r.exc_info]
    assert len(failures) == 1
    assert failures[0].startswith("remembering the session failed")
