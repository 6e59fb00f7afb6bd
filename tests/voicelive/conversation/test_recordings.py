"""Recorded sessions give the conversation that a person reads in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.recordings import FILES, SYNTHETIC, read_lines
from tests.voicelive.conversation.stage import Stage, stage
from voicelive.conversation import TokenCounts, TurnStatus

pytestmark = pytest.mark.virtual_time

# The conversations, and the tokens as the recordings show them, with a second between
# events.
TEXTS = {
    "spoken_reply": (
        "[00:00:05.000] User: What time is it?\n"
        "[00:00:10.000] Assistant: It is half past nine.\n"
    ),
    "text_reply": (
        "[00:00:05.000] User: Good morning.\n"
        "[00:00:10.000] Assistant: Good morning to you.\n"
    ),
    "tool_call": (
        "[00:00:05.000] User: How is the weather in Turin?\n"
        '[00:00:25.000] Assistant: (calls get_weather {"city": "Turin"}: '
        "Sunny, 21 degrees.)\n"
        "    It is sunny in Turin.\n"
    ),
}
TOKENS = {
    "spoken_reply": TokenCounts(11, 42, input_text=11, output_text=14, output_audio=28),
    "text_reply": TokenCounts(9, 7, input_text=9, output_text=7),
    "tool_call": TokenCounts(215, 24, input_text=215, cached_text=64, output_text=24),
}


async def play(path: Path, s: Stage) -> None:
    """Send and receive what was recorded, a second after each other."""
    for line in read_lines(path):
        if line["direction"] == "sent":
            await s.comes(after=1.0)
            await s.sends(line["event"])
        elif line["event"]["type"] != "session.created":
            await s.comes(line["event"], after=1.0)


@pytest.mark.parametrize("path", SYNTHETIC, ids=lambda path: path.stem)
async def test_a_recording_reads_as_a_conversation(path: Path) -> None:
    """The text and the usage, written out."""
    async with stage() as s:
        await play(path, s)
        assert s.account.to_text() == TEXTS[path.stem]
        assert s.account.usage.tokens == TOKENS[path.stem]


async def test_the_intervals_of_a_spoken_reply() -> None:
    """In a recording with a second between events."""
    (path,) = (path for path in SYNTHETIC if path.stem == "spoken_reply")
    async with stage() as s:
        await play(path, s)
        assert s.last.request_to_audio_seconds == 12
        assert s.account.usage.output_audio_seconds == 165 / 48_000


def as_read(events: list[Any]) -> list[tuple[str, str, list[Any]]]:
    """The conversation in the events of a session whose items are only appended.

    Speaker, text, and name, arguments and output of each call; what the assistant says
    after its calls belongs to them.
    """
    finals: dict[str, Any] = {}
    for event in events:
        if event["type"] == "response.output_item.done":
            finals[event["item"]["id"]] = event["item"]
    turns: list[tuple[str, str, list[Any]]] = []
    for event in events:
        if event["type"] != "conversation.item.created":
            continue
        item = finals.get(event["item"]["id"], event["item"])
        if item["type"] == "function_call_output":
            calls = turns[-1][2]
            (call,) = (call for call in calls if call[0] == item["call_id"])
            call[-1] = item["output"]
            continue
        speaker = item.get("role", "assistant")
        if not turns or turns[-1][0] != speaker:
            turns.append((speaker, "", []))
        if item["type"] == "function_call":
            call = [item["call_id"], item["name"], item["arguments"], None]
            turns[-1][2].append(call)
        else:
            parts = [part.get("text") or part["transcript"] for part in item["content"]]
            turns[-1] = (speaker, " ".join(parts), turns[-1][2])
    return turns


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_the_conversation_is_the_one_in_the_events(path: Path) -> None:
    """Of any recording without insertions, private ones included."""
    lines = read_lines(path)
    events = [line["event"] for line in lines if line["direction"] == "received"]
    async with stage() as s:
        await play(path, s)
        found = [
            (
                turn.role.value,
                turn.transcript,
                [[c.call_id, c.name, c.arguments, c.result] for c in turn.tool_calls],
            )
            for turn in s.account.turns
        ]
        assert found == as_read(events)
        tokens = s.account.usage.tokens
        used = [e["response"]["usage"] for e in events if e["type"] == "response.done"]
        assert tokens.input_tokens == sum(each["input_tokens"] for each in used)
        assert tokens.output_tokens == sum(each["output_tokens"] for each in used)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_nothing_stays_in_progress(path: Path) -> None:
    """In any recording, private ones included, once the connection has ended."""
    async with stage() as s:
        await play(path, s)
        await s.ends()
        assert all(t.status is not TurnStatus.IN_PROGRESS for t in s.account.turns)
        assert all(turn.end is not None for turn in s.account.turns)
