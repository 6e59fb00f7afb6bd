"""Replays of recorded sessions against the mock service.

The files are synthetic; `VOICELIVE_RECORDINGS` adds a folder of real ones.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_driver import Event, Session
from tests.support.recordings import FILES, FOLDER, SYNTHETIC, read_lines
from voicelive_mockserver import Recording

DELTAS = {
    "response.text.delta",
    "response.audio.delta",
    "response.audio_transcript.delta",
    "response.function_call_arguments.delta",
}
IDENTIFIER = re.compile(r"\b(?:item|resp|conv|sess|call)_[0-9A-Za-z]{16,22}\b")
# The service grew these between two recordings of the same API version.
GROWN = {"greeting", "handoff"}


def load(path: Path) -> list[tuple[str, Event]]:
    return [(line["direction"], line["event"]) for line in read_lines(path)]


def comparable(events: list[Event]) -> list[Any]:
    """Return events without the differences between runs.

    Identifiers become numbers in the order of their first use, so references are still
    compared. Consecutive deltas are joined.
    """
    numbers: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        prefix = found[0].partition("_")[0]
        return numbers.setdefault(found[0], f"{prefix}#{len(numbers)}")

    result: list[Any] = []
    group: list[Any] = []
    for event in events:
        text = IDENTIFIER.sub(numbered, json.dumps(event))
        plain = json.loads(text)
        del plain["event_id"]
        if plain["type"] not in DELTAS:
            # How transcript and audio are interleaved is not compared.
            result += sorted(group, key=lambda run: str(run["type"]))
            group = []
            result.append(simplified(plain))
            continue
        key = plain["type"]
        delta = "" if key == "response.audio.delta" else plain.pop("delta")
        plain.pop("delta", None)
        run = next((one for one in group if one["type"] == key), None)
        if run is None:
            group.append(plain | {"delta": delta})
        else:
            run["delta"] += delta
    return result + group


def simplified(event: Event) -> Event:
    """Omit times, token counts and the default instructions."""
    session = event.get("session")
    if session:
        del session["expires_at"]
        for key in GROWN:
            session.pop(key, None)
        if event["type"] == "session.created":
            session["instructions"] = "(stock)"
            # Recorded both as null and as "pcm16".
            session["output_audio_format"] = None
    usage = event.get("response", {}).get("usage")
    if usage:
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
        event["response"]["usage"] = keys_of(usage)
    return event


def keys_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: keys_of(item) for key, item in value.items()}
    return [keys_of(item) for item in value] if isinstance(value, list) else None


def replay(lines: list[tuple[str, Event]], recording: Recording) -> list[Event]:
    """Send the events of the client, each after the events it followed."""
    session = Session(responder=recording)
    expected: list[Event] = []
    calls: dict[str, str] = {}
    for direction, event in lines:
        if direction == "received":
            expected.append(event)
            continue
        while len(comparable(session.events)) < len(comparable(expected)):
            due = session.engine.next_due
            assert due is not None, "the mock has sent less than the service"
            session.wait(due - session.engine.now)
        calls |= zip(call_ids(expected), call_ids(session.events), strict=True)
        text = json.dumps(event)
        for theirs, ours in calls.items():
            text = text.replace(theirs, ours)
        session.send(text)
    session.finish()
    return session.events


def call_ids(events: list[Event]) -> list[str]:
    return [
        event["item"]["call_id"]
        for event in events
        if event["type"] == "response.output_item.done" and "call_id" in event["item"]
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_mock_sends_the_recorded_events(path: Path) -> None:
    """The same events in the same order, with the same keys and values."""
    lines = load(path)
    received = [event for direction, event in lines if direction == "received"]
    expected = comparable(received)
    found = comparable(replay(lines, Recording.load(path)))
    assert [event["type"] for event in found] == [event["type"] for event in expected]
    for ours, theirs in zip(found, expected, strict=True):
        # Dumping compares the order of keys too, at every depth.
        assert json.dumps(ours, indent=1) == json.dumps(theirs, indent=1)


def test_there_are_recordings() -> None:
    """The committed ones are found, and those of a configured folder."""
    assert len(SYNTHETIC) == 3
    assert FOLDER is None or len(FILES) > len(SYNTHETIC)
