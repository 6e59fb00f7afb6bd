"""Replay of a recorded session."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    appends,
    every,
    respond,
    spoken,
    update,
    user,
)
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_mockserver import (
    CallFunction,
    CallMcp,
    Recording,
    RecordingError,
    Reply,
    Say,
    Transcriber,
)
from voicelive_mockserver.cli import main
from voicelive_mockserver.engine.replies import Cancelled, Failed, Incomplete


def written(path: Path, events: list[Event]) -> Path:
    """Write events as received."""
    lines = [{"direction": "received", "time": 0.5, "event": event} for event in events]
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return path


def replay(path: Path, events: list[Event]) -> Recording:
    return Recording.load(written(path, events))


def outputs(events: list[Event]) -> list[list[Any]]:
    """Return texts and calls by response."""
    return [
        [
            item["content"][0].get("text")
            if item["type"] == "message"
            else (item["name"], json.loads(item["arguments"]))
            for item in done["response"]["output"]
        ]
        for done in every(events, "response.done")
    ]


def talked(responder: Any) -> list[Event]:
    """Return the events of three responses."""
    session = Session(responder=responder)
    session.ask(update(modalities=["text"]))
    for _ in range(3):
        session.ask(user("Hello"), respond())
    return session.events


def answers(*replies: Reply) -> Any:
    return lambda request: replies[request.number % len(replies)]


def test_replies_are_replayed_in_order(tmp_path: Path) -> None:
    """Texts and calls; each session starts with the first."""
    said = talked(
        answers(
            Reply((CallFunction("get_weather", {"city": "Oslo"}),)),
            Reply((Say("One moment."), Say("It is cold in Oslo, søndag."))),
            Reply((Say("Bye."),)),
        )
    )
    recording = replay(tmp_path / "session.jsonl", said)
    assert len(recording.replies) == 3
    for _ in range(2):
        assert outputs(talked(recording)) == outputs(said)


def test_replay_starts_over(tmp_path: Path) -> None:
    """The first response follows the last."""
    said = talked(lambda _request: "Again.")
    first = said[: said.index(every(said, "response.done")[0]) + 1]
    recording = replay(tmp_path / "session.jsonl", first)
    assert recording.replies == (Reply((Say("Again."),)),)
    assert outputs(talked(recording)) == [["Again."]] * 3


def test_endings_are_the_same(tmp_path: Path) -> None:
    """Failed, incomplete and cancelled responses end in the same way."""
    replies = (
        Reply((), Failed("rate_limit_exceeded", "Later.", "server_error")),
        Reply((Say("What I know is"),), Incomplete("content_filter")),
        Reply((Say("Once upon"),), Cancelled("turn_detected")),
    )
    recording = replay(tmp_path / "session.jsonl", talked(answers(*replies)))
    assert recording.replies == replies


def test_calls_of_mcp_tools_have_their_results(tmp_path: Path) -> None:
    """The results came after the response, some after an approval."""

    def item(kind: str, **keys: Any) -> Event:
        return {"id": kind, "object": "realtime.item", "type": kind, **keys}

    def done(number: int, *items: Event) -> list[Event]:
        response = {"id": f"resp_{number}", "status": "completed", "output": items}
        return [{"type": "response.done", "event_id": "e", "response": response}]

    def item_done(done: Event) -> Event:
        keys = {"event_id": "e", "response_id": "r", "output_index": 0}
        return {"type": "response.output_item.done", "item": done, **keys}

    called = {"name": "search", "arguments": '{"for": "x"}', "server_label": "shop"}
    request = item("mcp_approval_request", **called)
    approved = item("mcp_call", **called, approval_request_id=request["id"])
    unasked = {**item("mcp_call", **called), "id": "other"}
    failure = {"error": {"type": "x", "message": "It broke."}}
    recording = replay(
        tmp_path / "session.jsonl",
        [
            *done(1, request),
            *done(2, approved),
            item_done({**approved, "output": "found"}),
            *done(3, unasked),
            item_done({**unasked, **failure}),
        ],
    )
    first, _, third = (reply.outputs[0] for reply in recording.replies)
    made = ("search", '{"for": "x"}', "shop")
    assert first == CallMcp(*made, output="found", needs_approval=True)
    assert third == CallMcp(*made, error="It broke.", needs_approval=False)


def test_incomplete_responses_are_skipped(tmp_path: Path) -> None:
    """A recording may end during a response."""
    said = talked(lambda _request: "Hello.")
    last = max(n for n, event in enumerate(said) if event["type"] == "response.done")
    assert len(replay(tmp_path / "session.jsonl", said[:last]).replies) == 2


@pytest.mark.parametrize("cut", [b'{"direction"', b'{"direction":"sent","a":"\xc3'])
def test_a_truncated_last_line(
    cut: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is skipped with a warning that has the line number."""
    path = tmp_path / "session.jsonl"
    whole = replay(path, talked(lambda _request: "Hello."))
    lines = len(path.read_bytes().splitlines())
    path.write_bytes(path.read_bytes().rstrip(b"\n") + b"\n" + cut)
    caplog.set_level(logging.WARNING)
    assert Recording.load(path) == whole
    assert f"{path}:{lines + 1}: the last line is truncated" in caplog.text


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("hello", ":1: not a line of a recording: Expecting value"),
        ('{"direction": "sent", "event": {}}\n\n{"event": {}}', ":3: not a line"),
        ('{"direction": "up", "event": {}}', ":1: .*Invalid enum value 'up'"),
        ('{"direction": "sent", "event": 5}', ":1: .*event is not an object"),
        (
            '{"direction": "received", "event": {"type": "response.done"}}',
            ":1: this response cannot be read: .*response",
        ),
        ('{"direction": "sent", "close": {"code": 1000}}', ": it contains no complete"),
        ("", ": it contains no complete"),
        (None, ": No such file"),
    ],
)
def test_invalid_recordings(
    text: str | None, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error has file and line, also that of the command."""
    path = tmp_path / "session.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(RecordingError, match=re.escape(str(path)) + where):
        Recording.load(path)
    assert main(["--port=0", f"--recording={path}"]) == ExitCode.USAGE
    assert str(path) in capsys.readouterr().err


def test_transcripts_are_replayed(tmp_path: Path) -> None:
    """Turns get the transcripts of the recording, in order."""
    words = ["What time is it?", "Thanks."]

    def heard(transcriber: Transcriber) -> list[Event]:
        session = Session(responder=lambda _request: "Yes.", transcriber=transcriber)
        session.ask(update(input_audio_transcription={"model": "whisper-1"}))
        for _ in range(3):
            session.ask(*appends(spoken()))
        return session.events

    def transcripts(events: list[Event]) -> list[str]:
        kind = "conversation.item.input_audio_transcription.completed"
        return [event["transcript"] for event in every(events, kind)]

    said = heard(lambda audio: words[audio.number % 2])
    assert transcripts(said) == [*words, words[0]]
    second = [n for n, event in enumerate(said) if event["type"] == "response.done"][1]
    recording = replay(tmp_path / "session.jsonl", said[: second + 1])
    assert recording.heard == tuple(words)
    assert transcripts(heard(recording.transcribe)) == [*words, words[0]]
