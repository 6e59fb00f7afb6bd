"""Usage of a session: tokens by kind, seconds of audio, and their cost."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TypeAlias

from voicelive_protocol import InputTokenDetails, OutputTokenDetails, TokenUsage

_NO_INPUT = InputTokenDetails()
_NO_OUTPUT = OutputTokenDetails()
_NONE = (0,) * 11

_TOKENS_PER_PRICE = Decimal(1_000_000)
_SECONDS_PER_HOUR = Decimal(3600)

Price: TypeAlias = Decimal | int | str | float
"""A price; a float counts as the decimal number that it is printed as."""


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Tokens by kind.

    Attributes:
        input_tokens: All input tokens.
        output_tokens: All output tokens.
        input_text: Text tokens of the input, cached ones included. Tokens of which the
            service does not report the kind count as text.
        input_audio: Audio tokens of the input, cached ones included.
        input_image: Image tokens of the input, cached ones included.
        cached_text: Text tokens of the input that came from the prompt cache.
        cached_audio: Audio tokens of the input that came from the prompt cache.
        cached_image: Image tokens of the input that came from the prompt cache.
        output_text: Text tokens of the output, reasoning included.
        output_audio: Audio tokens of the output.
        reasoning: Tokens of the output that a reasoning model spent on thinking.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    input_text: int = 0
    input_audio: int = 0
    input_image: int = 0
    cached_text: int = 0
    cached_audio: int = 0
    cached_image: int = 0
    output_text: int = 0
    output_audio: int = 0
    reasoning: int = 0

    @property
    def total_tokens(self) -> int:
        """Input and output tokens."""
        return self.input_tokens + self.output_tokens

    @property
    def cached_tokens(self) -> int:
        """Input tokens that came from the prompt cache."""
        return self.cached_text + self.cached_audio + self.cached_image


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """Prices for `cost`, in any currency.

    Tokens are priced per 1,000,000, audio per hour. A float such as `0.1` is taken as
    the decimal number that it is printed as, so that costs are exact.

    ```python
    prices = PriceTable(input_text=4, input_audio=32, output_text=16, output_audio=64)
    print(session.conversation.usage.cost(prices))
    ```

    Attributes:
        input_text: Text tokens of the input that are not cached.
        input_audio: Audio tokens of the input that are not cached.
        input_image: Image tokens of the input that are not cached.
        cached_text: Cached text tokens; None for the price of `input_text`.
        cached_audio: Cached audio tokens; None for the price of `input_audio`.
        cached_image: Cached image tokens; None for the price of `input_image`.
        output_text: Text tokens of the output.
        output_audio: Audio tokens of the output.
        input_audio_hour: An hour of audio that was sent.
        output_audio_hour: An hour of audio that was received.

    Raises:
        TypeError, ValueError: A price is not a number, or negative.
    """

    input_text: Price = 0
    input_audio: Price = 0
    input_image: Price = 0
    cached_text: Price | None = None
    cached_audio: Price | None = None
    cached_image: Price | None = None
    output_text: Price = 0
    output_audio: Price = 0
    input_audio_hour: Price = 0
    output_audio_hour: Price = 0

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if value is not None:
                _decimal(value, each.name)

    def of_tokens(self, tokens: TokenCounts) -> Decimal:
        """Return the cost of tokens."""
        cost = Decimal()
        for kind in ("text", "audio", "image"):
            name = f"input_{kind}"
            price = _decimal(getattr(self, name), name)
            cached_price = getattr(self, f"cached_{kind}")
            cached = getattr(tokens, f"cached_{kind}")
            cost += price * max(0, getattr(tokens, name) - cached)
            cost += cached * (
                price if cached_price is None else _decimal(cached_price, name)
            )
        for name in ("output_text", "output_audio"):
            cost += _decimal(getattr(self, name), name) * getattr(tokens, name)
        return cost / _TOKENS_PER_PRICE

    def of_audio(self, *, sent: Decimal, received: Decimal) -> Decimal:
        """Return the cost of seconds of audio."""
        cost = _decimal(self.input_audio_hour, "input_audio_hour") * sent
        cost += _decimal(self.output_audio_hour, "output_audio_hour") * received
        return cost / _SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True)
class ResponseUsage:
    """Usage of one response.

    Attributes:
        response_id: Identifier of the response; "" if it has none.
        tokens: Its tokens; all 0 if the service has not reported any.
        output_audio_seconds: Seconds of audio that were received for it.
        out_of_band: Whether it is outside of the conversation.
    """

    response_id: str
    tokens: TokenCounts
    output_audio_seconds: float
    out_of_band: bool

    def cost(self, prices: PriceTable) -> Decimal:
        """Return the cost of the response: its tokens and its audio."""
        received = _decimal(self.output_audio_seconds, "output_audio_seconds")
        audio = prices.of_audio(sent=Decimal(), received=received)
        return prices.of_tokens(self.tokens) + audio


@dataclass(frozen=True, slots=True)
class SessionUsage:
    """Usage of a session so far, reconnects and out-of-band responses included.

    Attributes:
        tokens: Tokens of all responses that have ended.
        input_audio_seconds: Seconds of audio that were sent.
        output_audio_seconds: Seconds of audio that were received.
        responses: The newest 10,000 responses that have ended, oldest first.
    """

    tokens: TokenCounts
    input_audio_seconds: float
    output_audio_seconds: float
    responses: tuple[ResponseUsage, ...]

    def cost(self, prices: PriceTable) -> Decimal:
        """Return the cost so far: all tokens and all audio.

        The result is not rounded.
        """
        audio = prices.of_audio(
            sent=_decimal(self.input_audio_seconds, "input_audio_seconds"),
            received=_decimal(self.output_audio_seconds, "output_audio_seconds"),
        )
        return prices.of_tokens(self.tokens) + audio


class AudioMeter:
    """Counts audio by its bytes.

    Attributes:
        size: All bytes.
    """

    __slots__ = ("_sizes", "size")

    def __init__(self) -> None:
        self.size: int = 0
        # By bytes per second, since the format may change.
        self._sizes: dict[int, int] = {}

    def add(self, size: int, bytes_per_second: int) -> None:
        """Count audio."""
        self.size += size
        self._sizes[bytes_per_second] = self._sizes.get(bytes_per_second, 0) + size

    @property
    def seconds(self) -> float:
        """Duration of all audio."""
        return sum(size / per_second for per_second, size in self._sizes.items())


def read_tokens(usage: TokenUsage | None) -> tuple[int, ...]:
    """Return the tokens of a response, in the order of `TokenCounts`.

    Args:
        usage: The usage; absent and negative counts are 0.
    """
    if usage is None:
        return _NONE
    given = usage.input_token_details or _NO_INPUT
    made = usage.output_token_details or _NO_OUTPUT
    counts: tuple[int, ...] = (
        usage.input_tokens or 0,
        usage.output_tokens or 0,
        given.text_tokens or 0,
        given.audio_tokens or 0,
        given.image_tokens or 0,
        given.cached_tokens or 0,
        made.text_tokens or 0,
        made.audio_tokens or 0,
        made.reasoning_tokens or 0,
    )
    if min(counts) < 0:
        counts = tuple(max(0, count) for count in counts)
    input_tokens, output_tokens, text, audio, image, all_cached = counts[:6]
    output_text, output_audio, reasoning = counts[6:]
    cached_text = cached_audio = cached_image = 0
    if all_cached:
        cached = given.cached_tokens_details
        if cached is not None:
            cached_audio = max(0, cached.audio_tokens or 0)
            cached_image = max(0, cached.image_tokens or 0)
        # Without details, cached tokens are those of the prompt, which is text.
        cached_text = max(0, all_cached - cached_audio - cached_image)
        if text + audio + image + all_cached == input_tokens:
            # Some models do not count the cached tokens among those of their kind.
            text, audio = text + cached_text, audio + cached_audio
            image += cached_image
    # Tokens of unknown kind are text.
    text += max(0, input_tokens - text - audio - image)
    output_text += max(0, output_tokens - output_text - output_audio)
    return (
        input_tokens,
        output_tokens,
        text,
        audio,
        image,
        cached_text,
        cached_audio,
        cached_image,
        output_text,
        output_audio,
        reasoning,
    )


def _decimal(value: object, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str | float):
        raise TypeError(f"{name} takes a number, not {value!r}")
    try:
        # Through text, so that 0.1 is a tenth.
        number = Decimal(str(value))
    except ArithmeticError:
        raise ValueError(f"{name} takes a number, not {value!r}") from None
    if not number.is_finite() or number < 0:
        raise ValueError(f"{name} takes a number from 0, not {value!r}")
    return number
