"""What every test of the mock service is subject to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from tests.support.schema_check import check_frame
from voicelive_mockserver.engine import SessionEngine
from voicelive_mockserver.server import session_registry


@pytest.fixture(autouse=True)
def servers_send_valid_events(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold everything that servers send against the schema of its API version.

    What an engine has ready is looked at, before faults that are wanted spoil it.
    Sessions without a server are checked by their driver.
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
    """A function that lets so many seconds pass at once for the event loop.

    What is due within them happens next, and nobody has to wait for it, nor to be
    quicker than it.
    """

    def skip(seconds: float) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time
        monkeypatch.setattr(loop, "time", lambda: now() + seconds)

    return skip
