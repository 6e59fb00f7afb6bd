"""Effect of faults on the frames of a session, without sockets or clock."""

from __future__ import annotations

import json
from typing import Any

import pytest

from voicelive_mockserver.faults import (
    AbortConnection,
    AnswerPings,
    AnyFault,
    Close,
    CloseConnection,
    Delay,
    Drop,
    Duplicate,
    Expire,
    ExtraFields,
    FailResponse,
    FaultStage,
    IgnorePings,
    Inject,
    Malformed,
    Omit,
    Refuse,
    Reorder,
    SendError,
    SendFrame,
    Stall,
)

CREATED = "session.created"
DELTA = "response.text.delta"
DONE = "response.done"


def frame(event_type: str, number: int = 0) -> bytes:
    return b'{"event_id":"event_%d","type":"%b","x":"\xc3\xbc"}' % (
        number,
        event_type.encode(),
    )


class Stage:
    """A stage with faults, and its output."""

    def __init__(self, *faults: AnyFault, seed: str = "0") -> None:
        self.stage = FaultStage(seed)
        for fault in faults:
            self.stage.add(fault, 0.0)
        self.out: list[str] = []
        self.frames: list[SendFrame] = []

    def send(self, *event_types: str, now: float = 0.0) -> Stage:
        """Send events at a time; the n-th has the number n."""
        frames = [frame(kind, index) for index, kind in enumerate(event_types, 1)]
        self.stage.send(frames, now)
        return self.wait(now)

    def wait(self, now: float) -> Stage:
        """Set the time."""
        for action in self.stage.take(now):
            match action:
                case SendFrame():
                    self.frames.append(action)
                    self.out.append(name(action))
                case CloseConnection(code):
                    self.out.append(f"close {code}")
                case AbortConnection(cut):
                    self.out.append("lost" if cut is None else "cut")
                case AnswerPings(answers):
                    self.out.append("pings" if answers else "no pings")
        return self


def name(action: SendFrame) -> str:
    """Return the number of a frame, its type without one, or `broken`."""
    try:
        event = json.loads(action.frame)
        number = event["event_id"].removeprefix("event_")
    except (ValueError, TypeError):
        return "binary" if action.is_binary else "broken"
    return str(number) if len(number) < 4 else str(event["type"])


THREE = (CREATED, DELTA, DONE)


@pytest.mark.parametrize(
    ("fault", "out"),
    [
        (Close(), ["1", "close 1011"]),
        (Close(1000, after=2), ["1", "2", "close 1000"]),
        (Close(after=0), ["close 1011"]),
        (Close(after=4), ["1", "2", "3"]),
        (Close(event=DELTA), ["1", "2", "close 1011"]),
        (Close(event=DELTA, after=2), ["1", "2", "3"]),
        (Drop(event=DELTA), ["1", "2", "lost"]),
        (Drop(True, event=CREATED), ["1", "cut"]),
        (Stall(event=DELTA), ["1", "2"]),
        (Stall(after=0), []),
        (IgnorePings(event=DELTA), ["1", "2", "no pings", "3"]),
        (Expire(), ["1", "error", "close 1001"]),
        (SendError("invalid_value", event=DELTA), ["1", "2", "error", "3"]),
        (SendError("invalid_model", after=0), ["error", "close 1008"]),
        (Inject(), ["1", "response.mood.delta", "2", "3"]),
        (
            Inject({"type": "x", "event_id": "event_9"}, event=DONE),
            ["1", "2", "3", "9"],
        ),
        (Inject(text="no JSON", after=0), ["broken", "1", "2", "3"]),
        (Omit(event=DELTA), ["1", "3"]),
        (Omit(nth=3), ["1", "2"]),
        (Omit(nth=1, event=DELTA), ["1", "3"]),
        (Omit(nth=2, event=DELTA), ["1", "2", "3"]),
        (Duplicate(event=DELTA), ["1", "2", "2", "3"]),
        (Duplicate(2, nth=1), ["1", "1", "1", "2", "3"]),
        (Delay(0, event=CREATED), ["1", "2", "3"]),
        (Reorder(event=CREATED), ["2", "1", "3"]),
        (Reorder(2, nth=1), ["2", "3", "1"]),
        (Reorder(), ["2", "1"]),
        (Malformed(event=DELTA), ["1", "broken", "3"]),
        (Malformed("binary", event=DONE), ["1", "2", "3"]),
        (Refuse(), ["1", "2", "3"]),
    ],
    ids=str,
)
def test_each_fault_at_its_point(fault: AnyFault, out: list[str]) -> None:
    """The frames before and after it are unchanged."""
    assert Stage(fault).send(*THREE).out == out


def test_nothing_comes_after_the_end() -> None:
    """Frames after a close or an abort are dropped."""
    for fault in (Close(), Drop()):
        stage = Stage(fault).send(*THREE)
        assert stage.stage.ended
        assert stage.send(*THREE, now=5).wait(1e9).out == stage.out[:2]
        assert stage.stage.next_due is None
        assert not stage.stage.is_holding


@pytest.mark.parametrize(
    ("how", "broken"),
    [
        ("truncated", b'{"event_id":"event_1","type"'),
        ("not_an_object", b"[" + frame(CREATED, 1) + b"]"),
        ("empty", b""),
    ],
)
def test_malformed_frames(how: Any, broken: bytes) -> None:
    """Each kind of malformed frame."""
    assert Stage(Malformed(how)).send(CREATED).frames == [SendFrame(broken)]


def test_malformed_text() -> None:
    """Truncated text is valid UTF-8; only `not_utf8` is not."""
    event = b'{"type":"x","a":"%b"}' % ("ü" * 100).encode()
    for how, is_text in (("truncated", True), ("not_json", True), ("not_utf8", False)):
        stage = FaultStage("0")
        stage.add(Malformed(how), 0.0)  # type: ignore[arg-type]
        stage.send([event], 0.0)
        (action,) = stage.take(0.0)
        assert isinstance(action, SendFrame)
        if is_text:
            with pytest.raises(json.JSONDecodeError):
                json.loads(action.frame)
        else:
            with pytest.raises(UnicodeDecodeError):
                action.frame.decode()


def test_a_binary_frame_keeps_its_content() -> None:
    """Only the type of the frame changes."""
    (sent,) = Stage(Malformed("binary")).send(CREATED).frames
    assert sent == SendFrame(frame(CREATED, 1), is_binary=True)


def test_extra_fields() -> None:
    """Fields are added, or replace others."""
    (sent,) = Stage(ExtraFields({"x": 1, "y": [2]})).send(CREATED).frames
    assert json.loads(sent.frame) == {
        "event_id": "event_1",
        "type": CREATED,
        "x": 1,
        "y": [2],
    }
    (sent,) = Stage(ExtraFields()).send(CREATED).frames
    assert len(json.loads(sent.frame)) == 4


def test_faults_of_events_add_up() -> None:
    """They apply in order, each to the result of the one before."""
    stage = Stage(Duplicate(nth=1), ExtraFields({"event_id": "event_7"}))
    assert stage.send(*THREE).out == ["7", "7", "7", "7"]
    stage = Stage(Malformed(), ExtraFields())
    assert stage.send(*THREE).out == ["broken"] * 3


def test_copies_do_not_count() -> None:
    """Only events of the session are counted, not copies and injected ones."""
    stage = Stage(Duplicate(nth=1), Inject(after=1), Close(after=2))
    assert stage.send(*THREE).out == [
        "1",
        "response.mood.delta",
        "1",
        "2",
        "close 1011",
    ]


def test_faults_of_a_point_keep_their_order() -> None:
    """Faults at the same point apply in the order in which they were added."""
    stage = Stage(SendError(after=0), Inject(after=0), Close(4000, after=0))
    assert stage.send(*THREE).out == ["error", "response.mood.delta", "close 4000"]


def test_a_delay_holds_what_follows() -> None:
    """Events after a delayed one keep their order."""
    stage = Stage(Delay(0.5, event=DELTA)).send(*THREE, now=1.0)
    assert stage.out == ["1"]
    assert stage.stage.next_due == 1.5
    assert stage.stage.is_holding
    assert stage.wait(1.4).out == ["1"]
    assert stage.wait(1.5).out == ["1", "2", "3"]
    assert not stage.stage.is_holding
    assert stage.stage.next_due is None


def test_jitter_comes_from_the_seed() -> None:
    """The same seed gives the same delays, another one others."""

    def due(seed: str) -> float | None:
        return Stage(Delay(1, 1), seed=seed).send(CREATED).stage.next_due

    first = due("a")
    assert first is not None
    assert 1 < first < 2
    assert due("a") == first
    assert due("b") != first


def test_time_since_the_connection() -> None:
    """Seconds alone count from the connection."""
    stage = Stage(Close(seconds=2)).send(*THREE, now=1.9)
    assert stage.out == ["1", "2", "3"]
    assert stage.stage.next_due == 2.0
    assert stage.wait(2.0).out[3:] == ["close 1011"]


def test_time_since_an_event() -> None:
    """Seconds with an event count from that event."""
    stage = Stage(Close(event=DELTA, seconds=2)).send(*THREE, now=3.0)
    assert stage.stage.next_due == 5.0
    assert stage.send(DONE, now=6.0).out == ["1", "2", "3", "close 1011"]


def test_client_events_can_be_the_point() -> None:
    """Client events are counted by type; invalid frames are not."""
    stage = Stage(Close(client_event="response.create", after=2))
    for received in (
        b'{"event_id": "1", "type": "response.create"}',
        b'{"type": "response.cancel"}',
        b'{"type": 3}',
        b"[[",
    ):
        stage.stage.receive(received, 0.0)
    assert stage.send(*THREE).out == ["1", "2", "3"]
    stage.stage.receive(b'{"type":"response.create"}', 0.0)
    assert stage.wait(0.0).out[3:] == ["close 1011"]


def test_a_stall_for_a_time() -> None:
    """Held and injected frames follow in order."""
    stage = Stage(Stall(2, event=CREATED), Inject(seconds=1)).send(*THREE)
    assert stage.out == ["1"]
    assert stage.wait(1.9).out == ["1"]
    stage.stage.send([frame(DONE, 4)], 1.95)
    assert stage.wait(2.0).out == ["1", "2", "3", "response.mood.delta", "4"]
    assert stage.send(CREATED, now=3.0).out[5:] == ["1"]


def test_an_endless_stall_keeps_no_frames() -> None:
    """Frames that are never sent are not kept, and no timer is set."""
    stage = Stage(Stall()).send(*THREE).send(*THREE, now=1.0)
    assert stage.wait(1e9).out == ["1"]
    assert stage.stage.next_due is None
    assert not stage.stage.is_holding


def test_the_last_event_is_sent_after_a_second() -> None:
    """A reordered event is not lost."""
    stage = Stage(Reorder(event=DONE)).send(*THREE, now=1.0)
    assert stage.out == ["1", "2"]
    assert stage.stage.next_due == 2.0
    assert stage.wait(2.0).out == ["1", "2", "3"]


def test_an_abort_within_a_frame() -> None:
    """The action has the whole next frame, which the owner interrupts."""
    stage = FaultStage("0")
    stage.add(Drop(True, after=0), 0.0)
    assert stage.take(0.0) == []
    stage.send([frame(CREATED)], 0.0)
    assert stage.take(0.0) == [AbortConnection(frame(CREATED))]


def test_a_probability_without_a_point() -> None:
    """Each event is an opportunity; the seed selects one."""
    places = set()
    for seed in range(20):
        stage = Stage(Close(probability=0.2), seed=str(seed)).send(*[DELTA] * 100)
        again = Stage(Close(probability=0.2), seed=str(seed)).send(*[DELTA] * 100)
        assert stage.out == again.out
        places.add(len(stage.out))
    assert len(places) > 5


def test_a_probability_at_a_point() -> None:
    """The fault happens there or not at all."""
    lengths = set()
    for seed in range(20):
        stage = Stage(Close(after=2, probability=0.5), seed=str(seed))
        lengths.add(len(stage.send(*[DELTA] * 9).out))
    assert lengths == {3, 9}


def test_certain_and_impossible() -> None:
    """Probability 1 is certain, 0 is impossible."""
    assert Stage(Omit(probability=0)).send(*THREE).out == ["1", "2", "3"]
    assert Stage(Omit(probability=1)).send(*THREE).out == []


def test_random_decisions_of_faults_are_independent() -> None:
    """Adding a fault does not change those of earlier ones."""
    alone = Stage(Omit(probability=0.5)).send(*[DELTA] * 50).out
    both = Stage(Omit(probability=0.5), Inject(after=50)).send(*[DELTA] * 50).out
    assert [item for item in both if item != "response.mood.delta"] == alone


def test_waiting_for_an_event() -> None:
    """Counting starts with the event that the fault waits for."""
    stage = Stage()
    for fault in (
        Omit(event=DELTA, nth=2),
        Close(event=DELTA, after=1),
        SendError(after=0),
    ):
        stage.stage.add(fault, 0.0, waits_for="response.created")
    assert stage.send(DELTA, DELTA, DELTA).out == ["1", "2", "3"]
    stage.send("response.created", DELTA, DELTA)
    assert stage.out[3:] == ["1", "error", "2", "close 1011"]


def test_is_idle() -> None:
    """Frames can bypass a stage that is idle or finished."""
    stage = Stage()
    assert stage.stage.is_idle
    stage.stage.add(Inject(), 0.0)
    assert not stage.stage.is_idle
    assert stage.send(*THREE).stage.is_idle
    assert not Stage(Close(after=3)).send(*THREE).stage.is_idle
    assert not Stage(Delay()).send(*THREE).stage.is_idle


def test_clearing_sends_held_frames() -> None:
    """All faults are removed."""
    stage = Stage(
        Stall(9, after=2), Delay(5, nth=2), Reorder(5, nth=3), Close(seconds=7)
    ).send(*THREE, now=1.0)
    assert stage.out == ["1"]
    stage.stage.clear(2.0)
    assert stage.wait(2.0).out == ["1", "2", "3"]
    assert stage.send(CREATED, now=8.0).out[3:] == ["1"]
    assert stage.stage.is_idle


def test_clearing_before_a_loss() -> None:
    """A frame that was to be interrupted is sent whole."""
    stage = Stage(Drop(True)).send(CREATED)
    stage.stage.clear(1.0)
    assert stage.send(DELTA, now=1.0).out == ["1", "1"]


def test_failed_responses() -> None:
    """Each response is counted once; the n-th gets the failure."""
    stage = FaultStage("0")
    assert stage.failed_response() is None
    stage.add(FailResponse("rate_limit_exceeded", message="Slow down.", nth=2), 0.0)
    assert stage.failed_response() is None
    failed = stage.failed_response()
    assert failed is not None
    assert (failed.code, failed.message) == ("rate_limit_exceeded", "Slow down.")
    assert stage.failed_response() is None


def test_errors_have_the_text_of_the_service() -> None:
    """Code and text are those of the catalogue by default."""
    sent = Stage(
        SendError("truncate_past_end"), SendError(code="teapot", message="Short.")
    ).send(CREATED)
    errors = [json.loads(item.frame)["error"] for item in sent.frames[1:]]
    assert errors[0]["code"] == "invalid_value"
    assert errors[0]["message"].startswith("Audio content of 2650ms")
    assert errors[0]["param"] == "audio_end_ms"
    assert (errors[1]["code"], errors[1]["message"]) == ("teapot", "Short.")


def test_injected_events_have_different_identifiers() -> None:
    """The identifiers are reproducible."""
    runs = [Stage(Inject(), Inject()).send(CREATED).frames[1:] for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[0][1]
