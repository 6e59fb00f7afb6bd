"""Callers whose service sends events that cannot be read, or only in part."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.loadtest.callers.test_callers import ONE_CALL, calling, settings
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
    """Return a script: each response consists of these events."""

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
    """Let a caller write one turn; return counters, good turns, and failed ones."""
    async with serve(script) as server, asyncio.timeout(20):
        given = settings(server.endpoint, turns=1, **{**ONE_CALL, **changes})
        async with calling(given, "text_only") as calls:
            recorder = calls.engine.recorder
            await eventually(lambda: recorder._counters["close.local.1000"])
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
async def test_an_odd_field_at_the_end_of_a_response(
    response: dict[str, Any], counted: str | None
) -> None:
    """The turn ends well and at once, and what could not be read is counted."""
    end = {**DONE, "response": {**DONE["response"], **response}}
    counters, good, failed = await call(answering(CREATED, TEXT, end))
    assert (good, failed) == (1, {})
    odd = [name for name in counters if "unreadable" in name]
    assert odd == ([] if counted is None else [counted])


@pytest.mark.parametrize("response", [None, "x", {"status": 5}, {}])
async def test_a_response_that_ends_without_a_status(response: Any) -> None:
    """The turn has failed, with a reason of its own, and the call goes on."""
    end = {"type": "response.done", "response": response}
    counters, good, failed = await call(answering(CREATED, TEXT, end))
    assert (good, failed) == (0, {"response.None": 1})
    assert counters["close.local.1000"] == 1


async def test_events_that_cannot_be_read() -> None:
    """Each is counted by its type; the turn is followed by types and ids."""
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


async def test_an_error_of_any_shape_is_a_failure() -> None:
    """It has the code that can be read, or the type, or none."""
    for error, reason in (
        ({"message": None, "code": 5}, "error.5"),
        ("text", "error.None"),
        ({"type": "server_error"}, "error.server_error"),
        (error_event("x", code="odd")["error"], "error.odd"),
    ):
        _, good, failed = await call(answering({"type": "error", "error": error}))
        assert (good, failed) == (0, {reason: 1})
