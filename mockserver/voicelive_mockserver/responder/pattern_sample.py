"""Sample strings for the regular expressions of JSON Schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_ANCHORS = "bBAZz"
_COUNT = re.compile(r"(\d+)?(,)?(\d+)?\}")
_MAX_LENGTH = 1000
_MAX_PATTERN_LENGTH = 300
_PREFERRED = "abcABC012 -_"


def sample_match(pattern: str) -> str | None:
    """Return a string that an expression matches.

    Args:
        pattern: A regular expression with alternatives, groups, classes, quantifiers
            and anchors. Lookaround and backreferences are not supported.

    Returns:
        A short string, or `None` if none was found. The expression itself is not run,
        as backtracking has no bound.
    """
    if len(pattern) > _MAX_PATTERN_LENGTH:
        return None
    writer = _SampleWriter(pattern)
    try:
        text = writer.alternatives()
    except (re.error, ValueError, IndexError):
        return None
    return text if writer.is_at_end else None


class _SampleWriter:
    """Recursive descent parser that emits the shortest match."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        """Whether the whole expression was consumed."""
        return self._at == len(self._pattern)

    def alternatives(self) -> str:
        """Parse alternatives and return a match of the first."""
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
            if fewest * len(atom) > _MAX_LENGTH:
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
                raise ValueError("unsupported group")
        text = self.alternatives()
        if self._next() != ")":
            raise ValueError("not closed")
        return text

    def _escaped(self) -> str:
        character = self._next()
        if character in _ANCHORS:
            return ""
        if character in "pP" and self._peek() == "{":
            # Unicode property escape of JavaScript.
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
        # Prefer the first members of a class.
        own = self._pattern[start : self._at - 1]
        for candidate in chain(own, self._candidates()):
            if candidate not in "^\\-" and allowed.fullmatch(candidate):
                return candidate
        raise ValueError("empty class")

    @staticmethod
    def _candidates() -> Iterator[str]:
        yield from _PREFERRED
        yield from map(chr, range(32, 127))
        yield "-"

    def _fewest(self) -> int:
        """Consume a quantifier and return its minimum."""
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
