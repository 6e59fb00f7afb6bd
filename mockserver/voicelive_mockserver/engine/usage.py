"""Token accounting, close to what the service reports."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from msgspec import Struct

from voicelive_mockserver.engine.json_templates import NUMBER, json_form

AUDIO_TOKEN_MS = 50
"""Milliseconds of spoken output per audio token."""

# A word with the space before it, or a run of signs: about what a model's tokenizer
# makes of everyday text, and exactly the size of its deltas.
_PIECE = re.compile(r"\s*[\w'’]+|\s*[^\w\s'’]+|\s+")  # noqa: RUF001
_TOKENS_PER_ITEM = 3
_CACHE_BLOCK = 64
# A longer text is neither looked through nor remembered.
_LONG_TEXT = 20_000
_CHARACTERS_PER_PIECE = 5


def text_pieces(text: str) -> list[str]:
    """Split a text into the pieces in which a model produces it.

    Joined again, the pieces are the text.
    """
    return _PIECE.findall(text)


def count_text(text: str) -> int:
    """Estimate how many tokens a text has."""
    if len(text) > _LONG_TEXT:
        return len(text) // _CHARACTERS_PER_PIECE
    return _count_pieces(text)


@lru_cache(maxsize=512)
def _count_pieces(text: str) -> int:
    # Remembered, because every response counts the instructions and tools again.
    return len(_PIECE.findall(text))


def count_item(text: str) -> int:
    """Estimate how many tokens an item with a text adds to the input."""
    return count_text(text) + _TOKENS_PER_ITEM


class Usage(Struct):
    """The tokens of one response.

    Attributes:
        input_text: Text tokens of everything the model was given.
        input_audio: Audio tokens of the same.
        cached_text: How many of the text tokens came from the cache.
        output_text: Text tokens produced.
        output_audio: Audio tokens produced.
    """

    input_text: int = 0
    input_audio: int = 0
    cached_text: int = 0
    output_text: int = 0
    output_audio: int = 0

    @property
    def total(self) -> int:
        """All tokens, in and out."""
        return self.input_text + self.input_audio + self.output_text + self.output_audio

    def json(self, form: bytes) -> bytes:
        """Return the JSON of `usage` as the service shows it.

        Args:
            form: What `usage_form` made.
        """
        return form % (
            self.total,
            self.input_text + self.input_audio,
            self.output_text + self.output_audio,
            self.cached_text,
            self.input_text,
            self.input_audio,
            self.cached_text,
            self.output_text,
            self.output_audio,
        )


@cache
def usage_form(*, images: bool, reasoning: bool) -> bytes:
    """Return the JSON of `usage` in an API version, with the numbers left open.

    Args:
        images: Whether it counts the tokens of images.
        reasoning: Whether it counts the tokens of reasoning.
    """
    no_images = {"image_tokens": 0} if images else {}
    no_reasoning = {"reasoning_tokens": 0} if reasoning else {}
    return json_form(
        {
            "total_tokens": NUMBER,
            "input_tokens": NUMBER,
            "output_tokens": NUMBER,
            "input_token_details": {
                "cached_tokens": NUMBER,
                "text_tokens": NUMBER,
                "audio_tokens": NUMBER,
                **no_images,
                "cached_tokens_details": {
                    "text_tokens": NUMBER,
                    "audio_tokens": 0,
                    **no_images,
                },
            },
            "output_token_details": {
                "text_tokens": NUMBER,
                "audio_tokens": NUMBER,
                **no_reasoning,
            },
        }
    )


def cached_tokens(seen_before: int, input_text: int) -> int:
    """Return how many text tokens of an input a model has in its cache.

    Args:
        seen_before: Text tokens, in and out, of the response before.
        input_text: Text tokens of the input now.
    """
    return min(seen_before, input_text) // _CACHE_BLOCK * _CACHE_BLOCK
