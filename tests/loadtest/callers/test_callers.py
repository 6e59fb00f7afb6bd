"""Callers against the reference service."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.loadtest.calling import ONE_CALL, calling, settings
from tests.loadtest.reference_service import (
    Behaviour,
    ReferenceService,
    reference_service,
)
from tests.support.scripted_service import Peer, serve
from tests.support.waiting import eventually
from voicelive_loadtest.callers.health import HealthLimits
from voicelive_loadtest.callers.journeys import JOURNEYS
from voicelive_loadtest.callers.samples import GENERATOR, Histogram, Interval
from voicelive_loadtest.callers.speech import tone_speech
from voicelive_loadtest.runner import run_callers
from voicelive_mockserver import MockServer

pytestmark = pytest.mark.slow

# Tolerance for a busy machine, in milliseconds; pauses come on top.
TOLERANCE_MS = 150.0


def assert_about(times: Histogram, seconds: float, service: ReferenceService) -> None:
    """Check that there are samples, none too short, and their median in tolerance."""
    assert times.count
    assert times.least >= seconds * 1000 - 1
    # On a shared machine, single samples may have any delay. Callers and service share
    # an event loop, so each sample may be longer by its pauses.
    longest = seconds * 1000 + TOLERANCE_MS + service.counts.paused_ms
    assert times.percentile(0.5) <= longest


async def test_short_question() -> None:
    """Latency is the delay of the service; calls, turns and frames are all counted."""
    async with reference_service(Behaviour(delay=0.12)) as service:
        # With a long grace period, so that the first calls are completed.
        result = await run_callers(
            settings(service.endpoint),
            callers=2,
            seconds=0.4,
            spawn_rate=100,
            weights={"short_question": 1},
            grace=60,
        )
    counts = service.counts
    # The service responds to the first silent frame, 20 ms after the last speech.
    assert_about(result.times(Interval.SPEECH_TO_AUDIO), 0.14, service)
    assert result.times(Interval.TURN).count == counts.answered
    assert result.times(Interval.CONNECT).count == counts.opened
    assert result.times(Interval.SESSION_READY).count == counts.opened
    assert result.failures == []
    assert Interval.GAP not in result.intervals
    assert counts.closes == [1000] * counts.opened
    assert result.counters["close.local.1000"] == counts.opened
    assert result.counters["frames.sent"] == counts.frames
    assert result.counters["received.response.done"] == counts.answered


async def test_a_pause_within_a_response_is_a_gap() -> None:
    """Its duration is reduced by the audio that was still buffered."""
    behaviour = Behaviour(chunks=(0.1, 0.1), gap=0.3)
    given = {"playout_delay": 0.05, **ONE_CALL}
    async with reference_service(behaviour) as service:
        async with calling(
            settings(service.endpoint, **given), *["short_question"] * 2
        ) as calls:
            await eventually(lambda: service.counts.answered == 2)
        result = calls.result
    assert_about(result.times(Interval.GAP), 0.3 - 0.1 - 0.05, service)
    assert result.times(Interval.GAP).count == service.counts.answered
    assert result.counters["answers.with gaps"] == service.counts.answered


async def test_long_conversation() -> None:
    """One call with a requested greeting, then spoken turns."""
    async with reference_service(Behaviour(delay=0.05)) as service:
        given = settings(service.endpoint, turns=1, **ONE_CALL)
        async with calling(given, *["long_conversation"] * 2) as calls:
            await eventually(lambda: service.counts.answered == 4)
        result = calls.result
    assert_about(result.times(Interval.REQUEST_TO_AUDIO), 0.05, service)
    assert_about(result.times(Interval.SPEECH_TO_AUDIO), 0.07, service)
    assert result.times(Interval.REQUEST_TO_AUDIO).count == 2
    assert result.times(Interval.SPEECH_TO_AUDIO).count == 2
    assert service.counts.opened == 2
    assert service.counts.closes == [1000, 1000]


async def test_barge_in() -> None:
    """An interruption is measured until `speech_started`."""
    # The first response is long enough to be interrupted by a delayed caller.
    behaviour = Behaviour(
        speech_started_delay=0.1, first_chunks=(3.0,), chunks=(0.2, 0.2), delay=0.02
    )
    async with reference_service(behaviour) as service:
        given = settings(service.endpoint, interrupt_after=0.1, turns=1, **ONE_CALL)
        async with calling(given, *["barge_in"] * 2) as calls:
            await eventually(lambda: service.counts.turns == 4)
        result = calls.result
    times = result.times(Interval.BARGE_IN)
    assert_about(times, 0.1, service)
    assert result.counters["turns.interrupted"] == times.count == 2
    # Interrupted responses do not count as turns, those that follow do.
    assert result.times(Interval.TURN).count == 2
    assert result.failures == []


async def test_tool_call() -> None:
    """The round trip excludes the duration of the tool."""
    async with reference_service(Behaviour(tools=True, delay=0.1)) as service:
        given = settings(service.endpoint, tool=0.2, turns=1, **ONE_CALL)
        async with calling(given, *["tool_call"] * 2) as calls:
            await eventually(lambda: service.counts.answered == 2)
        result = calls.result
    assert_about(result.times(Interval.TOOL), 0.1, service)
    assert result.times(Interval.TOOL).count == service.counts.answered == 2
    assert result.times(Interval.TURN).least >= 300
    assert Interval.SPEECH_TO_AUDIO not in result.intervals


async def test_text_only() -> None:
    """Text calls send no audio and measure the time to the first text."""
    async with reference_service(Behaviour(delay=0.05)) as service:
        given = settings(service.endpoint, turns=1, **ONE_CALL)
        async with calling(given, *["text_only"] * 2) as calls:
            await eventually(lambda: service.counts.answered == 2)
        result = calls.result
    assert_about(result.times(Interval.REQUEST_TO_TEXT), 0.05, service)
    assert service.counts.frames == 0
    assert "answers.heard" not in result.counters


async def test_calls_without_turns() -> None:
    """A silent line sends audio and has no turn; leaving at once sends no audio."""
    async with reference_service(Behaviour()) as service:
        given = settings(service.endpoint, **ONE_CALL)
        async with calling(given, *["silent_line"] * 2) as silent:
            await eventually(lambda: service.counts.frames >= 10)
        frames = service.counts.frames
        async with calling(given, *["connect_and_leave"] * 2) as leaving:
            await eventually(lambda: service.counts.configured == 4)
    assert service.counts.frames == frames
    assert service.counts.turns == 0
    for calls in (silent, leaving):
        assert calls.result.times(Interval.SESSION_READY).count == 2
        assert Interval.TURN not in calls.result.intervals


async def test_failures_match_those_of_the_service() -> None:
    """Refused handshakes, dropped turns and errors are counted exactly."""
    behaviour = Behaviour(
        delay=0.02, chunks=(0.02,), refuse_every=4, drop_every=3, fail_every=5
    )
    async with reference_service(behaviour) as service:
        counts = service.counts
        given = settings(service.endpoint, most_backoff=0.05)
        async with calling(given, *["short_question"] * 4) as calls:
            await eventually(
                lambda: min(counts.refused, counts.dropped, counts.failed) > 1
            )
        result = calls.result
    assert result.failed(Interval.CONNECT, "refused.429") == counts.refused
    assert result.failed(Interval.CONNECT) == counts.refused
    assert result.counters["refused.429"] == counts.refused
    assert result.failed(Interval.TURN, "close.1011") == counts.dropped
    assert result.failed(Interval.TURN, "error.no_luck") == counts.failed
    assert result.failed(Interval.TURN) == counts.dropped + counts.failed
    assert result.counters["error.no_luck"] == counts.failed
    assert result.counters["close.remote.1011"] == counts.dropped
    assert result.times(Interval.TURN).count == counts.answered


async def test_refused_callers_back_off() -> None:
    """They do not retry immediately."""
    async with reference_service(Behaviour(refuse_every=1)) as service:
        began = time.monotonic()
        given = settings(service.endpoint)
        async with calling(given, *["connect_and_leave"] * 2) as calls:
            await eventually(lambda: service.counts.refused > 2)
            # The first backoff is at least half a second.
            assert time.monotonic() - began >= 0.5
    assert calls.result.failed(Interval.CONNECT) == service.counts.refused
    assert set(calls.result.intervals) <= GENERATOR


async def test_an_unreachable_service_has_its_own_failure_reason(
    free_port: int,
) -> None:
    """Each attempt counts as a failure."""
    result = await run_callers(
        settings(f"http://127.0.0.1:{free_port}"),
        callers=2,
        seconds=0.1,
        weights={"text_only": 1},
    )
    attempts = result.counters["calls.text_only"]
    assert result.failed(Interval.CONNECT, "refused.unreachable") == attempts
    assert result.failed(Interval.CONNECT) == attempts
    assert set(result.intervals) <= GENERATOR


async def test_a_turn_without_a_response_times_out() -> None:
    """The turn fails and the call ends."""
    async with reference_service(Behaviour(delay=60)) as service:
        given = settings(service.endpoint, turn_limit=0.2, **ONE_CALL)
        async with calling(given, *["short_question"] * 2) as calls:
            await eventually(lambda: len(service.counts.closes) == 2)
    assert calls.result.failed(Interval.TURN, "timeout.turn") == 2
    assert service.counts.closes == [1000, 1000]


async def test_stopping_finishes_turns() -> None:
    """The turn in progress is finished and counted before the call ends."""
    async with reference_service(Behaviour(delay=0.3)) as service:
        counts = service.counts
        given = settings(service.endpoint, turns=50)
        async with calling(given, *["long_conversation"] * 2) as calls:
            await eventually(lambda: counts.turns - counts.answered == 2)
            begun = counts.turns
        result = calls.result
    assert counts.answered == counts.turns == result.times(Interval.TURN).count == begun
    assert counts.closes == [1000, 1000]
    assert "turns.abandoned" not in result.counters


async def test_cancelled_callers_close_with_1001() -> None:
    """Immediately, and their turns count as abandoned."""
    async with reference_service(Behaviour(delay=60)) as service:
        given = settings(service.endpoint, turn_limit=60)
        async with calling(given, *["short_question"] * 20, patient=False) as calls:
            # All have a turn in progress.
            await eventually(lambda: service.counts.turns == 20)
        assert service.counts.most_open == 20
    assert service.counts.closes == [1001] * 20
    assert calls.result.counters["turns.abandoned"] == 20
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_without_grace_calls_are_closed_at_the_end() -> None:
    """Turns in progress are not awaited."""
    async with reference_service(Behaviour(delay=60)) as service:
        began = time.monotonic()
        await run_callers(
            settings(service.endpoint, turn_limit=60),
            callers=2,
            seconds=0.2,
            weights={"short_question": 1},
            grace=0,
        )
        assert time.monotonic() - began < 30
    # A caller that is still connecting has no call to close.
    assert set(service.counts.closes) <= {1001}
    assert len(service.counts.closes) >= service.counts.configured


async def test_errors_in_the_load_test_are_failures(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """They are counted by their name and logged once, and the callers back off."""
    async with reference_service(Behaviour()) as service:
        with pytest.raises(ValueError, match="at least 1"):
            settings(service.endpoint, turns=0)
        broken = settings(service.endpoint, **ONE_CALL)
        object.__setattr__(broken, "turns", "three")
        async with calling(broken, *["long_conversation"] * 3) as calls:
            await eventually(lambda: len(service.counts.closes) == 3)
    assert calls.result.failed(Interval.TURN, "raised.TypeError") == 3
    assert set(service.counts.closes) == {1001}
    assert [one.getMessage() for one in caplog.records] == ["a caller raised an error"]


async def test_a_blocked_generator_is_detected() -> None:
    """Its lateness and event loop lag are reasons why the run is invalid."""
    limits = HealthLimits(send_lateness_ms=250, loop_lag_ms=250, cpu=50)
    async with reference_service(Behaviour()) as service:
        given = settings(service.endpoint, silent=60)
        async with calling(given, "silent_line") as calls:
            await eventually(lambda: service.counts.frames)
            before = service.counts.frames
            _block(0.6)
            await eventually(lambda: service.counts.frames >= before + 29)
        result = calls.result
    problems = list(result.generators["local"].problems(limits))
    assert len(problems) == 2
    assert "frame lateness" in problems[0]
    # The frames that were due during the pause are sent after it, each with its delay.
    assert result.times(Interval.SEND_LATENESS).most >= 500


@pytest.mark.parametrize(("limit", "problems"), [(1e6, 0), (-1.0, 3)])
async def test_limits_make_a_run_invalid(limit: float, problems: int) -> None:
    """Limits that are always kept yield no reasons, negative ones a reason each."""
    async with reference_service(Behaviour()) as service:
        result = await run_callers(
            settings(service.endpoint),
            callers=1,
            seconds=0.1,
            weights={"silent_line": 1},
            limits=HealthLimits(send_lateness_ms=limit, loop_lag_ms=limit, cpu=limit),
        )
    assert len(result.invalid) == problems, result.invalid


async def test_connecting_is_measured_from_the_intended_start() -> None:
    """A late generator cannot hide its delay."""
    service = ReferenceService(Behaviour())

    async def script(peer: Peer) -> None:
        if service.counts.opened == 0:
            # Delays the first call here, and the start of the second one.
            _block(0.6)
        await service.script(peer)

    async with serve(script) as server:
        result = await run_callers(
            settings(server.endpoint, **ONE_CALL),
            callers=2,
            seconds=0.6,
            spawn_rate=5,
            weights={"silent_line": 1},
        )
    # The intended start of the second call is at 0.2 s.
    for interval in (Interval.CONNECT, Interval.SESSION_READY):
        assert result.times(interval).count == 2
        assert result.times(interval).least >= 390


def _block(seconds: float) -> None:
    time.sleep(seconds)  # blocks the event loop on purpose


async def test_all_journeys_with_the_mock() -> None:
    """Nothing fails against the mock service at ten times real time."""
    wanted = set(Interval) - {Interval.GAP}
    async with MockServer(speed=10) as server:
        given = settings(server.endpoint, turns=1, speech=tone_speech(0.4))
        async with calling(given, *JOURNEYS, speed=10) as calls:
            await eventually(
                lambda: set(calls.report().intervals) >= wanted - GENERATOR
            )
    assert calls.result.failures == []
    assert set(calls.result.intervals) >= wanted
