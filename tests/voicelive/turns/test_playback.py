"""The playback clock, without a connection."""

from __future__ import annotations

import base64
import random
import threading
from typing import Any

import pytest

from tests.voicelive.turns.service import Time, audio, audio_done, created, session
from voicelive.turns import PlaybackClock
from voicelive_protocol import decode_server_event, encode


def tell(clock: PlaybackClock, *events: dict[str, Any]) -> None:
    for event in events:
        clock.observe(decode_server_event(encode(event)))


def test_audio_plays_from_its_arrival_on() -> None:
    """Audio that comes in one go is heard in real time, and no longer than it is."""
    time = Time()
    clock = PlaybackClock(clock=time)
    tell(clock, audio("resp_1", ms=500), audio("resp_1", ms=500))
    heard = []
    for _ in range(4):
        heard.append(clock.heard_ms("item_1"))
        time.now += 0.4
    assert heard == [0, 400, 800, 1000]
    assert clock.received_ms("item_1") == 1000
    assert clock.remaining_ms == 0


def test_silence_between_pieces_does_not_count() -> None:
    """When audio comes later than it is needed, the gap is not heard."""
    time = Time()
    clock = PlaybackClock(clock=time)
    tell(clock, audio("resp_1", ms=200))
    time.now += 1.0
    tell(clock, audio("resp_1", ms=200))
    time.now += 0.1
    assert clock.heard_ms("item_1") == 300
    assert clock.remaining_ms == 100


def test_items_play_one_after_another() -> None:
    """A second item is heard when the first has been."""
    time = Time()
    clock = PlaybackClock(clock=time)
    tell(clock, audio("resp_1", "a", 1000), audio_done("resp_1", "a"))
    tell(clock, audio("resp_1", "b", 1000))
    time.now += 1.25
    assert (clock.heard_ms("a"), clock.heard_ms("b")) == (1000, 250)
    [cut] = clock.flush()
    assert (cut.item_id, cut.audio_end_ms) == ("b", 250)


def test_an_item_that_was_not_begun_is_dropped_silently() -> None:
    """Of two items in the queue, only the one that was heard in part is truncated."""
    time = Time()
    clock = PlaybackClock(clock=time)
    tell(clock, audio("resp_1", "a", 1000), audio("resp_1", "b", 1000))
    time.now += 0.5
    assert [(c.item_id, c.audio_end_ms) for c in clock.flush()] == [("a", 500)]
    assert clock.remaining_ms == 0
    assert clock.flush() == []


def test_audio_after_a_flush_does_not_count() -> None:
    """Late audio of a flushed item is not heard; the next item begins at once."""
    time = Time()
    clock = PlaybackClock(clock=time)
    tell(clock, audio("resp_1", "a", 60_000))
    time.now += 0.5
    clock.flush()
    tell(clock, audio("resp_1", "a", 1000), audio("resp_2", "b", 1000))
    time.now += 0.5
    assert clock.heard_ms("a") == 500
    assert clock.heard_ms("b") == 500


def test_reports_of_the_loudspeaker() -> None:
    """What was reported is heard, whatever the time; more than came is ignored."""
    time = Time()
    clock = PlaybackClock(reported=True, clock=time)
    tell(clock, audio("resp_1", "a", 100), audio("resp_1", "b", 100))
    time.now += 10
    assert clock.heard_ms("a") == 0
    clock.played(48 * 30)
    clock.played(ms=20.0)
    assert (clock.heard_ms("a"), clock.heard_ms("b")) == (50, 0)
    clock.played(48 * 60)
    assert (clock.heard_ms("a"), clock.heard_ms("b")) == (100, 10)
    clock.played(ms=5000)
    assert clock.heard_ms("b") == 100
    assert clock.remaining_ms == 0


def test_reports_need_a_clock_that_takes_them() -> None:
    """A clock that counts by itself refuses reports."""
    with pytest.raises(RuntimeError, match="reported=True"):
        PlaybackClock().played(48)


def test_reports_may_come_from_any_thread() -> None:
    """Reports from several threads at once are all counted."""
    clock = PlaybackClock(reported=True)
    tell(clock, audio("resp_1", ms=4000))

    def report() -> None:
        for _ in range(1000):
            clock.played(48)

    threads = [threading.Thread(target=report) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.heard_ms("item_1") == 3000


@pytest.mark.parametrize(
    ("format", "rate"),
    [
        ("pcm16", 48000),
        ("pcm16_8000hz", 16000),
        ("pcm16-16000hz", 32000),
        ("pcm16_44100hz", 88200),
        ("g711_ulaw", 8000),
        ("g711_alaw", 8000),
        ("unheard_of", 48000),
    ],
)
def test_the_format_follows_the_session(format: str, rate: int) -> None:
    """Bytes are counted in the format of the session, or of the response."""
    second = {"delta": base64.b64encode(bytes(rate)).decode()}
    first = PlaybackClock(format=format)
    tell(first, audio("resp_1", "a") | second)
    assert first.received_ms("a") == 1000
    clock = PlaybackClock()
    tell(clock, session(output_audio_format=format), audio("resp_1", "a") | second)
    assert clock.received_ms("a") == 1000
    other = created("resp_2", output_audio_format="g711_ulaw")
    tell(clock, other, audio("resp_2", "b") | second)
    assert clock.received_ms("b") == rate * 1000 // 8000
    tell(clock, created("resp_3"), audio("resp_3", "c") | second)
    assert clock.received_ms("c") == 1000


def test_a_flush_calls_back_and_survives_it() -> None:
    """What `on_flush` raises does not stop the conversation."""

    def broken() -> None:
        raise OSError("no loudspeaker")

    time = Time()
    clock = PlaybackClock(clock=time, on_flush=broken)
    tell(clock, audio("resp_1", ms=500))
    time.now += 0.1
    assert [c.audio_end_ms for c in clock.flush()] == [100]


def test_an_item_that_may_go_on_is_truncated() -> None:
    """All that came was heard, but more was on its way: the item is truncated there."""
    time = Time()
    clock = PlaybackClock(clock=time)
    tell(clock, audio("resp_1", ms=300))
    time.now += 1
    assert [c.audio_end_ms for c in clock.flush()] == [300]


def test_unknown_items() -> None:
    """Of an item without audio nothing was heard."""
    clock = PlaybackClock()
    assert (clock.heard_ms("none"), clock.received_ms("none")) == (0, 0)


def test_what_was_heard_never_shrinks_and_never_exceeds() -> None:
    """Whatever comes whenever: heard grows, up to what came."""
    random_ = random.Random(7)
    time = Time()
    clock = PlaybackClock(clock=time)
    last = 0
    for _ in range(2000):
        time.now += random_.choice([0, 0.001, 0.02, 0.3, 1.0])
        if random_.random() < 0.5:
            tell(clock, audio("resp_1", ms=random_.choice([1, 20, 250])))
        heard = clock.heard_ms("item_1")
        assert last <= heard <= clock.received_ms("item_1")
        last = heard


def test_a_long_conversation_does_not_grow() -> None:
    """Only the newest items are remembered, and little of each."""
    time = Time()
    clock = PlaybackClock(clock=time)
    for number in range(500):
        for _ in range(5):
            tell(clock, audio("resp", f"item_{number}", 100))
        time.now += 1
    assert len(clock._items) <= 64
    assert all(len(item.spans) <= 1 for item in clock._items.values())
