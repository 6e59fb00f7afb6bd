"""Entity extraction from user text: names, numbers, dates, choices."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

_QUOTED = re.compile('["\u201c]([^"\u201d]+)["\u201d]')
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
NUMBER_WORDS = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
"""Number words from one to twelve."""

_WORD = re.compile(r"\w+")
_NAMED_PLACE = re.compile(
    r"\b(?:in|at|for|to|from|near|of)\s+(?:the\s+)?((?:[A-Z][\w'-]*\s?)+)"
)
_PROPER_NAME = re.compile(r"(?<=[\w,]\s)((?:[A-Z][\w'-]+\s?)+)")
_PLACE_STOP_WORDS = (
    "in|at|for|near|on|and|or|to|please|right|now|today|tonight|tomorrow|this"
)
_ANY_PLACE = re.compile(
    r"\b(?:in|at|for|near)\s+(?:the\s+)?"
    rf"((?!(?:{_PLACE_STOP_WORDS})\b)[a-z][\w'-]*(?:\s(?!(?:{_PLACE_STOP_WORDS})\b)[a-z][\w'-]*)?)"
)
_OFF = re.compile(r"\b(?:off|no|not|never|without|disable|stop|false)\b|n['\u2019]t\b")
_WHOLE_TEXT = re.compile(
    r"query|question|text|message|prompt|topic|input|content|reason|description|note"
)
# Names of parameters, the form of their values in a text, and a sample.
_KINDS = tuple(
    (re.compile(name), re.compile(form, re.IGNORECASE), example)
    for name, form, example in (
        (r"e-?mail", r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]{2,64}", "user@example.com"),
        (r"phone|mobile", r"\+?\d[\d -]{4,20}\d", "+15550100"),
        (r"ur[il]$|link|website", r"https?://\S+", "https://example.com/"),
        (
            r"date|day$|when",
            r"\d{4}-\d\d-\d\d|\b(?:today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri"
            r"|satur|sun)day)\b",
            "2026-01-15",
        ),
        (r"time$|hour", r"\b\d{1,2}(?::\d\d)?\s?[ap]m\b|\b\d{1,2}:\d\d\b", "12:00"),
        (r"(?:^|_)id$|number|code$|reference", r"\b[A-Z]{0,5}-?\d[\w-]*", "12345"),
    )
)
_PLACE = re.compile(r"city|location|place|town|country|address")


class UserText:
    """User text as a source of call arguments.

    Args:
        text: The text, written or transcribed.
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        """The text, without surrounding whitespace."""

    @cached_property
    def number(self) -> float | None:
        """The first number, in digits or as a word up to twelve."""
        found = _NUMBER.search(self.text)
        if found:
            return float(found[0])
        words = _WORD.findall(self.text.casefold())
        known = [word for word in words if word in NUMBER_WORDS]
        return float(NUMBER_WORDS.index(known[0]) + 1) if known else None

    @cached_property
    def is_negative(self) -> bool:
        """Whether it has a negation, or a word such as "off"."""
        return _OFF.search(self.text.casefold()) is not None

    @cached_property
    def _plain(self) -> str:
        return _plain(self.text)

    def mentioned(self, options: Iterable[object]) -> str | None:
        """Return the first of some options that occurs in the text.

        Args:
            options: The options; only strings are considered.
        """
        for option in options:
            if isinstance(option, str):
                plain = _plain(option)
                if plain.strip() and plain in self._plain:
                    return option
        return None

    def about(self, name: str) -> str | None:
        """Return the value for a parameter in the text, or `None`.

        Args:
            name: The name of the parameter.
        """
        name = name.casefold()
        quoted = _QUOTED.search(self.text)
        if quoted:
            return quoted[1]
        if _WHOLE_TEXT.search(name):
            return self.text or None
        for called, form, _ in _KINDS:
            if called.search(name):
                found = form.search(self.text)
                return found[0] if found else None
        for pattern in (_NAMED_PLACE, _PROPER_NAME, _ANY_PLACE):
            found = pattern.search(self.text)
            if found:
                words = found[1].strip().rstrip("?.!,")
                return words.title() if pattern is _ANY_PLACE else words
        return None

    def example(self, name: str) -> str:
        """Return a plausible value for a parameter without a value in the text.

        Args:
            name: The name of the parameter.
        """
        name = name.casefold()
        for called, _, example in _KINDS:
            if called.search(name):
                return example
        if _PLACE.search(name):
            return "Seattle"
        return self.text.rstrip("?.! ") or "example"


def _plain(text: str) -> str:
    """Return the words of a text with one space around each."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "
