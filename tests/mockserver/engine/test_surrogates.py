"""Lone surrogates in client input: valid JSON without a UTF-8 form."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from math import inf
from typing import Any

import aiohttp
import pytest

from tests.support.engine_driver import (
    Event,
    append,
    appends,
    every,
    only,
    respond,
    spoken,
    types,
    update,
    user,
)
from tests.support.raw_websocket import frame, session
from voicelive_mockserver import (
    BackgroundMockServer,
    MockServer,
    ReplyRequest,
    Say,
    VirtualSession,
)
from voicelive_mockserver.scenario import Scenario, ScriptedTurn, Sends
from voicelive_protocol import API_VERSIONS

# It has all events.
NEWEST = API_VERSIONS[-1]

HALF = "\ud83d"
TEXT = f"Hi {HALF}"
CALL: dict[str, Any] = {
    "type": "conversation.item.create",
    "item": {
        "id": "call",
        "type": "function_call",
        "call_id": "call_1",
        "name": "f",
        "arguments": "{}",
    },
}


def tool(**changes: Any) -> Event:
    usual = {
        "type": "function",
        "name": "look_up",
        "description": "Looks up.",
        "parameters": {"type": "object", "properties": {"q": {"type": "string"}}},
    }
    return update(tools=[usual | changes])


def item(**keys: Any) -> Event:
    return {"type": "conversation.item.create", "item": user("Hello.")["item"] | keys}


def about(name: str, **keys: Any) -> Event:
    return {"type": f"conversation.item.{name}", "item_id": HALF, **keys}


EVENTS: dict[str, Event] = {
    "a type": {"type": HALF},
    "a key": {"type": "input_audio_buffer.clear", HALF: 1},
    "an event id": {"type": "input_audio_buffer.clear", "event_id": HALF},
    "an event id of an error": about("delete", event_id=HALF),
    "instructions": update(instructions=TEXT),
    "a name of a voice": update(voice=TEXT),
    "a custom voice": update(
        voice={"type": "azure-custom", "name": "x", "endpoint_id": TEXT}
    ),
    "an unknown field": update(**{HALF: 1}),
    "a modality": update(modalities=[HALF]),
    "a format": update(output_audio_format=HALF),
    "a model": update(model=HALF),
    "a transcription": update(
        input_audio_transcription={"model": "whisper-1", "prompt": TEXT}
    ),
    "a language": update(
        input_audio_transcription={"model": "whisper-1", "language": HALF}
    ),
    "a type of detection": update(turn_detection={"type": HALF}),
    "a name of a tool": tool(name=HALF),
    "a description of a tool": tool(description=TEXT),
    "parameters of a tool": tool(parameters={"type": "object", "x": {HALF: TEXT}}),
    "a tool choice": update(tool_choice=HALF),
    "an mcp server": update(
        tools=[{"type": "mcp", "server_label": HALF, "server_url": f"https://{HALF}"}]
    ),
    "an avatar": update(avatar={"character": HALF, "customized": False}),
    "an interim response": update(
        interim_response={"type": "static_interim_response", "texts": [TEXT]}
    ),
    "an id of an item": item(id=HALF),
    "a status of an item": item(status=HALF),
    "a role": item(role=HALF),
    "a type of an item": item(type=HALF),
    "a text": user(TEXT),
    "an image": item(content=[{"type": "input_image", "image_url": TEXT}]),
    "a kind of content": item(content=[{"type": HALF}]),
    "an item before": user("Hello.", previous_item_id=HALF),
    "an output of a function": {
        "type": "conversation.item.create",
        "item": {"type": "function_call_output", "call_id": "call_1", "output": TEXT},
    },
    "a call id": {
        "type": "conversation.item.create",
        "item": {"type": "function_call_output", "call_id": HALF, "output": "{}"},
    },
    "a call": {
        "type": "conversation.item.create",
        "item": CALL["item"] | {"id": "x", "call_id": "call_2", "arguments": TEXT},
    },
    "an approval": {
        "type": "conversation.item.create",
        "item": {
            "type": "mcp_approval_response",
            "approval_request_id": HALF,
            "approve": True,
        },
    },
    "a retrieved item": about("retrieve"),
    "a deleted item": about("delete"),
    "a truncated item": about("truncate", content_index=0, audio_end_ms=0),
    "a response to cancel": {"type": "response.cancel", "response_id": HALF},
    "instructions of a response": respond(conversation="none", instructions=TEXT),
    "more instructions": respond(conversation="none")
    | {"additional_instructions": TEXT},
    "metadata": respond(conversation="none", metadata={HALF: TEXT}),
    "a ready-made message": respond(
        conversation="none",
        pre_generated_assistant_message={
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": TEXT}],
        },
    ),
    "input of a response": respond(
        conversation="none", input_items=[user(TEXT)["item"]]
    ),
    "audio": {"type": "input_audio_buffer.append", "audio": HALF},
    "a turn": {"type": "input_audio.turn.start", "turn_id": HALF},
    "audio of a turn": {
        "type": "input_audio.turn.append",
        "turn_id": HALF,
        "audio": "AAAA",
    },
    "a delta of a text": {"type": "input_text.delta", "id": HALF, "delta": TEXT},
    "the end of a text": {"type": "input_text.done", "id": HALF},
    "an offer": {"type": "session.avatar.connect", "client_sdp": TEXT},
    "an offer in base64": {
        "type": "session.avatar.connect",
        "client_sdp": b64encode(json.dumps({"sdp": TEXT}).encode()).decode(),
    },
    "a call over WebRTC": {"type": "rtc.call.sdp.create", "sdp_offer": TEXT},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
async def test_a_running_response_continues(name: str, model: str) -> None:
    """The event is accepted or rejected, without freezing the session.

    The journal, the control endpoint and the metrics can show it.
    """
    sent = EVENTS[name]
    query = {"model": model, "api-version": NEWEST}
    async with (
        MockServer(responder=short_story, speed=30) as mock,
        session(mock, query=query) as client,
    ):
        client.writer.write(frame(CALL) + frame(user("Hello.")))
        client.writer.write(frame(respond()))
        seen: list[Event] = []
        async with asyncio.timeout(20):
            while not types(seen).count("response.audio_transcript.delta"):
                seen.append(await client.event())
            client.writer.write(frame(sent))
            clear = {"type": "input_audio_buffer.clear", "event_id": "last"}
            client.writer.write(frame(clear))
            while "input_audio_buffer.cleared" not in types(seen):
                seen.append(await client.event())
            main = every(seen, "response.created")[0]["response"]["id"]
            while not ends_of(main, seen):
                seen.append(await client.event())
        (end,) = ends_of(main, seen)
        assert end["status"] == "completed"
        errors = [event["error"] for event in every(seen, "error")]
        assert "server_error" not in [error["type"] for error in errors]
        await shown(mock)
        client.writer.write(frame(respond()))
        async with asyncio.timeout(20):
            while "response.created" not in types([await client.event()]):
                pass


def short_story(_request: ReplyRequest) -> str:
    """Return a reply long enough for an event of the client to arrive."""
    return "Once upon a time there was a lighthouse that nobody had ever seen."


def ends_of(response_id: str, events: list[Event]) -> list[Event]:
    """Return the `response.done` of a response."""
    done = [event["response"] for event in every(events, "response.done")]
    return [response for response in done if response["id"] == response_id]


async def shown(mock: MockServer) -> None:
    """Read everything that shows frames."""
    journal = mock.last_session
    assert str(journal)
    assert all(entry.event is not None for entry in journal.entries)
    headers = {"api-key": mock.api_key}
    async with aiohttp.ClientSession(mock.endpoint, headers=headers) as http:
        path = f"/mock/sessions/{journal.session_id}/journal"
        async with http.get(path) as response:
            entries = (await response.json())["entries"]
            assert entries
            assert all("event" in entry for entry in entries)
        async with http.get("/metrics") as response:
            assert "voicelive_mock_events_received_total" in await response.text()
        async with http.get("/mock/sessions") as response:
            assert response.status == 200


def test_lone_surrogates_are_echoed_as_escapes() -> None:
    """The session has them in the form in which they were sent."""
    talk = VirtualSession()
    talk.send(update(modalities=["text"], instructions=TEXT))
    updated = only(talk.finish(), "session.updated")
    assert updated["session"]["instructions"] == TEXT
    taken = user(TEXT)
    taken["item"]["id"] = HALF
    talk.send(taken)
    created = only(talk.finish(), "conversation.item.created")
    assert created["item"]["id"] == HALF
    talk.send({"type": "conversation.item.retrieve", "item_id": HALF})
    retrieved = only(talk.finish(), "conversation.item.retrieved")
    assert retrieved["item"]["content"] == [{"type": "input_text", "text": TEXT}]
    assert b"\\ud83d" in talk.frames[-1]


def test_two_halves_in_two_deltas() -> None:
    """A text that is split within a character is joined again."""
    talk = VirtualSession(api_version=NEWEST)
    talk.send(update(modalities=["text"]))
    made = item(id="text", content=[{"type": "input_text", "text": ""}])
    talk.send(made)
    for delta in ("\ud83d", "\ude00"):
        talk.send({"type": "input_text.delta", "id": "text", "delta": delta})
    talk.send({"type": "input_text.done", "id": "text"})
    talk.send({"type": "conversation.item.retrieve", "item_id": "text"})
    talk.finish()
    (retrieved,) = every(talk.events, "conversation.item.retrieved")
    text = retrieved["item"]["content"][0]["text"]
    assert text.encode("utf-16", "surrogatepass").decode("utf-16") == "\U0001f600"


@pytest.mark.parametrize("modality", ["text", "audio"])
@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
def test_replies_and_transcripts(model: str, modality: str) -> None:
    """Responders and transcribers may return lone surrogates."""

    def responder(_: ReplyRequest) -> list[Any]:
        return [Say(TEXT), f"{HALF}{HALF} and more {HALF}"]

    talk = VirtualSession(
        model=model, responder=responder, transcript=f"Hello {HALF} there."
    )
    name = "whisper-1" if model == "gpt-realtime" else "azure-speech"
    talk.send(
        update(
            modalities=["text"] if modality == "text" else ["text", "audio"],
            input_audio_transcription={"model": name},
        )
    )
    talk.send(*appends(spoken()))
    events = talk.finish()
    done = only(events, "response.done")["response"]
    assert done["status"] == "completed"
    parts = [each["content"][0] for each in done["output"]]
    said = [part.get("text") or part.get("transcript") for part in parts]
    assert said == [TEXT, f"{HALF}{HALF} and more {HALF}"]
    heard = only(events, "conversation.item.input_audio_transcription.completed")
    assert heard["transcript"] == f"Hello {HALF} there."
    assert talk.problems == []


def test_marks_of_azure_voices() -> None:
    """Words with lone surrogates have timestamps."""
    talk = VirtualSession(responder=lambda _: f"Hello x{HALF}y there.")
    talk.send(
        update(
            voice={"type": "azure-standard", "name": "en-US-AvaNeural"},
            output_audio_timestamp_types=["word"],
        ),
        respond(),
    )
    words = every(talk.finish(), "response.audio_timestamp.delta")
    assert [word["text"] for word in words] == ["Hello", f"x{HALF}y", "there"]


async def test_scenarios_faults_and_pushed_events() -> None:
    """Additions of tests may have lone surrogates."""
    scenario = Scenario(
        turns=[ScriptedTurn(match=HALF, reply="You said {text}.")],
        expect=[Sends("conversation.item.create", contains={"item": {"id": HALF}})],
    )
    faults = [
        {"type": "extra_fields", "event": "response.done", "fields": {"x": TEXT}},
        {"type": "inject", "event": "response.done", "data": {"type": HALF, "x": TEXT}},
    ]
    async with (
        MockServer(speed=inf, scenario=scenario, faults=faults) as mock,
        session(mock) as client,
    ):
        taken = user(TEXT)
        taken["item"]["id"] = HALF
        asked = [update(modalities=["text"]), taken, respond()]
        client.writer.write(b"".join(map(frame, asked)))
        seen = [await client.event()]
        while seen[-1]["type"] != HALF:
            seen.append(await client.event())
        assert only(seen, "response.text.done")["text"] == f"You said {TEXT}."
        assert only(seen, "response.done")["x"] == TEXT
        assert seen[-1]["x"] == TEXT
        mock.assert_expectations()
        (opened,) = mock.open_sessions.values()
        opened.push({"type": "response.text.delta", "delta": TEXT})
        assert (await client.event())["delta"] == TEXT
        assert mock.last_session.sent("conversation.item.create", item={"id": HALF})
        await shown(mock)


def test_waiting_in_another_thread() -> None:
    """Lone surrogates can be waited for and be in messages."""
    with BackgroundMockServer() as mock, pytest.raises(TimeoutError):
        mock.wait_for("response.create", within=0.01, event_id=HALF)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1E+999"]
)
@pytest.mark.parametrize(
    "text",
    [
        '{"type":"input_audio_buffer.clear","x":%s}',
        '{"type":"session.update","session":{"temperature":%s}}',
        '{"type":"session.update","session":{"instructions":"\\ud83d","x":[%s]}}',
    ],
)
def test_invalid_json_numbers(text: str, number: str) -> None:
    """Python accepts them, JSON does not, or other languages cannot hold them."""
    talk = VirtualSession()
    talk.send(update())
    talk.finish()
    talk.send(text % number)
    (refused,) = talk.finish()
    assert refused["error"]["code"] == "invalid_json"
    # In a text, they are only words.
    talk.send(text % f'"{number} 1e400"')
    expected = "error" if "session" in text else "input_audio_buffer.cleared"
    assert only(talk.finish(), expected)


def test_large_integers() -> None:
    """Integers may have any size; a too long pause has no effect."""
    talk = VirtualSession()
    detection = {"type": "server_vad", "silence_duration_ms": 10**400}
    talk.send(update(turn_detection=detection))
    talk.send(*appends(spoken()), append(bytes(48000)))
    talk.send({"type": "input_audio_buffer.commit"}, respond())
    events = talk.finish()
    assert only(events, "response.done")["response"]["status"] == "completed"
