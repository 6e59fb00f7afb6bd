"""Part of a spoken text that was heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Word: TypeAlias = tuple[int, str]
"""End of a word in milliseconds from the start of the audio, and the word."""


def heard_text(
    text: str, heard_ms: float, whole_ms: float, words: Sequence[Word] = ()
) -> str:
    """Return the beginning of a text that was heard, in whole words.

    Args:
        text: The transcript of the audio.
        heard_ms: Milliseconds of the audio that were heard.
        whole_ms: Milliseconds of the whole audio.
        words: Timestamps of the words. Without them, the text is taken to be spread
            evenly over the audio.
    """
    if heard_ms >= whole_ms > 0:
        return text
    if words:
        return _up_to_word(text, heard_ms, words)
    return beginning(text, max(0.0, heard_ms) / whole_ms if whole_ms else 0.0)


def beginning(text: str, share: float) -> str:
    """Return the whole words within the first part of a text.

    Args:
        text: The text.
        share: The part, from 0 to 1.
    """
    end = int(len(text) * share)
    if end >= len(text) or text[end].isspace():
        return text[:end].rstrip()
    return text[:end].rpartition(" ")[0].rstrip()


def _up_to_word(text: str, heard_ms: float, words: Sequence[Word]) -> str:
    end = 0
    for word_end, word in words:
        if word_end > heard_ms:
            break
        found = text.find(word.strip(), end)
        if found >= 0:
            end = found + len(word.strip())
    return text[:end]
