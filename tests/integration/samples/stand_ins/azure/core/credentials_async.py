"""In place of azure-core: the one name of it that the samples keep."""

from __future__ import annotations


class AsyncTokenCredential:
    """What gets tokens."""
