"""What callers do: kinds of calls, and how often each is made."""

from __future__ import annotations

from voicelive_loadtest.callers.journeys.catalogue import (
    JOURNEYS,
    Journey,
    parse_weights,
)

__all__ = ["JOURNEYS", "Journey", "parse_weights"]
