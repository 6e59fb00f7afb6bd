"""Between the hub of gevent and the event loop of the callers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from voicelive_loadtest.callers.engine import Engine, EngineReport
from voicelive_loadtest.locust.bridge import Bridge, BridgeDown


@pytest.fixture
def reports() -> list[EngineReport]:
    """What the bridge has handed over."""
    return []


@pytest.fixture
def bridge(reports: list[EngineReport]) -> Iterator[Bridge]:
    """A bridge that runs."""
    bridge = Bridge(reports.append)
    bridge.start()
    yield bridge
    bridge.stop()
    assert not bridge.alive


def test_greenlets_wait_while_coroutines_run(bridge: Bridge) -> None:
    """Many greenlets wait at the same time; the hub goes on meanwhile."""
    threads: set[int] = set()
    ended: list[int] = []

    def user(number: int) -> None:
        async def work(engine: Engine) -> None:
            threads.add(threading.get_ident())
            await asyncio.sleep(0.05)

        bridge.submit(work).wait()
        ended.append(number)

    users = [gevent.spawn(user, number) for number in range(50)]
    gevent.joinall(users, timeout=30, raise_error=True)
    assert sorted(ended) == list(range(50))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_errors_come_with_their_traceback(bridge: Bridge) -> None:
    """What a coroutine raises is raised where it is waited for."""

    async def broken(engine: Engine) -> None:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken") as caught:
        bridge.submit(broken).wait(timeout=30)
    assert any(entry.name == "broken" for entry in caught.traceback)


def test_cancelling_waits_for_the_clean_up(bridge: Bridge) -> None:
    """A coroutine that is cancelled can still close what it has open."""
    steps: list[str] = []
    begun = threading.Event()

    async def work(engine: Engine) -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.02)
            steps.append("closed")

    handle = bridge.submit(work)
    assert begun.wait(30)
    handle.cancel()
    handle.wait(timeout=30)
    assert steps == ["closed"]


def test_flushing_hands_over_what_was_measured(
    bridge: Bridge, reports: list[EngineReport]
) -> None:
    """After a flush nothing is under way, and nothing is there twice."""

    async def work(engine: Engine) -> None:
        engine.recorder.count("done")

    for _ in range(3):
        bridge.submit(work).wait(timeout=30)
    bridge.flush()
    assert sum(report.batch.counters.get("done", 0) for report in reports) == 3


def test_stopping_lets_nobody_wait(reports: list[EngineReport]) -> None:
    """What runs is cancelled, what it counts then is handed over, the thread ends."""
    bridge = Bridge(reports.append)
    bridge.start()

    threads: list[int] = []

    async def work(engine: Engine) -> None:
        threads.append(threading.get_native_id())
        try:
            await asyncio.sleep(60)
        finally:
            engine.recorder.count("closed")

    handle = bridge.submit(work)
    bridge.flush()
    bridge.stop()
    bridge.stop()
    with pytest.raises(BridgeDown):
        handle.wait(timeout=30)
    assert sum(report.batch.counters.get("closed", 0) for report in reports) == 1
    with pytest.raises(BridgeDown):
        bridge.submit(work)
    tasks = Path("/proc/self/task")
    if tasks.is_dir():
        with gevent.Timeout(30):
            while (tasks / str(threads[0])).exists():
                gevent.sleep(0.01)


def test_a_dead_event_loop_fails_all_that_wait(reports: list[EngineReport]) -> None:
    """When the loop dies, nobody waits for ever."""
    bridge = Bridge(reports.append)
    bridge.start()

    async def work(engine: Engine) -> None:
        await asyncio.sleep(60)

    async def kill(engine: Engine) -> None:
        asyncio.get_running_loop().stop()

    waiting = [bridge.submit(work) for _ in range(3)]
    bridge.submit(kill)
    for handle in waiting:
        with pytest.raises(Exception, match=r"ended|stopped"):
            handle.wait(timeout=30)
    with gevent.Timeout(30):
        while bridge.alive:
            gevent.sleep(0.01)
