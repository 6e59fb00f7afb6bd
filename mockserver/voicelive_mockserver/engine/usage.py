"""Token accounting, an approximation of the usage reported by the service."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from msgspec import Struct

from voicelive_mockserver.engine.json_templates import NUMBER, json_form

AUDIO_TOKEN_MS = 50
"""Milliseconds of spoken output per audio token."""

# A word with the space before it, or a run of punctuation: approximately the tokens of
# everyday text, and exactly the deltas of the service.
_PIECE = re.compile(r"\s*[\w'’]+|\s*[^\w\s'’]+|\s+")  # noqa: RUF001
_TOKENS_PER_ITEM = 3
_CACHE_BLOCK = 64
# A longer text is neither tokenized nor cached.
_MAX_TOKENIZED_CHARACTERS = 20_000
_CHARACTERS_PER_PIECE = 5


def text_pieces(text: str) -> list[str]:
    """Split a text into the deltas in which a model produces it.

    Joining the pieces gives the text.
    """
    return _PIECE.findall(text)


def count_text(text: str) -> int:
    """Estimate the number of tokens of a text."""
    if len(text) > _MAX_TOKENIZED_CHARACTERS:
        return len(text) // _CHARACTERS_PER_PIECE
    return _count_pieces(text)


@lru_cache(maxsize=512)
def _count_pieces(text: str) -> int:
    # Cached, because every response counts the instructions and tools again.
    return len(_PIECE.findall(text))


def count_item(text: str) -> int:
    """Estimate the number of input tokens of an item with a text."""
    return count_text(text) + _TOKENS_PER_ITEM


class Usage(Struct):
    """The tokens of one response.

    Attributes:
        input_text: Text tokens of the input.
        input_audio: Audio tokens of the input.
        cached_text: Input text tokens that came from the cache.
        output_text: Text tokens of the output.
        output_audio: Audio tokens of the output.
    """

    input_text: int = 0
    input_audio: int = 0
    cached_text: int = 0
    output_text: int = 0
    output_audio: int = 0

    @property
    def total(self) -> int:
        """All input and output tokens."""
        return self.input_text + self.input_audio + self.output_text + self.output_audio

    def json(self, form: bytes) -> bytes:
        """Return the JSON of `usage` as the service shows it.

        Args:
            form: A template from `usage_form`.
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
    """Return the JSON template of `usage` in an API version; the numbers are open.

    Args:
        images: Whether it has a count of image tokens.
        reasoning: Whether it has a count of reasoning tokens.
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
    """Return the number of input text tokens that a model has in its cache.

    Args:
        seen_before: Input and output text tokens of the previous response.
        input_text: Text tokens of the current input.
    """
    return min(seen_before, input_text) // _CACHE_BLOCK * _CACHE_BLOCK
