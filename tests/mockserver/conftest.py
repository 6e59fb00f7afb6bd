"""What every test of the mock service is subject to."""

from collections.abc import Iterator

import pytest

from tests.mockserver.schema_check import check_frame
from voicelive_mockserver import server
from voicelive_mockserver.engine import SessionEngine


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

    monkeypatch.setattr(server, "SessionEngine", CheckedEngine)
    yield
    if problems:
        raise problems[0]
