"""Fixtures of all tests of the mock service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.support import event_loops
from tests.support.schema_check import check_frame
from voicelive_mockserver.engine import SessionEngine
from voicelive_mockserver.server import session_registry


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Select virtual time for tests marked with it, else the default loop."""
    if item.get_closest_marker("virtual_time") is None:
        return {"default": asyncio.new_event_loop}
    return event_loops.pytest_asyncio_loop_factories(item)


@pytest.fixture(autouse=True)
def servers_send_valid_events(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Validate all events of servers against the schema of their API version.

    The output of the engine is validated before faults change it. The driver validates
    sessions without a server.
    """
    problems: list[Exception] = []

    class CheckedEngine(SessionEngine):
        def take(self) -> list[bytes]:
            frames = super().take()
            for frame in frames:
                try:
                    check_frame(frame, self.api_version)
                except Exception as problem:
                    problems.append(problem)
            return frames

    monkeypatch.setattr(session_registry, "SessionEngine", CheckedEngine)
    yield
    if problems:
        raise problems[0]


@pytest.fixture
def skip(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A function that advances the clock of the event loop.

    Events that are due within these seconds happen next, without a wait.
    """

    def skip(seconds: float) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time
        monkeypatch.setattr(loop, "time", lambda: now() + seconds)

    return skip
