"""Text heuristics of turn detection: filler words and unfinished sentences."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_FILLERS = frozenset(
    [
        "ah",
        "eh",
        "er",
        "erm",
        "hm",
        "hmm",
        "huh",
        "mhm",
        "mm",
        "mmm",
        "oh",
        "uh",
        "uhm",
        "um",
        "umm",
        "yeah",
    ]
)
_SENTENCE_END = re.compile(r"[.!?\u3002\uff01\uff1f\u061f\u0964][\"'\u201d\u2019)]*$")
_HESITATION = re.compile(r"(?:\.\.\.|[\u2026,;:\u3001\u2013\u2014-])$")
_CONTINUING = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "because",
        "but",
        "by",
        "for",
        "from",
        "had",
        "has",
        "have",
        "if",
        "in",
        "into",
        "is",
        "its",
        "like",
        "my",
        "of",
        "on",
        "or",
        "our",
        "so",
        "than",
        "that",
        "the",
        "their",
        "then",
        "this",
        "to",
        "was",
        "when",
        "which",
        "while",
        "who",
        "with",
        "your",
    ]
)


def is_filler(text: str) -> bool:
    """Return whether a text consists only of filler words, such as "uh" and "oh".

    Args:
        text: The transcript; an empty text is not a filler.
    """
    words = _WORD.findall(text.casefold())
    return bool(words) and all(word in _FILLERS for word in words)


def is_unfinished(text: str, level: str) -> bool:
    """Return whether the speaker is likely to continue after this text.

    Args:
        text: The transcript so far.
        level: The certainty required to end the turn: at `low`, only a hesitation (a
            comma, dots) keeps the turn open; at `medium`, a last word that requires
            another one does so too; at `high`, everything without the punctuation of
            a complete sentence.
    """
    said = text.rstrip()
    if not said:
        return False
    if _HESITATION.search(said):
        return True
    if level == "low":
        return False
    if _SENTENCE_END.search(said):
        return False
    if level == "high":
        return True
    words = _WORD.findall(said.casefold())
    return bool(words) and (words[-1] in _CONTINUING or words[-1] in _FILLERS)
