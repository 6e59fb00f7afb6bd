"""Load tests for the Voice Live API, based on Locust.

`callers` simulates calls on asyncio, `results` evaluates measurements, and `locust`
connects both to Locust. May import the client, never the mock service.
"""

from __future__ import annotations

from voicelive import __version__

__all__ = ["__version__"]
