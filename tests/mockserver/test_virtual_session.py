"""Long conversations in virtual time."""

from __future__ import annotations

import pytest

from tests.support.engine_driver import respond, update
from tests.support.signals import silence, tone
from voicelive_mockserver import VirtualSession
from voicelive_protocol import ClientEventResponseCreate

TEN_SECONDS = silence(1000) + tone(3000) + silence(6000)


def ten_minutes(seed: int) -> list[bytes]:
    """Speak sixty times, for three seconds of ten."""
    session = VirtualSession(seed=seed, started_at=1_800_000_000.0)
    session.send(update())
    for _ in range(60):
        session.say(TEN_SECONDS)
    assert session.now == pytest.approx(600)
    return session.frames


@pytest.mark.slow
def test_ten_minutes_are_the_same_bytes_with_the_same_seed() -> None:
    """Sessions with equal seeds give equal bytes; those with others do not."""
    frames = ten_minutes(1)
    assert sum(b'"response.done"' in frame for frame in frames) == 60
    assert frames == ten_minutes(1)
    assert frames != ten_minutes(2)


def test_time_passes_when_told() -> None:
    """Events are sent exactly at their times."""
    session = VirtualSession()
    assert session.wait(0.04) == []
    assert [event["type"] for event in session.wait(0.02)] == ["session.created"]
    session.send(update())
    session.until("session.updated")
    assert session.now == pytest.approx(0.09)
    session.send(ClientEventResponseCreate())
    events = session.until("response.created")
    assert events[-1]["type"] == "response.created"
    assert session.now == pytest.approx(0.24)
    assert session.finish()[-1]["type"] == "response.done"
    assert session.events[-1]["type"] == "response.done"
    with pytest.raises(TimeoutError, match=r"response\.done will never come"):
        session.until("response.done")


def test_raw_frames_can_be_sent() -> None:
    """Input that is not an event is sent unchanged."""
    session = VirtualSession()
    session.send(update(), "{", b'{"type":"response.create"}')
    kinds = [event["type"] for event in session.finish()]
    assert kinds[:2] == ["session.created", "session.updated"]
    assert kinds[2:4] == ["error", "response.created"]


def test_an_unknown_model_is_an_error() -> None:
    """An unknown model is an error."""
    with pytest.raises(ValueError, match="gpt-9"):
        VirtualSession(model="gpt-9")


def test_a_scenario_is_played() -> None:
    """A scenario is played, and its expectations are checked."""
    session = VirtualSession(scenario="weather_tool")
    assert session.close_code is None
    assert not all(outcome.met for outcome in session.expectations)
    session.send(update(), respond(modalities=["text"]))
    assert session.until("response.done")[-1]["type"] == "response.done"


def test_a_session_expires() -> None:
    """It has a close code for the driver."""
    session = VirtualSession()
    last = session.wait(3601)[-1]
    assert last["type"] == "error"
    assert session.close_code == 1001
