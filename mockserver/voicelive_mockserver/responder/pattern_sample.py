"""A text that matches a regular expression, for the expressions that schemas use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_ANCHORS = "bBAZz"
_COUNT = re.compile(r"(\d+)?(,)?(\d+)?\}")
_LONGEST = 1000
_LONGEST_PATTERN = 300
_PREFERRED = "abcABC012 -_"


def sample_match(pattern: str) -> str | None:
    """Return a text that an expression matches.

    Args:
        pattern: A regular expression. Alternatives, groups, classes, counts and
            anchors are known; of what looks around or back, nothing is.

    Returns:
        A short text, or `None` when none was found. The expression itself is not
        run: that can take for ever.
    """
    if len(pattern) > _LONGEST_PATTERN:
        return None
    writer = _Writer(pattern)
    try:
        text = writer.alternatives()
    except (re.error, ValueError, IndexError):
        return None
    return text if writer.is_at_end else None


class _Writer:
    """Reads an expression once, and writes the least that it matches."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        """Whether the whole expression was read."""
        return self._at == len(self._pattern)

    def alternatives(self) -> str:
        """Return a text for the first of some alternatives, up to their end."""
        first = self._sequence()
        while self._peek() == "|":
            self._at += 1
            self._sequence()
        return first

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _next(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1]

    def _sequence(self) -> str:
        written = ""
        while self._peek() not in ("", "|", ")"):
            atom = self._atom()
            fewest = self._fewest()
            if fewest * len(atom) > _LONGEST:
                raise ValueError("too long")
            written += atom * fewest
        return written

    def _atom(self) -> str:
        match self._next():
            case "(":
                return self._group()
            case "[":
                return self._choice()
            case "\\":
                return self._escaped()
            case "^" | "$":
                return ""
            case ".":
                return "a"
            case character:
                return character

    def _group(self) -> str:
        if self._peek() == "?":
            self._at += 1
            kind = self._next()
            if kind == "P":
                self._at = self._pattern.index(">", self._at) + 1
            elif kind != ":":
                raise ValueError("looks around")
        text = self.alternatives()
        if self._next() != ")":
            raise ValueError("not closed")
        return text

    def _escaped(self) -> str:
        character = self._next()
        if character in _ANCHORS:
            return ""
        if character in "pP" and self._peek() == "{":
            # A class of Unicode, as JavaScript has it.
            self._at = self._pattern.index("}", self._at) + 1
            return "a"
        if character in _CLASSES:
            return _CLASSES[character]
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character.isalnum():
            raise ValueError("unknown")
        return character

    def _choice(self) -> str:
        """Return one character of a class."""
        start = self._at
        if self._peek() == "^":
            self._at += 1
        if self._peek() == "]":
            self._at += 1
        while (character := self._next()) != "]":
            if character == "\\":
                self._at += 1
        allowed = re.compile(f"[{self._pattern[start : self._at]}")
        # The beginning of a class is more telling than its other members.
        own = self._pattern[start : self._at - 1]
        for candidate in chain(own, self._candidates()):
            if candidate not in "^\\-" and allowed.fullmatch(candidate):
                return candidate
        raise ValueError("nothing is in it")

    @staticmethod
    def _candidates() -> Iterator[str]:
        yield from _PREFERRED
        yield from map(chr, range(32, 127))
        yield "-"

    def _fewest(self) -> int:
        """Return how often an atom comes at least, and read past its quantifier."""
        match self._peek():
            case "?" | "*":
                fewest = 0
                self._at += 1
            case "+":
                fewest = 1
                self._at += 1
            case "{":
                count = _COUNT.match(self._pattern, self._at + 1)
                if count is None:
                    return 1
                fewest = int(count[1] or 0)
                self._at = count.end()
            case _:
                return 1
        if self._peek() in ("?", "+"):
            self._at += 1
        return fewest
