"""Limits of the account."""

from __future__ import annotations

import pytest

from tests.voicelive.conversation.events import (
    answered,
    begun,
    ended,
    response_created,
    response_done,
    transcript,
    user_text,
    words,
)
from tests.voicelive.conversation.stage import stage

pytestmark = [pytest.mark.virtual_time, pytest.mark.slow]


async def test_the_oldest_items_are_dropped() -> None:
    """Beyond 10,000; a late transcript does not bring one back."""
    async with stage() as s:
        for number in range(10_100):
            await s.comes(user_text(f"u{number}", "Hello."))
        assert s.account.dropped_items == 100
        await s.comes(transcript("u3", "Hello again."))
        turns = s.account.turns
        assert (turns[0].id, turns[-1].id, len(turns)) == ("u100", "u10099", 10_000)


async def test_characters_are_limited() -> None:
    """16 Mi of them, however few items they are in."""
    async with stage() as s:
        for number in range(40):
            await s.comes(user_text(f"u{number}", "x" * 1_000_000))
        assert sum(len(turn.transcript) for turn in s.account.turns) <= 16 * 1024**2
        assert s.account.turns[-1].id == "u39"


async def test_one_endless_answer_is_limited() -> None:
    """Its beginning is kept, and its end is noticed."""
    async with stage() as s:
        await s.comes(*begun("r1", "a1"))
        for _ in range(20):
            await s.comes(words("r1", "a1", "x" * 1_000_000))
        await s.comes(*ended("r1", "a1", "y" * 9_000_000))
        assert s.last.transcript == "x" * 8_000_000
        assert s.last.status.value == "completed"
        assert s.account.dropped_items == 0


async def test_responses_without_output_leave_nothing() -> None:
    """And the usage of the newest 10,000 is kept; the totals are of all."""
    async with stage() as s:
        usage = {"input_tokens": 1, "output_tokens": 0}
        for number in range(10_010):
            await s.comes(response_created(f"r{number}"))
            await s.comes(response_done(f"r{number}", usage=usage))
        assert s.account.turns == ()
        assert len(s.account.usage.responses) == 10_000
        assert s.account.usage.tokens.input_tokens == 10_010


async def test_audio_of_dropped_items_stays_in_the_usage() -> None:
    """What was received was received."""
    async with stage() as s:
        await s.comes(*answered("r1", "a1", "Hi.", ms=1000))
        for number in range(10_000):
            await s.comes(user_text(f"u{number}", "Hello."))
        assert s.account.dropped_items == 1
        assert s.account.usage.output_audio_seconds == 1
