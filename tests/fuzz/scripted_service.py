"""Scripted service: sends the frames of a case, and answers what the client sends."""

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


class ScriptedService:
    """The service's side of one connection.

    Args:
        peer: The connection, not accepted yet.

    Attributes:
        sent: All frames that were sent.
        received: All events of the client.
        asked: Set when the client has asked for a response.
        gone: Set when the client has closed.
        answers_responses: Whether `response.create` is answered.
        spoils: Puts something wrong into answers; None for answers in order.
    """

    def __init__(self, peer: Peer) -> None:
        self.sent: list[str] = []
        self.received: list[Event] = []
        self.asked = asyncio.Event()
        self.gone = asyncio.Event()
        self.answers_responses = False
        self.spoils: Random | None = None
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
        """Close, and wait until the client has."""
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
        """Answer the client until it has closed.

        Raises:
            Finding: It sends something that is not an event.
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
            raise Finding(f"the client sends no JSON: {payload[:200]!r}") from error
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise Finding(f"the client sends what is not an event: {payload[:200]!r}")
        self.received.append(event)
        if event["type"] == "response.create":
            self.asked.set()
        return event

    async def _answer(self, event: Event) -> None:
        match event:
            case {"type": "session.update", "session": session}:
                settings = {"id": "sess_1", "model": "gpt-realtime", **session}
                await self._tell("session.updated", session=settings)
            case {"type": "conversation.item.create", "item": item}:
                shown = {"id": "item_fuzz", "object": "realtime.item", **item}
                shown.setdefault("status", "completed")
                await self._tell(
                    "conversation.item.created", previous_item_id=None, item=shown
                )
            case {"type": "conversation.item.delete", "item_id": item_id}:
                await self._tell("conversation.item.deleted", item_id=item_id)
            case {"type": "response.create"} if self.answers_responses:
                await self.respond()
            case _:
                pass

    async def respond(self) -> None:
        """Send a response that is in order."""
        self._responses += 1
        response = {"id": f"resp_fuzz{self._responses}", "output": []}
        status = {**response, "object": "realtime.response", "status": "in_progress"}
        await self._tell("response.created", response=status)
        await self._tell("response.done", response={**status, "status": "completed"})

    async def _tell(self, event_type: str, **fields: Any) -> None:
        event = {"event_id": f"event_fuzz{len(self.sent)}", **fields}
        if self.spoils is not None and self.spoils.random() < 0.3:
            event = mutate(event, self.spoils)
        await self.send(dump({**event, "type": event_type}))


@asynccontextmanager
async def scripted(peer: Peer) -> AsyncIterator[ScriptedService]:
    """Accept a connection and answer what comes over it while the context lasts."""
    await peer.accept()
    service = ScriptedService(peer)
    reading = asyncio.create_task(service.read())
    try:
        yield service
    finally:
        reading.cancel()
        await asyncio.wait((reading,))
        # What the reader found explains what went wrong in the script.
        if not reading.cancelled() and (error := reading.exception()):
            raise error
