"""Load tests for the Voice Live API: how many calls does a deployment hold?"""

from voicelive import __version__

__all__ = ["__version__"]
