"""Usage in telemetry: the figures of the account of the conversation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.telemetry import Recorder
from tests.voicelive.conversation.events import (
    Event,
    answered,
    response_created,
    response_done,
)
from tests.voicelive.conversation.stage import stage

pytestmark = pytest.mark.virtual_time


def ended(response: str, input_tokens: Any, output_tokens: Any, **more: Any) -> Event:
    usage = {"input_tokens": input_tokens, "output_tokens": output_tokens}
    return response_done(response, usage=usage, **more)


def unread(event: Event) -> Event:
    """The event with an odd field, so that it is not decoded as its type."""
    return event | {"response": event["response"] | {"output": "none", "status": 7}}


async def test_telemetry_and_account_agree(recorder: Recorder) -> None:
    """Also on repeated, cancelled, unread and out-of-band responses."""
    async with stage() as s:
        await s.sends({"type": "input_audio_buffer.append", "audio": "AAAA"})
        await s.comes(*answered("r1", "a1", "Hi."), ended("r1", 70, 7))
        await s.comes(response_created("r2"), ended("r2", 10, 1), ended("r2", 10, 1))
        await s.comes(response_created("r3"))
        await s.comes(ended("r3", 200, 20, status="cancelled"))
        await s.comes(response_created("r4"), unread(ended("r4", 3000, 300)))
        await s.comes(response_created("r5", None), ended("r5", "many", 4000))
        await s.comes(response_created("r6"), response_done("r6"))
        await s.comes(response_created("r7"), unread(ended("r7", 50_000, "none")))
        await s.view.close()
        usage = s.account.usage
    found = recorder.connect().attributes or {}
    tokens = usage.tokens
    assert (tokens.input_tokens, tokens.output_tokens) == (53_210, 4321)
    assert found["gen_ai.usage.input_tokens"] == tokens.input_tokens
    assert found["gen_ai.usage.output_tokens"] == tokens.output_tokens
    assert found["gen_ai.voice.turn_count"] == len(usage.responses) == 7
    rate = 48_000
    assert found["gen_ai.voice.audio_bytes_sent"] == usage.input_audio_seconds * rate
    received = found["gen_ai.voice.audio_bytes_received"]
    assert received == usage.output_audio_seconds * rate
    points = {
        (point.attributes or {})["gen_ai.token.type"]: point.sum
        for point in recorder.points("gen_ai.client.token.usage")
    }
    assert points == {"input": tokens.input_tokens, "output": tokens.output_tokens}
