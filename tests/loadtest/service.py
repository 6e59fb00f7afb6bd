"""A service with known delays and failures, as reference for measurements."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.scripted_service import CLOSE, CREATED, PING, PONG, TEXT, Peer, serve

_BYTES_PER_SECOND = 48_000
# The audio of a frame of silence has nothing but this letter.
_QUIET = b"A" * 64
# Interval at which pauses of the event loop are measured, and the shortest that counts.
_LOOK_SECONDS = 0.01
_PROMPT_SECONDS = 0.02


@dataclass
class Behaviour:
    """What the service does. Times are in seconds.

    Attributes:
        delay: From the first silent frame after speech, or from a request, until the
            answer begins.
        chunks: How long the pieces of an answer are.
        gap: Pause before the last piece, from when the client has heard the others.
        refuse_every: Every so manieth handshake is answered with 429.
        drop_every: Every so manieth turn ends with close code 1011 instead of audio.
        fail_every: Every so manieth turn is answered with an `error` event.
        hush: From the first frame of an interruption until it is noticed.
        tools: Whether the first response to speech calls a function.
        first: The pieces of the first answer of a call, where it has others.
    """

    delay: float = 0.1
    chunks: tuple[float, ...] = (0.1, 0.1)
    gap: float = 0.0
    refuse_every: int = 0
    drop_every: int = 0
    fail_every: int = 0
    hush: float = 0.05
    tools: bool = False
    first: tuple[float, ...] | None = None


@dataclass
class Seen:
    """What has happened at the service.

    Attributes:
        refused: Handshakes that were refused.
        opened: Connections that were opened.
        configured: Sessions that were configured.
        answered: Answers that were sent to their end.
        dropped: Turns that were answered with a close.
        failed: Turns that were answered with an error.
        closes: The codes with which clients closed.
        open: How many connections there are.
        most: How many there were at once.
        frames: Frames of audio that came.
        turns: Answers that were begun.
        late: Total of the pauses of the event loop, in ms.
        longest_pause: Longest pause of the event loop, in ms.
    """

    refused: int = 0
    opened: int = 0
    configured: int = 0
    answered: int = 0
    dropped: int = 0
    failed: int = 0
    closes: list[int] = field(default_factory=list[int])
    open: int = 0
    most: int = 0
    frames: int = 0
    turns: int = 0
    late: float = 0.0
    longest_pause: float = 0.0


class KnownService:
    """A running service; `known_service` makes it."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.seen = Seen()
        self.endpoint = ""
        self._handshakes = 0

    async def script(self, peer: Peer) -> None:
        """Serve one connection."""
        seen, behaviour = self.seen, self.behaviour
        self._handshakes += 1
        if _nth(self._handshakes, behaviour.refuse_every):
            seen.refused += 1
            await peer.respond(429)
            return
        await peer.begin()
        seen.opened += 1
        seen.open += 1
        seen.most = max(seen.most, seen.open)
        try:
            await _Conversation(peer, self).hold()
        finally:
            seen.open -= 1

    async def look_at_the_clock(self) -> None:
        """Measure pauses of the event loop: any measured time may be longer by them."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_SECONDS
            await asyncio.sleep(_LOOK_SECONDS)
            if (late := loop.time() - due) > _PROMPT_SECONDS:
                self.seen.late += 1000 * late
                self.seen.longest_pause = max(self.seen.longest_pause, 1000 * late)


class _Conversation:
    def __init__(self, peer: Peer, service: KnownService) -> None:
        self._peer = peer
        self._service = service
        self._behaviour = service.behaviour
        self._speaking = False
        self._answering: asyncio.Task[None] | None = None
        self._responses = 0
        self._text = False
        self._hushing: asyncio.Task[None] | None = None
        self._pings = 0
        self._pong = asyncio.Event()

    async def hold(self) -> None:
        try:
            while (frame := await self._peer.receive()).opcode != CLOSE:
                if frame.opcode == TEXT:
                    await self._on_message(frame.payload)
                elif frame.opcode == PONG and frame.payload == b"%d" % self._pings:
                    self._pong.set()
            self._service.seen.closes.append(frame.closing[0])
            await self._stop()
            await self._peer.close(frame.closing[0])
        finally:
            await self._stop()

    async def _stop(self) -> None:
        tasks = [task for task in (self._answering, self._hushing) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _on_message(self, payload: bytes) -> None:
        if b'"input_audio_buffer.append"' in payload:
            self._service.seen.frames += 1
            await self._on_audio(quiet=_QUIET in payload)
        elif b'"session.update"' in payload:
            self._text = b'"audio"' not in payload and b'["text"]' in payload
            session = CREATED["session"]
            self._service.seen.configured += 1
            await self._send("session.updated", session=session)
        elif b'"response.create"' in payload:
            self._answer(tool=False)

    async def _on_audio(self, *, quiet: bool) -> None:
        if not quiet and not self._speaking:
            self._speaking = True
            if self._answering is not None:
                self._hushing = asyncio.create_task(self._hush())
        elif quiet and self._speaking:
            self._speaking = False
            self._answer(tool=self._behaviour.tools)

    async def _hush(self) -> None:
        await asyncio.sleep(self._behaviour.hush)
        await self._send(
            "input_audio_buffer.speech_started", audio_start_ms=0, item_id="item_0"
        )

    def _answer(self, *, tool: bool) -> None:
        if self._answering is not None:
            self._answering.cancel()
        self._answering = asyncio.create_task(self._respond(tool=tool))

    async def _respond(self, *, tool: bool) -> None:
        behaviour, seen = self._behaviour, self._service.seen
        seen.turns += 1
        turn = seen.turns
        await asyncio.sleep(behaviour.delay)
        if _nth(turn, behaviour.drop_every):
            seen.dropped += 1
            await self._peer.close(1011, "trouble")
            return
        if _nth(turn, behaviour.fail_every):
            seen.failed += 1
            error = {"type": "server_error", "code": "no_luck", "message": "no luck"}
            await self._send("error", error=error)
            return
        self._responses += 1
        names = {"response_id": f"resp_{id(self)}_{self._responses}"}
        response: dict[str, Any] = {"id": names["response_id"], "output": []}
        await self._send(
            "response.created", response={**response, "status": "in_progress"}
        )
        names |= {"item_id": f"item_{self._responses}"}
        place = {"output_index": 0, "content_index": 0}
        if tool:
            await self._send(
                "response.function_call_arguments.done",
                call_id="call_1",
                name="look_up_answer",
                arguments="{}",
                output_index=0,
                **names,
            )
        elif self._text:
            await self._send("response.text.delta", delta="Hello.", **names, **place)
        else:
            chunks = behaviour.chunks
            if behaviour.first is not None and self._responses == 1:
                chunks = behaviour.first
            for number, seconds in enumerate(chunks):
                if behaviour.gap and number and number == len(chunks) - 1:
                    # From when it is heard: a client that is late hears no less.
                    await self._heard()
                    await asyncio.sleep(behaviour.gap)
                audio = base64.b64encode(bytes(round(seconds * _BYTES_PER_SECOND)))
                delta = audio.decode()
                await self._send("response.audio.delta", delta=delta, **names, **place)
        # Counted first: the client may close as soon as it knows.
        seen.answered += not tool
        await self._send("response.done", response={**response, "status": "completed"})

    async def _heard(self) -> None:
        """Wait until the client has read all that was sent: it reads in order."""
        self._pings += 1
        self._pong.clear()
        await self._peer.frame(PING, b"%d" % self._pings)
        await self._pong.wait()

    async def _send(self, kind: str, **fields: Any) -> None:
        await self._peer.send({"type": kind, "event_id": "event_2", **fields})


def _nth(number: int, every: int) -> bool:
    return bool(every) and number % every == 0


@asynccontextmanager
async def known_service(behaviour: Behaviour) -> AsyncIterator[KnownService]:
    """Run a service that behaves in a known way."""
    service = KnownService(behaviour)
    looking = asyncio.create_task(service.look_at_the_clock())
    try:
        async with serve(service.script) as server:
            service.endpoint = server.endpoint
            yield service
    finally:
        looking.cancel()
        await asyncio.wait((looking,))
