"""Tokens, audio and cost."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest

from tests.voicelive.conversation.events import (
    Event,
    answered,
    audio,
    begun,
    message,
    response_created,
    response_done,
    session_created,
)
from tests.voicelive.conversation.stage import stage
from voicelive.conversation import PriceTable, TokenCounts

pytestmark = pytest.mark.virtual_time


def usage(
    *, text: int = 0, audio: int = 0, cached: int = 0, out: tuple[int, int] = (0, 0)
) -> Event:
    """The usage of a response as the service sends it; the cached tokens are text."""
    return {
        "total_tokens": text + audio + sum(out),
        "input_tokens": text + audio,
        "output_tokens": sum(out),
        "input_token_details": {
            "cached_tokens": cached,
            "text_tokens": text,
            "audio_tokens": audio,
            "image_tokens": 0,
            "cached_tokens_details": {"text_tokens": cached, "audio_tokens": 0},
        },
        "output_token_details": {"text_tokens": out[0], "audio_tokens": out[1]},
    }


async def tokens_of(given: Any) -> TokenCounts:
    """Return the tokens of the account after a response with a usage."""
    async with stage() as s:
        await s.comes(response_created("r1"), response_done("r1", usage=given))
        return s.account.usage.tokens


async def test_the_tokens_of_responses_are_added_up() -> None:
    """Each response reports its own."""
    async with stage() as s:
        first = usage(text=14, audio=30, out=(27, 72))
        second = usage(text=200, audio=60, cached=128, out=(10, 20))
        await s.comes(response_created("r1"), response_done("r1", usage=first))
        await s.comes(response_created("r2"))
        await s.comes(response_done("r2", status="cancelled", usage=second))
        found = s.account.usage
        assert found.tokens == TokenCounts(
            input_tokens=304,
            output_tokens=129,
            input_text=214,
            input_audio=90,
            cached_text=128,
            output_text=37,
            output_audio=92,
        )
        assert found.tokens.total_tokens == 433
        assert found.tokens.cached_tokens == 128
        assert [r.response_id for r in found.responses] == ["r1", "r2"]
        assert found.responses[0].tokens.output_audio == 72


async def test_an_out_of_band_response_costs_too() -> None:
    """Its tokens are those of the session, its turn is not in the conversation."""
    async with stage() as s:
        request: Event = {"type": "response.create"}
        await s.sends(request | {"response": {"conversation": "none"}})
        await s.comes(response_created("o1", None))
        await s.comes(response_done("o1", message("x1", "A."), usage=usage(text=7)))
        assert s.account.usage.tokens.input_text == 7
        assert s.account.usage.responses[0].out_of_band
        assert s.account.turns == ()


async def test_the_tokens_of_unread_responses_count() -> None:
    """An odd field elsewhere does not cost the usage."""
    async with stage() as s:
        done = response_done("r1", usage=usage(text=7, out=(1, 0)))
        done["response"]["output"] = "none"
        done["response"]["status"] = 5
        await s.comes(response_created("r1"), done)
        assert s.account.usage.tokens.total_tokens == 8


async def test_usage_without_details() -> None:
    """Tokens of unknown kind count as text."""
    found = await tokens_of({"input_tokens": 10, "output_tokens": 4})
    assert (found.input_text, found.output_text) == (10, 4)


async def test_cached_tokens_that_are_not_among_those_of_their_kind() -> None:
    """Some models count them apart; then they are added, to be the same everywhere."""
    given = usage(text=20, audio=30, cached=64)
    given["input_tokens"] = 114
    found = await tokens_of(given)
    assert (found.input_text, found.cached_text, found.input_audio) == (84, 64, 30)


@pytest.mark.parametrize("given", [None, "free", {"input_tokens": "many"}, []])
async def test_invalid_usage_counts_as_none(given: object) -> None:
    """The account goes on."""
    assert await tokens_of(given) == TokenCounts()


async def test_audio_both_ways() -> None:
    """By size and format; audio of cancelled answers was received as well."""
    async with stage() as s:
        pcm = base64.b64encode(bytes(48_000 * 2)).decode()
        append = {"type": "input_audio_buffer.append", "audio": pcm}
        await s.sends(append)
        await s.view.input_audio_buffer.append(audio=bytes(48_000))
        await s.view.send(b'{"type":"input_audio_buffer.append","audio":"AAAA"}')
        await s.comes(*answered("r1", "a1", "Hi.", ms=1500))
        await s.comes(*begun("r2", "a2"), audio("r2", "a2", 500))
        assert s.account.usage.input_audio_seconds == 3 + 3 / 48_000
        assert s.account.usage.output_audio_seconds == 2
        assert s.account.usage.responses[0].output_audio_seconds == 1.5


async def test_audio_in_other_formats() -> None:
    """The formats are those of the session."""
    async with stage() as s:
        formats = {
            "input_audio_format": "g711_ulaw",
            "output_audio_format": "pcm16_16000hz",
        }
        event = session_created()
        await s.comes(
            {"type": "session.updated", "session": event["session"] | formats}
        )
        await s.view.input_audio_buffer.append(audio=bytes(8000))
        await s.comes(*begun("r1", "a1"), audio("r1", "a1", 1000))
        assert s.account.usage.input_audio_seconds == 1
        assert s.account.usage.output_audio_seconds == 1.5


# --- cost ----------------------------------------------------------------------------

PRICES = PriceTable(
    input_text=4,
    cached_text="0.4",
    input_audio=32,
    output_text=16,
    output_audio=Decimal(64),
)


async def test_the_cost_of_tokens() -> None:
    """Exact, per million tokens, with cached tokens at their own price."""
    async with stage() as s:
        given = usage(text=1000, audio=500, cached=640, out=(100, 200))
        await s.comes(response_created("r1"), response_done("r1", usage=given))
        cost = s.account.usage.cost(PRICES)
        assert cost == Decimal("0.032096")
        assert s.account.usage.responses[0].cost(PRICES) == cost


async def test_the_cost_of_audio() -> None:
    """Per hour, both ways."""
    async with stage() as s:
        await s.view.input_audio_buffer.append(audio=bytes(48_000 * 36))
        await s.comes(*answered("r1", "a1", "Hi.", ms=18_000))
        prices = PriceTable(input_audio_hour=1, output_audio_hour="0.1")
        assert s.account.usage.cost(prices) == Decimal("0.0105")
        assert s.account.usage.responses[0].cost(prices) == Decimal("0.0005")


def test_prices_are_decimal_numbers() -> None:
    """A float is what it is printed as, so that a sum of cents is exact."""
    prices = PriceTable(output_text=0.1)
    assert prices.of_tokens(TokenCounts(output_text=3_000_000)) == Decimal("0.3")


def test_cached_tokens_without_a_price_cost_as_much_as_others() -> None:
    """Not nothing."""
    prices = PriceTable(input_text=2, input_audio=5)
    tokens = TokenCounts(input_text=600_000, cached_text=500_000, input_audio=200_000)
    assert prices.of_tokens(tokens) == Decimal("2.2")


@pytest.mark.parametrize(
    ("price", "error"),
    [
        ("cheap", ValueError),
        (-1, ValueError),
        (float("nan"), ValueError),
        (True, TypeError),
        ([], TypeError),
    ],
)
def test_invalid_prices(price: Any, error: type[Exception]) -> None:
    """They are refused with the name of the price."""
    with pytest.raises(error, match="output_audio takes a number"):
        PriceTable(output_audio=price)
