"""What official SDKs have to see of the same conversations with the mock service."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

from tools.paths import QUESTION
from voicelive_mockserver import HeardAudio, MockServer

# Speech in the file, from its start to its end, and the whole file, in milliseconds.
_SPEECH = (300, 2870)
_LENGTH = 3870
_PADDING = 400
_SILENCE = 500
_TOLERANCE = 64

# What the user is taken to say: the first answer is long enough to be interrupted.
_SAID = ("Tell me a story about the sea.", "What time is it?")

# Fast enough for a test, and slow enough that nobody misses the first answer.
_SPEED = 2.0

SECONDS = 120
"""How long a client may take."""

Client = Callable[[Sequence[str]], "subprocess.CompletedProcess[Any]"]
"""Runs a client with arguments: the endpoint, the key, a file of speech."""


def hold(client: Client) -> dict[str, Any]:
    """Let a client hold its conversations; return what it saw of them."""
    return asyncio.run(_hold(client))


async def _hold(client: Client) -> dict[str, Any]:
    async with MockServer(speed=_SPEED, transcript=_said) as server:
        done = await asyncio.to_thread(
            client, [server.endpoint, server.api_key, str(QUESTION)]
        )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _said(audio: HeardAudio) -> str:
    return _SAID[audio.number]


class OfficialSdk:
    """The tests; a subclass provides the fixture `seen` with what `hold` returns."""

    def test_text_turn(self, seen: dict[str, Any]) -> None:
        """A text turn comes as typed events in the recorded order."""
        turn = seen["text"]
        assert turn["status"] == "completed"
        assert turn["text"] == turn["deltas"] != ""
        assert [kind for kind in turn["types"] if kind != "response.text.delta"] == [
            "session.created",
            "session.updated",
            "conversation.item.created",
            "response.created",
            "response.output_item.added",
            "conversation.item.created",
            "response.content_part.added",
            "response.text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
        ]

    def test_audio_turn(self, seen: dict[str, Any]) -> None:
        """Speech is detected where it is, transcribed, and answered with audio."""
        turn = seen["audio"]
        assert turn["heard"] == list(_SAID)
        starts = (0, _LENGTH + _SPEECH[0] - _PADDING)
        ends = (_SPEECH[1] + _SILENCE, _LENGTH + _SPEECH[1] + _SILENCE)
        for detected, expected in zip(turn["started"], starts, strict=True):
            assert abs(detected - expected) <= _TOLERANCE
        for detected, expected in zip(turn["stopped"], ends, strict=True):
            assert abs(detected - expected) <= _TOLERANCE
        answer = turn["responses"][1]
        assert answer["status"] == answer["item_status"] == "completed"
        assert answer["audio_bytes"] >= 12_000

    def test_barge_in(self, seen: dict[str, Any]) -> None:
        """Speech ends the answer that is being given, and nothing of it follows."""
        turn = seen["audio"]
        interrupted, answer = turn["responses"]
        assert interrupted["status"] == "cancelled"
        assert interrupted["reason"] == "turn_detected"
        assert interrupted["item_status"] == "incomplete"
        assert interrupted["audio_bytes"] > 0
        kinds = [kind for kind, _ in turn["events"]]
        speech = "input_audio_buffer.speech_started"
        began = kinds.index(speech, kinds.index(speech) + 1)
        ended = kinds.index("response.done")
        assert kinds[began : ended + 1] == [
            speech,
            "response.audio.done",
            "response.audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
        ]
        later = {response for _, response in turn["events"][ended + 1 :] if response}
        assert later == {answer["id"]}

    def test_function_call_round(self, seen: dict[str, Any]) -> None:
        """The offered function is called with what the user said, its output used."""
        turn = seen["function"]
        assert turn["name"] == "get_weather"
        assert turn["arguments"] == {"city": "London"}
        assert "12 degrees" in turn["answer"]

    def test_wrong_key(self, seen: dict[str, Any]) -> None:
        """A wrong key is refused with HTTP 401."""
        assert seen["refused"]["refused"] is True
        assert "401" in seen["refused"]["error"]
