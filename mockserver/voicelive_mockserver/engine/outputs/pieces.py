"""Texts split into deltas, encoded as JSON."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Self

from voicelive_mockserver.engine.json_templates import encode
from voicelive_mockserver.engine.usage import text_pieces

_MAX_CACHED_CHARACTERS = 2000
"""Texts with more characters are not cached."""


class Pieces(NamedTuple):
    """A text in pieces, encoded for sending."""

    texts: tuple[str, ...]
    """The pieces."""
    values: tuple[bytes, ...]
    """The JSON of each."""

    def first(self, count: int) -> Self:
        """Return the first `count` pieces."""
        return self._replace(texts=self.texts[:count], values=self.values[:count])

    def joined(self) -> Self:
        """Return the same text in one piece."""
        text = "".join(self.texts)
        return self._replace(texts=(text,), values=(encode(text),))


NO_PIECES = Pieces((), ())
"""An empty text."""


def pieces_of(text: str) -> Pieces:
    """Return a text in pieces."""
    return (_pieces if len(text) > _MAX_CACHED_CHARACTERS else _remembered_pieces)(text)


def _pieces(text: str) -> Pieces:
    texts = tuple(text_pieces(text))
    return Pieces(texts, tuple(map(encode, texts)))


_remembered_pieces = lru_cache(maxsize=256)(_pieces)
