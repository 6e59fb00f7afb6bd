"""User code: valid return values, and containment of everything else."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from math import inf, nan
from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    appends,
    every,
    only,
    respond,
    spoken,
    update,
    user,
)
from tests.support.raw_websocket import frame, session
from voicelive_mockserver import (
    CallFunction,
    CallMcp,
    McpError,
    McpHost,
    McpTool,
    MockServer,
    Reply,
    ReplyRequest,
    Say,
    SearchWeb,
    TranscriptionFailure,
    VirtualSession,
)
from voicelive_mockserver.engine.replies import Failed
from voicelive_mockserver.scenario import Scenario, ScriptedTurn, call

# `Any`, since type checkers would reject the invalid arguments.
any_reply: Any = Reply
any_say: Any = Say
any_call: Any = CallFunction
any_failed: Any = Failed
any_failure: Any = TranscriptionFailure
any_server: Any = MockServer
any_session: Any = VirtualSession

TEXT = update(modalities=["text"])
TOOL = {"type": "mcp", "server_label": "s", "server_url": "https://example.com/mcp"}


async def an_async_function(_: ReplyRequest) -> str:
    return "too late"


def a_generator(_: ReplyRequest) -> Any:
    yield Say("Hello.")


class Awaitable:
    def __await__(self) -> Any:
        yield


def raises(_: Any) -> Any:
    raise LookupError("no such answer")


def answer(responder: Any) -> tuple[VirtualSession, Event]:
    """Ask once in a session without sockets."""
    talk = VirtualSession(responder=responder)
    talk.send(TEXT, respond())
    return talk, only(talk.until("response.done"), "response.done")["response"]


@pytest.mark.parametrize(
    ("returned", "kinds"),
    [
        ("Hello.", ["message"]),
        (Say("Hello."), ["message"]),
        (call("get_weather", city="Paris"), ["function_call"]),
        (CallFunction("get_weather", '{"city": "Paris"}'), ["function_call"]),
        (SearchWeb("weather"), ["web_search_call"]),
        (["Hello.", call("f")], ["message", "function_call"]),
        ((Say("Hello."), Say("Bye.")), ["message", "message"]),
        ([], []),
        (any_reply(("Hello.", Say("Bye."))), ["message", "message"]),
        (any_reply([Say("Hello.")]), ["message"]),
    ],
)
def test_valid_results_of_responders(returned: Any, kinds: list[str]) -> None:
    """A responder can return everything that the `reply` of a scenario can have."""
    talk, response = answer(lambda _: returned)
    assert response["status"] == "completed"
    assert [item["type"] for item in response["output"]] == kinds
    assert talk.problems == []


@pytest.mark.parametrize(
    ("responder", "says"),
    [
        (lambda _: None, "The responder returned None; expected a text"),
        (an_async_function, "returned a coroutine: it is an async function"),
        (lambda _: an_async_function, "returned an_async_function itself"),
        (lambda _: Awaitable(), "an awaitable (Awaitable), which is not awaited"),
        (a_generator, "returned a generator: it uses yield"),
        (lambda _: Say, "returned Say itself, which is not called"),
        (lambda _: 5, "returned 5;"),
        (lambda _: b"Hello.", "returned b'Hello.';"),
        (lambda _: {"type": "say", "text": "Hello."}, "returned {'type': 'say'"),
        (lambda _: [Say("Hello."), None], "a list with None in it"),
        (lambda _: [["Hello."]], "a list with ['Hello.'] in it"),
        (lambda _: any_say(5), "returned Say: text: expected text, not 5"),
        (
            lambda _: [Say("a"), any_say(None)],
            "output 2: text: expected text, not null",
        ),
        (lambda _: any_call("f", 5), "returned CallFunction: arguments: expected"),
        (lambda _: call("f", x=object()), "returned CallFunction that is not JSON"),
        (lambda _: any_reply("Hello."), "Reply with outputs 'Hello.'"),
        (lambda _: any_reply((), "failed"), "Reply with ending 'failed'"),
        (lambda _: any_reply((), any_failed(code=5)), "ending: code: expected text"),
        (lambda _: any_reply((), None, 5), "Reply with latency 5"),
        (raises, "The responder raised LookupError: no such answer."),
        (lambda: "Hello.", "The responder raised TypeError"),
    ],
)
def test_invalid_results_of_responders(
    responder: Any, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Any other value fails the response with an error that describes it."""
    talk, response = answer(responder)
    assert response["status"] == "failed"
    message = response["status_details"]["error"]["message"]
    assert says in message
    assert talk.problems == [message]
    assert message in caplog.messages
    # The session continues.
    talk.send(respond())
    assert only(talk.until("response.done"), "response.done")
    assert talk.problems == [message]


async def test_over_a_socket() -> None:
    """A failing responder ends the response over a socket, at any speed."""
    for speed in (inf, 50):
        server = any_server(speed=speed, responder=an_async_function)
        async with server as mock, session(mock) as client:
            client.writer.write(frame(respond()))
            event = await client.event()
            while event["type"] != "response.done":
                event = await client.event()
            assert event["response"]["status"] == "failed"
            (problem,) = mock.problems
            assert problem in event["response"]["status_details"]["error"]["message"]
            with pytest.raises(AssertionError, match="a coroutine"):
                mock.assert_no_problems()
            mock.problems.clear()
            mock.assert_no_problems()


def test_a_responder_behind_a_scenario() -> None:
    """Replies to requests that a scenario does not cover are validated, too."""
    scenario = Scenario(turns=[ScriptedTurn(match="hello", latency=None)])
    talk = any_session(scenario=scenario, responder=lambda _: None)
    talk.send(TEXT, user("hello"), respond())
    response = only(talk.until("response.done"), "response.done")["response"]
    assert response["status"] == "failed"
    assert talk.problems == [response["status_details"]["error"]["message"]]


@pytest.mark.parametrize(
    ("transcript", "says"),
    [
        (lambda _: None, "The transcriber returned None; expected a text."),
        (an_async_function, "The transcriber returned a coroutine"),
        (lambda _: b"Hello.", "The transcriber returned b'Hello.'"),
        (lambda _: any_failure(code=5), "returned TranscriptionFailure("),
        (raises, "The transcriber raised LookupError: no such answer."),
    ],
)
@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
def test_transcribers(model: str, transcript: Any, says: str) -> None:
    """An invalid transcript fails the transcription with an error that describes it."""
    talk = VirtualSession(model=model, transcript=transcript)
    name = "whisper-1" if model == "gpt-realtime" else "azure-speech"
    talk.send(update(input_audio_transcription={"model": name}))
    talk.send(*appends(spoken()))
    events = talk.until("response.done")
    events += talk.finish()
    failed = only(events, "conversation.item.input_audio_transcription.failed")
    assert says in failed["error"]["message"]
    assert talk.problems == [failed["error"]["message"]]


class Host:
    """An MCP host with replaceable methods."""

    def __init__(self, **methods: Any) -> None:
        vars(self).update(methods)

    def list_tools(self, server: Mapping[str, Any], /) -> Sequence[McpTool]:
        return [McpTool("search", "Searches.", {"type": "object"})]

    def call(self, server: Mapping[str, Any], name: str, arguments: str, /) -> str:
        return "found"


@pytest.mark.parametrize(
    ("methods", "says"),
    [
        ({"call": lambda *_: None}, "The method call of the MCP host returned None"),
        ({"call": lambda *_: ["found"]}, "returned ['found']; expected a text."),
        ({"call": lambda *_: 1 // 0}, "call of the MCP host raised ZeroDivisionError"),
        ({"list_tools": lambda _: None}, "list_tools of the MCP host returned None"),
        ({"list_tools": an_async_function}, "returned a coroutine"),
        ({"list_tools": lambda _: ["search"]}, "returned 'search'; expected McpTool"),
        ({"list_tools": lambda _: [McpTool("a", "b", {"c": object()})]}, "McpTool"),
        ({"list_tools": lambda _: 1 // 0}, "raised ZeroDivisionError"),
    ],
)
def test_mcp_hosts(methods: dict[str, Any], says: str) -> None:
    """A failing host fails the call, or the list of tools, with a description."""

    def respond_with_call(_: ReplyRequest) -> Reply:
        return Reply((CallMcp("search", server="s", needs_approval=False),))

    talk = VirtualSession(mcp=Host(**methods), responder=respond_with_call)
    talk.send(update(modalities=["text"], tools=[TOOL]), respond())
    events = talk.finish()
    (problem,) = talk.problems
    assert says in problem
    if "call" in methods:
        assert every(events, "response.mcp_call.failed")
        done = every(events, "response.output_item.done")[-1]
        assert problem in done["item"]["error"]["message"]
    else:
        assert every(events, "mcp_list_tools.failed")
    talk.send(respond())
    assert every(talk.finish(), "response.done")


def test_mcp_errors_are_not_recorded() -> None:
    """`McpError` simulates a failing MCP server and is not recorded as a problem."""

    def refuse(*_: Any) -> str:
        raise McpError("not today")

    talk = VirtualSession(mcp=Host(list_tools=refuse))
    talk.send(update(tools=[TOOL]))
    assert every(talk.finish(), "mcp_list_tools.failed")
    assert talk.problems == []


@pytest.mark.parametrize("returned", [None, "now", nan, inf])
async def test_clocks(returned: Any) -> None:
    """A session starts in spite of an invalid clock."""
    async with MockServer(speed=inf, clock=lambda: returned) as mock:
        async with session(mock) as client:
            assert await client.is_alive()
        assert "The clock returned" in mock.problems[0]


def test_problems_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """The number of recorded problems is bounded."""
    caplog.set_level(logging.CRITICAL)
    talk = any_session(responder=lambda request: request.number)
    talk.send(TEXT)
    for _ in range(120):
        talk.send(respond())
        talk.finish()
    assert len(talk.problems) == 100


def test_hosts_are_typed() -> None:
    """The class above satisfies the protocol."""
    host: McpHost = Host()
    assert host.call({}, "search", "{}") == "found"
