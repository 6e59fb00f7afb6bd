"""Journeys: the kinds of calls, with their weights.

May import `callers`; only `callers.caller` and the outer layers import it.
"""

from __future__ import annotations

from voicelive_loadtest.callers.journeys.catalogue import (
    JOURNEYS,
    Journey,
    parse_weights,
)

__all__ = ["JOURNEYS", "Journey", "parse_weights"]
