"""Response queue: order, collisions, lost events."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.voicelive.turns.service import (
    collision,
    created,
    done,
    refusal,
    session,
    speech_started,
    speech_stopped,
    talk,
)
from voicelive._connection.clock import loop_time
from voicelive.aio import ConnectionClosed
from voicelive.turns import NoResponse
from voicelive_protocol import ServerEventError

pytestmark = pytest.mark.virtual_time


async def test_a_response_is_requested_at_once_when_none_is_active() -> None:
    """Without an active response, `response.create` is sent unchanged."""
    async with talk() as t:
        await t.keeper.response.create(event_id="mine")
        assert await t.sent("response.create") == {
            "type": "response.create",
            "event_id": "mine",
        }
        assert t.keeper.response_requested
        await t.comes(created("resp_1"))
        assert not t.keeper.response_requested
        assert t.keeper.active_response is not None
        assert t.keeper.active_response.id == "resp_1"
        await t.comes(done("resp_1"))
        assert t.keeper.active_response is None


@pytest.mark.parametrize("form", ["model", "mapping", "text", "bytes"])
async def test_requests_wait_in_order(form: str) -> None:
    """While a response is requested or active, others are queued."""
    async with talk() as t:
        for name in ("a", "b", "c"):
            event = {"type": "response.create", "additional_instructions": name}
            if form == "model":
                await t.keeper.response.create(additional_instructions=name)
            elif form == "mapping":
                await t.keeper.send(event)
            else:
                text = json.dumps(event)
                await t.keeper.send(text if form == "text" else text.encode())
        assert t.keeper.waiting_responses == 2
        for name in ("a", "b", "c"):
            sent = await t.sent("response.create")
            assert sent["additional_instructions"] == name
            await t.nothing_sent()
            await t.comes(created(f"resp_{name}"))
            await t.nothing_sent()
            await t.comes(done(f"resp_{name}"))
        await t.nothing_sent()


async def test_other_events_do_not_wait() -> None:
    """Only `response.create` is queued."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        await t.keeper.response.create()
        await t.keeper.input_audio_buffer.append(audio=b"\0\0")
        await t.sent("input_audio_buffer.append")


async def test_a_response_of_the_service_counts() -> None:
    """A response that the service starts by itself holds the queue."""
    async with talk() as t:
        await t.comes(created("resp_vad"))
        await t.keeper.response.create()
        await t.nothing_sent()
        await t.comes(done("resp_vad"))
        await t.sent("response.create")


async def test_a_collision_is_retried_and_not_delivered() -> None:
    """After a response of the service, the request is repeated without an error."""
    async with talk() as t:
        await t.keeper.response.create()
        request = await t.sent("response.create")
        events = await t.comes(created("resp_vad"), collision(request))
        assert [event.type for event in events] == ["response.created"]
        await t.nothing_sent()
        await t.comes(done("resp_vad"))
        assert await t.sent("response.create") == request


async def test_a_collision_before_the_other_response_is_known() -> None:
    """The error may precede `response.created` of the other response."""
    async with talk() as t:
        await t.keeper.response.create()
        request = await t.sent("response.create")
        assert await t.comes(collision(request)) == []
        await t.nothing_sent()
        await t.comes(created("resp_vad"))
        await t.nothing_sent()
        await t.comes(done("resp_vad"))
        assert await t.sent("response.create") == request


async def test_a_collision_without_an_identifier() -> None:
    """An error without an event id refers to the newest request."""
    async with talk() as t:
        await t.keeper.response.create()
        request = await t.sent("response.create")
        assert await t.comes(collision({})) == []
        await t.comes(created("resp_vad"), done("resp_vad"))
        assert await t.sent("response.create") == request


async def test_a_collision_keeps_its_place() -> None:
    """A repeated request precedes later ones."""
    async with talk() as t:
        await t.keeper.response.create()
        request = await t.sent("response.create")
        await t.keeper.response.create(event_id="later")
        await t.comes(created("resp_vad"), collision(request), done("resp_vad"))
        assert await t.sent("response.create") == request


async def test_a_collision_after_a_short_response() -> None:
    """The other response may start and end before the error."""
    async with talk() as t:
        await t.keeper.response.create()
        request = await t.sent("response.create")
        await t.comes(created("resp_vad"), done("resp_vad"), created("resp_2"))
        assert await t.comes(collision(request)) == []
        await t.comes(done("resp_2"))
        assert await t.sent("response.create") == request


async def test_a_collision_with_a_response_that_never_starts() -> None:
    """Without the other response, the request is repeated after 2 s."""
    async with talk() as t:
        await t.keeper.response.create()
        request = await t.sent("response.create")
        await t.comes(collision(request))
        refused_at = loop_time()
        assert await t.sent("response.create") == request
        assert loop_time() == refused_at + 2


async def test_repeated_collisions_fail() -> None:
    """A request that collides 8 times ends with the error."""
    async with talk() as t:
        waiting = asyncio.create_task(t.keeper.respond())
        for _ in range(8):
            assert await t.comes(collision(await t.sent("response.create"))) == []
        last = await t.sent("response.create")
        assert len(await t.comes(collision(last))) == 1
        with pytest.raises(NoResponse):
            await waiting


async def test_a_refused_request_lets_the_next_go() -> None:
    """Another error ends the request and is delivered; the next one is sent."""
    async with talk() as t:
        waiting = asyncio.create_task(t.keeper.respond())
        request = await t.sent("response.create")
        await t.keeper.response.create(event_id="next")
        [error] = await t.comes(refusal(request, "invalid_value", "bad voice"))
        assert isinstance(error, ServerEventError)
        assert t.keeper.benign(error) is None
        with pytest.raises(NoResponse, match="bad voice") as caught:
            await waiting
        assert caught.value.error is not None
        assert caught.value.error.code == "invalid_value"
        assert (await t.sent("response.create"))["event_id"] == "next"


async def test_errors_about_other_events_change_nothing() -> None:
    """An unrelated error is delivered, and the request stays."""
    async with talk() as t:
        await t.keeper.response.create()
        await t.sent("response.create")
        other = refusal({"event_id": "item"}, "invalid_value")
        assert len(await t.comes(other, refusal({}, "invalid_value"))) == 2
        assert t.keeper.response_requested


async def test_respond_returns_the_response() -> None:
    """`respond` sends the request and returns the response of `response.done`."""
    async with talk() as t:
        asked = t.keeper.respond(
            response={"modalities": ["text"]}, additional_instructions="Be brief."
        )
        waiting = asyncio.create_task(asked)
        request = await t.sent("response.create")
        assert request["response"] == {"modalities": ["text"]}
        assert request["additional_instructions"] == "Be brief."
        await t.comes(created("resp_1"), done("resp_1", "incomplete"))
        response = await waiting
        assert (response.id, response.status) == ("resp_1", "incomplete")


async def test_a_cancelled_respond_is_withdrawn() -> None:
    """A queued request whose `respond` was cancelled is not sent."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        waiting = asyncio.create_task(t.keeper.respond())
        await asyncio.sleep(0)
        assert t.keeper.waiting_responses == 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await t.comes(done("resp_1"))
        await t.nothing_sent()


async def test_responses_outside_of_the_conversation_do_not_wait() -> None:
    """`conversation: none` bypasses the queue and is attributed correctly."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        waiting = asyncio.create_task(
            t.keeper.respond(response={"conversation": "none"})
        )
        await t.sent("response.create")
        await t.keeper.response.create()
        await t.comes(created("resp_beside", None), done("resp_beside"))
        assert (await waiting).id == "resp_beside"
        assert t.keeper.active_response is not None
        assert t.keeper.active_response.id == "resp_1"
        await t.nothing_sent()
        await t.comes(done("resp_1"))
        await t.sent("response.create")


async def test_duplicated_and_late_events_change_nothing() -> None:
    """Repeated and late events neither release nor block the queue."""
    async with talk() as t:
        await t.comes(created("resp_1"), created("resp_1"), done("resp_1"))
        await t.comes(done("resp_1"), created("resp_1"))
        assert t.keeper.active_response is None
        await t.comes(created("resp_2"), done("resp_1"))
        assert t.keeper.active_response is not None
        assert t.keeper.active_response.id == "resp_2"


async def test_an_end_without_a_begin_frees_the_conversation() -> None:
    """If `response.created` is lost, `response.done` ends the request."""
    async with talk() as t:
        waiting = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(done("resp_1"))
        assert (await waiting).id == "resp_1"
        await t.keeper.response.create()
        await t.sent("response.create")


async def test_a_lost_end() -> None:
    """If `response.done` is lost, the next response ends the one before."""
    async with talk() as t:
        waiting = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(created("resp_1"), created("resp_vad"))
        with pytest.raises(NoResponse, match="was lost"):
            await waiting
        assert t.keeper.active_response is not None
        assert t.keeper.active_response.id == "resp_vad"


async def test_queued_requests_are_held_while_the_user_speaks() -> None:
    """A queued request is held while the user speaks and the service responds."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        await t.keeper.response.create()
        await t.comes(speech_started(), done("resp_1", "cancelled"))
        await t.nothing_sent()
        await t.comes(speech_stopped())
        await t.nothing_sent()
        await t.comes(created("resp_vad"))
        await t.nothing_sent()
        await t.comes(done("resp_vad"))
        await t.sent("response.create")


async def test_queued_requests_are_sent_without_a_response_to_speech() -> None:
    """If the service does not respond to the user, a queued request is sent."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        await t.keeper.response.create()
        await t.comes(speech_started(), done("resp_1", "cancelled"), speech_stopped())
        await t.sent("response.create")


async def test_without_answers_of_the_service_speech_holds_nothing_longer() -> None:
    """With `create_response: false` a request is sent at the end of the speech."""
    async with talk(detection={"type": "server_vad", "create_response": False}) as t:
        await t.comes(created("resp_1"))
        await t.keeper.response.create()
        await t.comes(speech_started(), done("resp_1", "cancelled"))
        await t.nothing_sent()
        await t.comes(speech_stopped())
        await t.sent("response.create")


async def test_asking_again_lets_go() -> None:
    """A `response.create` while the user speaks releases the queue."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        await t.keeper.response.create(event_id="first")
        await t.comes(speech_started(), done("resp_1", "cancelled"))
        await t.keeper.response.create(event_id="second")
        assert (await t.sent("response.create"))["event_id"] == "first"


async def test_too_many_waiting_responses_are_refused() -> None:
    """The queue of responses is bounded."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        for _ in range(64):
            await t.keeper.response.create()
        with pytest.raises(RuntimeError, match="64 responses"):
            await t.keeper.response.create()


async def test_an_event_that_cannot_be_sent_fails_at_once() -> None:
    """A queued request is checked when it is made."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        with pytest.raises(TypeError, match="response"):
            await t.keeper.send({"type": "response.create", "response": object()})
        assert t.keeper.waiting_responses == 0


async def test_a_new_session_begins_anew() -> None:
    """A second `session.created` ends the active response and repeats the request."""
    async with talk() as t:
        running = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(created("resp_1"), session(id="sess_2"))
        with pytest.raises(NoResponse):
            await running
        await t.keeper.response.create(event_id="mine")
        await t.sent("response.create")
        await t.comes(session(id="sess_3"))
        assert (await t.sent("response.create"))["event_id"] == "mine"


async def test_a_request_that_was_kept_for_the_new_session() -> None:
    """A request sent in the new session before its first event is read stays."""
    async with talk() as t:
        await t.keeper.response.create()
        await t.sent("response.create")
        await t.comes(session(id="sess_1"))
        await t.nothing_sent()
        assert t.keeper.response_requested


async def test_the_end_of_the_connection_fails_respond() -> None:
    """`respond` raises the error of the connection."""
    async with talk() as t:
        running = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        waiting = asyncio.create_task(t.keeper.respond())
        await t.peer.close(1011, "broken")
        with pytest.raises(ConnectionClosed, match="1011"):
            await t.keeper.recv()
        for task in (running, waiting):
            with pytest.raises(ConnectionClosed, match="broken"):
                await task
        with pytest.raises(ConnectionClosed):
            await t.keeper.response.create()


async def test_a_normal_end_fails_respond() -> None:
    """A normal close ends the iteration and `respond`."""
    async with talk() as t:
        running = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.peer.close(1000)
        assert [event async for event in t.keeper] == []
        with pytest.raises(ConnectionClosed, match="1000"):
            await running


async def test_closing_fails_who_waits() -> None:
    """`close` ends `respond`, also without a receiving task."""
    async with talk() as t:
        running = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        closing = asyncio.create_task(t.keeper.close())
        assert (await t.peer.receive()).closing[0] == 1000
        await t.peer.close(1000)
        await closing
        with pytest.raises(ConnectionClosed):
            await running
        assert t.keeper.closed


async def test_receiving_can_be_cancelled() -> None:
    """Cancelling a receive loses no event."""
    async with talk() as t:
        for number in range(20):
            receiving = asyncio.create_task(t.keeper.recv())
            await t.peer.send(created(f"resp_{number}"))
            for _ in range(number % 4):
                await asyncio.sleep(0)
            receiving.cancel()
            await asyncio.wait([receiving])
            if receiving.cancelled():
                event = await t.keeper.recv()
            else:
                event = receiving.result()
            assert event["response"]["id"] == f"resp_{number}"


async def test_a_long_conversation_does_not_grow() -> None:
    """The memory of ended responses is bounded."""
    async with talk() as t:
        for number in range(300):
            await t.comes(created(f"resp_{number}"), done(f"resp_{number}"))
        responses = t.keeper.state.responses
        assert responses.has_ended("resp_299")
        assert not responses.has_ended("resp_0")
        assert not t.keeper.waiting_responses


async def test_a_lost_end_releases_the_queue() -> None:
    """Without further events of a response, the next one is sent."""
    async with talk() as t:
        first = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(created("resp_1"))
        second = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(created("resp_2"), done("resp_2"))
        assert (await second).id == "resp_2"
        with pytest.raises(NoResponse, match="was lost"):
            await first


async def test_a_slow_response_is_not_lost() -> None:
    """If a silent response is still active, the next one is queued again."""
    async with talk() as t:
        first = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(created("resp_1"))
        second = asyncio.create_task(t.keeper.respond())
        early = await t.sent("response.create")
        delivered = await t.comes(collision(early), done("resp_1"))
        assert [event.type for event in delivered] == ["response.done"]
        assert (await first).id == "resp_1"
        assert await t.sent("response.create") == early
        await t.comes(created("resp_2"), done("resp_2"))
        assert (await second).id == "resp_2"


async def test_a_request_without_an_answer_fails() -> None:
    """A request without a response is dropped after 30 s."""
    async with talk() as t:
        waiting = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        requested_at = loop_time()
        with pytest.raises(NoResponse, match="did not start"):
            await waiting
        assert loop_time() == requested_at + 30
        await t.keeper.response.create()
        await t.sent("response.create")


@pytest.mark.parametrize("event_id", [None, "mine"])
async def test_a_refused_cancel_reveals_a_lost_end(event_id: str | None) -> None:
    """If the service cannot cancel a response, it counts as ended."""
    async with talk() as t:
        await t.keeper.response.create()
        await t.sent("response.create")
        await t.comes(created("resp_1"))
        await t.keeper.response.cancel(event_id=event_id)
        cancel = await t.sent("response.cancel")
        await t.keeper.response.create()
        await t.comes(refusal(cancel, "response_cancel_not_active"))
        await t.sent("response.create")


async def test_a_refused_cancel_does_not_lose_the_end() -> None:
    """An end right after the refusal of a cancel is handled normally."""
    async with talk() as t:
        waiting = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(created("resp_1"))
        await t.keeper.response.cancel()
        cancel = await t.sent("response.cancel")
        await t.comes(refusal(cancel, "response_cancel_not_active"), done("resp_1"))
        assert (await waiting).status == "completed"
