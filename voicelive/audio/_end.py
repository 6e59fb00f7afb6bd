"""What microphones and speakers have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class AudioEnd(ABC):
    """Where audio comes from or goes to: open within its context."""

    @abstractmethod
    def start(self) -> None:
        """Open it; entering the context does it."""

    @abstractmethod
    def close(self) -> None:
        """Release it; leaving the context does it."""

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
