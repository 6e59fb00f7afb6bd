"""Warning before the end of a session, and its renewal."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.support.scripted_service import CLOSE
from tests.support.waiting import receive_until
from tests.voicelive.resilience.support import (
    Heard,
    answer,
    created,
    item_created,
    one_after_the_other,
    stay,
    updated,
    user,
)
from voicelive._connection.clock import loop_time
from voicelive.resilience import ReconnectPolicy

pytestmark = pytest.mark.virtual_time


def policy(heard: Heard, **changes: Any) -> ReconnectPolicy:
    """Return a policy whose Unix time is virtual."""
    return heard.policy(clock=loop_time, **changes)


async def begin(peer: MemoryPeer, **session: Any) -> None:
    """Begin a session and wait for its end."""
    await peer.accept()
    await peer.send(created(**session))
    await peer.gone()


@pytest.mark.parametrize("told", [True, False])
async def test_a_warning_before_the_end(told: bool) -> None:
    """The warning precedes `expires_at`, or else the longest possible session."""
    heard = Heard()
    session = {"expires_at": 1800} if told else {}

    async def script(peer: MemoryPeer) -> None:
        await begin(peer, **session)

    async with (
        serve_in_memory(script) as server,
        stay(server, policy(heard, warn_seconds=60)) as connection,
    ):
        await receive_until(connection, "session.created")
        await asyncio.sleep(1739 if told else 3539)
        assert heard.expiring == []
        await asyncio.sleep(1.5)
        assert heard.expiring == [pytest.approx(60)]
        await asyncio.sleep(50)
        assert len(heard.expiring) == 1
        assert heard.reports == []


async def test_callbacks_may_be_coroutines_and_fail(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A callback that fails is logged and changes nothing."""
    heard = Heard()
    told = asyncio.Event()

    async def on_expiring(seconds: float) -> None:
        told.set()
        raise KeyError("oh")

    changed = ReconnectPolicy(on_expiring=on_expiring, clock=loop_time)
    async with serve_in_memory(begin) as server, stay(server, changed) as connection:
        await receive_until(connection, "session.created")
        await asyncio.sleep(3301)
        assert told.is_set()
        assert not connection.closed
    assert "on_expiring failed" in caplog.text
    assert heard.expiring == []


async def test_renewal_when_the_session_is_idle() -> None:
    """The session is replaced before its end, but not in the middle of a response."""
    heard = Heard()
    ends: list[int] = []
    finish, lose = asyncio.Event(), asyncio.Event()

    async def first(peer: MemoryPeer) -> None:
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

    async def second(peer: MemoryPeer) -> None:
        await peer.accept()
        await peer.send(created(2))
        event = (await peer.receive()).event
        await peer.send(item_created(event["item"]))
        await lose.wait()
        await peer.close(1012)
        await peer.gone()

    async def third(peer: MemoryPeer) -> None:
        await peer.accept()
        await peer.send(created(3))
        await answer(peer)
        await peer.gone()

    async with (
        serve_in_memory(one_after_the_other(first, second, third)) as server,
        stay(server, policy(heard, renew_seconds=120)) as connection,
    ):
        await receive_until(connection, "response.created")
        await asyncio.sleep(3500)
        assert heard.expiring == [pytest.approx(300)]
        finish.set()
        await receive_until(connection, "response.done")
        assert len(server.peers) == 1
        await asyncio.sleep(1)
        await receive_until(connection, "session.created")
        assert connection.session_id == "sess_2"
        assert heard.reconnecting == []
        assert (heard.report.cause, heard.report.restored) == (None, ["item_1"])
        assert heard.report.not_restored == []
        # The next one is a loss again.
        lose.set()
        await receive_until(connection, "session.created")
        assert [error.code for error, *_ in heard.reconnecting] == [1012]
    assert ends == [1000]


async def test_closing_in_a_callback() -> None:
    """An application may close the connection when it hears of a loss."""
    heard = Heard()

    async def first(peer: MemoryPeer) -> None:
        await peer.begin()
        await peer.close(1011)
        await peer.gone()

    closing: list[Any] = []

    async def close(*told: object) -> None:
        await closing[0].close()

    changed = ReconnectPolicy(backoff=heard.policy().backoff, on_reconnecting=close)
    async with serve_in_memory(first) as server, stay(server, changed) as connection:
        closing.append(connection)
        seen = [event.type async for event in connection]
        # What was not received when it was closed is dropped.
        assert seen in ([], ["session.created"])
        await asyncio.sleep(100)
        assert len(server.peers) == 1


async def test_sending_in_a_callback() -> None:
    """Events sent in `on_reconnected` reach the new session."""
    got: list[Any] = []

    async def first(peer: MemoryPeer) -> None:
        await peer.begin()
        await peer.close(1011)
        await peer.gone()

    async def second(peer: MemoryPeer) -> None:
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
        serve_in_memory(one_after_the_other(first, second)) as server,
        stay(server, changed) as connection,
    ):
        sending.append(connection)
        await receive_until(connection, "session.updated")
    assert got[0]["session"] == {"instructions": "We were cut off."}
