"""Helpers for the tests of reconnecting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from tests.support.memory_service import MemoryPeer, MemoryServer
from tests.support.scripted_service import CREATED, Peer, Server, serve
from tests.support.waiting import receive_until
from voicelive.aio import VoiceLiveError
from voicelive.resilience import (
    Backoff,
    ReconnectingConnection,
    ReconnectPolicy,
    ReconnectReport,
    stay_connected,
)
from voicelive_mockserver import MockServer

KEY = "test-key"

LAST = {"type": "the.last"}


class Waits:
    """Waits that take no time and are remembered."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


class Heard:
    """Callbacks that record their arguments."""

    def __init__(self) -> None:
        self.reconnecting: list[tuple[VoiceLiveError, int, float]] = []
        self.reports: list[ReconnectReport] = []
        self.expiring: list[float] = []

    def policy(self, **changes: Any) -> ReconnectPolicy:
        """A policy that waits for nothing between attempts."""
        changes.setdefault("backoff", quick())
        return ReconnectPolicy(
            on_reconnecting=lambda *told: self.reconnecting.append(told),
            on_reconnected=self.reports.append,
            on_expiring=self.expiring.append,
            **changes,
        )

    @property
    def report(self) -> ReconnectReport:
        assert len(self.reports) == 1
        return self.reports[0]


def quick(**changes: Any) -> Backoff:
    """A backoff whose waits take no time."""
    changes.setdefault("sleep", Waits().sleep)
    return Backoff(random=lambda: 0.5, **changes)


def stay(
    server: Server | MemoryServer | MockServer,
    policy: ReconnectPolicy,
    **arguments: Any,
) -> AbstractAsyncContextManager[ReconnectingConnection, None]:
    """Connect to a server."""
    arguments.setdefault("model", "gpt-realtime")
    if isinstance(server, MemoryServer):
        arguments["transport"] = server.transport
    return stay_connected(
        credential=KEY, endpoint=server.endpoint, policy=policy, **arguments
    )


def created(number: int = 1, **session: Any) -> dict[str, Any]:
    """`session.created` of the n-th session."""
    fields = {**CREATED["session"], "id": f"sess_{number}", **session}
    return {"event_id": f"event_{number}", "type": "session.created", "session": fields}


def item_created(
    item: dict[str, Any], previous_item_id: str | None = None
) -> dict[str, Any]:
    """The acknowledgement of an item."""
    return {
        "event_id": "event_i",
        "type": "conversation.item.created",
        "previous_item_id": previous_item_id,
        "item": {"object": "realtime.item", "status": "completed", **item},
    }


def updated(**session: Any) -> dict[str, Any]:
    """`session.updated`."""
    fields = {**CREATED["session"], **session}
    return {"event_id": "event_u", "type": "session.updated", "session": fields}


def user(item_id: str, text: str) -> dict[str, Any]:
    """A user message."""
    content = [{"type": "input_text", "text": text}]
    return {"id": item_id, "type": "message", "role": "user", "content": content}


async def answer(peer: Peer | MemoryPeer) -> dict[str, Any]:
    """Receive one event and acknowledge it as the service does."""
    event: dict[str, Any] = (await peer.receive()).event
    if event["type"] == "session.update":
        await peer.send(updated(**event["session"]))
    elif event["type"] == "conversation.item.create":
        await peer.send(item_created(event["item"]))
    return event


Script = Callable[[Any], Awaitable[None]]


def one_after_the_other(*scripts: Script) -> Script:
    """A script for each connection in turn; the last is for all further ones."""
    left = list(scripts)

    async def script(peer: Any) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(peer)

    return script


class Second:
    """Script of the second connection: acknowledges the restored state."""

    def __init__(self, answers: int) -> None:
        self.events: list[dict[str, Any]] = []
        self._answers = answers

    async def __call__(self, peer: Peer | MemoryPeer) -> None:
        await peer.accept()
        await peer.send(created(2))
        for _ in range(self._answers):
            self.events.append(await answer(peer))
        await peer.send(LAST)
        await peer.gone()

    @property
    def items(self) -> list[dict[str, Any]]:
        """The items that it got."""
        return [e["item"] for e in self.events if "item" in e]


async def after_the_loss(
    *before: dict[str, Any], answers: int, **policy: Any
) -> tuple[ReconnectReport, Second, list[Any]]:
    """Send events, lose the connection, and look at what the next one gets."""
    heard, second = Heard(), Second(answers)

    async def first(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created())
        for event in before:
            await peer.send(event)
        await peer.close(1011)
        await peer.gone()

    async with (
        serve(one_after_the_other(first, second)) as server,
        stay(server, heard.policy(**policy)) as connection,
    ):
        await receive_until(connection, "session.created")
        seen = await to_the_last(connection)
    return heard.report, second, seen


async def to_the_last(connection: ReconnectingConnection) -> list[Any]:
    """Receive everything up to the last event."""
    events: list[Any] = []
    async for event in connection:
        if event.as_dict() == LAST:
            break
        events.append(event)
    return events
