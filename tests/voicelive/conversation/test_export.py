"""Exports: JSON, plain text, WebVTT."""

from __future__ import annotations

import json

import pytest

from tests.voicelive.conversation.events import (
    answered,
    call,
    calling,
    output,
    response_done,
    speech_started,
    spoken,
    transcript,
    truncated,
    user_text,
)
from tests.voicelive.conversation.stage import Stage, stage

pytestmark = pytest.mark.virtual_time

HOSTILE = (
    "a & b <c> --> d\r\n\r\n00:00 --> 99:99\n\x00[00:00:00.000] User: I \ud83d pay"
)


async def conversation(s: Stage) -> None:
    """A question with a tool call, and an answer that is interrupted."""
    await s.comes(*spoken("u1"), transcript("u1", "How is the weather?"), after=1.0)
    await s.comes(*calling("r1", call("c1", "call_1", "weather")), after=0.5)
    await s.comes(output("o1", "call_1", "Sun."), after=1.0)
    await s.comes(*answered("r2", "a1", "It is sunny. Anything else?", "o1", 4000))
    await s.comes(speech_started("u2"), truncated("a1", 2000), after=2.0)
    await s.comes(transcript("u2", "Thanks!"), after=3600)


async def test_plain_text() -> None:
    """Time, speaker, tool calls; interrupted answers end where they were heard."""
    async with stage() as s:
        await conversation(s)
        assert s.account.to_text() == (
            "[00:00:01.000] User: How is the weather?\n"
            "[00:00:02.500] Assistant: (calls weather {}: Sun.)\n"
            "    (interrupted)\n"
            "    It is sunny.\n"
            "[00:00:04.500] User: Thanks!\n"
        )


async def test_webvtt() -> None:
    """Cues have the times at which the turns were heard."""
    async with stage() as s:
        await conversation(s)
        await s.comes(user_text("u3", "Bye.", "u2"))
        assert s.account.to_webvtt() == (
            "WEBVTT\n"
            "\n"
            "00:00:01.000 --> 00:00:01.500\n"
            "<v User>How is the weather?\n"
            "\n"
            "00:00:02.500 --> 00:00:04.500\n"
            "<v Assistant>It is sunny.\n"
            "\n"
            "00:00:04.500 --> 00:00:05.000\n"
            "<v User>Thanks!\n"
            "\n"
            "01:00:04.500 --> 01:00:05.000\n"
            "<v User>Bye.\n"
        )


async def test_json() -> None:
    """All fields of turns and usage."""
    async with stage() as s:
        await conversation(s)
        given = {"input_tokens": 10, "output_tokens": 4}
        await s.comes(response_done("r3", usage=given))
        account = json.loads(s.account.to_json())
        assert [turn["id"] for turn in account["turns"]] == ["u1", "r1", "u2"]
        turn = account["turns"][1]
        assert turn["heard"] == "It is sunny."
        assert turn["tool_calls"][0]["result"] == "Sun."
        assert account["usage"]["tokens"]["input_tokens"] == 10
        assert account["usage"]["output_audio_seconds"] == 4


async def test_hostile_text_stays_text() -> None:
    """A transcript cannot forge a cue, a tag or the line of another speaker."""
    async with stage() as s:
        await s.comes(user_text("u1", HOSTILE))
        lines = s.account.to_webvtt().split("\n")
        assert lines == [
            "WEBVTT",
            "",
            "00:00:00.000 --> 00:00:00.500",
            "<v User>a &amp; b &lt;c&gt; --&gt; d",
            "00:00 --&gt; 99:99",
            "\ufffd[00:00:00.000] User: I \ufffd pay",
            "",
        ]
        lines = s.account.to_text().split("\n")
        assert [line for line in lines if line.startswith("[")] == lines[:1]
        assert json.loads(s.account.to_json())["turns"][0]["transcript"] == HOSTILE
        for text in (s.account.to_text(), s.account.to_webvtt(), s.account.to_json()):
            text.encode()


async def test_an_empty_account() -> None:
    """Nothing was said yet."""
    async with stage() as s:
        assert s.account.to_text() == ""
        assert s.account.to_webvtt() == "WEBVTT\n"
        assert json.loads(s.account.to_json())["turns"] == []
