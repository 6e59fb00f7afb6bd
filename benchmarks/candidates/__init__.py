"""Implementations under comparison, one module each.

Each module defines `CANDIDATE` and is imported only in the process that runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from benchmarks.payloads import Frame
from benchmarks.timing import Timing


class Candidate(Protocol):
    """An implementation of the protocol."""

    def decoder(self, frames: list[Frame]) -> Callable[[bytes], object]:
        """Return a decoder of these frames to objects with the wire names."""
        ...

    def encoder(self) -> Callable[[bytes], object]:
        """Return a function that encodes audio as an `input_audio_buffer.append`."""
        ...

    async def receive(self, endpoint: str, events: int) -> Timing:
        """Connect, request events, and measure receiving them.

        Connecting and the first event are not measured.

        Args:
            endpoint: Address of a `benchmarks.flood` server.
            events: Number of events.
        """
        ...
