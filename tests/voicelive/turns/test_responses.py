"""Responses wait for their turn."""

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
    """Without an active response, `response.create` goes out as it is."""
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
    """While a response is requested or active, others wait; in any form of an event."""
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
    """Only `response.create` waits for the end of a response."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        await t.keeper.response.create()
        await t.keeper.input_audio_buffer.append(audio=b"\0\0")
        await t.sent("input_audio_buffer.append")


async def test_a_response_of_the_service_counts() -> None:
    """A response that the service has begun by itself is one to wait for."""
    async with talk() as t:
        await t.comes(created("resp_vad"))
        await t.keeper.response.create()
        await t.nothing_sent()
        await t.comes(done("resp_vad"))
        await t.sent("response.create")


async def test_a_collision_is_retried_and_not_delivered() -> None:
    """A response of the service that was first: ours follows, without an error."""
    async with talk() as t:
        await t.keeper.response.create()
        request = await t.sent("response.create")
        events = await t.comes(created("resp_vad"), collision(request))
        assert [event.type for event in events] == ["response.created"]
        await t.nothing_sent()
        await t.comes(done("resp_vad"))
        assert await t.sent("response.create") == request


async def test_a_collision_before_the_other_response_is_known() -> None:
    """The error may come before `response.created` of the other response."""
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
    """An error that does not name the event is about the newest request."""
    async with talk() as t:
        await t.keeper.response.create()
        request = await t.sent("response.create")
        assert await t.comes(collision({})) == []
        await t.comes(created("resp_vad"), done("resp_vad"))
        assert await t.sent("response.create") == request


async def test_a_collision_keeps_its_place() -> None:
    """What is sent again goes before requests that came later."""
    async with talk() as t:
        await t.keeper.response.create()
        request = await t.sent("response.create")
        await t.keeper.response.create(event_id="later")
        await t.comes(created("resp_vad"), collision(request), done("resp_vad"))
        assert await t.sent("response.create") == request


async def test_a_collision_after_a_short_response() -> None:
    """A response of the service begins and ends before the error: ours follows."""
    async with talk() as t:
        await t.keeper.response.create()
        request = await t.sent("response.create")
        await t.comes(created("resp_vad"), done("resp_vad"), created("resp_2"))
        assert await t.comes(collision(request)) == []
        await t.comes(done("resp_2"))
        assert await t.sent("response.create") == request


async def test_a_collision_with_what_never_shows() -> None:
    """When the other response does not come, the request goes out after a while."""
    async with talk() as t:
        await t.keeper.response.create()
        request = await t.sent("response.create")
        await t.comes(collision(request))
        refused_at = loop_time()
        assert await t.sent("response.create") == request
        assert loop_time() == refused_at + 2


async def test_collisions_are_given_up() -> None:
    """A request that collides again and again ends with the error."""
    async with talk() as t:
        waiting = asyncio.create_task(t.keeper.respond())
        for _ in range(8):
            assert await t.comes(collision(await t.sent("response.create"))) == []
        last = await t.sent("response.create")
        assert len(await t.comes(collision(last))) == 1
        with pytest.raises(NoResponse):
            await waiting


async def test_a_refused_request_lets_the_next_go() -> None:
    """Another error ends the request and is delivered; the next one goes out."""
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
    """An error about something else is delivered, and the request goes on."""
    async with talk() as t:
        await t.keeper.response.create()
        await t.sent("response.create")
        other = refusal({"event_id": "item"}, "invalid_value")
        assert len(await t.comes(other, refusal({}, "invalid_value"))) == 2
        assert t.keeper.response_requested


async def test_respond_returns_the_response() -> None:
    """`respond` sends the request and returns what `response.done` has."""
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
    """A request that waits and that nobody waits for is not sent."""
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
    """`conversation: none` goes out beside the active response, and is told apart."""
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
    """Events that come twice, or after the end, do not free or block anything."""
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
    """If `response.done` is lost, the next response tells that the other is over."""
    async with talk() as t:
        waiting = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(created("resp_1"), created("resp_vad"))
        with pytest.raises(NoResponse, match="was lost"):
            await waiting
        assert t.keeper.active_response is not None
        assert t.keeper.active_response.id == "resp_vad"


async def test_what_waits_is_held_while_the_user_speaks() -> None:
    """A waiting request does not talk over the user, nor race with the answer."""
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


async def test_what_waits_goes_out_when_nobody_answers() -> None:
    """If the service does not answer the user, a waiting request goes out anyway."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        await t.keeper.response.create()
        await t.comes(speech_started(), done("resp_1", "cancelled"), speech_stopped())
        await t.sent("response.create")


async def test_without_answers_of_the_service_speech_holds_nothing_longer() -> None:
    """With `create_response: false` a request goes out when the user has spoken."""
    async with talk(detection={"type": "server_vad", "create_response": False}) as t:
        await t.comes(created("resp_1"))
        await t.keeper.response.create()
        await t.comes(speech_started(), done("resp_1", "cancelled"))
        await t.nothing_sent()
        await t.comes(speech_stopped())
        await t.sent("response.create")


async def test_asking_again_lets_go() -> None:
    """A `response.create` while the user speaks is not held, nor what waited."""
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
    """Also a request that waits is checked when it is made."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        with pytest.raises(TypeError, match="response"):
            await t.keeper.send({"type": "response.create", "response": object()})
        assert t.keeper.waiting_responses == 0


async def test_a_new_session_begins_anew() -> None:
    """A second `session.created` ends what was active and repeats what was asked."""
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
    """What was sent in the new session, before its first event is read, goes on."""
    async with talk() as t:
        await t.keeper.response.create()
        await t.sent("response.create")
        await t.comes(session(id="sess_1"))
        await t.nothing_sent()
        assert t.keeper.response_requested


async def test_the_end_of_the_link_fails_who_waits() -> None:
    """Whoever waits for a response gets the error of the link."""
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


async def test_a_normal_end_fails_who_waits() -> None:
    """Iteration ends after a normal close, and so does waiting."""
    async with talk() as t:
        running = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.peer.close(1000)
        assert [event async for event in t.keeper] == []
        with pytest.raises(ConnectionClosed, match="1000"):
            await running


async def test_closing_fails_who_waits() -> None:
    """`close` ends waiting, also when nobody receives."""
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
    """A receive that was cancelled has lost no event."""
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
    """What is remembered of ended responses is bounded."""
    async with talk() as t:
        for number in range(300):
            await t.comes(created(f"resp_{number}"), done(f"resp_{number}"))
        responses = t.keeper.state.responses
        assert responses.has_ended("resp_299")
        assert not responses.has_ended("resp_0")
        assert not t.keeper.waiting_responses


async def test_a_lost_end_holds_nobody_up_for_ever() -> None:
    """When nothing comes any more of a response, the next one is sent."""
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


async def test_a_slow_response_is_not_given_up() -> None:
    """If a silent response still runs, the next one waits for it after all."""
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


async def test_a_request_without_any_answer_is_given_up() -> None:
    """A response that never begins holds nobody up for ever."""
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
async def test_a_refused_cancel_tells_of_a_lost_end(event_id: str | None) -> None:
    """What the service cannot cancel has ended, whatever was seen of that."""
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
    """An end that comes just after the refusal of a cancel counts as usual."""
    async with talk() as t:
        waiting = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(created("resp_1"))
        await t.keeper.response.cancel()
        cancel = await t.sent("response.cancel")
        await t.comes(refusal(cancel, "response_cancel_not_active"), done("resp_1"))
        assert (await waiting).status == "completed"
