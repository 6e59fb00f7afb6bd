"""Scripted conversation with a `TurnKeeper`, without a socket."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.client import dial
from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.support.scripted_service import CREATED, error_event
from voicelive.turns import TurnKeeper
from voicelive_protocol import ReceivedEvent

Event = dict[str, Any]

VAD = {"type": "server_vad"}

# Of virtual time: longer than any time limit of the client.
_LIMIT_SECONDS = 1000


class Time:
    """Clock that the test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Talk:
    """A keeper, and the service that the test controls."""

    def __init__(self, keeper: TurnKeeper, peer: MemoryPeer) -> None:
        self.keeper = keeper
        self.peer = peer

    async def comes(self, *events: Event) -> list[ReceivedEvent]:
        """Send events of the service; return those that are delivered."""
        for event in events:
            await self.peer.send(event)
        await self.peer.send({"type": "end.of.these"})
        delivered: list[ReceivedEvent] = []
        while (received := await self.keeper.recv()).type != "end.of.these":
            delivered.append(received)
        return delivered

    async def sent(self, event_type: str) -> Event:
        """Return the next event that the keeper sends; check its type."""
        async with asyncio.timeout(_LIMIT_SECONDS):
            event: Event = (await self.peer.receive()).event
        assert event["type"] == event_type, event
        return event

    async def nothing_sent(self) -> None:
        """Check that the keeper sends nothing."""
        for _ in range(5):
            await asyncio.sleep(0)
        await self.keeper.output_audio_buffer.clear()
        await self.sent("output_audio_buffer.clear")


@asynccontextmanager
async def talk(*, detection: Event | None = VAD, **options: Any) -> AsyncIterator[Talk]:
    """Open a connection with a keeper; the service has sent `session.created`."""
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[MemoryPeer] = loop.create_future()
    over = asyncio.Event()

    async def script(peer: MemoryPeer) -> None:
        await peer.accept()
        await peer.send(session(detection))
        opened.set_result(peer)
        await over.wait()
        await peer.gone()

    async with (
        asyncio.timeout(_LIMIT_SECONDS),
        serve_in_memory(script) as server,
        dial(server) as connection,
        TurnKeeper(connection, **options) as keeper,
    ):
        talk = Talk(keeper, await opened)
        await keeper.recv()
        try:
            yield talk
        finally:
            over.set()


def session(detection: Event | None = VAD, **fields: Any) -> Event:
    """`session.created`."""
    return CREATED | {
        "session": CREATED["session"] | {"turn_detection": detection} | fields
    }


def created(response: str, conversation: str | None = "conv_1", **more: Any) -> Event:
    """`response.created`."""
    fields = {"id": response, "status": "in_progress", "conversation_id": conversation}
    return {"type": "response.created", "response": fields | more}


def done(response: str, status: str = "completed", *output: Event) -> Event:
    """`response.done`."""
    fields = {"id": response, "status": status, "output": list(output)}
    return {"type": "response.done", "response": fields}


def collision(request: Event) -> Event:
    """The refusal of a `response.create` because another response is active."""
    event = error_event("busy", "conversation_already_has_active_response")
    event["error"]["event_id"] = request.get("event_id")
    return event


def refusal(request: Event, code: str, message: str = "no") -> Event:
    """The refusal of an event."""
    event = error_event(message, code)
    event["error"]["event_id"] = request.get("event_id")
    return event


def call(call_id: str, name: str, arguments: str = "{}", **more: Any) -> Event:
    """The item of a function call."""
    fields = {"id": f"item_{call_id}", "type": "function_call", "status": "completed"}
    return fields | {"call_id": call_id, "name": name, "arguments": arguments} | more


def calling(response: str, *calls: Event) -> list[Event]:
    """All events of a response with function calls."""
    events = [created(response)]
    for index, item in enumerate(calls):
        of = {"response_id": response, "item_id": item["id"], "output_index": index}
        asked = {"call_id": item["call_id"], "name": item["name"]}
        events += [
            {"type": "response.output_item.added"}
            | {"response_id": response, "output_index": index}
            | {"item": item | {"status": "in_progress", "arguments": ""}},
            {"type": "conversation.item.created", "item": item},
            {"type": "response.function_call_arguments.done"}
            | of
            | asked
            | {"arguments": item["arguments"]},
            {"type": "response.output_item.done"}
            | {"response_id": response, "output_index": index, "item": item},
        ]
    return [*events, done(response, "completed", *calls)]


def acknowledged(create: Event) -> Event:
    """`conversation.item.created` for the output of a function call."""
    item = create["item"] | {"id": f"item_of_{create['item']['call_id']}"}
    return {"type": "conversation.item.created", "item": item}


def user_message() -> Event:
    """`conversation.item.created` for the speech of the user."""
    content = [{"type": "input_audio", "transcript": None}]
    item = {"id": "item_user", "type": "message", "role": "user", "content": content}
    return {"type": "conversation.item.created", "item": item | {"status": "completed"}}


def speech_started() -> Event:
    """The start of the user's speech."""
    kind = "input_audio_buffer.speech_started"
    return {"type": kind, "audio_start_ms": 0, "item_id": "item_user"}


def speech_stopped() -> Event:
    """The end of the user's speech."""
    kind = "input_audio_buffer.speech_stopped"
    return {"type": kind, "audio_end_ms": 900, "item_id": "item_user"}


def committed() -> Event:
    """The commit of the user's speech."""
    return {"type": "input_audio_buffer.committed", "item_id": "item_user"}


def audio(response: str, item: str = "item_1", ms: int = 250) -> Event:
    """Audio of the assistant, in the default format."""
    return _of("response.audio.delta", response, item) | {
        "delta": base64.b64encode(bytes(48 * ms)).decode()
    }


def audio_done(response: str, item: str = "item_1") -> Event:
    """The end of the audio of an item."""
    return _of("response.audio.done", response, item)


def text(response: str, delta: str, item: str = "item_1") -> Event:
    """Text of the assistant."""
    return _of("response.text.delta", response, item) | {"delta": delta}


def _of(kind: str, response: str, item: str) -> Event:
    where = {"output_index": 0, "content_index": 0}
    return {"type": kind, "response_id": response, "item_id": item} | where
