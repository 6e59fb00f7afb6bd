"""Losing connections to the mock service, and having the next one."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.waiting import receive_until
from tests.voicelive.resilience.support import Heard, Waits, quick, stay
from voicelive._connection.protocol import ConnectionProtocol
from voicelive.aio import AuthenticationError, ConnectionClosed, ConnectionLost
from voicelive.models import (
    FunctionCallOutputItem,
    InputTextContentPart,
    RequestSession,
    UserMessageItem,
)
from voicelive.resilience import Missing, ReconnectFailed, ReconnectingConnection
from voicelive_mockserver import CallFunction, MockServer, Reply, ReplyRequest

INF = float("inf")


async def say(connection: ReconnectingConnection, text: str) -> None:
    """Write to the assistant and have the answer."""
    item = UserMessageItem(content=[InputTextContentPart(text=text)])
    await connection.conversation.item.create(item=item)
    await connection.response.create()
    await receive_until(connection, "response.done")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("close:1011:event=response.text.delta:connection=1:after=2", 1011),
        ("close:1001:event=response.text.delta:connection=1:after=2", 1001),
        ("drop:event=response.text.delta:connection=1:after=2", 1006),
        ("expire:event=response.text.delta:connection=1:after=2", 1001),
    ],
)
async def test_a_loss_in_the_middle_of_a_turn(fault: str, code: int) -> None:
    """Settings and conversation are there again; the response is reported as lost."""
    heard = Heard()
    texts: list[str] = []

    def reply(request: ReplyRequest) -> str:
        texts.append(request.text)
        return f"You said: {request.text}, and that is all there is to say."

    async with (
        MockServer(speed=INF, responder=reply, faults=[fault]) as server,
        stay(server, heard.policy()) as connection,
    ):
        typed: ConnectionProtocol = connection
        await typed.send(
            {"type": "session.update", "session": {"modalities": ["text"]}}
        )
        await connection.session.update(session=RequestSession(instructions="Short."))
        item = UserMessageItem(content=[InputTextContentPart(text="Hello")])
        await connection.conversation.item.create(item=item)
        await connection.response.create()
        seen = await receive_until(connection, "session.created", count=2)
        await say(connection, "Again")
        second = server.sessions[1]
    assert seen[-2].type in ("response.text.delta", "error", "response.text.done")
    assert heard.report.cause is not None
    assert (heard.report.cause.code, heard.report.attempts) == (code, 1)
    assert [entry.kind for entry in heard.report.not_restored] == [Missing.RESPONSE]
    assert len(heard.report.restored) == 1
    assert texts == ["Hello", "Again"]
    update = second.sent("session.update")
    assert [event["session"] for event in update] == [
        {"modalities": ["text"], "instructions": "Short."}
    ]
    created = second.sent("conversation.item.create")
    assert [e["item"]["content"][0]["text"] for e in created] == ["Hello", "Again"]
    old, new = heard.report.old_session_id, heard.report.new_session_id
    assert (old, new) == (server.sessions[0].session_id, second.session_id)


async def test_attempts_are_announced() -> None:
    """Each attempt is announced with the error before it and the wait until it."""
    heard, waits = Heard(), Waits()
    faults = [
        "close:1011:event=session.created:connection=1",
        "refuse:429:retry_after=7:connection=2",
        "refuse:503:connection=3",
    ]
    async with (
        MockServer(speed=INF, faults=faults) as server,
        stay(server, heard.policy(backoff=quick(sleep=waits.sleep))) as connection,
    ):
        await receive_until(connection, "session.created", count=2)
        assert connection.session_id == heard.report.new_session_id
    told = [(error.code, number, wait) for error, number, wait in heard.reconnecting]
    assert told == [(1011, 1, 0.25), (429, 2, 7.25), (503, 3, 0.5)]
    assert waits.seconds == [0.25, 7.25, 0.5]
    assert heard.report.attempts == 3


async def test_no_new_connection() -> None:
    """The error tells of the loss, of the attempts and of the last failure."""
    heard = Heard()
    faults = [
        "close:1011:connection=1",
        *(f"refuse:503:connection={n}" for n in (2, 3)),
    ]
    async with (
        MockServer(speed=INF, faults=faults) as server,
        stay(server, heard.policy(backoff=quick(max_attempts=2))) as connection,
    ):
        assert (await connection.recv()).type == "session.created"
        with pytest.raises(ReconnectFailed, match=r"2 attempts.*503") as caught:
            await connection.recv()
        assert (caught.value.code, caught.value.attempts) == (1011, 2)
        assert getattr(caught.value.__cause__, "status", None) == 503
        assert not caught.value.retryable
        assert connection.closed
        with pytest.raises(ReconnectFailed):
            await connection.response.create()
        with pytest.raises(ReconnectFailed):
            async for _ in connection:
                pass


async def test_refusals_that_last_end_it() -> None:
    """A credential that is no longer accepted is no reason to try on."""
    heard = Heard()
    faults = ["close:1011:connection=1", "refuse:401:connection=2"]
    async with (
        MockServer(speed=INF, faults=faults) as server,
        stay(server, heard.policy()) as connection,
    ):
        await receive_until(connection, "session.created")
        with pytest.raises(ReconnectFailed) as caught:
            await connection.recv()
        assert isinstance(caught.value.__cause__, AuthenticationError)
        assert caught.value.attempts == 1


@pytest.mark.parametrize("code", [1008, 1000])
async def test_ends_that_a_new_connection_cannot_mend(code: int) -> None:
    """The service has refused something, or is done: that is the end."""
    heard = Heard()
    async with (
        MockServer(speed=INF, faults=[f"close:{code}:after=1"]) as server,
        stay(server, heard.policy()) as connection,
    ):
        await receive_until(connection, "session.created")
        with pytest.raises(ConnectionClosed) as caught:
            await connection.recv()
        assert caught.value.code == code
        if code == 1000:
            assert [event async for event in connection] == []
    assert heard.reconnecting == []


async def test_the_first_connection_is_tried_again_too() -> None:
    """Entering waits out a service in trouble."""
    heard = Heard()
    async with (
        MockServer(speed=INF, faults=["refuse:503:connection=1"]) as server,
        stay(server, heard.policy()) as connection,
    ):
        await receive_until(connection, "session.created")
    assert [number for _, number, _ in heard.reconnecting] == [2]
    assert heard.reports == []


async def test_a_stalled_response() -> None:
    """A response that does not go on is given up with its connection."""
    heard = Heard()
    faults = ["stall:event=response.created:connection=1"]
    policy = heard.policy(stall_seconds=0.05)
    options = {"close_timeout": 0.05}
    async with (
        MockServer(speed=INF, faults=faults) as server,
        stay(server, policy, connection_options=options) as connection,
    ):
        await connection.session.update(session={})
        await connection.response.create()
        await receive_until(connection, "session.created", count=2)
        assert isinstance(heard.report.cause, ConnectionLost)
        assert "stalled" in str(heard.report.cause)
        await say(connection, "Hello")


async def test_a_call_gets_its_output_after_the_loss() -> None:
    """A call without output waits here, and is put in front of its output."""
    heard = Heard()

    def reply(request: ReplyRequest) -> str | Reply:
        outputs = request.function_outputs
        return (
            f"It is {outputs[0].output}."
            if outputs
            else Reply((CallFunction("clock"),))
        )

    calls: list[str] = []
    faults = ["drop:event=response.done:connection=1:after=1"]
    async with (
        MockServer(speed=INF, responder=reply, faults=faults) as server,
        stay(server, heard.policy()) as connection,
    ):
        tool = {"type": "function", "name": "clock", "parameters": {}}
        await connection.session.update(session={"tools": [tool]})
        item = UserMessageItem(content=[InputTextContentPart(text="How late is it?")])
        await connection.conversation.item.create(item=item)
        await connection.response.create()
        for event in await receive_until(connection, "session.created", count=2):
            if event.type == "response.function_call_arguments.done":
                calls.append(event.call_id)
        assert [e.kind for e in heard.report.not_restored] == [Missing.FUNCTION_CALL]
        output = FunctionCallOutputItem(call_id=calls[0], output="noon")
        await connection.conversation.item.create(item=output)
        events = await receive_until(connection, "conversation.item.created")
        await connection.response.create()
        await receive_until(connection, "response.done")
        sent = server.sessions[1].sent("conversation.item.create")
    assert [e["item"]["type"] for e in sent[-2:]] == [
        "function_call",
        "function_call_output",
    ]
    shown = [e for e in events if e.type == "conversation.item.created"]
    assert [e.item.type for e in shown if e.item] == ["function_call_output"]


async def test_closing_while_reconnecting() -> None:
    """Leaving ends the attempts at once; a sender that waits hears of it."""
    heard = Heard()
    asleep = asyncio.Event()

    async def sleep(seconds: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    faults = ["close:1011:connection=1"]
    async with MockServer(speed=INF, faults=faults) as server:
        async with stay(server, heard.policy(backoff=quick(sleep=sleep))) as connection:
            await asyncio.wait_for(asleep.wait(), 5)
            assert connection.reconnecting
            assert not connection.ready
            sending = asyncio.create_task(connection.response.create())
            await asyncio.sleep(0)
            assert not sending.done()
        with pytest.raises(ConnectionClosed):
            await sending
        assert connection.closed
        assert [event async for event in connection] == []
        with pytest.raises(ConnectionClosed):
            await connection.recv()
