"""The implementations that are compared, one module each.

Each module defines `CANDIDATE` and is imported only in the process that runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from benchmarks.payloads import Frame
from benchmarks.timing import Timing


class Candidate(Protocol):
    """One way to read and write the protocol."""

    def decoder(self, frames: list[Frame]) -> Callable[[bytes], object]:
        """What reads these frames, as events with the protocol's names."""
        ...

    def encoder(self) -> Callable[[bytes], object]:
        """What turns a chunk of audio into an `input_audio_buffer.append` as JSON."""
        ...

    async def receive(self, endpoint: str, events: int) -> Timing:
        """Connect, ask for events and read them.

        Connecting and the first event are not measured.

        Args:
            endpoint: Address of a `benchmarks.flood` server.
            events: How many to ask for.
        """
        ...
