"""Selection of turns, number of uses, and replies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    answer,
    only,
    output,
    respond,
    said,
    text_session,
    user,
)
from voicelive_mockserver import CallFunction, Say
from voicelive_mockserver.engine.replies import Cancelled, Failed, Incomplete
from voicelive_mockserver.scenario import Latency, Match, Scenario, ScriptedTurn, call


def scripted(*turns: ScriptedTurn, **options: Any) -> Session:
    """Return a text session of a scenario with these turns."""
    return text_session(scenario=Scenario(turns=turns, **options))


def response_to(session: Session, text: str) -> Event:
    """Send a text of the user; return the response."""
    done = only(session.ask(user(text), respond()), "response.done")
    response: Event = done["response"]
    return response


def returned(session: Session, *results: str) -> str:
    """Send outputs for the calls of the last response; return the reply."""
    calls = [
        event
        for event in session.events
        if event["type"] == "response.function_call_arguments.done"
    ][-len(results) :]
    outputs = [
        output(event["call_id"], result)
        for event, result in zip(calls, results, strict=True)
    ]
    return said(session.ask(*outputs, respond()))


def test_the_first_turn_that_fits_answers() -> None:
    """Turns are tried in the order of the file."""
    session = scripted(
        ScriptedTurn(match="weather", reply="Sunny."),
        ScriptedTurn(match="weather in paris", reply="Never."),
        ScriptedTurn(match="time", reply="Noon."),
    )
    assert answer(session, "The weather in Paris?") == "Sunny."
    assert answer(session, "What time is it?") == "Noon."


@pytest.mark.parametrize(
    ("match", "text", "fits"),
    [
        ("WEATHER", "How is the weather?", True),
        ("weather", "How is the wether?", False),
        (Match(exact="  stop. "), "Stop.", True),
        (Match(exact="stop"), "Stop it", False),
        (Match(exact="Stop", case_sensitive=True), "stop", False),
        (Match(contains="Stop", case_sensitive=True), "Stop it", True),
        (Match(contains="Stop", case_sensitive=True), "stop it", False),
        (Match(regex=r"\bhi\b"), "Hi there", True),
        (Match(regex=r"\bhi\b"), "this", False),
        (Match(regex="^hi", case_sensitive=True), "Hi", False),
        (Match(contains="a", regex="b"), "a", False),
        (Match(contains="a", regex="b"), "a b", True),
        (Match(contains="STRASSE"), "Die Straße", True),
        (Match(response=1), "anything", True),
        (Match(response=2), "anything", False),
        (Match(), "anything", True),
        (None, "anything", True),
    ],
)
def test_matching_text(match: str | Match | None, text: str, fits: bool) -> None:
    """Conditions on the text, alone and together."""
    session = scripted(ScriptedTurn(match=match, reply="It fits."))
    assert (answer(session, text) == "It fits.") is fits


def test_turns_without_conditions_are_used_once() -> None:
    """A list of replies is a script; the built-in replies follow it."""
    session = scripted(ScriptedTurn(reply="One."), ScriptedTurn(reply="Two."))
    assert [answer(session, "Hello") for _ in range(2)] == ["One.", "Two."]
    assert answer(session, "Hello").startswith("Hello there!")


def test_turns_with_conditions_are_reused() -> None:
    """A turn with a match has unlimited uses by default."""
    session = scripted(
        ScriptedTurn(match="x", times="once", reply="First."),
        ScriptedTurn(match="x", times=2, reply="Second."),
        ScriptedTurn(match="x", reply="Always."),
        ScriptedTurn(times="always", reply="Else."),
    )
    replies = [answer(session, text) for text in "xxyxxxy"]
    assert replies == [
        "First.",
        "Second.",
        "Else.",
        "Second.",
        "Always.",
        "Always.",
        "Else.",
    ]


def test_by_the_number_of_the_response() -> None:
    """A turn can match the n-th response of the session."""
    session = scripted(ScriptedTurn(match=Match(response=2), reply="The second."))
    assert answer(session, "Hello").startswith("Hello there!")
    assert answer(session, "Hello") == "The second."
    assert answer(session, "Hello").startswith("Hello there!")


def test_an_empty_conversation() -> None:
    """An empty exact match fits an empty conversation."""
    session = scripted(ScriptedTurn(match=Match(exact=""), reply="Welcome!"))
    assert said(session.ask(respond())) == "Welcome!"
    assert answer(session, "Hello") != "Welcome!"


def test_a_call_and_its_output() -> None:
    """Conditions on the text do not match while a function output awaits a reply."""
    session = scripted(
        ScriptedTurn(match="weather", reply=[call("get_weather", city="Paris")]),
        ScriptedTurn(match=Match(output_of="get_time"), reply="Wrong function."),
        ScriptedTurn(match=Match(output="rain"), reply="Take an umbrella."),
        ScriptedTurn(match=Match(output_of="get_weather"), reply="Enjoy the day."),
    )
    answer(session, "The weather?")
    assert returned(session, "It will RAIN.") == "Take an umbrella."
    answer(session, "The weather?")
    assert returned(session, "sunny") == "Enjoy the day."


def test_one_of_several_outputs() -> None:
    """The conditions on an output must hold for a single output."""
    session = scripted(
        ScriptedTurn(match="both", reply=[call("a"), call("b")]),
        ScriptedTurn(match=Match(output_of="a", output="two"), reply="Never."),
        ScriptedTurn(match=Match(output_of="b", output="two"), reply="It was b."),
    )
    answer(session, "both")
    assert returned(session, "one", "two") == "It was b."


def test_outputs_without_a_turn() -> None:
    """The reply of the built-in responder contains the function output."""
    session = scripted(ScriptedTurn(match="weather", reply=[call("get_weather")]))
    answer(session, "weather")
    assert "temperature is 20" in returned(session, '{"temperature": 20}')


def test_a_strict_scenario() -> None:
    """A strict scenario fails unmatched responses; the error has the request."""
    session = scripted(
        ScriptedTurn(match="x", reply=[call("f")]), strict=True, name="mine"
    )
    response = response_to(session, "Hello")
    assert response["status"] == "failed"
    error = response["status_details"]["error"]
    assert error["code"] == "no_turn_fits"
    assert error["message"] == "No turn of the scenario 'mine' fits the text \"Hello\"."
    answer(session, "x")
    returned(session, "y")
    done = [event for event in session.events if event["type"] == "response.done"]
    message = done[-1]["response"]["status_details"]["error"]["message"]
    assert message.endswith("fits the output of f.")


def test_placeholders() -> None:
    """Placeholders are replaced by texts, groups and numbers, also in arguments."""
    session = scripted(
        ScriptedTurn(
            match=Match(regex=r"from (\w+) to (?P<goal>\w+)( by (?P<vehicle>\w+))?"),
            reply=[
                "{number}: {1} - {goal} ({vehicle}) {unknown} {text}",
                call("route", stops=["{1}", {"last": "{2}"}], count=2),
            ],
        )
    )
    assert answer(session, "From Oslo to Rome") == (
        "1: Oslo - Rome () {unknown} From Oslo to Rome"
    )
    arguments = only(session.events, "response.function_call_arguments.done")
    assert json.loads(arguments["arguments"]) == {
        "stops": ["Oslo", {"last": "Rome"}],
        "count": 2,
    }


def test_placeholders_of_outputs() -> None:
    """A path selects a value in an output."""
    reply = "{output.sky}, {output.days.1.high} of {output.days.0}, {output.no.way}"
    session = scripted(
        ScriptedTurn(match="go", reply=[call("f"), call("g")]),
        ScriptedTurn(match=Match(output_of="g"), reply=reply),
        ScriptedTurn(match=Match(output_of="f"), reply="{output}"),
    )
    answer(session, "go")
    second = '{"sky": "blue", "days": [{"low": 1.5}, {"high": 20}, null]}'
    reply = returned(session, "no JSON", second)
    assert reply == 'blue, 20 of {"low":1.5}, {output.no.way}'


def test_inserted_values_are_not_templates() -> None:
    """Their braces are not expanded."""
    session = scripted(ScriptedTurn(times="always", reply="{text}"))
    assert answer(session, "{number} {1} {text}") == "{number} {1} {text}"


def test_several_outputs() -> None:
    """A reply with several outputs is a response with several items."""
    session = scripted(
        ScriptedTurn(reply=["One.", Say("Two.", at_once=True), CallFunction("f", "x{")])
    )
    items: list[Event] = response_to(session, "go")["output"]
    assert [item["type"] for item in items] == ["message", "message", "function_call"]
    assert items[2]["arguments"] == "x{"


def test_no_output() -> None:
    """An empty reply has no output; without a reply, the responder replies."""
    session = scripted(ScriptedTurn(reply=[]), ScriptedTurn(match="hello"))
    assert response_to(session, "Hello")["output"] == []
    assert answer(session, "Hello").startswith("Hello there!")


@pytest.mark.parametrize(
    ("ending", "details"),
    [
        (
            Failed("c", "m", "t"),
            {"type": "failed"}
            | {"error": {"type": "t", "code": "c", "message": "m", "param": None}},
        ),
        (
            Incomplete("content_filter"),
            {"type": "incomplete", "reason": "content_filter"},
        ),
        (Cancelled(), {"type": "cancelled", "reason": "turn_detected"}),
    ],
)
def test_endings(ending: Failed | Incomplete | Cancelled, details: Event) -> None:
    """A response has the ending of the turn; its last item is incomplete."""
    session = scripted(
        ScriptedTurn(reply=["All of this.", "And half of"], ending=ending)
    )
    response = response_to(session, "go")
    assert response["status"] == ending.status
    assert response["status_details"] == details
    assert [item["status"] for item in response["output"]] == [
        "completed",
        "incomplete",
    ]
    assert answer(session, "Hello").startswith("Hello there!")


def test_latency_of_a_turn() -> None:
    """The latency of a turn applies to its response."""
    session = scripted(
        ScriptedTurn(
            reply="One two three four.",
            latency=Latency(
                response_created=2.0, first_text=3.0, text_rate=1.0, response_done=5.0
            ),
        ),
        ScriptedTurn(reply="Quick."),
    )

    def time_of(event_type: str) -> float:
        session.until(event_type)
        return round(session.engine.now - began, 3)

    session.ask(user("go"))
    began = session.engine.now
    session.send(respond())
    assert time_of("response.created") == 2.0
    assert time_of("response.text.delta") == 5.0
    assert time_of("response.text.delta") == 6.0
    finished = time_of("response.output_item.done")
    assert time_of("response.done") == finished + 5.0
    began = session.engine.now
    session.send(respond())
    assert time_of("response.done") < 1.0


def test_a_delayed_response_counts_as_requested() -> None:
    """A second one is rejected, and it cannot be cancelled."""
    session = scripted(
        ScriptedTurn(reply="Late.", latency=Latency(response_created=9.0))
    )
    session.send(user("go"), respond())
    session.wait(5.0)
    session.send(respond(), {"type": "response.cancel"})
    errors = [
        event["error"]["code"]
        for event in session.wait(1.0)
        if event["type"] == "error"
    ]
    assert errors == [
        "conversation_already_has_active_response",
        "response_cancel_not_active",
    ]
    assert said(session.finish()) == "Late."
