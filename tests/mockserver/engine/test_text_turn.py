"""Text turns: the events of a response."""

from __future__ import annotations

from tests.support.engine_driver import (
    Session,
    every,
    only,
    respond,
    runs,
    text_session,
    types,
    update,
    user,
)
from voicelive_mockserver import Reply, ReplyRequest, Say
from voicelive_mockserver.engine.interfaces import EncodedSpeech


def test_order_of_a_text_turn() -> None:
    """A text response has the events of the service, in order."""
    events = text_session().ask(user("Say a short greeting."), respond())
    assert runs(events) == [
        "conversation.item.created",
        "response.created",
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.text.delta",
        "response.text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]


def test_payloads_of_a_text_turn() -> None:
    """Every event has the keys and nulls of the service."""
    session = text_session(responder=lambda _request: "Hello there!")
    events = session.ask(user("Hi."), respond())
    mine, assistants = every(events, "conversation.item.created")
    assert list(mine) == ["event_id", "type", "previous_item_id", "item"]
    assert mine["previous_item_id"] is None
    assert list(mine["item"]) == ["id", "object", "type", "status", "role", "content"]
    assert mine["item"]["object"] == "realtime.item"
    assert mine["item"]["status"] == "completed"
    assert assistants["previous_item_id"] == mine["item"]["id"]
    assert assistants["item"]["status"] == "in_progress"
    assert assistants["item"]["content"] == []

    begun = only(events, "response.created")["response"]
    assert list(begun.items()) == [
        ("object", "realtime.response"),
        ("id", begun["id"]),
        ("status", "in_progress"),
        ("status_details", None),
        ("output", []),
        ("usage", None),
        ("conversation_id", begun["conversation_id"]),
        ("modalities", ["text"]),
        ("voice", {"name": "alloy", "type": "openai"}),
        ("output_audio_format", "pcm16"),
        ("temperature", None),
        ("max_output_tokens", "inf"),
        ("metadata", None),
    ]
    keys = {
        "response_id": begun["id"],
        "item_id": assistants["item"]["id"],
        "output_index": 0,
        "content_index": 0,
    }
    added = only(events, "response.content_part.added")
    assert list(added) == ["event_id", "type", *keys, "part"]
    assert added["part"] == {"type": "text", "text": ""}
    deltas = every(events, "response.text.delta")
    assert list(deltas[0]) == ["event_id", "type", *keys, "delta"]
    assert [delta["delta"] for delta in deltas] == ["Hello", " there", "!"]
    assert only(events, "response.text.done")["text"] == "Hello there!"
    item = only(events, "response.output_item.done")["item"]
    assert item["status"] == "completed"
    assert item["content"] == [{"type": "text", "text": "Hello there!"}]
    done = only(events, "response.done")["response"]
    assert list(done) == list(begun)
    assert (done["status"], done["status_details"]) == ("completed", None)
    assert done["output"] == [item]


def test_the_text_of_the_finished_part_is_empty() -> None:
    """In native models, `content_part.done` of a text part has no text."""
    events = text_session().ask(user("Hi."), respond())
    part = only(events, "response.content_part.done")["part"]
    assert part == {"type": "text", "text": ""}
    cascaded = Session(model="gpt-4o")
    cascaded.ask(update(modalities=["text"]))
    events = cascaded.ask(user("Hi."), respond())
    part = only(events, "response.content_part.done")["part"]
    assert part["text"] == only(events, "response.text.done")["text"]


def test_pipelined_requests_are_answered_in_order() -> None:
    """Three items and a request give three acknowledgements, then a response."""
    session = text_session()
    session.send(user("One."), user("Two."), user("Three."), respond())
    events = session.finish()
    assert types(events)[:4] == [*["conversation.item.created"] * 3, "response.created"]
    ids = [event["item"]["id"] for event in events[:3]]
    assert [event["previous_item_id"] for event in events[:3]] == [None, *ids[:2]]


def test_the_reply_follows_the_conversation() -> None:
    """The responder gets this and earlier messages of the user."""
    session = text_session()
    session.ask(user("My name is Alice."), respond())
    events = session.ask(user("What is my name?"), respond())
    assert only(events, "response.text.done")["text"] == "Your name is Alice."


def test_a_response_without_a_conversation_greets() -> None:
    """`response.create` in an empty conversation gives a greeting."""
    events = text_session().ask(respond())
    assert "Hello" in only(events, "response.text.done")["text"]
    created = only(events, "conversation.item.created")
    assert created["previous_item_id"] is None


def test_parameters_apply_to_one_response() -> None:
    """Parameters of `response.create` do not affect later responses."""
    seen: list[ReplyRequest] = []

    def responder(request: ReplyRequest) -> str:
        seen.append(request)
        return "Fine."

    session = text_session(responder=responder)
    events = session.ask(
        respond(
            instructions="Sing.",
            temperature=0.8,
            metadata={"a": "b"},
            max_output_tokens=100,
            tool_choice="none",
        )
    )
    response = only(events, "response.done")["response"]
    assert response["temperature"] == 0.8
    assert response["metadata"] == {"a": "b"}
    assert response["max_output_tokens"] == 100
    response = only(session.ask(respond()), "response.done")["response"]
    assert response["temperature"] is None
    assert seen[0].instructions == "Sing."
    assert seen[0].tool_choice == "none"
    assert seen[1].instructions != "Sing."
    assert [request.number for request in seen] == [0, 1]


def test_additional_instructions_come_on_top() -> None:
    """`additional_instructions` are appended to the instructions."""
    session = text_session(responder=lambda request: request.instructions)
    session.ask(update(instructions="Be kind."))
    events = session.ask(
        {"type": "response.create", "additional_instructions": "Hurry."}
    )
    assert only(events, "response.text.done")["text"] == "Be kind.\nHurry."


def test_out_of_band_responses_leave_no_trace() -> None:
    """With `conversation: none`, a response is concurrent and not kept."""
    session = text_session()
    session.send(user("Tell me a story."), respond(), respond(conversation="none"))
    events = session.finish()
    done = [event["response"] for event in every(events, "response.done")]
    assert [response["status"] for response in done] == ["completed", "completed"]
    (outside,) = [r for r in done if r["conversation_id"] is None]
    retrieve = {
        "type": "conversation.item.retrieve",
        "item_id": outside["output"][0]["id"],
    }
    assert types(session.ask(retrieve)) == ["error"]


def test_given_input_replaces_the_history() -> None:
    """`input_items` replace the history; `append_input_items` extend it."""
    session = text_session(
        responder=lambda request: "/".join(item.said for item in request.history)
    )
    session.ask(user("One."))
    item = user("Two.")["item"]
    events = session.ask(respond(input_items=[item]))
    assert only(events, "response.text.done")["text"] == "Two."
    events = session.ask(respond(append_input_items=[item], conversation="none"))
    assert only(events, "response.text.done")["text"] == "One./Two./Two."


def test_a_pre_generated_message_is_unchanged() -> None:
    """It has one delta and costs no input."""
    message = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "Welcome back, dear guest."}],
    }
    session = Session()
    events = session.ask(respond(pre_generated_assistant_message=message))
    deltas = every(events, "response.audio_transcript.delta")
    assert [delta["delta"] for delta in deltas] == ["Welcome back, dear guest."]
    assert every(events, "response.audio.delta")
    usage = only(events, "response.done")["response"]["usage"]
    assert usage["input_tokens"] == 0


def test_the_token_limit_cuts_a_response() -> None:
    """At `max_output_tokens`, a response is incomplete."""
    session = text_session()
    events = session.ask(user("Tell me a story."), respond(max_output_tokens=12))
    response = only(events, "response.done")["response"]
    assert response["status"] == "incomplete"
    assert response["status_details"] == {
        "type": "incomplete",
        "reason": "max_output_tokens",
    }
    assert response["output"][0]["status"] == "incomplete"
    assert response["usage"]["output_tokens"] == 12
    assert len(every(events, "response.text.delta")) == 10


def test_several_outputs_are_numbered() -> None:
    """Each output item has a different `output_index`."""
    reply = Reply((Say("One."), Say("Two.")))
    session = text_session(responder=lambda _request: reply)
    events = session.ask(respond())
    added = every(events, "response.output_item.added")
    assert [event["output_index"] for event in added] == [0, 1]
    output = only(events, "response.done")["response"]["output"]
    assert [item["content"][0]["text"] for item in output] == ["One.", "Two."]


def test_a_broken_responder_fails_the_response_only() -> None:
    """After its exception, the session continues."""
    failures = [ValueError("broken")]

    def responder(_request: ReplyRequest) -> str:
        if failures:
            raise failures.pop()
        return "Fine."

    session = text_session(responder=responder)
    events = session.ask(respond())
    assert types(events) == ["response.created", "response.done"]
    response = events[1]["response"]
    assert response["status"] == "failed"
    assert response["status_details"]["type"] == "failed"
    assert response["status_details"]["error"]["type"] == "server_error"
    assert only(session.ask(respond()), "response.text.done")["text"] == "Fine."


class RaisingSpeech:
    """A speech source that raises."""

    def prepare(
        self, text: str, voice: object, audio_format: str, delta_ms: int
    ) -> None:
        """Do nothing."""

    def speak(
        self, text: str, voice: object, audio_format: str, delta_ms: int
    ) -> EncodedSpeech:
        raise ValueError("broken")


def test_a_broken_voice_fails_the_response_only() -> None:
    """After an exception during production, the session continues."""
    session = Session(speech=RaisingSpeech())
    session.ask(update(modalities=["text", "audio"]))
    response = only(session.ask(respond()), "response.done")["response"]
    assert response["status"] == "failed"
    assert response["status_details"]["error"]["type"] == "server_error"
    events = session.ask(respond(modalities=["text"]))
    assert only(events, "response.done")["response"]["status"] == "completed"
