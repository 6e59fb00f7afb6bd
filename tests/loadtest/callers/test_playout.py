"""What a person hears of an answer."""

from __future__ import annotations

import pytest

from voicelive_loadtest.callers.playout import Playout


def test_audio_in_time_has_no_gap() -> None:
    """What comes before the rest was played, at whatever pace, is heard as one."""
    playout = Playout(delay=0.1)
    for at in (10.0, 10.0, 10.4, 10.84):
        playout.arrived(at, 0.25)
    assert playout.first == 10.0
    assert playout.gaps == []
    assert playout.ends == pytest.approx(11.1)


def test_late_audio_leaves_a_gap() -> None:
    """Silence is as long as nothing was there to be played, and playing goes on."""
    playout = Playout(delay=0.1)
    playout.arrived(10.0, 0.25)
    playout.arrived(10.5, 0.25)
    assert playout.gaps == [pytest.approx(0.15)]
    assert playout.ends == pytest.approx(10.75)


def test_the_delay_hides_jitter() -> None:
    """A piece that is a little late is heard in time, as the player waited first."""
    patient, hasty = Playout(delay=0.1), Playout(delay=0.0)
    for playout in (patient, hasty):
        playout.arrived(10.0, 0.25)
        playout.arrived(10.3, 0.25)
    assert patient.gaps == []
    assert hasty.gaps == [pytest.approx(0.05)]


def test_a_pause_between_items_is_no_gap() -> None:
    """Another item is another sentence: nobody misses anything before it."""
    playout = Playout(delay=0.1)
    playout.arrived(10.0, 0.25, "item_1")
    playout.arrived(13.0, 0.25, "item_2")
    assert playout.gaps == []
    assert playout.ends == pytest.approx(13.35)


def test_silence_drops_what_came_and_comes() -> None:
    """After an interruption nothing of the answer is heard."""
    playout = Playout()
    playout.arrived(10.0, 5.0)
    assert playout.playing(11.0)
    playout.silence(11.0)
    playout.arrived(12.0, 1.0)
    assert not playout.playing(11.0)
    assert playout.ends == 11.0
    assert playout.gaps == []


def test_time_may_be_faster() -> None:
    """At ten times the speed, a second of audio lasts a tenth."""
    playout = Playout(delay=0.1, speed=10)
    playout.arrived(10.0, 1.0)
    assert playout.ends == pytest.approx(10.11)
