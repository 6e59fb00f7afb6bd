"""Parameters and endings of responses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.engine_driver import (
    AZURE_VOICE,
    Event,
    Session,
    error_of,
    every,
    long_story,
    only,
    respond,
    text_session,
    types,
    update,
    user,
)
from voicelive_mockserver import CallFunction, Reply, ReplyRequest, Say
from voicelive_mockserver.engine.replies import Failed, Incomplete
from voicelive_protocol import API_VERSIONS


def done(events: list[Event]) -> Event:
    response: Event = only(events, "response.done")["response"]
    return response


def message(text: str) -> Event:
    content = [{"type": "input_text", "text": text}]
    return {"type": "message", "role": "user", "content": content}


# How responses end.


def test_a_failed_response() -> None:
    """The error is in the response; output so far is incomplete."""
    ending = Failed(code="rate_limit_exceeded", message="Slow down.")
    reply = Reply((Say("One."), Say("Two.")), ending=ending)
    response = done(text_session(responder=lambda _request: reply).ask(respond()))
    assert response["status"] == "failed"
    assert response["status_details"] == {
        "type": "failed",
        "error": {
            "type": "server_error",
            "code": "rate_limit_exceeded",
            "message": "Slow down.",
            "param": None,
        },
    }
    assert [item["status"] for item in response["output"]] == [
        "completed",
        "incomplete",
    ]


def test_a_filtered_response() -> None:
    """The content filter makes a response incomplete."""
    reply = Reply((Say("Now listen"),), ending=Incomplete("content_filter"))
    response = done(text_session(responder=lambda _request: reply).ask(respond()))
    assert response["status"] == "incomplete"
    assert response["status_details"] == {
        "type": "incomplete",
        "reason": "content_filter",
    }
    assert response["output"][0]["status"] == "incomplete"


def test_a_response_that_fails_without_output() -> None:
    """After a failure, the session continues."""
    replies = iter([Reply((), ending=Failed()), Reply((Say("Better."),))])
    session = text_session(responder=lambda _request: next(replies))
    response = done(session.ask(respond()))
    assert (response["status"], response["output"]) == ("failed", [])
    assert done(session.ask(respond()))["status"] == "completed"


@pytest.mark.parametrize("modality", ["text", "audio"])
@pytest.mark.parametrize("limit", [1, 5, 20, 60])
def test_the_limit_of_tokens(limit: int, modality: str) -> None:
    """Output stops at the limit and is incomplete."""
    session = Session(responder=long_story)
    events = session.ask(respond(max_output_tokens=limit, modalities=[modality]))
    response = done(events)
    assert response["usage"]["output_tokens"] <= limit
    assert response["status_details"] == {
        "type": "incomplete",
        "reason": "max_output_tokens",
    }
    assert response["output"][0]["status"] == "incomplete"


@pytest.mark.parametrize("modality", ["text", "audio"])
def test_endless_output(modality: str) -> None:
    """Without a limit of the client, output ends at about 4096 tokens."""
    session = Session(responder=lambda _request: "zebra crossing " * 100_000)
    response = done(session.ask(respond(modalities=[modality])))
    assert response["status_details"]["reason"] == "max_output_tokens"
    assert 2000 < response["usage"]["output_tokens"] < 6000


def test_reasoning_models_have_no_temperature() -> None:
    """The update is accepted, and the responses fail."""
    session = text_session(model="gpt-5-nano")
    assert types(session.ask(update(temperature=0.7))) == ["session.updated"]
    response = done(session.ask(respond()))
    assert response["status"] == "failed"
    assert response["status_details"]["error"]["code"] == "unsupported_value"
    assert done(text_session(model="gpt-4o").ask(respond(temperature=0.7)))[
        "temperature"
    ] == pytest.approx(0.7)


# The pipelines.


def test_outputs_of_the_pipelines() -> None:
    """Native models number the items of a response; cascaded ones use 0."""
    reply = Reply(
        (Say("Both."), CallFunction("a", {"x": 1}), CallFunction("b", {"y": 2}))
    )
    for model, expected in (("gpt-realtime", [0, 1, 2]), ("gpt-4o", [0, 0, 0])):
        session = Session(model=model, responder=lambda _request: reply)
        events = session.ask(respond())
        for event_type in ("response.output_item.added", "response.output_item.done"):
            found = every(events, event_type)
            assert [event["output_index"] for event in found] == expected
        arguments = every(events, "response.function_call_arguments.done")
        assert [event["output_index"] for event in arguments] == expected[1:]
        kinds = [
            event["item"]["type"]
            for event in every(events, "conversation.item.created")
        ]
        assert kinds == ["message", "function_call", "function_call"]


def test_the_message_of_a_cascaded_model() -> None:
    """It starts as incomplete, after "" or an item; its part has the text."""
    session = text_session(model="gpt-4o")
    events = session.ask(respond())
    assert only(events, "response.output_item.added")["item"]["status"] == "incomplete"
    assert only(events, "conversation.item.created")["previous_item_id"] == ""
    text = only(events, "response.text.done")["text"]
    assert only(events, "response.content_part.done")["part"]["text"] == text
    events = session.ask(user("Hello"), respond())
    asked, answered = every(events, "conversation.item.created")
    assert answered["previous_item_id"] == asked["item"]["id"]


@pytest.mark.parametrize(
    ("model", "voice", "milliseconds"),
    [
        ("gpt-realtime", "alloy", 250),
        ("gpt-realtime", AZURE_VOICE, 100),
        ("gpt-4o", AZURE_VOICE, 100),
    ],
)
def test_the_size_of_audio_deltas(model: str, voice: Any, milliseconds: int) -> None:
    """Models send deltas of 250 ms, Azure voices of 100 ms."""
    events = Session(model=model).ask(update(voice=voice), respond())
    deltas = every(events, "response.audio.delta")
    # 24000 samples a second of 2 bytes each, in base64.
    assert len(deltas[0]["delta"]) == milliseconds * 64
    tokens = done(events)["usage"]["output_token_details"]["audio_tokens"]
    assert len(deltas) == tokens // (milliseconds // 50)


@pytest.mark.parametrize(
    ("voice", "audio_format", "version", "accepted"),
    [
        ("alloy", "g711_ulaw", "2026-04-10", True),
        ("alloy", "pcm16_8000hz", "2026-04-10", False),
        (AZURE_VOICE, "pcm16_8000hz", "2026-04-10", True),
        (AZURE_VOICE, "pcm16_8000hz", "2025-10-01", True),
        (AZURE_VOICE, "pcm16_16000hz", "2025-10-01", True),
        (AZURE_VOICE, "pcm16-8000hz", "2025-10-01", True),
        (AZURE_VOICE, "pcm16-8000hz", "2026-04-10", False),
        (AZURE_VOICE, "mp3", "2026-04-10", False),
    ],
)
def test_formats_of_voices(
    voice: Any, audio_format: str, version: str, accepted: bool
) -> None:
    """OpenAI voices support only pcm16 and G.711."""
    session = Session(api_version=version)
    session.finish()
    (answer,) = session.ask(update(voice=voice, output_audio_format=audio_format))
    assert (answer["type"] == "session.updated") == accepted
    session = Session(api_version=version)
    events = session.ask(respond(voice=voice, output_audio_format=audio_format))
    assert ("response.done" in types(events)) == accepted


# Parameters.


@pytest.mark.parametrize(
    ("model", "voice", "rejected"),
    [
        ("gpt-realtime", "alloy", True),
        ("gpt-realtime", AZURE_VOICE, False),
        ("gpt-4o", AZURE_VOICE, False),
    ],
)
def test_modalities_of_a_response(model: str, voice: Any, rejected: bool) -> None:
    """A native model replies in text or in audio, not in both."""
    session = Session(model=model)
    session.ask(update(voice=voice))
    events = session.ask(respond(modalities=["text", "audio"]))
    if rejected:
        error = error_of(events)
        assert error["param"] == "response.modalities"
    else:
        assert done(events)["modalities"] == ["text", "audio"]
    for modality in ("text", "audio"):
        assert done(session.ask(respond(modalities=[modality])))


def test_metadata() -> None:
    """Metadata is returned with the response, within limits."""
    labels = {"topic": "weather"}
    events = text_session().ask(respond(metadata=labels))
    assert only(events, "response.created")["response"]["metadata"] == labels
    assert done(events)["metadata"] == labels
    for bad in ({"k" * 65: "v"}, {"k": "v" * 513}, {str(n): "v" for n in range(17)}):
        error = error_of(text_session().ask(respond(metadata=bad)))
        assert error["param"] == "response.metadata"


def test_the_first_version_has_no_metadata() -> None:
    """It is unknown there, and not in responses either."""
    session = text_session(api_version=API_VERSIONS[0])
    error = error_of(session.ask(respond(metadata={"a": "b"})))
    assert (error["code"], error["param"]) == (
        "unknown_parameter",
        "response.metadata",
    )
    assert "metadata" not in done(session.ask(respond()))


@pytest.mark.parametrize(
    ("version", "images", "reasoning"),
    [
        ("2025-10-01", False, False),
        ("2026-01-01-preview", True, False),
        ("2026-04-10", True, True),
    ],
)
def test_the_usage_of_a_version(version: str, images: bool, reasoning: bool) -> None:
    """Tokens of images and of reasoning are counted only in later versions."""
    usage = done(text_session(api_version=version).ask(respond()))["usage"]
    assert ("image_tokens" in usage["input_token_details"]) == images
    assert ("reasoning_tokens" in usage["output_token_details"]) == reasoning


def test_unknown_parameters() -> None:
    """The error names the parameter."""
    error = error_of(text_session().ask(respond(output_modalities=["text"])))
    assert error["code"] == "unknown_parameter"
    assert error["param"] == "response.output_modalities"


def test_an_out_of_band_response() -> None:
    """It has no conversation, adds no items, and runs concurrently."""
    session = Session(responder=long_story)
    session.send(respond())
    session.until("response.audio.delta")
    events = session.ask(respond(conversation="none", metadata={"n": "1"}))
    assert not every(events, "error")
    out_of_band, usual = every(events, "response.done")
    if out_of_band["response"]["conversation_id"] is not None:
        out_of_band, usual = usual, out_of_band
    assert out_of_band["response"]["conversation_id"] is None
    assert out_of_band["response"]["metadata"] == {"n": "1"}
    assert usual["response"]["conversation_id"].startswith("conv_")
    item = out_of_band["response"]["output"][0]
    assert item["id"] not in {
        event["item"]["id"]
        for event in every(session.events, "conversation.item.created")
    }
    (answer,) = session.ask(
        {"type": "conversation.item.retrieve", "item_id": item["id"]}
    )
    assert answer["error"]["code"] == "item_retrieve_invalid_item_id"


def test_cancelling_an_out_of_band_response() -> None:
    """It is cancelled by its identifier; the other one continues."""
    session = Session(responder=long_story)
    session.send(respond(conversation="none"))
    response_id = session.until("response.created")["response"]["id"]
    session.until("response.audio.delta")
    events = session.ask({"type": "response.cancel"})
    assert error_of(events[:1])["code"] == "response_cancel_not_active"
    session = Session(responder=long_story)
    session.send(respond(conversation="none"))
    response_id = session.until("response.created")["response"]["id"]
    session.until("response.audio.delta")
    events = session.ask({"type": "response.cancel", "response_id": response_id})
    assert done(events)["status_details"]["reason"] == "client_cancelled"


def test_a_response_that_is_not_committed() -> None:
    """Its output is not added to the conversation."""
    session = text_session()
    events = session.ask(respond(commit=False))
    assert not every(events, "conversation.item.created")
    assert done(events)["conversation_id"].startswith("conv_")
    events = session.ask(user("Hello"))
    assert events[0]["previous_item_id"] is None


def test_items_in_place_of_the_history() -> None:
    """`input_items` are the whole input, and are not added."""
    seen: list[ReplyRequest] = []

    def responder(request: ReplyRequest) -> str:
        seen.append(request)
        return "Yes."

    session = text_session(responder=responder)
    session.ask(user("My name is Alice."))
    events = session.ask(respond(input_items=[message("Hi")]))
    assert [item.said for item in seen[0].history] == ["Hi"]
    assert len(every(events, "conversation.item.created")) == 1
    session.ask(respond(input_items=[]))
    assert seen[1].history == []


def test_items_on_top_of_the_history() -> None:
    """`append_input_items` are added before the response."""
    session = text_session()
    events = session.ask(
        user("Hello"), respond(append_input_items=[message("My name is Bob.")])
    )
    assert types(events)[:3] == [
        "conversation.item.created",
        "conversation.item.created",
        "response.created",
    ]
    assert "Bob" in only(events, "response.text.done")["text"]
    out_of_band = session.ask(
        respond(conversation="none", append_input_items=[message("I am Eve.")])
    )
    assert not every(out_of_band, "conversation.item.created")
    assert "Eve" in only(out_of_band, "response.text.done")["text"]


def pre_generated(text: str) -> Event:
    return respond(
        pre_generated_assistant_message={
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": text}],
        }
    )


@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
def test_a_message_of_the_client(model: str) -> None:
    """It has one transcript delta and costs no input."""
    session = Session(model=model)
    session.ask(user("Ignored."))
    events = session.ask(pre_generated("Welcome to the shop."))
    delta = only(events, "response.audio_transcript.delta")
    assert delta["delta"] == "Welcome to the shop."
    assert every(events, "response.audio.delta")
    assert done(events)["usage"]["input_tokens"] == 0


def test_the_second_response_of_a_cascaded_model() -> None:
    """With `cancel_previous` it cancels the first; native models reject it."""
    session = Session(model="gpt-4o", responder=long_story)
    session.send(respond())
    session.until("response.audio.delta")
    assert error_of(session.ask(respond())[:1])["code"] == (
        "conversation_already_has_active_response"
    )
    for model, accepted in (("gpt-4o", True), ("gpt-realtime", False)):
        session = Session(model=model, responder=long_story)
        session.send(respond())
        session.until("response.audio.delta")
        events = session.ask(respond(cancel_previous=True))
        assert len(every(events, "response.done")) == 1 + accepted
        assert bool(every(events, "error")) != accepted
        if accepted:
            first = every(events, "response.done")[0]["response"]
            assert first["status_details"]["reason"] == "client_cancelled"


def test_only_native_models_show_cached_tokens() -> None:
    """Cascaded models report no cached tokens."""
    for model, cached in (("gpt-realtime", True), ("gpt-4o", False)):
        session = text_session(model=model)
        for _ in range(3):
            session.ask(user("Tell me a story about bees."), respond())
        details = done(session.ask(respond()))["usage"]["input_token_details"]
        assert (details["cached_tokens"] > 0) == cached
