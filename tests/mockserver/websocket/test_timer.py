"""Timer shared by all sessions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from math import ceil

import pytest

from tests.support.event_loops import VirtualTimeLoop
from voicelive_mockserver.websocket.timer import CoalescingTimer


class Session:
    """Records its wake-ups."""

    def __init__(self, *, fails: bool = False) -> None:
        self.slot: int | None = None
        self.wakes: list[float] = []
        self._fails = fails

    def wake(self) -> None:
        self.wakes.append(asyncio.get_running_loop().time())
        if self._fails:
            raise ValueError("broken")


@pytest.fixture
def loop() -> Iterator[VirtualTimeLoop]:
    """An event loop in virtual time, which starts at 0."""
    with contextlib.closing(VirtualTimeLoop()) as loop:
        yield loop


def run(loop: VirtualTimeLoop, seconds: float = 60.0) -> None:
    """Advance the virtual time."""
    loop.run_until_complete(asyncio.sleep(seconds))


def test_sessions_wake_within_a_slot_of_their_time(loop: VirtualTimeLoop) -> None:
    """No session wakes early, and none later than the next slot of 10 ms."""
    timer = CoalescingTimer(loop)
    sessions = {delay: Session() for delay in (0.06, 0.021, 0.04)}
    for delay, session in sessions.items():
        timer.schedule(delay, session)
    run(loop)
    for delay, session in sessions.items():
        (woken,) = session.wakes
        assert delay <= woken + 1e-9 <= delay + 0.01
        assert session.slot is None


def test_a_late_wake_up_wakes_no_later_slot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sessions of a slot that is not due yet stay asleep when the loop is late."""
    loop = asyncio.new_event_loop()
    began = now = float(ceil(loop.time()))
    monkeypatch.setattr(loop, "time", lambda: now)

    async def turns() -> None:
        for _ in range(3):
            await asyncio.sleep(0)

    with contextlib.closing(loop):
        timer, first, second = CoalescingTimer(loop), Session(), Session()
        timer.schedule(began + 0.0196, first)
        timer.schedule(began + 0.0396, second)
        for later, woken in (
            (0.019, (False, False)),
            (0.0355, (True, False)),
            (0.041, (True, True)),
        ):
            now = began + later
            loop.run_until_complete(turns())
            assert (bool(first.wakes), bool(second.wakes)) == woken


def test_the_earliest_time_counts(loop: VirtualTimeLoop) -> None:
    """A later time does not delay a session, and an earlier one advances it."""
    timer, session = CoalescingTimer(loop), Session()
    timer.schedule(50.0, session)
    timer.schedule(0.02, session)
    timer.schedule(30.0, session)
    run(loop)
    assert session.wakes == [pytest.approx(0.02)]


def test_a_discarded_session_is_not_woken(loop: VirtualTimeLoop) -> None:
    """Discarding a session leaves the others scheduled, those of its slot included."""
    timer, discarded, neighbour, other = (
        CoalescingTimer(loop),
        Session(),
        Session(),
        Session(),
    )
    timer.schedule(0.01, discarded)
    timer.schedule(0.01, neighbour)
    timer.schedule(0.03, other)
    timer.discard(discarded)
    run(loop)
    assert discarded.wakes == []
    assert neighbour.wakes == [pytest.approx(0.01)]
    assert other.wakes == [pytest.approx(0.03)]


def test_a_failing_session_does_not_affect_others(
    loop: VirtualTimeLoop, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception is logged, and the other sessions of the slot are woken."""
    timer, failing, other = CoalescingTimer(loop), Session(fails=True), Session()
    timer.schedule(0.01, failing)
    timer.schedule(0.01, other)
    run(loop)
    assert len(failing.wakes) == len(other.wakes) == 1
    assert "a session failed" in caplog.text
