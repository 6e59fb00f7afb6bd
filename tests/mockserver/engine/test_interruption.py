"""Cancellation, interruption, and concurrent responses."""

from __future__ import annotations

from tests.support.engine_driver import (
    Event,
    Session,
    append,
    every,
    long_story,
    only,
    respond,
    spoken,
    types,
    update,
    user,
)
from tests.support.signals import silence

CANCEL = {"type": "response.cancel"}


def speaking() -> Session:
    """Return a session during a spoken response."""
    session = Session(responder=long_story)
    session.ask(
        update(modalities=["text", "audio"], turn_detection={"type": "server_vad"})
    )
    session.send(user("Tell me a story."), respond())
    session.until("response.audio.delta")
    session.wait(0.3)
    return session


def ended(events: list[Event], reason: str) -> Event:
    response: Event = only(events, "response.done")["response"]
    assert response["status"] == "cancelled"
    assert response["status_details"] == {"type": "cancelled", "reason": reason}
    return response


def test_cancel_ends_a_running_response() -> None:
    """The open item is closed as incomplete, then the response is."""
    session = speaking()
    sent = "".join(
        event["delta"]
        for event in every(session.events, "response.audio_transcript.delta")
    )
    audio = len(every(session.events, "response.audio.delta"))
    events = session.ask(CANCEL)
    assert types(events) == [
        "response.audio.done",
        "response.audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    response = ended(events, "client_cancelled")
    (item,) = response["output"]
    assert item["status"] == "incomplete"
    assert item["content"] == [{"type": "audio", "transcript": sent}]
    details = response["usage"]["output_token_details"]
    assert details["audio_tokens"] == audio * 5


def test_cancel_before_any_output() -> None:
    """A response without output is cancelled without output."""
    session = Session()
    session.send(respond())
    session.until("response.created")
    events = session.ask(CANCEL)
    assert types(events) == ["response.done"]
    assert ended(events, "client_cancelled")["output"] == []


def test_cancel_of_a_function_call() -> None:
    """The arguments so far are closed with the item."""
    tool = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}
    session = Session()
    session.ask(update(tools=[tool]))
    session.send(user("How is the weather?"), respond())
    session.until("response.function_call_arguments.delta")
    events = session.ask(CANCEL)
    assert types(events) == [
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.done",
    ]
    assert ended(events, "client_cancelled")["output"][0]["status"] == "incomplete"


def test_cancel_without_a_response() -> None:
    """The error has the `event_id` of the client's event."""
    events = Session().ask({**CANCEL, "event_id": "mine"})
    error = only(events, "error")["error"]
    assert error == {
        "type": "invalid_request_error",
        "code": "response_cancel_not_active",
        "message": "Cancellation failed: no active response found",
        "param": None,
        "event_id": "mine",
    }


def test_cancel_of_a_response_that_is_not_created_yet() -> None:
    """A requested response cannot be cancelled, and completes."""
    session = Session()
    session.finish()
    session.send(respond(), CANCEL)
    events = session.finish()
    assert only(events, "error")["error"]["code"] == "response_cancel_not_active"
    assert only(events, "response.done")["response"]["status"] == "completed"


def test_cancel_by_identifier() -> None:
    """An identifier cancels only its response."""
    session = speaking()
    events = session.wait(0)
    events = session.ask({**CANCEL, "response_id": "resp_other"})
    assert only(events, "error")["error"]["code"] == "response_cancel_not_active"
    session = speaking()
    response_id = only(session.events, "response.created")["response"]["id"]
    ended(session.ask({**CANCEL, "response_id": response_id}), "client_cancelled")


def test_cancel_of_an_out_of_band_response() -> None:
    """It is cancelled by its identifier, once."""
    session = Session(responder=long_story)
    session.send(respond(conversation="none"))
    response_id = session.until("response.created")["response"]["id"]
    error = only(session.ask(CANCEL), "error")["error"]
    assert error["code"] == "response_cancel_not_active"
    session = Session(responder=long_story)
    session.send(respond(conversation="none"))
    assert session.until("response.created")["response"]["id"] == response_id
    cancel = {**CANCEL, "response_id": response_id}
    ended(session.ask(cancel), "client_cancelled")
    error = only(session.ask(cancel), "error")["error"]
    assert error["code"] == "response_cancel_not_active"


def test_nothing_of_a_cancelled_response_follows() -> None:
    """After its `response.done`, it has no further events."""
    session = speaking()
    session.ask(CANCEL)
    assert session.wait(60) == []


def test_a_new_response_works_after_a_cancelled_one() -> None:
    """The conversation can have another response immediately."""
    session = speaking()
    session.send(CANCEL, respond())
    events = session.finish()
    assert [r["response"]["status"] for r in every(events, "response.done")] == [
        "cancelled",
        "completed",
    ]


def test_a_second_response_is_rejected() -> None:
    """The running response is unaffected."""
    session = speaking()
    active = only(session.events, "response.created")["response"]["id"]
    events = session.ask({**respond(), "event_id": "second"})
    error = only(events, "error")["error"]
    assert error["code"] == "conversation_already_has_active_response"
    assert error["event_id"] == "second"
    assert active in error["message"]
    assert only(events, "response.done")["response"]["status"] == "completed"


def test_a_second_request_is_rejected_before_the_first_is_created() -> None:
    """A requested response counts as active."""
    session = Session()
    session.finish()
    session.send(respond(), respond())
    events = session.finish()
    error = only(events, "error")["error"]
    assert error["code"] == "conversation_already_has_active_response"
    response_id = only(events, "response.done")["response"]["id"]
    assert response_id in error["message"]


def test_speech_interrupts_the_response() -> None:
    """After `speech_started`, the response ends with `turn_detected`."""
    session = speaking()
    events = session.ask(append(spoken(200, 800, 800)))
    assert types(events)[:6] == [
        "input_audio_buffer.speech_started",
        "response.audio.done",
        "response.audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    ended(events, "turn_detected")
    events = session.ask(append(silence(1000)))
    assert only(events, "response.done")["response"]["status"] == "completed"
    committed = only(events, "input_audio_buffer.committed")
    interrupted = every(session.events, "response.done")[0]["response"]["output"][0]
    assert committed["previous_item_id"] == interrupted["id"]


def test_a_response_while_the_user_is_speaking() -> None:
    """It is accepted, and ends with the turn, which is answered."""
    session = Session(responder=long_story)
    session.ask(update(turn_detection={"type": "server_vad"}))
    events = session.ask(append(spoken(200, 800, 800)))
    assert types(events) == ["input_audio_buffer.speech_started"]
    session.send(user("Hello."), respond())
    session.until("response.audio.delta")
    events = session.ask(append(silence(1000)))
    done = every(events, "response.done")
    assert [event["response"]["status"] for event in done] == ["cancelled", "completed"]
    assert "error" not in types(events)


def test_speech_that_does_not_interrupt() -> None:
    """`interrupt_response: false`: the response of the new turn is rejected."""
    session = speaking()
    detection = {"type": "server_vad", "interrupt_response": False}
    session.send(update(turn_detection=detection))
    session.until("session.updated")
    events = session.ask(append(spoken(200, 800, 1800)))
    error = only(events, "error")["error"]
    assert error["code"] == "conversation_already_has_active_response"
    assert error["event_id"] is None
    assert only(events, "response.done")["response"]["status"] == "completed"


def test_speech_after_the_response_interrupts_nothing() -> None:
    """A complete response is not cancelled."""
    session = speaking()
    session.finish()
    events = session.ask(append(spoken(200, 800, 800)))
    assert types(events) == ["input_audio_buffer.speech_started"]


def test_requests_are_answered_while_a_response_runs() -> None:
    """An item is acknowledged between two deltas."""
    session = speaking()
    session.send(user("By the way."))
    events = session.wait(0.3)
    order = types(events)
    acknowledged = order.index("conversation.item.created")
    assert "response.audio.delta" in order[acknowledged:]


def test_a_slow_reader_can_still_cancel() -> None:
    """While content is held, requests are answered, and the rest is dropped."""
    session = speaking()
    session.engine.stall(True)
    assert session.wait(5) == []
    session.send(CANCEL)
    ended(session.wait(0), "client_cancelled")
    session.engine.stall(False)
    assert session.wait(60) == []


def test_held_content_continues() -> None:
    """After a stall, content continues without a gap."""
    held = speaking()
    held.engine.stall(True)
    held.wait(30)
    held.engine.stall(False)
    held.finish()
    undisturbed = speaking()
    undisturbed.finish()
    assert types(held.events) == types(undisturbed.events)


def test_a_slow_reader_does_not_block_the_end_of_a_response() -> None:
    """Requests that wait for `response.done` are answered during a stall."""
    session = Session()
    session.ask(update(modalities=["text"]))
    session.send(user("Hello"), respond())
    session.until("response.output_item.done")
    session.engine.stall(True)
    session.send(user("And"))
    assert types(session.wait(1)) == ["response.done", "conversation.item.created"]
