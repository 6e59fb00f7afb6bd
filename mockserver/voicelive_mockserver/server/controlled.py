"""The parts of a server that its control endpoint reads and changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from voicelive_mockserver.journal.journal import SessionJournal
from voicelive_mockserver.journal.journals import Journals
from voicelive_mockserver.server.metrics import Metrics
from voicelive_mockserver.server.scopes import Scopes
from voicelive_mockserver.server.session_driver import SessionDriver
from voicelive_mockserver.server.session_registry import SessionRegistry


@dataclass(frozen=True, slots=True)
class Controlled:
    """A server as its control endpoint sees it.

    Attributes:
        api_key: Returns the key that clients must present.
        worker: The number of this worker.
        metrics: The metrics of this worker.
        scopes: The settings for all sessions, and those of single tests.
        journals: The journals of the newest connections.
        registry: The open sessions.
    """

    api_key: Callable[[], str]
    worker: int
    metrics: Metrics
    scopes: Scopes
    journals: Journals
    registry: SessionRegistry

    @property
    def sessions(self) -> Sequence[SessionJournal]:
        """The journals of the newest connections, oldest first."""
        return self.journals.all()

    @property
    def open_sessions(self) -> Mapping[str, SessionDriver]:
        """The open sessions by identifier."""
        return self.registry.sessions

    async def reset(self, test: str = "") -> None:
        """Restore the initial state: end and forget all sessions, remove added faults.

        Args:
            test: Only for the sessions and settings of this test; "" for all.
        """
        await self.registry.close_all("The server was reset.", test)
        self.journals.forget(test)
        if test:
            self.scopes.forget(test)
        else:
            self.scopes.reset()
            self.registry.reset()
