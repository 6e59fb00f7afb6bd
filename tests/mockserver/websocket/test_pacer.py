"""The timer that all sessions share, and the queue of one session."""

from __future__ import annotations

import asyncio
from functools import partial
from math import ceil

import pytest

from voicelive_mockserver.engine.timeline import Timeline
from voicelive_mockserver.websocket.pacer import Pacer


class Sleeper:
    """Notes when it was woken."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.slot: int | None = None
        self.woken = asyncio.Event()
        self.at = 0.0
        self._breaks = breaks

    def wake(self) -> None:
        self.at = asyncio.get_running_loop().time()
        self.woken.set()
        if self._breaks:
            raise ValueError("broken")


async def test_sleepers_are_woken_in_time() -> None:
    """Nobody is woken early, and everybody within two slots of 10 ms of the time."""
    loop = asyncio.get_running_loop()
    pacer = Pacer(loop)
    sleepers = {delay: Sleeper() for delay in (0.06, 0.02, 0.04)}
    began = loop.time()
    for delay, sleeper in sleepers.items():
        pacer.schedule(began + delay, sleeper)
    for delay, sleeper in sleepers.items():
        await asyncio.wait_for(sleeper.woken.wait(), 30)
        assert sleeper.at - began >= delay - 0.001
        assert sleeper.slot is None
    assert sleepers[0.02].at <= sleepers[0.04].at <= sleepers[0.06].at


async def test_nobody_is_woken_early_by_a_late_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who is due a little after the event loop comes round has to wait."""
    loop = asyncio.get_running_loop()
    began = now = float(ceil(loop.time()))
    monkeypatch.setattr(loop, "time", lambda: now)
    pacer, first, second = Pacer(loop), Sleeper(), Sleeper()
    pacer.schedule(began + 0.0196, first)
    pacer.schedule(began + 0.0396, second)
    for later, woken in (
        (0.019, (False, False)),
        (0.0355, (True, False)),
        (0.041, (True, True)),
    ):
        now = began + later
        for _ in range(3):
            await asyncio.sleep(0)
        assert (first.woken.is_set(), second.woken.is_set()) == woken


async def test_the_earliest_time_counts() -> None:
    """A later time does not move a sleeper, an earlier one does."""
    loop = asyncio.get_running_loop()
    pacer, sleeper = Pacer(loop), Sleeper()
    pacer.schedule(loop.time() + 60, sleeper)
    pacer.schedule(loop.time() + 0.02, sleeper)
    pacer.schedule(loop.time() + 30, sleeper)
    await asyncio.wait_for(sleeper.woken.wait(), 30)


async def test_discarded_sleepers_sleep_on() -> None:
    """Who was discarded is not woken; the others are."""
    loop = asyncio.get_running_loop()
    pacer, gone, other = Pacer(loop), Sleeper(), Sleeper()
    pacer.schedule(loop.time() + 0.01, gone)
    pacer.schedule(loop.time() + 0.03, other)
    pacer.discard(gone)
    await asyncio.wait_for(other.woken.wait(), 30)
    assert not gone.woken.is_set()


async def test_a_broken_sleeper_stops_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An exception of one is logged; the others of the slot are woken."""
    loop = asyncio.get_running_loop()
    pacer, broken, other = Pacer(loop), Sleeper(breaks=True), Sleeper()
    when = loop.time() + 0.01
    pacer.schedule(when, broken)
    pacer.schedule(when, other)
    await asyncio.wait_for(other.woken.wait(), 30)
    assert broken.woken.is_set()
    assert "a session failed" in caplog.text


def test_actions_of_equal_time_keep_their_order() -> None:
    """What was planned first happens first."""
    timeline, done = Timeline(), list[int]()
    for number in range(5):
        timeline.at(1.0, partial(done.append, number))
    timeline.at(0.5, lambda: done.append(-1))
    timeline.run(2.0)
    assert done == [-1, 0, 1, 2, 3, 4]


def test_actions_see_the_time_they_were_planned_for() -> None:
    """Lateness does not add up: an action's clock shows its own time."""
    timeline, seen = Timeline(), list[float]()
    timeline.at(
        1.0, lambda: timeline.at(timeline.now + 1, lambda: seen.append(timeline.now))
    )
    timeline.run(10.0)
    assert seen == [2.0]
    assert timeline.now == 10.0
