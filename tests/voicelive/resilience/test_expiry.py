"""The end of a session, seen coming."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.scripted_service import CLOSE, Peer, serve
from tests.voicelive.resilience.support import (
    Heard,
    Time,
    answer,
    created,
    item_created,
    one_after_the_other,
    stay,
    until,
    updated,
    user,
)
from voicelive.resilience import ReconnectPolicy


def policy(heard: Heard, time: Time, **changes: Any) -> ReconnectPolicy:
    """A policy whose clock is the one of the test."""
    return heard.policy(clock=time.clock, sleep=time.sleep, **changes)


async def begin(peer: Peer, **session: Any) -> None:
    """Begin a session and wait for its end."""
    await peer.accept()
    await peer.send(created(**session))
    await peer.gone()


@pytest.mark.parametrize("told", [True, False])
async def test_a_warning_before_the_end(told: bool) -> None:
    """It comes before `expires_at`, or before the longest time if that is not told."""
    heard, time = Heard(), Time()
    session = {"expires_at": int(time.now) + 1800} if told else {}

    async def script(peer: Peer) -> None:
        await begin(peer, **session)

    async with (
        serve(script) as server,
        stay(server, policy(heard, time, warn_seconds=60)) as connection,
    ):
        await until(connection, "session.created")
        await time.advance(1739 if told else 3539)
        assert heard.expiring == []
        await time.advance(1)
        assert heard.expiring == [60.0]
        await time.advance(50)
        assert heard.expiring == [60.0]
        assert heard.reports == []


async def test_callbacks_may_be_coroutines_and_fail(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A callback that fails is logged and changes nothing."""
    heard, time = Heard(), Time()
    told = asyncio.Event()

    async def on_expiring(seconds: float) -> None:
        told.set()
        raise KeyError("oh")

    changed = ReconnectPolicy(
        on_expiring=on_expiring, clock=time.clock, sleep=time.sleep
    )
    async with serve(begin) as server, stay(server, changed) as connection:
        await until(connection, "session.created")
        await time.advance(3300)
        assert told.is_set()
        assert not connection.closed
    assert "on_expiring failed" in caplog.text
    assert heard.expiring == []


async def test_renewal_when_nothing_is_under_way() -> None:
    """The session is replaced before its end, but not in the middle of a response."""
    heard, time = Heard(), Time()
    ends: list[int] = []
    finish, lose = asyncio.Event(), asyncio.Event()

    async def first(peer: Peer) -> None:
        await peer.begin()
        await peer.send(item_created(user("item_1", "Hello")))
        response = {"id": "resp_1", "status": "in_progress", "output": []}
        await peer.send({"type": "response.created", "response": response})
        await finish.wait()
        response["status"] = "completed"
        await peer.send({"type": "response.done", "response": response})
        frame = await peer.receive()
        assert frame.opcode == CLOSE
        ends.append(frame.closing[0])
        await peer.close()

    async def second(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(2))
        event = (await peer.receive()).event
        await peer.send(item_created(event["item"]))
        await lose.wait()
        await peer.close(1012)
        await peer.gone()

    async def third(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(3))
        await answer(peer)
        await peer.gone()

    async with (
        serve(one_after_the_other(first, second, third)) as server,
        stay(server, policy(heard, time, renew_seconds=120)) as connection,
    ):
        await until(connection, "response.created")
        await time.advance(3500)
        assert heard.expiring == [300.0]
        finish.set()
        await until(connection, "response.done")
        assert len(server.peers) == 1
        await time.advance(1)
        await until(connection, "session.created")
        assert connection.session_id == "sess_2"
        assert heard.reconnecting == []
        assert (heard.report.cause, heard.report.restored) == (None, ["item_1"])
        assert heard.report.not_restored == []
        # The next one is a loss again.
        lose.set()
        await until(connection, "session.created")
        assert [error.code for error, *_ in heard.reconnecting] == [1012]
    assert ends == [1000]


async def test_closing_in_a_callback() -> None:
    """An application may close the connection when it hears of a loss."""
    heard = Heard()

    async def first(peer: Peer) -> None:
        await peer.begin()
        await peer.close(1011)
        await peer.gone()

    closing: list[Any] = []

    async def close(*told: object) -> None:
        await closing[0].close()

    changed = ReconnectPolicy(backoff=heard.policy().backoff, on_reconnecting=close)
    async with serve(first) as server, stay(server, changed) as connection:
        closing.append(connection)
        seen = [event.type async for event in connection]
        # What was not received when it was closed is dropped.
        assert seen in ([], ["session.created"])
        await asyncio.sleep(0.03)
        assert len(server.peers) == 1


async def test_sending_in_a_callback() -> None:
    """What `on_reconnected` sends reaches the new session."""
    got: list[Any] = []

    async def first(peer: Peer) -> None:
        await peer.begin()
        await peer.close(1011)
        await peer.gone()

    async def second(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(2))
        got.append((await peer.receive()).event)
        await peer.send(updated())
        await peer.gone()

    sending: list[Any] = []

    async def on_reconnected(report: object) -> None:
        await sending[0].session.update(session={"instructions": "We were cut off."})

    changed = ReconnectPolicy(
        backoff=Heard().policy().backoff, on_reconnected=on_reconnected
    )
    async with (
        serve(one_after_the_other(first, second)) as server,
        stay(server, changed) as connection,
    ):
        sending.append(connection)
        await until(connection, "session.updated")
    assert got[0]["session"] == {"instructions": "We were cut off."}
