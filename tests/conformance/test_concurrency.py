"""One response at a time: cancelling, second requests, barge-in."""

from __future__ import annotations

from tests.conformance.endpoint import Endpoint
from tests.conformance.requests import (
    AUDIO,
    STORY,
    appends,
    question,
    respond,
    silence,
    user_text,
)
from tests.conformance.session_client import Event, SessionClient
from tests.conformance.turns import in_order, only
from voicelive_protocol import (
    ClientEventType,
    ErrorCode,
    ResponseStatus,
    ServerEventType,
    TurnDetectionType,
)

S = ServerEventType
CANCEL: Event = {"type": ClientEventType.RESPONSE_CANCEL}


async def _begin_story(call: SessionClient) -> str:
    """Start a long response; return its identifier."""
    await call.send(user_text(STORY), respond())
    events = await call.until(S.RESPONSE_AUDIO_DELTA)
    response_id: str = only(events, S.RESPONSE_CREATED)["response"]["id"]
    return response_id


def _cancelled(done: Event, response_id: str, endpoint: Endpoint, reason: str) -> None:
    response = done["response"]
    assert response["id"] == response_id, done
    if response["status"] == ResponseStatus.COMPLETED:
        endpoint.skip("the response was complete before the cancel")
    assert response["status"] == ResponseStatus.CANCELLED, response
    found = (response["status_details"] or {}).get("reason")
    endpoint.expect(found == reason, f"the reason is {found!r}, not {reason!r}")


async def test_cancel(endpoint: Endpoint) -> None:
    """A running response is cancelled; a second cancel is an error.

    Live tests; the code from other users, the reason from the documentation.
    """
    async with endpoint.session(modalities=AUDIO) as call:
        response_id = await _begin_story(call)
        done = await call.ask(CANCEL, S.RESPONSE_DONE)
        _cancelled(done, response_id, endpoint, "client_cancelled")
        error = await call.rejection({**CANCEL, "event_id": "my_cancel"})
        assert error["code"] == ErrorCode.RESPONSE_CANCEL_NOT_ACTIVE, error


async def test_second_response(endpoint: Endpoint) -> None:
    """A second response is rejected while one is active, which goes on.

    Other users.
    """
    async with endpoint.session(modalities=AUDIO) as call:
        response_id = await _begin_story(call)
        error = (await call.ask(respond(event_id="my_second"), S.ERROR))["error"]
        code = ErrorCode.CONVERSATION_ALREADY_HAS_ACTIVE_RESPONSE
        assert error["code"] == code, error
        assert error.get("event_id") == "my_second", error
        delta = (await call.until(S.RESPONSE_AUDIO_DELTA))[-1]
        assert delta["response_id"] == response_id
        done = await call.ask(CANCEL, S.RESPONSE_DONE)
        assert done["response"]["id"] == response_id


async def test_barge_in(endpoint: Endpoint) -> None:
    """Speech ends the running response, and is answered as the next turn.

    Documentation and other users.
    """
    detection = {"type": TurnDetectionType.SERVER_VAD}
    async with endpoint.session(modalities=AUDIO, turn_detection=detection) as call:
        response_id = await _begin_story(call)
        await call.send(*appends(question() + silence(1500)))
        events = await call.until(S.RESPONSE_DONE)
        _cancelled(events[-1], response_id, endpoint, "turn_detected")
        in_order(events, S.INPUT_AUDIO_BUFFER_SPEECH_STARTED, S.RESPONSE_DONE)
        spoken = only(events, S.INPUT_AUDIO_BUFFER_SPEECH_STARTED)["item_id"]
        events = [*events, *await call.until(S.RESPONSE_CREATED)]
        assert only(events, S.INPUT_AUDIO_BUFFER_COMMITTED)["item_id"] == spoken
        assert events[-1]["response"]["id"] != response_id
        # No further event of the old one.
        after = events[events.index(only(events, S.RESPONSE_DONE)) + 1 :]
        assert all(event.get("response_id") != response_id for event in after)
        await call.ask(CANCEL, S.RESPONSE_DONE)
