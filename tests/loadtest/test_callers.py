"""Callers against a service whose every delay and failure is known."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

import pytest

from tests.loadtest.service import Behaviour, KnownService, known_service
from tests.support.waiting import eventually
from voicelive_loadtest.health import HealthLimits
from voicelive_loadtest.journeys import JOURNEYS
from voicelive_loadtest.results import RunResult
from voicelive_loadtest.runner import run_callers
from voicelive_loadtest.samples import GENERATOR, Histogram, Interval
from voicelive_loadtest.settings import CallSettings
from voicelive_loadtest.speech import tone_speech
from voicelive_mockserver import MockServer

# What a busy machine may add to a time, in milliseconds.
SLACK = 150.0


def settings(endpoint: str, **changes: Any) -> CallSettings:
    """Callers who are brief."""
    given: dict[str, Any] = {
        "endpoint": endpoint,
        "api_key": "test-key",
        "speech": tone_speech(0.1),
        "turns": 2,
        "turn_limit": 3.0,
        "think": 0.05,
        "pause": 0.05,
        "tool": 0.1,
        "silent": 0.2,
        "playout_delay": 0.02,
    }
    return CallSettings(**{**given, **changes})


# A caller makes one call only, and has time to begin the first turn of it.
ONE_CALL: dict[str, Any] = {"pause": 30, "seconds": 0.5}


async def call(
    service: KnownService, journey: str, *, seconds: float = 0.1, **changes: Any
) -> RunResult:
    """Let two callers make a kind of call for a while."""
    return await run_callers(
        settings(service.endpoint, **changes),
        callers=2,
        seconds=seconds,
        spawn_rate=100,
        weights={journey: 1},
    )


def assert_about(times: Histogram, seconds: float, *, early: float = 1.0) -> None:
    """Check that all times are as expected, and that there are some."""
    assert times.count
    assert times.least >= seconds * 1000 - early
    # On a machine that is shared, a few may be anything.
    assert times.percentile(0.5) <= seconds * 1000 + SLACK


async def test_short_question() -> None:
    """The time to the first audio is the delay of the service, and all is counted."""
    async with known_service(Behaviour(delay=0.12)) as service:
        result = await call(service, "short_question", seconds=0.4)
    seen = service.seen
    # Silence is noticed with the first frame after the last one with speech.
    assert_about(result.times(Interval.SPEECH_TO_AUDIO), 0.14)
    assert result.times(Interval.TURN).count == seen.answered
    assert result.times(Interval.CONNECT).count == seen.opened
    assert result.times(Interval.SESSION_READY).count == seen.opened
    assert result.failures == []
    assert Interval.GAP not in result.intervals
    assert seen.closes == [1000] * seen.opened
    assert result.counters["close.local.1000"] == seen.opened
    assert result.counters["frames.sent"] == seen.frames
    assert result.counters["received.response.done"] == seen.answered


async def test_a_gap_is_heard() -> None:
    """A pause in the middle of an answer is a gap, less what was still to be played."""
    behaviour = Behaviour(chunks=(0.1, 0.1), gap=0.3)
    async with known_service(behaviour) as service:
        result = await call(service, "short_question", playout_delay=0.05)
    # If the piece before was late, the gap is shorter.
    assert_about(result.times(Interval.GAP), 0.3 - 0.1 - 0.05, early=30)
    assert result.times(Interval.GAP).count == service.seen.answered
    assert result.counters["answers.with gaps"] == service.seen.answered


async def test_long_conversation() -> None:
    """A greeting is asked for, then there are turns, in one call."""
    async with known_service(Behaviour(delay=0.05)) as service:
        result = await call(service, "long_conversation", turns=3, seconds=0.1)
    assert_about(result.times(Interval.REQUEST_TO_AUDIO), 0.05)
    assert result.times(Interval.REQUEST_TO_AUDIO).count == 2
    assert service.seen.opened == 2
    # The test was over during the greeting, and that turn was finished.
    assert service.seen.answered == 2
    assert service.seen.closes == [1000, 1000]


async def test_barge_in() -> None:
    """Talking over an answer is measured until the service notices it."""
    behaviour = Behaviour(hush=0.1, chunks=(0.2, 0.2), delay=0.02)
    async with known_service(behaviour) as service:
        result = await call(
            service, "barge_in", interrupt_after=0.1, turns=1, **ONE_CALL
        )
    times = result.times(Interval.BARGE_IN)
    assert_about(times, 0.1)
    assert result.counters["turns.interrupted"] == times.count == 2
    # The answers that were interrupted are no turns; those that followed are.
    assert result.times(Interval.TURN).count == 2
    assert result.failures == []


async def test_tool_call() -> None:
    """The tool's own time is no part of the round trip, that of the service is."""
    async with known_service(Behaviour(tools=True, delay=0.1)) as service:
        result = await call(service, "tool_call", tool=0.2, turns=1, **ONE_CALL)
    assert_about(result.times(Interval.TOOL), 0.1)
    assert result.times(Interval.TOOL).count == service.seen.answered == 2
    assert result.times(Interval.TURN).least >= 300
    assert Interval.SPEECH_TO_AUDIO not in result.intervals


async def test_text_only() -> None:
    """Who writes sends no audio, and waits for text."""
    async with known_service(Behaviour(delay=0.05)) as service:
        result = await call(service, "text_only", turns=1, **ONE_CALL)
    assert_about(result.times(Interval.REQUEST_TO_TEXT), 0.05)
    assert service.seen.frames == 0
    assert "answers.heard" not in result.counters


async def test_quiet_calls() -> None:
    """A silent line sends audio and is not answered; who leaves at once sends none."""
    async with known_service(Behaviour()) as service:
        silent = await call(service, "silent_line", silent=0.2, seconds=0.15)
        frames = service.seen.frames
        leaving = await call(service, "connect_and_leave", seconds=0.1)
    assert frames >= 10
    assert service.seen.frames == frames
    assert service.seen.turns == 0
    for result in (silent, leaving):
        assert result.times(Interval.SESSION_READY).count
        assert Interval.TURN not in result.intervals


async def test_refused_handshakes_and_dropped_turns() -> None:
    """What the service refuses and drops is what has failed, no more and no less."""
    behaviour = Behaviour(
        delay=0.02, chunks=(0.02,), refuse_every=4, drop_every=3, fail_every=5
    )
    async with known_service(behaviour) as service:
        result = await run_callers(
            settings(service.endpoint, most_backoff=0.05),
            callers=4,
            seconds=0.8,
            spawn_rate=100,
            weights={"short_question": 1},
        )
    seen = service.seen
    assert min(seen.refused, seen.dropped, seen.failed) > 0
    assert result.failed(Interval.CONNECT, "refused.429") == seen.refused
    assert result.failed(Interval.CONNECT) == seen.refused
    assert result.counters["refused.429"] == seen.refused
    assert result.failed(Interval.TURN, "close.1011") == seen.dropped
    assert result.failed(Interval.TURN, "error.no_luck") == seen.failed
    assert result.failed(Interval.TURN) == seen.dropped + seen.failed
    assert result.counters["error.no_luck"] == seen.failed
    assert result.counters["close.remote.1011"] == seen.dropped
    assert result.times(Interval.TURN).count == seen.answered


async def test_backoff() -> None:
    """Who is refused does not try again at once."""
    async with known_service(Behaviour(refuse_every=1)) as service:
        result = await call(service, "connect_and_leave", seconds=0.4)
    # The first pause of a caller is half a second or longer.
    assert service.seen.refused == 2
    assert result.failed(Interval.CONNECT) == service.seen.refused
    assert set(result.intervals) <= GENERATOR


async def test_without_a_service() -> None:
    """Where nobody listens, each attempt is a failure of its own kind."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
    result = await run_callers(settings(endpoint), callers=2, seconds=0.1)
    assert result.failed(Interval.CONNECT, "refused.unreachable") == 2
    assert set(result.intervals) <= GENERATOR


async def test_a_turn_without_an_answer_times_out() -> None:
    """A service that says nothing fails the turn, and the call is over."""
    async with known_service(Behaviour(delay=60)) as service:
        result = await call(service, "short_question", turn_limit=0.2, seconds=0.1)
    assert result.failed(Interval.TURN, "timeout.turn") == 2
    assert service.seen.closes == [1000, 1000]


async def test_stopping_finishes_turns() -> None:
    """A turn in progress at the end is finished and counted, then the call ends."""
    async with known_service(Behaviour(delay=0.3)) as service:
        result = await call(service, "long_conversation", seconds=0.1, turns=50)
    assert service.seen.answered == result.times(Interval.TURN).count == 2
    assert service.seen.closes == [1000, 1000]
    assert "turns.abandoned" not in result.counters


async def test_cancelling_closes_with_1001() -> None:
    """Callers that are not waited for hang up at once, and say so."""
    async with known_service(Behaviour(delay=30)) as service:
        result = await run_callers(
            settings(service.endpoint, turn_limit=60),
            callers=20,
            # Long enough for all of them to say something, which nobody answers.
            seconds=2,
            spawn_rate=100,
            weights={"short_question": 1},
            grace=0,
        )
        assert service.seen.most == 20
    assert service.seen.closes == [1001] * 20
    assert result.counters["turns.abandoned"] == 20
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_errors_of_our_own_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in a journey is no failure of the service."""
    async with known_service(Behaviour()) as service:
        with pytest.raises(ValueError, match="at least one turn"):
            settings(service.endpoint, turns=0)
        broken = settings(service.endpoint)
        object.__setattr__(broken, "turns", "three")
        with pytest.raises(TypeError):
            await run_callers(
                broken, callers=1, seconds=5, weights={"long_conversation": 1}
            )
    assert service.seen.closes == [1001]


async def test_a_generator_that_is_too_slow_says_so() -> None:
    """Measurements of a process that was busy itself are marked as invalid."""
    limits = HealthLimits(send_lateness_ms=250, loop_lag_ms=250, cpu=5)

    async def run(service: KnownService) -> RunResult:
        return await run_callers(
            settings(service.endpoint, silent=30),
            callers=1,
            seconds=0.5,
            weights={"silent_line": 1},
            limits=limits,
        )

    async with known_service(Behaviour()) as service:
        good = asyncio.create_task(run(service))
        assert (await good).invalid == []
        before = service.seen.frames
        bad = asyncio.create_task(run(service))
        await eventually(lambda: service.seen.frames > before)
        _block(0.6)
        result = await bad
    assert len(result.invalid) == 2
    assert "frames left" in result.invalid[0]
    # The frames that were due meanwhile left afterwards, each with its delay.
    assert result.times(Interval.SEND_LATENESS).most >= 500


async def test_connecting_counts_from_when_it_was_to_begin() -> None:
    """A generator that begins a call late cannot make its own delay disappear."""
    async with known_service(Behaviour()) as service:
        running = asyncio.create_task(
            run_callers(
                settings(service.endpoint, silent=0.1),
                callers=2,
                seconds=1.3,
                spawn_rate=1.25,
                weights={"silent_line": 1},
            )
        )
        await asyncio.sleep(0.3)
        _block(0.9)
        result = await running
    # The second call was to begin after 0.8 s.
    assert result.times(Interval.CONNECT).most >= 390
    assert result.times(Interval.SESSION_READY).most >= 390


def _block(seconds: float) -> None:
    time.sleep(seconds)  # the point is that nothing else runs


async def test_all_journeys_with_the_mock() -> None:
    """Against the mock service, ten times as fast as life, nothing fails."""
    async with MockServer(speed=10) as server:
        results = await asyncio.gather(
            *(
                run_callers(
                    settings(server.endpoint, turns=1, speech=tone_speech(0.4)),
                    callers=1,
                    seconds=0.6,
                    speed=10,
                    weights={journey: 1},
                )
                for journey in JOURNEYS
            )
        )
    assert [result.failures for result in results] == [[]] * len(JOURNEYS)
    measured = {interval for result in results for interval in result.intervals}
    assert measured >= set(Interval) - {Interval.GAP}
