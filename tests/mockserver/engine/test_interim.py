"""Interim responses during a slow reply."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.engine_driver import (
    AZURE_VOICE,
    Event,
    Session,
    every,
    only,
    respond,
    types,
    update,
)
from voicelive_mockserver import CallFunction, Reply, ReplyRequest, Say
from voicelive_mockserver.engine.agents import Agent
from voicelive_mockserver.engine.latency import CASCADED_LATENCY

STATIC = {"type": "static_interim_response", "texts": ["One moment.", "Well."]}
MODEL = {"type": "llm_interim_response"}
BOTH = {"triggers": ["latency", "tool"]}


def slow(seconds: float) -> Any:
    latency = replace(CASCADED_LATENCY, first_text=seconds, first_audio=seconds + 0.2)

    def responder(_request: ReplyRequest) -> Reply:
        return Reply((Say("The answer."),), latency=latency)

    return responder


def calling(_request: ReplyRequest) -> Reply:
    return Reply((CallFunction("look_up", {}), CallFunction("look_up", {})))


def interim_session(config: Any, *, model: str = "gpt-4o", **options: Any) -> Session:
    session = Session(model=model, **options)
    session.ask(update(interim_response=config, voice=AZURE_VOICE))
    return session


def said(events: list[Event]) -> list[str]:
    return [
        event["transcript"] for event in every(events, "response.audio_transcript.done")
    ]


@pytest.mark.parametrize(
    ("config", "seconds", "fills"),
    [
        (STATIC, 3.0, True),
        (STATIC, 1.9, False),
        (STATIC | {"latency_threshold_ms": 500}, 0.6, True),
        (STATIC | {"triggers": ["tool"]}, 3.0, False),
        (STATIC | {"texts": []}, 3.0, False),
        (MODEL, 3.0, True),
    ],
)
def test_a_late_answer(config: Any, seconds: float, fills: bool) -> None:
    """A phrase is spoken if the reply takes longer than the threshold."""
    events = interim_session(config, responder=slow(seconds)).ask(respond())
    texts = said(events)
    assert texts[-1] == "The answer."
    assert len(texts) == 1 + fills
    if fills and config["type"] == "static_interim_response":
        assert texts[0] in STATIC["texts"]


def test_the_phrase_does_not_delay_the_reply() -> None:
    """It is spoken at the threshold."""
    session = interim_session(STATIC, responder=slow(4.0))
    session.send(respond())
    session.until("response.created")
    created = session.engine.now
    session.until("response.output_item.added")
    assert session.engine.now - created == pytest.approx(2.0)
    session.until("response.output_item.added")
    assert session.engine.now - created == pytest.approx(4.0)


def test_a_phrase_before_tool_calls() -> None:
    """A phrase is spoken once, before the first call."""
    events = interim_session(MODEL | BOTH, responder=calling).ask(respond())
    output = only(events, "response.done")["response"]["output"]
    assert [item["type"] for item in output] == [
        "message",
        "function_call",
        "function_call",
    ]
    assert said(events) == ["Let me look that up for you."]


def test_the_length_of_a_phrase_of_the_model() -> None:
    """`max_completion_tokens` limits a phrase of the model."""
    config = MODEL | BOTH | {"max_completion_tokens": 3}
    events = interim_session(config, responder=calling).ask(respond())
    assert said(events) == ["Let me look"]


def test_an_interim_response_of_one_response() -> None:
    """A request can override the interim response, or disable it."""
    session = interim_session(STATIC, responder=slow(3.0))
    own = STATIC | {"texts": ["Hold on."]}
    assert said(session.ask(respond(interim_response=own)))[0] == "Hold on."


@pytest.mark.parametrize(
    ("options", "voice", "fills"),
    [
        ({"model": "gpt-realtime"}, AZURE_VOICE, False),
        ({"model": "gpt-4o", "agent": Agent("a", "p")}, AZURE_VOICE, True),
    ],
)
def test_the_required_voice_and_model(options: Any, voice: Any, fills: bool) -> None:
    """They need an Azure voice, and a cascaded model or an agent."""
    session = interim_session(STATIC, responder=slow(3.0), **options)
    session.ask(update(voice=voice))
    events = session.ask(respond())
    assert "response.done" in types(events)
    assert (len(said(events)) == 2) == fills
