"""Waits between attempts, and connecting in several attempts."""

from __future__ import annotations

import random

import pytest

from tests.voicelive.resilience.support import KEY, Waits, quick
from voicelive.aio import AuthenticationError, ConnectionFailed
from voicelive.resilience import Backoff, connect_with_retry
from voicelive_mockserver import MockServer


def test_waits_grow_up_to_a_maximum() -> None:
    """The longest possible wait doubles with each failure, up to the maximum."""
    backoff = Backoff(initial=1.0, maximum=10.0, random=lambda: 1.0)
    assert [backoff.delay(n) for n in range(1, 7)] == [1, 2, 4, 8, 10, 10]
    assert backoff.delay(100_000) == 10


def test_full_jitter() -> None:
    """A wait is anything between nothing and the longest, by the random numbers."""
    assert Backoff(random=lambda: 0.0).delay(3) == 0
    assert Backoff(initial=1.0, random=lambda: 0.25).delay(3) == 1
    first, second = (Backoff(random=random.Random(7).random) for _ in range(2))
    assert [first.delay(n) for n in (1, 2, 3)] == [second.delay(n) for n in (1, 2, 3)]


def test_retry_after_comes_before_the_jitter() -> None:
    """`Retry-After` is respected, also above the maximum."""
    backoff = Backoff(initial=1.0, maximum=4.0, random=lambda: 0.5)
    assert backoff.delay(1, retry_after=60.0) == 60.5


@pytest.mark.parametrize("wrong", [{"factor": 0.5}, {"max_attempts": 0}])
def test_numbers_out_of_range(wrong: dict[str, float]) -> None:
    """A backoff that cannot work is refused at once."""
    with pytest.raises(ValueError, match="Backoff"):
        Backoff(**wrong)  # type: ignore[arg-type]


async def test_retries_until_the_service_lets_in() -> None:
    """A refusal with Retry-After is waited out, then the connection is made."""
    waits, told = Waits(), []
    faults = ["refuse:429:retry_after=3:connection=1", "refuse:503:connection=2"]
    async with (
        MockServer(speed=float("inf"), faults=faults) as server,
        connect_with_retry(
            credential=KEY,
            endpoint=server.endpoint,
            model="gpt-realtime",
            backoff=quick(sleep=waits.sleep),
            on_waiting=lambda *arguments: told.append(arguments),
        ) as connection,
    ):
        assert (await connection.recv()).type == "session.created"
    assert waits.seconds == [3.25, 0.5]
    assert [(error.code, attempt) for error, attempt, _ in told] == [(429, 2), (503, 3)]


async def test_lasting_failures_are_not_retried() -> None:
    """A wrong key fails at once."""
    waits = Waits()
    async with MockServer(speed=float("inf")) as server:
        with pytest.raises(AuthenticationError):
            async with connect_with_retry(
                credential="wrong",
                endpoint=server.endpoint,
                model="gpt-realtime",
                backoff=quick(sleep=waits.sleep),
            ):
                pass
    assert waits.seconds == []


@pytest.mark.parametrize(
    ("limit", "waited"),
    [({"max_attempts": 3}, 2), ({"max_seconds": 2.0, "max_attempts": None}, 3)],
)
async def test_limits(limit: dict[str, float | None], waited: int) -> None:
    """Beyond a limit of attempts or time the last failure is raised."""
    waits = Waits()
    backoff = quick(sleep=waits.sleep, clock=lambda: sum(waits.seconds), **limit)
    async with MockServer(speed=float("inf"), faults=["refuse:503"]) as server:
        with pytest.raises(ConnectionFailed, match="503"):
            async with connect_with_retry(
                credential=KEY,
                endpoint=server.endpoint,
                model="gpt-realtime",
                backoff=backoff,
            ):
                pass
    assert len(waits.seconds) == waited


async def test_a_retry_after_beyond_the_limit_is_not_waited_for() -> None:
    """If the service asks for more time than there is, that is the end at once."""
    waits = Waits()
    backoff = quick(sleep=waits.sleep, max_seconds=10.0)
    faults = ["refuse:429:retry_after=600"]
    async with MockServer(speed=float("inf"), faults=faults) as server:
        with pytest.raises(ConnectionFailed) as caught:
            async with connect_with_retry(
                credential=KEY,
                endpoint=server.endpoint,
                model="gpt-realtime",
                backoff=backoff,
            ):
                pass
    assert (caught.value.retry_after, waits.seconds) == (600, [])
