"""Restored state of a session, frame by frame."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.support.scripted_service import PING, PONG, Peer, serve
from tests.voicelive.resilience.support import (
    LAST,
    Heard,
    Second,
    after_the_loss,
    answer,
    created,
    item_created,
    one_after_the_other,
    stay,
    to_the_last,
    updated,
    user,
)
from voicelive.models import (
    RequestSession,
    ServerEventConversationItemCreated,
    ServerVad,
)
from voicelive.resilience import Missing


def assistant(
    item_id: str, text: str, status: str = "completed", kind: str = "audio"
) -> dict[str, Any]:
    """A message of the assistant as the service shows it."""
    part = {"type": kind, "transcript" if kind == "audio" else "text": text}
    content = [part] if text else []
    return {
        "id": item_id,
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": content,
    }


def said(item_id: str, transcript: str | None = None) -> dict[str, Any]:
    """A message that the user has spoken."""
    content = [{"type": "input_audio", "transcript": transcript}]
    return {"id": item_id, "type": "message", "role": "user", "content": content}


def output_done(item: dict[str, Any]) -> dict[str, Any]:
    """`response.output_item.done`."""
    return {
        "type": "response.output_item.done",
        "response_id": "resp_1",
        "output_index": 0,
        "item": {"object": "realtime.item", **item},
    }


def audio(item_id: str, milliseconds: int) -> dict[str, Any]:
    """Speech of the assistant at 24 kHz."""
    return {
        "type": "response.audio.delta",
        "response_id": "resp_1",
        "item_id": item_id,
        "output_index": 0,
        "content_index": 0,
        "delta": base64.b64encode(bytes(48 * milliseconds)).decode(),
    }


async def test_the_conversation_in_order() -> None:
    """Messages, calls and outputs come in order, speech as its transcript."""
    call = {
        "id": "item_c",
        "type": "function_call",
        "call_id": "call_1",
        "name": "weather",
        "arguments": '{"city": "Rome"}',
    }
    output = {
        "id": "item_o",
        "type": "function_call_output",
        "call_id": "call_1",
        "output": "sunny",
    }
    system = {
        "id": "item_s",
        "type": "message",
        "role": "system",
        "content": [{"type": "input_text", "text": "Be kind."}],
    }
    report, second, seen = await after_the_loss(
        item_created(system),
        item_created(said("item_1"), "item_s"),
        item_created({**call, "status": "in_progress", "arguments": ""}, "item_1"),
        {
            "type": "conversation.item.input_audio_transcription.completed",
            "item_id": "item_1",
            "content_index": 0,
            "transcript": "How is the weather?",
        },
        output_done({**call, "status": "completed"}),
        item_created(output, "item_c"),
        item_created(assistant("item_2", "", "incomplete"), "item_o"),
        output_done(assistant("item_2", "It is sunny.")),
        item_created(user("item_0", "In between"), "item_s"),
        answers=6,
    )
    answer = assistant("item_2", "It is sunny.", kind="text")
    del answer["status"]
    restored = [
        system,
        user("item_0", "In between"),
        user("item_1", "How is the weather?"),
        call,
        output,
        answer,
    ]
    assert second.items == restored
    assert report.restored == [item["id"] for item in restored]
    assert (report.not_restored, report.renamed, report.resent) == ([], {}, 0)
    # The acknowledgements of restored items are not shown; the new session is.
    kinds = [event.type for event in seen]
    assert kinds.count("conversation.item.created") == 6
    assert kinds[-1] == "session.created"


async def test_settings_are_merged() -> None:
    """The last value of each key is set again, null too; refused updates are not."""
    heard, second = Heard(), Second(2)
    settings = [
        RequestSession(instructions="One.", voice="alloy", turn_detection=ServerVad()),
        RequestSession(instructions="Two.", turn_detection=None),
        RequestSession(temperature=9.0),
    ]

    async def first(peer: Peer) -> None:
        await peer.begin()
        for _ in range(2):
            await answer(peer)
        refused = (await peer.receive()).event
        error = {"type": "invalid_request_error", "message": "Too warm."}
        error["event_id"] = refused["event_id"]
        await peer.send({"type": "error", "error": error})
        assert (await peer.receive()).event["session"] == {"new": {"a": None}}
        await peer.send(updated())
        assert (await peer.receive()).event["session"] == {"tool_choice": "none"}
        await peer.close(1011)
        await peer.gone()

    async with (
        serve(one_after_the_other(first, second)) as server,
        stay(server, heard.policy()) as connection,
    ):
        for session in settings:
            await connection.session.update(session=session)
        # As text, with a key that came later.
        await connection.send(
            '{"type": "session.update", "session": {"new": {"a": null}}}'
        )
        await connection.session.update(session={"tool_choice": "none"})
        seen = await to_the_last(connection)
    restored, unanswered = second.events
    assert restored["session"] == {
        "instructions": "Two.",
        "voice": "alloy",
        "turn_detection": None,
        "new": {"a": None},
    }
    # What was not answered is sent again, and its answer shown.
    assert unanswered["session"] == {"tool_choice": "none"}
    assert [e.type for e in seen[-2:]] == ["session.created", "session.updated"]
    assert (heard.report.resent, heard.report.settings_restored) == (1, True)


@pytest.mark.parametrize("named", [True, False])
async def test_refused_settings_do_not_cost_the_session(named: bool) -> None:
    """The session is configured without them, and only then gets its items.

    The service refuses everything before an accepted update, and closes after five
    attempts. An error that names no event counts as the answer.
    """
    heard = Heard()

    async def first(peer: Peer) -> None:
        await peer.begin()
        await answer(peer)
        await peer.send(item_created(user("item_1", "One.")))
        await peer.close(1011)
        await peer.gone()

    async def second(peer: Peer) -> None:
        await peer.begin()
        refused = (await peer.receive()).event
        assert refused["session"] == {"instructions": "One."}
        error = {"type": "invalid_request_error", "message": "Not these."}
        if named:
            error["event_id"] = refused["event_id"]
        await peer.send({"type": "error", "error": error})
        empty = (await peer.receive()).event
        assert (empty["type"], empty["session"]) == ("session.update", {})
        await peer.frame(PING, b"")
        assert (await peer.receive()).opcode == PONG, "nothing before the answer"
        await peer.send(updated())
        item = (await peer.receive()).event["item"]
        await peer.send(item_created(item))
        await peer.send(LAST)
        await peer.gone()

    async with (
        serve(one_after_the_other(first, second)) as server,
        stay(server, heard.policy()) as connection,
    ):
        await connection.session.update(session={"instructions": "One."})
        await to_the_last(connection)
    report = heard.report
    assert (report.restored, report.settings_restored) == (["item_1"], False)
    assert [entry.why for entry in report.not_restored] == [
        "the service refused it: Not these."
    ]


async def test_items_without_an_answer_are_sent_again() -> None:
    """An item that the old session has not acknowledged is sent once more, visibly."""
    heard, second = Heard(), Second(2)

    async def first(peer: Peer) -> None:
        await peer.begin()
        await answer(peer)
        await peer.receive()
        await peer.close(1011)
        await peer.gone()

    async with (
        serve(one_after_the_other(first, second)) as server,
        stay(server, heard.policy()) as connection,
    ):
        for item in (user("item_1", "One"), user("item_2", "Two")):
            await connection.conversation.item.create(item=item)
        seen = await to_the_last(connection)
    assert second.items == [user("item_1", "One"), user("item_2", "Two")]
    created = [e for e in seen if isinstance(e, ServerEventConversationItemCreated)]
    assert [e.item["id"] for e in created if e.item] == ["item_1", "item_2"]
    assert (heard.report.restored, heard.report.resent) == (["item_1"], 1)


async def test_what_cannot_be_restored() -> None:
    """The report names all that is missing, and why."""
    call = {"id": "item_c", "type": "function_call", "call_id": "call_1"}
    call |= {"name": "weather", "arguments": "{}", "status": "completed"}
    search = {"id": "item_w", "type": "web_search_call", "status": "completed"}
    tools = {"id": "item_t", "type": "mcp_list_tools", "tools": [], "server_label": "m"}
    response = {"id": "resp_9", "status": "in_progress", "output": []}
    report, second, _ = await after_the_loss(
        item_created(said("item_1")),
        item_created(call),
        item_created(search),
        item_created(tools),
        item_created(assistant("item_2", "", "in_progress")),
        {"type": "response.created", "response": response},
        {"type": "session.avatar.connecting", "server_sdp": "v=0"},
        answers=0,
    )
    assert second.items == []
    assert [(e.kind, e.id) for e in report.not_restored] == [
        (Missing.ITEM, "item_1"),
        (Missing.FUNCTION_CALL, "call_1"),
        (Missing.ITEM, "item_w"),
        (Missing.RESPONSE, "resp_9"),
        (Missing.AVATAR, None),
    ]
    assert "user item item_1: audio without a transcript" in str(report)


async def test_truncated_and_deleted_items() -> None:
    """An answer is restored as far as it was heard; a deleted item not at all."""
    whole = "One two three four five six seven eight nine ten."
    truncated = {
        "type": "conversation.item.truncated",
        "item_id": "item_1",
        "content_index": 0,
        "audio_end_ms": 550,
    }
    report, second, _ = await after_the_loss(
        item_created(assistant("item_1", "", "in_progress")),
        audio("item_1", 600),
        audio("item_1", 400),
        output_done(assistant("item_1", whole)),
        item_created(user("item_2", "Forget this")),
        item_created(user("item_3", "Stop")),
        truncated,
        {"type": "conversation.item.deleted", "item_id": "item_2"},
        answers=2,
    )
    texts = [item["content"][0]["text"] for item in second.items]
    assert texts == ["One two three four five", "Stop"]
    assert [(e.kind, e.id) for e in report.not_restored] == [(Missing.ITEM, "item_1")]
    assert "heard" in report.not_restored[0].why


async def test_the_history_is_bounded() -> None:
    """The oldest items are forgotten, and outputs whose calls are among them."""
    call = {"id": "item_c", "type": "function_call", "call_id": "call_1"}
    call |= {"name": "weather", "arguments": "{}", "status": "completed"}
    output = {"id": "item_o", "type": "function_call_output"}
    output |= {"call_id": "call_1", "output": "rain"}
    report, second, _ = await after_the_loss(
        item_created(user("item_1", "One")),
        item_created(call),
        item_created(output),
        item_created(user("item_2", "Two")),
        answers=1,
        history_items=2,
    )
    assert [item["id"] for item in second.items] == ["item_2"]
    assert [e.kind for e in report.not_restored] == [Missing.OLDER_ITEMS, Missing.ITEM]
    assert report.not_restored[0].what == "2 older items"


async def test_the_history_is_bounded_in_bytes() -> None:
    """Large items push out older ones."""
    _, second, _ = await after_the_loss(
        item_created(user("item_1", "a" * 600)),
        item_created(user("item_2", "b" * 600)),
        answers=1,
        history_bytes=1000,
    )
    assert [item["id"] for item in second.items] == ["item_2"]


async def test_refused_items_and_new_ids() -> None:
    """Refused state is reported with the reason; new ids are mapped."""
    heard = Heard()

    async def first(peer: Peer) -> None:
        await peer.begin()
        for name in ("item_1", "item_2"):
            await peer.send(item_created(user(name, name)))
        await peer.close(1011)
        await peer.gone()

    async def second(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(2))
        refused = (await peer.receive()).event
        error = {"type": "invalid_request_error", "message": "Not this one."}
        error["event_id"] = refused["event_id"]
        await peer.send({"type": "error", "error": error})
        item = (await peer.receive()).event["item"]
        await peer.send(item_created({**item, "id": "item_new"}))
        await peer.send(LAST)
        await peer.gone()

    async with (
        serve(one_after_the_other(first, second)) as server,
        stay(server, heard.policy()) as connection,
    ):
        seen = await to_the_last(connection)
    report = heard.report
    assert (report.restored, report.renamed) == (["item_new"], {"item_2": "item_new"})
    assert [(e.id, e.why) for e in report.not_restored] == [
        ("item_1", "the service refused it: Not this one.")
    ]
    assert "error" not in [event.type for event in seen]


async def test_uncommitted_audio_is_reported() -> None:
    """Audio that was sent and is no turn yet is gone; the report says how much."""
    heard = Heard()

    async def first(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(input_audio_format="pcm16"))
        await peer.receive()
        await peer.send(
            {
                "type": "input_audio_buffer.speech_started",
                "audio_start_ms": 0,
                "item_id": "item_1",
            }
        )
        await peer.close(1011)
        await peer.gone()

    async with (
        serve(one_after_the_other(first, Second(0))) as server,
        stay(server, heard.policy()) as connection,
    ):
        await connection.input_audio_buffer.append(audio=bytes(4800))
        await to_the_last(connection)
    (missing,) = heard.report.not_restored
    assert (missing.kind, missing.what) == (
        Missing.INPUT_AUDIO,
        "100 ms of input audio",
    )
    assert "while the user was speaking" in missing.why


async def test_a_conversation_that_the_service_keeps() -> None:
    """With a conversation id the agent has the conversation; nothing is added."""
    heard, second = Heard(), Second(0)

    async def first(peer: Peer) -> None:
        await peer.begin()
        await peer.send(item_created(user("item_1", "One")))
        await peer.close(1011)
        await peer.gone()

    agent = {"agent_name": "a", "project_name": "p", "conversation_id": "conv_1"}
    async with (
        serve(one_after_the_other(first, second)) as server,
        stay(server, heard.policy(), **agent) as connection,
    ):
        await to_the_last(connection)
        assert ("conversation-id", "conv_1") in server.requests[1].query
    assert (second.items, heard.report.kept_by_service) == ([], True)


async def test_a_second_loss_while_restoring() -> None:
    """Restoring that breaks off begins anew with the next connection."""
    heard, third = Heard(), Second(2)

    async def first(peer: Peer) -> None:
        await peer.begin()
        for name in ("item_1", "item_2"):
            await peer.send(item_created(user(name, name)))
        await peer.close(1011)
        await peer.gone()

    async def second(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(2))
        await answer(peer)
        peer.abort()

    async with (
        serve(one_after_the_other(first, second, third)) as server,
        stay(server, heard.policy()) as connection,
    ):
        seen = await to_the_last(connection)
        assert connection.session_id == "sess_2"
    assert [item["id"] for item in third.items] == ["item_1", "item_2"]
    assert heard.report.attempts == 2
    # Nothing is seen of the session that was never used.
    assert [e.type for e in seen].count("session.created") == 2


@pytest.mark.parametrize("silent", ["before", "after"])
async def test_a_session_that_is_never_restored(silent: str) -> None:
    """A service that does not answer is given up after the time for restoring."""
    heard, third = Heard(), Second(1)

    async def first(peer: Peer) -> None:
        await peer.begin()
        await peer.send(item_created(user("item_1", "One")))
        await peer.close(1011)
        await peer.gone()

    async def second(peer: Peer) -> None:
        await peer.accept()
        if silent == "after":
            await peer.send(created(2))
        await peer.gone()

    policy = heard.policy(restore_seconds=0.05)
    async with (
        serve(one_after_the_other(first, second, third)) as server,
        stay(server, policy) as connection,
    ):
        await to_the_last(connection)
    assert "restore_seconds" in str(heard.reconnecting[1][0])
    assert heard.report.attempts == 2
