"""Simulated playback: gaps, jitter buffer, interruption."""

from __future__ import annotations

import pytest

from voicelive_loadtest.callers.playout import Playout


def test_audio_in_time_has_no_gap() -> None:
    """Audio that arrives while some is buffered continues without a gap."""
    playout = Playout(delay=0.1)
    for at in (10.0, 10.0, 10.4, 10.84):
        playout.arrived(at, 0.25)
    assert playout.first == 10.0
    assert playout.gaps == []
    assert playout.ends == pytest.approx(11.1)


def test_late_audio_leaves_a_gap() -> None:
    """The gap lasts while the buffer is empty, then playback continues."""
    playout = Playout(delay=0.1)
    playout.arrived(10.0, 0.25)
    playout.arrived(10.5, 0.25)
    assert playout.gaps == [pytest.approx(0.15)]
    assert playout.ends == pytest.approx(10.75)


def test_the_jitter_buffer_absorbs_delays() -> None:
    """Audio that is slightly late causes a gap only without the initial delay."""
    buffered, unbuffered = Playout(delay=0.1), Playout(delay=0.0)
    for playout in (buffered, unbuffered):
        playout.arrived(10.0, 0.25)
        playout.arrived(10.3, 0.25)
    assert buffered.gaps == []
    assert unbuffered.gaps == [pytest.approx(0.05)]


def test_a_pause_between_items_is_not_a_gap() -> None:
    """A second item is new output, which may start at any time."""
    playout = Playout(delay=0.1)
    playout.arrived(10.0, 0.25, "item_1")
    playout.arrived(13.0, 0.25, "item_2")
    assert playout.gaps == []
    assert playout.ends == pytest.approx(13.35)


def test_silence_discards_buffered_and_later_audio() -> None:
    """After an interruption nothing is played."""
    playout = Playout()
    playout.arrived(10.0, 5.0)
    assert playout.playing(11.0)
    playout.silence(11.0)
    playout.arrived(12.0, 1.0)
    assert not playout.playing(11.0)
    assert playout.ends == 11.0
    assert playout.gaps == []


def test_speed_scales_playback() -> None:
    """At tenfold speed, a second of audio takes a tenth of a second."""
    playout = Playout(delay=0.1, speed=10)
    playout.arrived(10.0, 1.0)
    assert playout.ends == pytest.approx(10.11)
