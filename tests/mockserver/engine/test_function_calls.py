"""Function calls: events, round trip, selection of a tool."""

from __future__ import annotations

import json
import re
from math import inf

import pytest

from tests.support.engine_driver import (
    WEATHER_TOOL,
    Session,
    append,
    appends,
    every,
    only,
    output,
    respond,
    runs,
    said,
    spoken,
    types,
    update,
    user,
)
from tests.support.mock_client import connected
from voicelive_mockserver import CallFunction, MockServer, Reply, Say


def tool_session(**options: object) -> Session:
    session = Session(**options)  # type: ignore[arg-type]
    session.ask(update(modalities=["text"], tools=[WEATHER_TOOL]))
    return session


def test_order_of_a_function_call() -> None:
    """A call has no content parts; its arguments are sent in deltas."""
    events = tool_session().ask(user("What is the weather in London?"), respond())
    assert runs(events) == [
        "conversation.item.created",
        "response.created",
        "response.output_item.added",
        "conversation.item.created",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.done",
    ]


def test_payloads_of_a_function_call() -> None:
    """Deltas have the call_id and neither name nor content_index."""
    events = tool_session().ask(user("What is the weather in London?"), respond())
    item = only(events, "response.output_item.added")["item"]
    assert list(item.items()) == [
        ("id", item["id"]),
        ("object", "realtime.item"),
        ("type", "function_call"),
        ("status", "in_progress"),
        ("name", "get_weather"),
        ("call_id", item["call_id"]),
        ("arguments", ""),
    ]
    assert re.fullmatch(r"call_\w{16}", item["call_id"])
    assert every(events, "conversation.item.created")[1]["item"] == item
    deltas = every(events, "response.function_call_arguments.delta")
    keys = ["response_id", "item_id", "output_index", "call_id"]
    assert list(deltas[0]) == ["event_id", "type", *keys, "delta"]
    done = only(events, "response.function_call_arguments.done")
    assert list(done) == ["event_id", "type", *keys, "name", "arguments"]
    assert "".join(delta["delta"] for delta in deltas) == done["arguments"]
    assert json.loads(done["arguments"]) == {"city": "London"}
    finished = only(events, "response.output_item.done")["item"]
    assert finished == item | {"status": "completed", "arguments": done["arguments"]}
    assert only(events, "response.done")["response"]["output"] == [finished]


def test_arguments_have_the_white_space_of_the_pipeline() -> None:
    """Native models add white space, cascaded ones write compact JSON."""
    question = user("What is the weather in London?")
    native = only(tool_session().ask(question, respond()), "response.done")
    assert "\n" in native["response"]["output"][0]["arguments"]
    cascaded = only(
        tool_session(model="gpt-4o").ask(question, respond()), "response.done"
    )
    assert cascaded["response"]["output"][0]["arguments"] == '{"city":"London"}'


def test_the_round_ends_with_an_answer_from_the_output() -> None:
    """The output alone has no effect; the next response uses it."""
    session = tool_session()
    events = session.ask(user("What is the weather in London?"), respond())
    call_id = only(events, "response.done")["response"]["output"][0]["call_id"]
    events = session.ask(output(call_id, "It is foggy and 12 degrees in London."))
    assert types(events) == ["conversation.item.created"]
    assert "status" not in events[0]["item"]
    events = session.ask(respond())
    text = only(events, "response.text.done")["text"]
    assert text == "It is foggy and 12 degrees in London."


def test_the_reply_uses_json_outputs() -> None:
    """Values of a JSON output are in the reply."""
    session = tool_session()
    events = session.ask(user("What is the weather in Beijing?"), respond())
    call_id = only(events, "response.done")["response"]["output"][0]["call_id"]
    events = session.ask(
        output(call_id, '{"weather": "sunny", "temp_c": 25}'), respond()
    )
    text = only(events, "response.text.done")["text"]
    assert "sunny" in text
    assert "25" in text


def test_a_call_from_speech() -> None:
    """Spoken requests lead to calls as well."""
    session = tool_session(transcriber=lambda _audio: "What's the weather in paris?")
    events = session.ask(*appends(spoken()))
    done = only(events, "response.function_call_arguments.done")
    assert json.loads(done["arguments"]) == {"city": "Paris"}


def test_no_call_without_a_matching_tool() -> None:
    """With `tool_choice: auto`, unrelated requests get a message."""
    events = tool_session().ask(user("Tell me a joke."), respond())
    assert "response.text.done" in types(events)


def test_tool_choice_none() -> None:
    """`tool_choice: none` prevents calls."""
    events = tool_session().ask(
        user("What is the weather in London?"), respond(tool_choice="none")
    )
    assert "response.text.done" in types(events)


def test_tool_choice_required() -> None:
    """`tool_choice: required` causes one call for any request."""
    events = tool_session().ask(
        user("Tell me a joke."), respond(tool_choice="required")
    )
    assert len(only(events, "response.done")["response"]["output"]) == 1
    assert "response.function_call_arguments.done" in types(events)


def test_tool_choice_by_name() -> None:
    """Cascaded models call a named function, given as object or name."""
    other = {"type": "function", "name": "get_time"}
    for choice in ({"type": "function", "name": "get_time"}, "get_time"):
        session = tool_session(model="gpt-4o")
        session.ask(update(tools=[WEATHER_TOOL, other], tool_choice=choice))
        events = session.ask(user("What is the weather in London?"), respond())
        done = only(events, "response.function_call_arguments.done")
        assert done["name"] == "get_time"


def test_native_models_ignore_a_named_function() -> None:
    """Realtime models treat a named function as `auto`."""
    other = {"type": "function", "name": "get_time"}
    session = tool_session()
    session.ask(update(tools=[WEATHER_TOOL, other], tool_choice="get_time"))
    events = session.ask(user("What is the weather in London?"), respond())
    done = only(events, "response.function_call_arguments.done")
    assert done["name"] == "get_weather"


def test_speech_and_calls_in_one_response() -> None:
    """A response can have messages and several calls as separate items."""
    reply = Reply(
        (
            Say("One moment."),
            CallFunction("get_weather", {"city": "Rome"}),
            CallFunction("get_weather", '{"city": broken'),
        )
    )
    session = tool_session(responder=lambda _request: reply)
    session.ask(update(modalities=["text", "audio"]))
    events = session.ask(user("Both, please."), respond())
    items = only(events, "response.done")["response"]["output"]
    assert [item["type"] for item in items] == [
        "message",
        "function_call",
        "function_call",
    ]
    assert items[2]["arguments"] == '{"city": broken'
    done = every(events, "response.function_call_arguments.done")
    assert [event["output_index"] for event in done] == [1, 2]
    assert len({item["call_id"] for item in items[1:]}) == 2


class TestOutputsWithoutACall:
    """A `function_call_output` without its call in the conversation (livekit)."""

    def test_an_unknown_call(self) -> None:
        """The error names the call, and no item is created."""
        session = Session()
        session.finish()
        events = session.ask(output("call_Xz0z4X8aSYDdkTf2"))
        error = only(events, "error")["error"]
        assert types(events) == ["error"]
        assert error["code"] == "invalid_tool_call_id"
        assert error["message"] == (
            "Tool call ID 'call_Xz0z4X8aSYDdkTf2' not found in conversation."
        )
        assert only(session.ask(respond()), "response.done")

    @pytest.mark.parametrize("call_id", ["call_1/finished", "", "call 1", "call_é"])
    def test_a_malformed_call_id(self, call_id: str) -> None:
        """Only letters, digits, `_` and `-` are valid, also in calls of clients."""
        item = {"type": "function_call", "call_id": call_id, "name": "f"}
        call = {
            "type": "conversation.item.create",
            "item": item | {"arguments": "{}"},
        }
        session = Session()
        session.finish()
        for event in (output(call_id), call):
            events = session.ask(event)
            assert types(events) == ["error"]
            assert events[0]["error"]["param"] == "item.call_id"
            assert "^[a-zA-Z0-9_-]+$" in events[0]["error"]["message"]

    def test_a_seeded_call(self) -> None:
        """A call that the client added can have an output until it is deleted."""
        item = {"type": "function_call", "call_id": "mine-1", "name": "f", "id": "c1"}
        call = {
            "type": "conversation.item.create",
            "item": item | {"arguments": "{}"},
        }
        session = Session()
        assert "error" not in types(session.ask(call, output("mine-1")))
        session.ask({"type": "conversation.item.delete", "item_id": "c1"})
        error = only(session.ask(output("mine-1")), "error")["error"]
        assert error["code"] == "invalid_tool_call_id"

    @pytest.mark.parametrize("key", ["append_input_items", "input_items"])
    def test_in_a_request_for_a_response(self, key: str) -> None:
        """The same applies to items of `response.create`."""
        answer = output("mine-1")["item"]
        call = {
            "type": "function_call",
            "call_id": "mine-1",
            "name": "f",
            "arguments": "{}",
        }
        events = Session().ask(respond(**{key: [answer]}))
        assert only(events, "error")["error"]["code"] == "invalid_tool_call_id"
        assert "response.created" not in types(events)
        events = Session().ask(respond(**{key: [call, answer]}))
        assert only(events, "response.done")["response"]["status"] == "completed"


class TestBetweenTheCallAndItsEnd:
    """Messages between a complete call and its `response.done`."""

    @staticmethod
    def called() -> tuple[Session, str]:
        """Return a session in which a call is complete and its response is not done."""
        session = tool_session()
        session.send(user("What is the weather in London?"), respond())
        done = session.until("response.function_call_arguments.done")
        return session, done["call_id"]

    def test_a_request_waits_for_the_end(self) -> None:
        """`response.create` waits, as items do (live test of the vendor)."""
        session, call_id = self.called()
        events = session.ask(output(call_id, '{"sky": "foggy"}'), respond())
        kinds = types(events)
        assert "error" not in kinds
        done, created = kinds.index("response.done"), kinds.index("response.created")
        item = kinds.index("conversation.item.created")
        assert done < item < created
        assert "foggy" in only(events, "response.text.done")["text"]

    def test_a_request_alone_waits_too(self) -> None:
        """Without the output, the call is not repeated."""
        session, call_id = self.called()
        events = session.ask(respond())
        assert types(events)[:2] == ["response.done", "response.created"]
        assert "response.function_call_arguments.done" not in types(events)
        assert "get_weather" in only(events, "response.text.done")["text"]
        events = session.ask(output(call_id, '{"sky": "foggy"}'), respond())
        assert "foggy" in only(events, "response.text.done")["text"]

    def test_a_second_request_is_rejected(self) -> None:
        """The request that waits counts as active."""
        session, _ = self.called()
        events = session.ask(respond(), respond())
        error = only(events, "error")["error"]
        assert error["code"] == "conversation_already_has_active_response"
        assert len(every(events, "response.done")) == 2

    def test_an_out_of_band_response_does_not_wait(self) -> None:
        """It starts concurrently with the one that ends."""
        session, _ = self.called()
        session.send(respond(conversation="none"))
        events = session.finish()
        assert len(every(events, "response.done")) == 2
        assert "error" not in types(events)

    def test_a_spoken_turn_waits_too(self) -> None:
        """A spoken turn that does not interrupt is answered afterwards."""
        session = tool_session()
        detection = {"type": "server_vad", "interrupt_response": False}
        session.ask(update(turn_detection=detection))
        session.send(user("What is the weather in London?"), respond())
        session.until("response.function_call_arguments.done")
        events = session.ask(append(spoken()))
        assert "error" not in types(events)
        assert len(every(events, "response.done")) == 2


@pytest.mark.virtual_time(sockets=True)
@pytest.mark.parametrize("speed", [1.0, 20.0, inf])
async def test_a_call_is_answered_at_once_at_every_speed(speed: float) -> None:
    """Over a socket, a client need not wait for `response.done`."""
    async with MockServer(speed=speed) as server, connected(server) as client:
        await client.send(
            update(modalities=["text"], tools=[WEATHER_TOOL]),
            user("What is the weather in London?"),
            respond(),
        )
        events = await client.until("response.function_call_arguments.done")
        call_id = events[-1]["call_id"]
        await client.send(output(call_id, '{"sky": "foggy"}'), respond())
        events += await client.until("response.done")
        events += await client.until("response.done")
    assert "error" not in types(events)
    assert "foggy" in said(events)
