"""Bridge between the hub of gevent and the event loop of the callers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from voicelive_loadtest.callers.runtime import CallerRuntime, RuntimeReport
from voicelive_loadtest.locust.bridge import Bridge, BridgeDown


@pytest.fixture
def reports() -> list[RuntimeReport]:
    """The reports of the bridge."""
    return []


@pytest.fixture
def bridge(reports: list[RuntimeReport]) -> Iterator[Bridge]:
    """A running bridge."""
    bridge = Bridge(reports.append)
    bridge.start()
    yield bridge
    bridge.stop()
    assert not bridge.alive


def test_greenlets_wait_while_coroutines_run(bridge: Bridge) -> None:
    """Many greenlets can wait at the same time without blocking the hub."""
    threads: set[int] = set()
    ended: list[int] = []

    def user(number: int) -> None:
        async def work(runtime: CallerRuntime) -> None:
            threads.add(threading.get_ident())
            await asyncio.sleep(0.05)

        bridge.submit(work).wait()
        ended.append(number)

    users = [gevent.spawn(user, number) for number in range(50)]
    gevent.joinall(users, timeout=30, raise_error=True)
    assert sorted(ended) == list(range(50))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_errors_keep_their_traceback(bridge: Bridge) -> None:
    """`wait` raises the error of the coroutine."""

    async def broken(runtime: CallerRuntime) -> None:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken") as caught:
        bridge.submit(broken).wait(timeout=30)
    assert any(entry.name == "broken" for entry in caught.traceback)


def test_cancelling_waits_for_the_cleanup(bridge: Bridge) -> None:
    """`wait` returns when the cancelled coroutine has finished."""
    steps: list[str] = []
    begun = threading.Event()

    async def work(runtime: CallerRuntime) -> None:
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


def test_flushing_reports_all_measurements(
    bridge: Bridge, reports: list[RuntimeReport]
) -> None:
    """Each measurement is in exactly one report."""

    async def work(runtime: CallerRuntime) -> None:
        runtime.recorder.count("done")

    for _ in range(3):
        bridge.submit(work).wait(timeout=30)
    bridge.flush()
    assert sum(report.batch.counters.get("done", 0) for report in reports) == 3


def test_stopping_ends_coroutines_and_thread(reports: list[RuntimeReport]) -> None:
    """Coroutines are cancelled, and measurements of their cleanup are reported."""
    bridge = Bridge(reports.append)
    bridge.start()

    threads: list[int] = []

    async def work(runtime: CallerRuntime) -> None:
        threads.append(threading.get_native_id())
        try:
            await asyncio.sleep(60)
        finally:
            runtime.recorder.count("closed")

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


def test_a_dead_event_loop_fails_all_waiting_greenlets(
    reports: list[RuntimeReport],
) -> None:
    """No greenlet waits forever."""
    bridge = Bridge(reports.append)
    bridge.start()

    async def work(runtime: CallerRuntime) -> None:
        await asyncio.sleep(60)

    async def kill(runtime: CallerRuntime) -> None:
        asyncio.get_running_loop().stop()

    waiting = [bridge.submit(work) for _ in range(3)]
    bridge.submit(kill)
    for handle in waiting:
        with pytest.raises(Exception, match=r"ended|stopped"):
            handle.wait(timeout=30)
    with gevent.Timeout(30):
        while bridge.alive:
            gevent.sleep(0.01)
