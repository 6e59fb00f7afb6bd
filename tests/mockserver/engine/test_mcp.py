"""MCP servers: listing of tools, calls, approval."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    appends,
    every,
    only,
    respond,
    runs,
    spoken,
    types,
    update,
    user,
)
from voicelive_mockserver import (
    CallMcp,
    McpError,
    McpTool,
    Reply,
    ReplyRequest,
    Say,
    built_in_responder,
)
from voicelive_mockserver.engine.latency import LatencyModel
from voicelive_mockserver.engine.replies import Cancelled, Ending, Failed, Incomplete
from voicelive_protocol import API_VERSIONS


def server(**options: Any) -> Event:
    return {
        "type": "mcp",
        "server_label": "docs",
        "server_url": "https://docs.example/mcp",
    } | options


def mcp_session(approval: Any = "never", **options: Any) -> Session:
    session = Session(**options)
    session.ask(update(modalities=["text"], tools=[server(require_approval=approval)]))
    return session


def approve(request_id: str, yes: bool) -> Event:
    item = {
        "type": "mcp_approval_response",
        "approval_request_id": request_id,
        "approve": yes,
    }
    return {"type": "conversation.item.create", "item": item}


def call(**options: Any) -> Any:
    return lambda _request: Reply((CallMcp("search", {"query": "x"}, **options),))


CANCEL: Event = {"type": "response.cancel"}
ASK = user("Search the documents for sunglasses.")
CALL_EVENTS = [
    "response.created",
    "response.output_item.added",
    "conversation.item.created",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.done",
    "response.mcp_call.in_progress",
    "response.mcp_call.completed",
    "response.output_item.done",
]


@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
def test_listing_the_tools(model: str) -> None:
    """A new server causes an item and, later, the event of its completion."""
    session = Session(model=model)
    session.finish()
    events = session.ask(update(tools=[server()]))
    assert types(events) == [
        "session.updated",
        "conversation.item.created",
        "mcp_list_tools.in_progress",
        "mcp_list_tools.completed",
    ]
    item = events[1]["item"]
    assert list(item) == ["id", "object", "type", "server_label", "tools"]
    assert (item["server_label"], item["tools"]) == ("docs", [])
    assert {event["item_id"] for event in events[2:]} == {item["id"]}
    retrieve = {"type": "conversation.item.retrieve", "item_id": item["id"]}
    (retrieved,) = session.ask(retrieve)
    assert [tool["name"] for tool in retrieved["item"]["tools"]] == [
        "search_documents",
        "fetch_document",
    ]


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://a.example", "https://none.invalid/mcp", "http://[", ""]
)
def test_a_server_that_cannot_be_reached(url: str) -> None:
    """A bad address is reported; the session continues without the tools."""
    session = Session()
    events = session.ask(update(modalities=["text"], tools=[server(server_url=url)]))
    assert types(events)[-1] == "mcp_list_tools.failed"
    events = session.ask(ASK, respond())
    assert "response.text.done" in types(events)


def test_known_servers_are_not_listed_again() -> None:
    """Only tools of new or changed servers are listed."""
    session = mcp_session()
    assert types(session.ask(update(tools=[server(require_approval="never")]))) == [
        "session.updated"
    ]
    events = session.ask(update(tools=[server(allowed_tools=["lookup"])]))
    assert "mcp_list_tools.completed" in types(events)


@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
def test_a_call_without_approval(model: str) -> None:
    """The service makes the call after the response that contains it."""
    events = mcp_session(model=model).ask(ASK, respond())
    assert runs(events)[1:] == CALL_EVENTS
    added = only(events, "response.output_item.added")["item"]
    assert list(added) == [
        "id",
        "object",
        "type",
        "name",
        "server_label",
        "arguments",
        "approval_request_id",
        "output",
        "error",
    ]
    assert (added["arguments"], added["output"]) == ("", None)
    done = only(events, "response.output_item.done")["item"]
    deltas = every(events, "response.mcp_call_arguments.delta")
    arguments = "".join(delta["delta"] for delta in deltas)
    assert done["arguments"] == arguments
    assert only(events, "response.mcp_call_arguments.done")["arguments"] == arguments
    assert json.loads(arguments) == {"query": "Search the documents for sunglasses."}
    assert "sunglasses" in done["output"]
    response = only(events, "response.done")["response"]
    assert response["output"] == [done | {"output": None}]
    response_ids = {event["response_id"] for event in events if "response_id" in event}
    assert response_ids == {response["id"]}


def test_the_result_is_spoken_in_the_next_response() -> None:
    """The client requests a response that uses the result."""
    session = mcp_session()
    session.ask(ASK, respond())
    events = session.ask(respond())
    assert "found one entry" in only(events, "response.text.done")["text"]


def test_a_call_that_fails() -> None:
    """The item of a failed call has the error; the response is complete."""
    events = mcp_session(responder=call(error="Not today.")).ask(respond())
    assert "response.mcp_call.failed" in types(events)
    assert "response.mcp_call.completed" not in types(events)
    item = only(events, "response.output_item.done")["item"]
    assert (item["output"], item["error"]["message"]) == (None, "Not today.")
    assert only(events, "response.done")["response"]["status"] == "completed"


def test_cancelling_a_call() -> None:
    """A call is not made if its response is cancelled before it is done."""
    session = mcp_session()
    session.send(ASK, respond())
    session.until("response.mcp_call_arguments.done")
    events = session.ask(CANCEL)
    assert types(events) == [
        "response.mcp_call.failed",
        "response.output_item.done",
        "response.done",
    ]
    assert events[1]["item"]["error"]["message"] == "The call was cancelled."
    assert events[2]["response"]["output"] == [events[1]["item"]]


def test_cancelling_before_the_arguments_are_complete() -> None:
    """An incomplete call has neither a result nor an error."""
    session = mcp_session()
    session.send(ASK, respond())
    session.until("response.mcp_call_arguments.delta")
    events = session.ask(CANCEL)
    assert types(events) == [
        "response.mcp_call_arguments.done",
        "response.output_item.done",
        "response.done",
    ]
    assert (events[1]["item"]["output"], events[1]["item"]["error"]) == (None, None)


def test_a_call_outlives_its_response() -> None:
    """After `response.done`, a call cannot be cancelled."""
    session = mcp_session()
    session.send(ASK, respond())
    session.until("response.mcp_call.in_progress")
    events = session.ask(CANCEL)
    assert types(events) == [
        "error",
        "response.mcp_call.completed",
        "response.output_item.done",
    ]
    assert events[0]["error"]["code"] == "response_cancel_not_active"


@pytest.mark.parametrize(
    ("ending", "made"),
    [(Failed(), False), (Cancelled(), False), (Incomplete(), True)],
)
def test_calls_of_failed_and_incomplete_responses(ending: Ending, made: bool) -> None:
    """A failed response makes no calls, an incomplete one its complete calls."""
    reply = Reply((CallMcp("search", {"query": "x"}, "docs"),), ending)
    events = mcp_session(responder=lambda _request: reply).ask(respond())
    assert ("response.mcp_call.completed" in types(events)) == made
    assert ("response.mcp_call.failed" in types(events)) != made


def test_several_calls() -> None:
    """The calls of a response run concurrently, after it."""
    reply = Reply(
        (
            CallMcp("search", {"query": "x"}, "docs", output="1"),
            CallMcp("search", {"query": "y"}, "docs", error="no"),
        )
    )
    events = mcp_session(responder=lambda _request: reply).ask(respond())
    done = types(events).index("response.done")
    assert types(events)[done + 1 :] == [
        "response.mcp_call.in_progress",
        "response.mcp_call.in_progress",
        "response.mcp_call.completed",
        "response.output_item.done",
        "response.mcp_call.failed",
        "response.output_item.done",
    ]
    assert [event["output_index"] for event in events[done + 1 :]] == [0, 1, 0, 0, 1, 1]


def test_a_response_requested_during_a_call() -> None:
    """It starts when the result is known."""
    session = mcp_session()
    session.send(ASK, respond())
    session.until("response.mcp_call.in_progress")
    events = session.ask(respond())
    assert types(events)[:3] == [
        "response.mcp_call.completed",
        "response.output_item.done",
        "response.created",
    ]
    assert "found one entry" in only(events, "response.text.done")["text"]


def test_a_ready_message_during_a_call() -> None:
    """A pre-generated message does not wait for the call."""
    session = mcp_session(responder=call())
    slow = LatencyModel(tool_call=5.0)
    reply = Reply((CallMcp("search", {}, "docs"),), latency=slow)
    session = mcp_session(responder=lambda _request: reply)
    session.send(respond())
    session.until("response.mcp_call.in_progress")
    content = [{"type": "text", "text": "One moment, please."}]
    message = {"type": "message", "role": "assistant", "content": content}
    events = session.ask(respond(pre_generated_assistant_message=message))
    assert types(events)[-3:] == [
        "response.done",
        "response.mcp_call.completed",
        "response.output_item.done",
    ]


@pytest.mark.parametrize(
    ("rule", "asks"),
    [
        (None, True),
        ("always", True),
        ("never", False),
        ({"never": ["search"]}, False),
        ({"always": ["search"]}, True),
        ({"never": ["other"]}, True),
    ],
)
def test_when_a_call_needs_approval(rule: Any, asks: bool) -> None:
    """By default, unless the server or the tool is excepted."""
    events = mcp_session(rule, responder=call()).ask(respond())
    kind = only(events, "response.output_item.done")["item"]["type"]
    assert kind == ("mcp_approval_request" if asks else "mcp_call")


def test_an_approved_call() -> None:
    """The service continues without a request."""
    session = mcp_session("always")
    events = session.ask(ASK, respond())
    assert types(events)[1:] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.created",
        "response.output_item.done",
        "response.done",
    ]
    request = only(events, "response.output_item.done")["item"]
    assert list(request) == [
        "id",
        "object",
        "type",
        "name",
        "server_label",
        "arguments",
    ]
    events = session.ask(approve(request["id"], True))
    assert types(events)[0] == "conversation.item.created"
    assert runs(events[1:]) == CALL_EVENTS
    item = only(events, "response.output_item.done")["item"]
    assert item["approval_request_id"] == request["id"]
    assert json.loads(item["arguments"]) == json.loads(request["arguments"])
    text = only(session.ask(respond()), "response.text.done")["text"]
    assert "found one entry" in text


def asked_session(**options: Any) -> tuple[Session, str]:
    """Return a session with a pending approval, and its identifier."""
    session = mcp_session("always", **options)
    request = only(session.ask(ASK, respond()), "response.output_item.done")["item"]
    return session, request["id"]


@pytest.mark.parametrize(
    "moment", [None, "response.created", "response.mcp_call.in_progress"]
)
def test_a_response_requested_after_an_approval(moment: str | None) -> None:
    """The request is accepted, and the response uses the result."""
    session, request_id = asked_session()
    session.send(approve(request_id, True))
    if moment is not None:
        session.until(moment)
    session.send(respond())
    session.finish()
    # All since the client was asked.
    events = session.events[types(session.events).index("response.done") + 1 :]
    assert runs(events)[1 : len(CALL_EVENTS) + 2] == [*CALL_EVENTS, "response.created"]
    assert "error" not in types(events)
    assert "found one entry" in only(events, "response.text.done")["text"]


def test_one_response_at_a_time_after_an_approval() -> None:
    """A second `response.create` during the call is rejected."""
    session, request_id = asked_session()
    events = session.ask(approve(request_id, True), respond(), respond())
    error = only(events, "error")["error"]
    assert error["code"] == "conversation_already_has_active_response"
    assert "found one entry" in only(events, "response.text.done")["text"]


@pytest.mark.parametrize("moment", [None, "response.text.delta"])
def test_an_approval_during_a_response(moment: str | None) -> None:
    """An approved call waits for the end of an earlier response."""
    session, request_id = asked_session()
    session.send(user("A story, please."), respond())
    if moment is not None:
        session.until(moment)
    events = session.ask(approve(request_id, True))
    assert runs(events)[-len(CALL_EVENTS) - 1 :] == ["response.done", *CALL_EVENTS]
    assert "error" not in types(events)


def test_two_approvals() -> None:
    """Each request is answered separately; one response uses both results."""
    reply = Reply(
        (
            CallMcp("search", {"query": "x"}, "docs", output="One."),
            CallMcp("search", {"query": "y"}, "docs", output="Two."),
        )
    )

    def twice(request: ReplyRequest) -> Reply:
        return built_in_responder(request) if request.function_outputs else reply

    session = mcp_session("always", responder=twice)
    events = session.ask(respond())
    requests = [event["item"] for event in every(events, "response.output_item.done")]
    events = session.ask(*[approve(request["id"], True) for request in requests])
    calls = [event["item"] for event in every(events, "response.output_item.done")]
    assert [item["approval_request_id"] for item in calls] == [
        request["id"] for request in requests
    ]
    text = only(session.ask(respond()), "response.text.done")["text"]
    assert text == "One. Two."


def test_speech_does_not_interrupt_an_approved_call() -> None:
    """Speech after the approval is answered, and the call is made."""
    session = Session()
    session.ask(update(tools=[server()]))
    request = only(session.ask(ASK, respond()), "response.output_item.done")["item"]
    session.send(approve(request["id"], True))
    session.until("response.created")
    events = session.ask(*appends(spoken()))
    assert "input_audio_buffer.speech_started" in types(events)
    assert "response.mcp_call.completed" in types(events)
    statuses = [e["response"]["status"] for e in every(events, "response.done")]
    assert statuses == ["completed", "completed"]


def test_cancelling_an_approved_call() -> None:
    """The response of the call can be cancelled like any other."""
    session, request_id = asked_session()
    session.send(approve(request_id, True))
    session.until("response.mcp_call_arguments.done")
    events = session.ask(CANCEL)
    assert types(events)[0] == "response.mcp_call.failed"
    assert only(events, "response.done")["response"]["status"] == "cancelled"


def test_an_approval_among_the_input_of_a_response() -> None:
    """The response with the approval starts after the call."""
    session, request_id = asked_session()
    item = approve(request_id, True)["item"]
    events = session.ask(respond(append_input_items=[item]))
    assert runs(events)[1 : len(CALL_EVENTS) + 1] == CALL_EVENTS
    assert "found one entry" in only(events, "response.text.done")["text"]


def test_a_refused_call() -> None:
    """A refused call is not made, and the assistant acknowledges that."""
    session = mcp_session("always")
    request = only(session.ask(ASK, respond()), "response.output_item.done")["item"]
    events = session.ask(approve(request["id"], False), respond())
    assert "will not" in only(events, "response.text.done")["text"]


def test_an_unknown_approval() -> None:
    """An approval without a request, or a second one, is rejected."""
    session = mcp_session("always")
    request = only(session.ask(ASK, respond()), "response.output_item.done")["item"]
    assert "response.mcp_call.completed" in types(
        session.ask(approve(request["id"], True))
    )
    for request_id in (request["id"], "item_unknown"):
        (event,) = session.ask(approve(request_id, True))
        assert event["error"]["param"] == "item.approval_request_id"


def test_the_observed_shape_of_an_approval() -> None:
    """A scenario can emit the call immediately, as observed with `always`."""
    responder = call(needs_approval=False)
    events = mcp_session("always", responder=responder).ask(respond())
    assert only(events, "response.output_item.added")["item"]["type"] == "mcp_call"


def test_speech_and_a_call_in_one_response() -> None:
    """The text is complete before the call."""
    reply = Reply((Say("Let me see."), CallMcp("search", {}, "docs", output="42")))
    events = mcp_session(responder=lambda _request: reply).ask(respond())
    output = only(events, "response.done")["response"]["output"]
    assert [item["type"] for item in output] == ["message", "mcp_call"]
    items = [event["item"] for event in every(events, "response.output_item.done")]
    assert items[0] == output[0]
    assert items[1] == output[1] | {"output": "42"}


def test_a_call_without_a_server() -> None:
    """A call of a tool without a configured server fails the response."""
    events = Session(responder=call()).ask(respond())
    assert only(events, "response.done")["response"]["status"] == "failed"


def test_tool_choice_applies_to_mcp_tools() -> None:
    """`none` prevents calls; `required` causes one for any request."""
    events = mcp_session().ask(ASK, respond(tool_choice="none"))
    assert "response.text.done" in types(events)
    events = mcp_session().ask(user("A joke!"), respond(tool_choice="required"))
    assert "response.mcp_call.completed" in types(events)


class DocumentHost:
    """An MCP host with documents."""

    def list_tools(self, _server: Mapping[str, Any], /) -> Sequence[McpTool]:
        return [McpTool("borrow_book", "Borrow a book.", {"type": "object"})]

    def call(self, server: Mapping[str, Any], name: str, arguments: str, /) -> str:
        if server["server_label"] != "docs":
            raise McpError("closed")
        return f"{name}{arguments}"


def test_a_custom_host() -> None:
    """The user of the mock service can implement MCP servers."""
    events = mcp_session(mcp=DocumentHost()).ask(
        user("Can I borrow a book?"), respond()
    )
    assert only(events, "response.output_item.done")["item"]["output"].startswith(
        "borrow_book{"
    )


class RaisingHost:
    """An MCP host that raises."""

    def __init__(self, *, lists: bool) -> None:
        self._lists = lists

    def list_tools(self, _server: Mapping[str, Any], /) -> Sequence[McpTool]:
        if not self._lists:
            raise ZeroDivisionError
        return [McpTool("borrow_book", "Borrow a book.", {"type": "object"})]

    def call(self, server: Mapping[str, Any], name: str, arguments: str, /) -> str:
        raise ZeroDivisionError


def test_a_host_that_raises(caplog: pytest.LogCaptureFixture) -> None:
    """An exception fails the listing or the call, not the session."""
    session = Session(mcp=RaisingHost(lists=False))
    assert types(session.ask(update(tools=[server()])))[-1] == "mcp_list_tools.failed"
    session = mcp_session(mcp=RaisingHost(lists=True))
    events = session.ask(user("Can I borrow a book?"), respond())
    item = only(events, "response.output_item.done")["item"]
    assert item["error"]["message"] == "The MCP server 'docs' failed."
    assert [record.message for record in caplog.records] == ["the MCP host failed"] * 2


def test_phi_models_have_no_mcp() -> None:
    """An MCP server is rejected with a phi model."""
    (event,) = Session(model="phi4-mini").ask(update(tools=[server()]))[1:]
    assert event["error"]["message"].startswith("MCP servers are not supported")


def test_the_first_version_has_no_mcp() -> None:
    """In a version without MCP, such an output is omitted."""
    events = Session(api_version=API_VERSIONS[0], responder=call()).ask(respond())
    assert only(events, "response.done")["response"]["output"] == []
