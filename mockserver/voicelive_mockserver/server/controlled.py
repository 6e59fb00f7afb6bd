"""Interface of a server to its control endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from voicelive_mockserver.faults import Faults
from voicelive_mockserver.journal.journal import SessionJournal
from voicelive_mockserver.server.metrics import Metrics


class OpenSession(Protocol):
    """An open session.

    Attributes:
        journal: The journal of the session.
    """

    journal: SessionJournal

    def push(self, event: Mapping[str, Any]) -> None:
        """Send an injected event."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Close the session."""
        ...


class Controlled(Protocol):
    """The controlled server."""

    @property
    def api_key(self) -> str:
        """The key that clients must present."""
        ...

    @property
    def version(self) -> str:
        """The version of the package."""
        ...

    @property
    def worker(self) -> int:
        """The number of this worker."""
        ...

    @property
    def metrics(self) -> Metrics:
        """The metrics of this worker."""
        ...

    @property
    def faults(self) -> Faults:
        """The injected faults."""
        ...

    @property
    def sessions(self) -> Sequence[SessionJournal]:
        """The journals of the newest connections, oldest first."""
        ...

    @property
    def open_sessions(self) -> Mapping[str, OpenSession]:
        """The open sessions by identifier."""
        ...

    async def reset(self) -> None:
        """Restore the initial state."""
        ...
