"""Conversation items: create, retrieve, delete, truncate."""

from __future__ import annotations

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    every,
    long_story,
    only,
    respond,
    types,
    update,
    user,
)
from voicelive_mockserver.engine.conversation import HISTORY_LIMIT


def create(item: Event, **keys: object) -> Event:
    return {"type": "conversation.item.create", "item": item, **keys}


def retrieve(item_id: str) -> Event:
    return {"type": "conversation.item.retrieve", "item_id": item_id}


def delete(item_id: str) -> Event:
    return {"type": "conversation.item.delete", "item_id": item_id}


def truncate(item_id: str, audio_end_ms: int) -> Event:
    return {
        "type": "conversation.item.truncate",
        "item_id": item_id,
        "content_index": 0,
        "audio_end_ms": audio_end_ms,
    }


def message(role: str, kind: str, text: str = "Hello.") -> Event:
    content = [{"type": kind, "text": text}]
    return {"type": "message", "role": role, "content": content}


def spoke() -> tuple[Session, str, int]:
    """Return a session with spoken output, the item, and its length in ms."""
    session = Session()
    session.ask(update(modalities=["text", "audio"]))
    response = only(session.ask(user("Hello"), respond()), "response.done")["response"]
    tokens = response["usage"]["output_token_details"]["audio_tokens"]
    return session, response["output"][0]["id"], tokens * 50


CALL = {"type": "function_call", "name": "f", "call_id": "c", "arguments": "{}"}


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        (
            message("user", "input_text"),
            {
                "status": "completed",
                "role": "user",
                "content": [{"type": "input_text", "text": "Hello."}],
            },
        ),
        (
            message("system", "input_text"),
            {
                "status": "completed",
                "role": "system",
                "content": [{"type": "input_text", "text": "Hello."}],
            },
        ),
        (
            message("assistant", "output_text"),
            {
                "status": "completed",
                "role": "assistant",
                "content": [{"type": "text", "text": "Hello."}],
            },
        ),
        (
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_audio", "audio": "AAAA"}],
            },
            {
                "status": "completed",
                "role": "user",
                "content": [{"type": "input_audio", "transcript": None}],
            },
        ),
        (
            CALL,
            {"status": "completed", "name": "f", "call_id": "c", "arguments": "{}"},
        ),
        (
            {"type": "function_call_output", "call_id": "c", "output": "12"},
            {"call_id": "c", "output": "12"},
        ),
    ],
)
def test_created_items(item: Event, shown: Event) -> None:
    """An item has id, object, type, and a status unless it is an output."""
    session = Session()
    if item["type"] == "function_call_output":
        session.ask(create(CALL))
    created = only(session.ask(create(item)), "conversation.item.created")
    expected = {
        "id": created["item"]["id"],
        "object": "realtime.item",
        "type": item["type"],
        **shown,
    }
    assert list(created["item"].items()) == list(expected.items())


def test_only_created_is_sent() -> None:
    """An item of the client has no `conversation.item.done`."""
    session = Session()
    session.finish()
    assert types(session.ask(user("Hello"))) == ["conversation.item.created"]


def test_the_identifier_of_the_client_is_kept() -> None:
    """A second item with the same identifier is rejected."""
    session = Session()
    item = message("user", "input_text") | {"id": "my-item"}
    assert session.ask(create(item))[-1]["item"]["id"] == "my-item"
    assert only(session.ask(create(item)), "error")["error"]["param"] == "item.id"


def test_previous_item_id_places_an_item() -> None:
    """At the end, at the beginning, or after another item."""
    session = Session(
        responder=lambda request: "".join(item.said for item in request.history)
    )
    session.ask(update(modalities=["text"]))
    first = session.ask(user("a"))[-1]
    second = session.ask(user("b"))[-1]
    front = session.ask(user("c", previous_item_id="root"))[-1]
    middle = session.ask(user("d", previous_item_id=first["item"]["id"]))[-1]
    assert second["previous_item_id"] == first["item"]["id"]
    assert front["previous_item_id"] is None
    assert middle["previous_item_id"] == first["item"]["id"]
    events = session.ask(respond())
    assert only(events, "response.text.done")["text"] == "cadb"


def test_an_unknown_predecessor_is_rejected() -> None:
    """The item is not added."""
    session = Session()
    events = session.ask(user("a", previous_item_id="item_no", event_id="e1"))
    error = only(events, "error")["error"]
    assert (error["param"], error["event_id"]) == ("previous_item_id", "e1")
    assert session.ask(user("b"))[-1]["previous_item_id"] is None


@pytest.mark.parametrize(
    ("item", "code", "param"),
    [
        ({"type": "thing"}, "invalid_value", "item.type"),
        ({"type": "message", "content": []}, "missing_required_parameter", "item.role"),
        (
            {"type": "message", "role": "robot", "content": []},
            "invalid_value",
            "item.role",
        ),
        (message("user", "text"), "invalid_value", "item.content[0].type"),
        (message("system", "text"), "invalid_value", "item.content[0].type"),
        (message("assistant", "audio"), "invalid_value", "item.content[0].type"),
        (
            {"type": "function_call_output", "call_id": "c"},
            "missing_required_parameter",
            "item.output",
        ),
    ],
)
def test_items_that_cannot_be_created(item: Event, code: str, param: str) -> None:
    """The error names the field."""
    error = only(Session().ask(create(item)), "error")["error"]
    assert (error["code"], error["param"]) == (code, param)


def test_retrieve() -> None:
    """A retrieved item is complete."""
    session, item_id, _ = spoke()
    event = only(session.ask(retrieve(item_id)), "conversation.item.retrieved")
    assert list(event) == ["event_id", "type", "item"]
    assert event["item"]["role"] == "assistant"
    assert event["item"]["content"][0]["transcript"]


def test_delete() -> None:
    """A deleted item is gone."""
    session = Session()
    item_id = session.ask(user("Hello"))[-1]["item"]["id"]
    event = only(session.ask(delete(item_id)), "conversation.item.deleted")
    assert list(event.items())[2:] == [("item_id", item_id)]
    error = only(session.ask(retrieve(item_id)), "error")["error"]
    assert error["code"] == "item_retrieve_invalid_item_id"
    assert session.ask(user("Again"))[-1]["previous_item_id"] is None


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (retrieve("item_no"), "item_retrieve_invalid_item_id"),
        (delete("item_no"), "item_delete_invalid_item_id"),
        (truncate("item_no", 0), "item_truncate_invalid_item_id"),
    ],
)
def test_unknown_items(event: Event, code: str) -> None:
    """Each operation has a separate code for an unknown item."""
    error = only(Session().ask({**event, "event_id": "e"}), "error")["error"]
    assert (error["code"], error["event_id"]) == (code, "e")


def test_truncate_drops_the_transcript() -> None:
    """A truncated item keeps its audio up to the end, and no transcript."""
    session, item_id, length = spoke()
    event = only(session.ask(truncate(item_id, 500)), "conversation.item.truncated")
    assert list(event.items())[2:] == [
        ("item_id", item_id),
        ("content_index", 0),
        ("audio_end_ms", 500),
    ]
    item = session.ask(retrieve(item_id))[-1]["item"]
    assert item["content"] == [{"type": "audio", "transcript": None}]
    error = only(session.ask(truncate(item_id, length)), "error")["error"]
    assert (
        error["message"] == f"Audio content of 500ms is already shorter than {length}ms"
    )


def test_truncate_past_the_end() -> None:
    """An end after the audio is rejected; the item is unchanged."""
    session, item_id, length = spoke()
    error = only(session.ask(truncate(item_id, length + 1)), "error")["error"]
    assert error["code"] == "invalid_value"
    assert f"{length}ms is already shorter than {length + 1}ms" in error["message"]
    assert session.ask(retrieve(item_id))[-1]["item"]["content"][0]["transcript"]
    assert types(session.ask(truncate(item_id, length))) == [
        "conversation.item.truncated"
    ]


def test_truncate_counts_what_was_sent() -> None:
    """During a response, only the audio sent so far counts."""
    session = Session(responder=long_story)
    session.ask(update(modalities=["text", "audio"]))
    session.send(respond())
    item_id = session.until("response.output_item.added")["item"]["id"]
    session.send(truncate(item_id, 0))
    error = session.until("error")["error"]
    assert error["code"] == "unsupported_content_type"
    session.until("response.audio.delta")
    sent = len(every(session.events, "response.audio.delta")) * 250
    session.send(truncate(item_id, sent + 5000))
    assert "already shorter" in session.until("error")["error"]["message"]


def test_truncate_during_a_response() -> None:
    """An item truncated during its response has no transcript."""
    session = Session(responder=long_story)
    session.ask(update(modalities=["text", "audio"]))
    session.send(respond())
    item_id = session.until("response.audio.delta")["item_id"]
    session.send(truncate(item_id, 100))
    session.finish()
    item = session.ask(retrieve(item_id))[-1]["item"]
    assert item["content"] == [{"type": "audio", "transcript": None}]


def test_only_spoken_output_can_be_truncated() -> None:
    """Text items and items of the user are rejected."""
    session = Session()
    session.ask(update(modalities=["text"]))
    session.ask(user("Hello"), respond())
    for event in every(session.events, "conversation.item.created"):
        error = only(session.ask(truncate(event["item"]["id"], 0)), "error")["error"]
        assert error["code"] == "unsupported_content_type"


def test_an_item_waits_for_the_end_of_a_response() -> None:
    """After `output_item.done`, an item waits for `response.done`."""
    session = Session()
    session.ask(update(modalities=["text"]))
    session.send(user("Hello"), respond())
    session.until("response.output_item.done")
    session.send(user("And"), respond())
    events = session.finish()
    assert types(events)[:3] == [
        "response.done",
        "conversation.item.created",
        "response.created",
    ]
    assert not every(events, "error")
    output = events[0]["response"]["output"][0]
    assert events[1]["previous_item_id"] == output["id"]


def test_the_history_is_bounded() -> None:
    """A very long conversation drops its oldest items."""
    session = Session()
    first = session.ask(user("first"))[-1]["item"]["id"]
    for _ in range(HISTORY_LIMIT):
        session.ask(user("more"))
    assert types(session.ask(retrieve(first))) == ["error"]
