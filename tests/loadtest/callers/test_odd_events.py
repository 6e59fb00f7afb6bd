"""Callers of a service that sends invalid or partly invalid events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.loadtest.calling import ONE_CALL, calling, settings
from tests.support.scripted_service import CLOSE, Peer, error_event, serve
from tests.support.waiting import eventually
from voicelive_loadtest.callers.samples import Interval

TEXT: dict[str, Any] = {
    "type": "response.text.delta",
    "response_id": "resp_1",
    "item_id": "item_1",
    "output_index": 0,
    "content_index": 0,
    "delta": "Hello.",
}
CREATED: dict[str, Any] = {"type": "response.created", "response": {"id": "resp_1"}}
DONE: dict[str, Any] = {
    "type": "response.done",
    "response": {"id": "resp_1", "status": "completed", "output": []},
}


def answering(
    *events: dict[str, Any], updated: Any = None
) -> Callable[[Peer], Awaitable[None]]:
    """Return a script that sends these events as each response."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        while (frame := await peer.receive()).opcode != CLOSE:
            kind = frame.event["type"]
            if kind == "session.update":
                await peer.send({"type": "session.updated", "session": updated or {}})
            elif kind == "response.create":
                for event in events:
                    await peer.send(event)
        await peer.close(frame.closing[0])

    return script


async def call(
    script: Callable[[Peer], Awaitable[None]], **changes: Any
) -> tuple[dict[str, int], int, dict[str, int]]:
    """Make a call with one text turn; return counters, successful turns, failures."""
    async with serve(script) as server, asyncio.timeout(20):
        given = settings(server.endpoint, turns=1, **{**ONE_CALL, **changes})
        async with calling(given, "text_only") as calls:
            await eventually(lambda: "close.local.1000" in calls.report().counters)
    result = calls.result
    failed = {one.reason: one.count for one in result.failures}
    return dict(result.counters), result.times(Interval.TURN).count, failed


@pytest.mark.parametrize(
    ("response", "counted"),
    [
        ({"usage": {"total_tokens": "12"}}, "partly unreadable.response.done"),
        ({"usage": {"total_tokens": None, "input_token_details": {}}}, None),
        ({"output": "none", "metadata": [5]}, "partly unreadable.response.done"),
        ({"id": 5}, "partly unreadable.response.done"),
    ],
)
async def test_invalid_fields_do_not_fail_a_turn(
    response: dict[str, Any], counted: str | None
) -> None:
    """The turn succeeds, and the partly unreadable event is counted."""
    end = {**DONE, "response": {**DONE["response"], **response}}
    counters, good, failed = await call(answering(CREATED, TEXT, end))
    assert (good, failed) == (1, {})
    odd = [name for name in counters if "unreadable" in name]
    assert odd == ([] if counted is None else [counted])


@pytest.mark.parametrize("response", [None, "x", {"status": 5}, {}])
async def test_a_response_without_a_status_fails_the_turn(response: Any) -> None:
    """With its own reason, and the call continues."""
    end = {"type": "response.done", "response": response}
    counters, good, failed = await call(answering(CREATED, TEXT, end))
    assert (good, failed) == (0, {"response.None": 1})
    assert counters["close.local.1000"] == 1


async def test_invalid_events_are_counted_by_type() -> None:
    """The turn is tracked by types and identifiers."""
    counters, good, failed = await call(
        answering(
            {"type": "response.created"},
            {"type": "response.audio.delta", "delta": 5},
            TEXT,
            {"type": "response.text.done", "text": []},
            {"type": "response.done", "response": "x", "status": "completed"},
            updated=5,
        )
    )
    assert good == 0
    assert failed == {"response.None": 1}
    for kind in ("session.updated", "response.created", "response.done"):
        assert counters[f"unreadable.{kind}"] == 1


async def test_an_error_of_any_shape_fails_the_turn() -> None:
    """The reason has the code of the error, or its type, or None."""
    for error, reason in (
        ({"message": None, "code": 5}, "error.5"),
        ("text", "error.None"),
        ({"type": "server_error"}, "error.server_error"),
        (error_event("x", code="odd")["error"], "error.odd"),
    ):
        _, good, failed = await call(answering({"type": "error", "error": error}))
        assert (good, failed) == (0, {reason: 1})
