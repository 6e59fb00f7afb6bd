"""The same conversation, recorded by the official instrumentor and by ours."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.parity.sdk.telemetry import converse
from tests.support.telemetry import Recorder
from tools.official_sdk import NEWEST, install, run_with
from voicelive import models
from voicelive.aio import connect
from voicelive.telemetry import VoiceLiveInstrumentor
from voicelive_mockserver import MockServer, Reply, ReplyRequest, built_in_responder

# What only one of the two records, and why.
TOKENS = "the official one looks for usage beside the response, where it never is"
CONTENT = "the official one records this even if content is not to be recorded"
DIFFERENCES = {
    "+ spans: connect: gen_ai.usage.input_tokens": TOKENS,
    "+ spans: connect: gen_ai.usage.output_tokens": TOKENS,
    "+ spans: recv response.done: gen_ai.usage.input_tokens": TOKENS,
    "+ spans: recv response.done: gen_ai.usage.output_tokens": TOKENS,
    "+ metrics: gen_ai.client.token.usage [token]": TOKENS,
    "+ spans: connect: gen_ai.voice.output_sample_rate": (
        "the official one has a name for it, and does not use it"
    ),
    "+ spans: connect: gen_ai.voice.first_audio_latency_ms": "ours",
    "+ spans: recv response.audio.delta: gen_ai.voice.first_audio_latency_ms": "ours",
    "+ spans: recv session.created: gen_ai.voice.session_id": (
        "the official one knows the session only after this span"
    ),
    "- spans: recv": (
        "the official one leaves the spans of text deltas empty and without a type; "
        "ours has none for them"
    ),
}
ONLY_WITHOUT_CONTENT = {
    "- spans: connect: gen_ai.system_instructions": CONTENT,
    **{
        f"- events: recv {kind}: gen_ai.output.messages: gen_ai.event.content": CONTENT
        for kind in (
            "response.audio_transcript.done",
            "response.content_part.done",
            "response.done",
            "response.function_call_arguments.done",
            "response.output_item.done",
        )
    },
}


def answer(request: ReplyRequest) -> Reply | str:
    """A story lasts for minutes, so that nobody has to be quick to cancel it."""
    if "story" in request.text:
        return "There once was a ship. " * 200
    return built_in_responder(request)


async def record(sdk: Path, *, content: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the official instrumentor records, and what ours does."""
    async with MockServer(speed=20, responder=answer) as mock:
        target = {"endpoint": mock.endpoint, "key": mock.api_key, "content": content}
        printed = await asyncio.to_thread(
            run_with, sdk, "tests.parity.sdk.telemetry", json.dumps(target).encode()
        )
        recorder = Recorder()
        instrumentor = VoiceLiveInstrumentor()
        instrumentor.instrument(
            content, tracer_provider=recorder.tracers, meter_provider=recorder.meters
        )
        try:
            await converse(connect, models, mock.endpoint, mock.api_key)
        finally:
            instrumentor.uninstrument()
    return json.loads(printed), recorder.summary()


def only_in(first: dict[str, Any], second: dict[str, Any]) -> set[str]:
    """The names in the first that the second does not have."""
    found: set[str] = set()
    for part, owners in first.items():
        for owner, names in owners.items():
            if owner not in second[part]:
                found.add(f"{part}: {owner}")
                continue
            further = set(names) - set(second[part][owner])
            found |= {f"{part}: {owner}: {name}" for name in further}
    return found


@pytest.mark.package_index
@pytest.mark.parametrize("content", [False, True])
async def test_the_same_names(sdk_cache: Path, content: bool) -> None:
    """Spans, attributes, events and metrics have the official names but for these."""
    theirs, ours = await record(install(NEWEST, sdk_cache), content=content)
    found = {f"- {name}" for name in only_in(theirs, ours)}
    found |= {f"+ {name}" for name in only_in(ours, theirs)}
    known = DIFFERENCES if content else DIFFERENCES | ONLY_WITHOUT_CONTENT
    assert found == set(known)
    # There was something to compare.
    assert {"spans", "events", "metrics"} == set(theirs)
    assert len(theirs["spans"]) > 20
    assert "gen_ai.client.operation.duration [s]" in ours["metrics"]
