"""Random order of requests, cancels, calls and speech: every request ends."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from tests.voicelive.turns.service import (
    Event,
    call,
    collision,
    created,
    done,
    refusal,
    speech_started,
    speech_stopped,
    text,
)
from voicelive.turns import NoResponse, ResultDelivery, ToolSet, TurnKeeper
from voicelive_protocol import (
    ClientMessage,
    ReceivedEvent,
    ServerEventError,
    decode_server_event,
    encode,
)

pytestmark = pytest.mark.virtual_time


class Service:
    """Connection to a service with the rules of the real one and random delays."""

    ready = True
    session_id = "sess_1"
    closed = False

    def __init__(self, seed: int, functions: Sequence[str]) -> None:
        self.random = random.Random(seed)
        self.functions = functions
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.busy = False
        self.active: str | None = None
        self.number = 0
        self.collisions = 0
        self.running: set[asyncio.Task[None]] = set()

    async def recv(self) -> ReceivedEvent:
        return decode_server_event(encode(await self.events.get()))

    def __aiter__(self) -> AsyncIterator[ReceivedEvent]:
        return self

    async def __anext__(self) -> ReceivedEvent:
        return await self.recv()

    async def send(self, event: ClientMessage) -> None:
        await self.pause(2)
        self.start(self.handle(json.loads(encode(event))))

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    def start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def pause(self, most: int) -> None:
        for _ in range(self.random.randrange(most)):
            await asyncio.sleep(0)

    def say(self, *events: Event) -> None:
        for event in events:
            self.events.put_nowait(event)

    async def handle(self, event: Event) -> None:
        await self.pause(4)
        match event["type"]:
            case "response.create" if self.busy:
                self.collisions += 1
                self.say(collision(event))
            case "response.create":
                self.busy = True
                await self.respond()
            case "response.cancel":
                wanted = event.get("response_id", self.active)
                if self.active is None or wanted != self.active:
                    self.say(refusal(event, "response_cancel_not_active"))
                else:
                    self.end("cancelled")
            case "conversation.item.create":
                self.say({"type": "conversation.item.created", "item": event["item"]})
            case _:
                pass

    async def respond(self) -> None:
        self.number += 1
        name = f"resp_{self.number}"
        await self.pause(6)
        self.active = name
        self.say(created(name))
        for _ in range(self.random.randrange(6)):
            await self.pause(4)
            if self.active != name:
                return
            self.say(text(name, "word"))
        if self.active == name:
            function = self.random.choice(self.functions)
            calls = [call(f"call_{name}", function)]
            self.end("completed", *(calls if self.random.random() < 0.3 else []))

    def end(self, status: str, *output: Event) -> None:
        name, self.active, self.busy = self.active, None, False
        assert name is not None
        self.say(done(name, status, *output))

    async def user(self) -> None:
        """Speak now and then, also while the assistant speaks."""
        while True:
            await self.pause(150)
            self.say(speech_started())
            if self.active is not None:
                self.end("cancelled")
            await self.pause(20)
            self.say(speech_stopped())
            if not self.busy and self.random.random() < 0.8:
                self.busy = True
                await self.respond()


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))]
)
@pytest.mark.parametrize("deliveries", [("when_idle",), tuple(ResultDelivery)])
async def test_every_request_ends(seed: int, deliveries: Sequence[str]) -> None:
    """Requests, cancels, function calls and speech at random: all requests end.

    With all deliveries, functions also report their progress.
    """
    service, tools = Service(seed, deliveries), ToolSet()

    async def work() -> str:
        await service.pause(40)
        return "done"

    for name in deliveries:
        progress = "One moment." if len(deliveries) > 1 else None
        tools.add(work, name=name, delivery=name, progress=progress, progress_after=0.0)

    ends: list[str] = []

    async def listen() -> None:
        async for event in keeper:
            if isinstance(event, ServerEventError):
                assert keeper.benign(event) is not None, event

    async def ask() -> None:
        for _ in range(30):
            await service.pause(60)
            try:
                ends.append(str((await keeper.respond()).status))
            except NoResponse:
                ends.append("never begun")
            if service.random.random() < 0.2:
                await keeper.response.cancel()

    async with TurnKeeper(service, tools=tools) as keeper:
        service.start(service.user())
        listening = asyncio.create_task(listen())
        await asyncio.gather(*(ask() for _ in range(6)))
        listening.cancel()
        await asyncio.wait([listening])
        assert listening.cancelled()
    assert len(ends) == 180
    assert ends.count("completed") > 30
    assert not keeper.running_calls
    assert service.collisions > 0
