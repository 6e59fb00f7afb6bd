"""Escaping of text from a peer for messages and logs."""

from __future__ import annotations


def printable(text: str, limit: int | None = None) -> str:
    """Return text with everything that is not printable escaped.

    That covers control characters, which a terminal would obey, and lone surrogates,
    which no stream can encode.

    Args:
        text: Text of unknown origin.
        limit: How many characters to keep; None for all.
    """
    if limit is not None:
        text = text[:limit]
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
