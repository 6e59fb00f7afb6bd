"""What type checkers see of turns; run by mypy and pyright, never imported."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, assert_type

from voicelive.aio import VoiceLiveConnection
from voicelive.turns import HarmlessReason, PlaybackClock, ToolCall, ToolSet, TurnKeeper
from voicelive_protocol import (
    AnyTool,
    ReceivedEvent,
    RequestSession,
    Response,
    ServerEventError,
)

tools = ToolSet()


@tools.tool
def sync(city: str, days: int = 1) -> float:
    """A function."""
    return days * 1.0


@tools.tool(name="other", timeout=None)
async def asynchronous(city: str) -> str:
    """A coroutine function."""
    return city


async def decorated() -> None:
    """Decorated functions keep their parameters and results."""
    assert_type(sync("Rome", days=2), float)
    assert_type(await asynchronous("Rome"), str)
    sync(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await asynchronous()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    found: Callable[[str], Coroutine[Any, Any, str]] = asynchronous
    del found
    assert_type(tools.definitions, list[AnyTool])
    RequestSession(tools=tools.definitions)


async def keeping(connection: VoiceLiveConnection) -> None:
    """A keeper takes a connection, or another keeper, and is a link itself."""
    clock = PlaybackClock(on_flush=lambda: None)
    keeper = TurnKeeper(connection, tools=tools, playback=clock)
    TurnKeeper(keeper)
    async with keeper as entered:
        assert_type(entered, TurnKeeper)
        async for event in entered:
            assert_type(event, ReceivedEvent)
            if isinstance(event, ServerEventError):
                assert_type(keeper.benign(event), HarmlessReason | None)
    assert_type(await keeper.respond(response={"commit": False}), Response)
    assert_type(keeper.active_response, Response | None)
    assert_type(keeper.pending_calls, tuple[ToolCall, ...])
    assert_type(clock.heard_ms("item"), int)
