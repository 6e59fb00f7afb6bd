"""Server of a fuzz case: sends its frames and answers the events of the client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from tests.fuzz.guard import Finding
from tests.fuzz.mutations import dump, mutate
from tests.support.scripted_service import CLOSE, PING, PONG, TEXT, Peer

Event = dict[str, Any]


class AnsweringService:
    """Connection of a scripted service that also answers requests.

    Args:
        peer: The connection, with its handshake accepted.

    Attributes:
        sent: All frames that were sent.
        received: All events of the client.
        response_requested: Set when the client has requested a response.
        gone: Set at the end of the connection.
        answers_responses: Whether `response.create` is answered.
        mutations: Random source of mutations of answers; None for valid answers.
    """

    def __init__(self, peer: Peer) -> None:
        self.sent: list[str] = []
        self.received: list[Event] = []
        self.response_requested = asyncio.Event()
        self.gone = asyncio.Event()
        self.answers_responses = False
        self.mutations: Random | None = None
        self._peer = peer
        self._responses = 0

    async def send(self, *frames: str | float) -> None:
        """Send frames; a number is a pause in seconds."""
        for frame in frames:
            if isinstance(frame, str):
                self.sent.append(frame)
                await self._peer.send(frame)
            else:
                await asyncio.sleep(frame)

    async def close(self, code: int = 1000) -> None:
        """Close, and wait until the client has closed."""
        await self._peer.close(code)
        await self.gone.wait()

    def outputs(self) -> set[str]:
        """Return the ids of the function calls that the client has answered."""
        items = [event.get("item", {}) for event in self.received]
        return {
            item["call_id"]
            for item in items
            if item.get("type") == "function_call_output"
        }

    async def read(self) -> None:
        """Answer the client until the connection ends.

        Raises:
            Finding: The client has sent something other than an event.
        """
        try:
            while True:
                frame = await self._peer.receive()
                if frame.opcode == TEXT:
                    await self._answer(self._event(frame.payload))
                elif frame.opcode == PING:
                    await self._peer.frame(PONG, frame.payload)
                elif frame.opcode == CLOSE:
                    await self._peer.close(1000)
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.gone.set()

    def _event(self, payload: bytes) -> Event:
        try:
            event = json.loads(payload.decode())
        except ValueError as error:
            raise Finding(
                f"the client has sent invalid JSON: {payload[:200]!r}"
            ) from error
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise Finding(
                f"the client has sent something other than an event: {payload[:200]!r}"
            )
        self.received.append(event)
        if event["type"] == "response.create":
            self.response_requested.set()
        return event

    async def _answer(self, event: Event) -> None:
        match event:
            case {"type": "session.update", "session": session}:
                settings = {"id": "sess_1", "model": "gpt-realtime", **session}
                await self._reply("session.updated", session=settings)
            case {"type": "conversation.item.create", "item": item}:
                shown = {"id": "item_fuzz", "object": "realtime.item", **item}
                shown.setdefault("status", "completed")
                await self._reply(
                    "conversation.item.created", previous_item_id=None, item=shown
                )
            case {"type": "conversation.item.delete", "item_id": item_id}:
                await self._reply("conversation.item.deleted", item_id=item_id)
            case {"type": "response.create"} if self.answers_responses:
                await self.respond()
            case _:
                pass

    async def respond(self) -> None:
        """Send a valid response."""
        self._responses += 1
        response = {"id": f"resp_fuzz{self._responses}", "output": []}
        status = {**response, "object": "realtime.response", "status": "in_progress"}
        await self._reply("response.created", response=status)
        await self._reply("response.done", response={**status, "status": "completed"})

    async def _reply(self, event_type: str, **fields: Any) -> None:
        event = {"event_id": f"event_fuzz{len(self.sent)}", **fields}
        if self.mutations is not None and self.mutations.random() < 0.3:
            event = mutate(event, self.mutations)
        await self.send(dump({**event, "type": event_type}))


@asynccontextmanager
async def answering(peer: Peer) -> AsyncIterator[AnsweringService]:
    """Accept a connection and answer the client while the context is open."""
    await peer.accept()
    service = AnsweringService(peer)
    reading = asyncio.create_task(service.read())
    try:
        yield service
    finally:
        reading.cancel()
        await asyncio.wait((reading,))
        # An error of the reader is the cause of one in the script.
        if not reading.cancelled() and (error := reading.exception()):
            raise error
