"""Base class of microphones and speakers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class AudioDevice(ABC):
    """Source or sink of audio that is open within its `async with` context."""

    @abstractmethod
    def start(self) -> None:
        """Open the device; entering the context calls it."""

    @abstractmethod
    def close(self) -> None:
        """Release the device; leaving the context calls it."""

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
