"""What can be picked out of the words of a user: names, numbers, days, choices."""

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
"""The numbers from one on that are known as words."""

_WORD = re.compile(r"\w+")
_NAMED_PLACE = re.compile(
    r"\b(?:in|at|for|to|from|near|of)\s+(?:the\s+)?((?:[A-Z][\w'-]*\s?)+)"
)
_PROPER_NAME = re.compile(r"(?<=[\w,]\s)((?:[A-Z][\w'-]+\s?)+)")
_NO_PLACE = "in|at|for|near|on|and|or|to|please|right|now|today|tonight|tomorrow|this"
_ANY_PLACE = re.compile(
    r"\b(?:in|at|for|near)\s+(?:the\s+)?"
    rf"((?!(?:{_NO_PLACE})\b)[a-z][\w'-]*(?:\s(?!(?:{_NO_PLACE})\b)[a-z][\w'-]*)?)"
)
_OFF = re.compile(r"\b(?:off|no|not|never|without|disable|stop|false)\b|n['\u2019]t\b")
_ABOUT_ALL = re.compile(
    r"query|question|text|message|prompt|topic|input|content|reason|description|note"
)
# What parameters are called, what they look like in a text, and an example.
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
    """The words of a user, looked at for the arguments of a call.

    Args:
        text: What the user wrote or said.
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        """The words, without space around them."""

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
        """Whether something is to be off, or not to be."""
        return _OFF.search(self.text.casefold()) is not None

    @cached_property
    def _plain(self) -> str:
        return _plain(self.text)

    def mentioned(self, options: Iterable[object]) -> str | None:
        """Return the first of some words that the user has used.

        Args:
            options: The words; what is no text is passed over.
        """
        for option in options:
            if isinstance(option, str):
                plain = _plain(option)
                if plain.strip() and plain in self._plain:
                    return option
        return None

    def about(self, name: str) -> str | None:
        """Return the words that belong to a parameter; `None` when there are none.

        Args:
            name: What the parameter is called.
        """
        name = name.casefold()
        quoted = _QUOTED.search(self.text)
        if quoted:
            return quoted[1]
        if _ABOUT_ALL.search(name):
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
        """Return something plausible for a parameter that the user has not told.

        Args:
            name: What the parameter is called.
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
