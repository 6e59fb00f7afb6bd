"""Reference service for measurements: exact delays, gaps and failures.

Built on the scripted service and not on the mock, whose latencies vary: tests compare
each measured time with the configured one.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.scripted_service import CLOSE, CREATED, PING, PONG, TEXT, Peer, serve

_BYTES_PER_SECOND = 48_000
# Base64 of digital silence.
_SILENCE = b"A" * 64
# Sampling interval of event loop pauses, and the shortest pause that counts.
_SAMPLE_SECONDS = 0.01
_PAUSE_SECONDS = 0.02


@dataclass
class Behaviour:
    """Configuration of the service. Times are in seconds.

    Attributes:
        delay: From the first silent frame after speech, or from a request, to the start
            of the response.
        capacity: Open connections above which responses are delayed further; 0 for no
            limit.
        overload_delay: Delay of responses above the capacity.
        chunks: Durations of the audio chunks of a response.
        gap: Pause before the last chunk, once the client has received the others.
        refuse_every: Refuse every nth handshake.
        refuse_status: HTTP status of these refusals.
        drop_every: Close the connection with 1011 instead of every nth response.
        fail_every: Send an `error` event instead of every nth response.
        speech_started_delay: From the first frame of an interruption to
            `speech_started`.
        tools: Call a function in the first response to speech.
        silent: Never acknowledge the configuration of a session.
        first_chunks: Chunks of the first response of a call, if different.
    """

    delay: float = 0.1
    capacity: int = 0
    overload_delay: float = 1.0
    chunks: tuple[float, ...] = (0.1, 0.1)
    gap: float = 0.0
    refuse_every: int = 0
    refuse_status: int = 429
    drop_every: int = 0
    fail_every: int = 0
    speech_started_delay: float = 0.05
    tools: bool = False
    silent: bool = False
    first_chunks: tuple[float, ...] | None = None


@dataclass
class ServiceCounts:
    """Counts of the service, to compare with the measurements.

    Attributes:
        refused: Refused handshakes.
        opened: Accepted connections.
        configured: Configured sessions.
        answered: Complete responses.
        dropped: Responses replaced by a close.
        failed: Responses replaced by an error.
        closes: Close codes of the clients.
        open: Open connections.
        most_open: Maximum of simultaneously open connections.
        frames: Received audio frames.
        turns: Started responses.
        paused_ms: Total of the pauses of the event loop, in milliseconds.
        longest_pause_ms: Longest pause of the event loop, in milliseconds.
    """

    refused: int = 0
    opened: int = 0
    configured: int = 0
    answered: int = 0
    dropped: int = 0
    failed: int = 0
    closes: list[int] = field(default_factory=list[int])
    open: int = 0
    most_open: int = 0
    frames: int = 0
    turns: int = 0
    paused_ms: float = 0.0
    longest_pause_ms: float = 0.0


class ReferenceService:
    """A running service; created by `reference_service`."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.counts = ServiceCounts()
        self.endpoint = ""
        self.keys: set[str] = set()
        self._handshakes = 0

    async def script(self, peer: Peer) -> None:
        """Serve one connection."""
        counts, behaviour = self.counts, self.behaviour
        self._handshakes += 1
        self.keys.add(peer.request.headers.get("api-key", ""))
        if _is_nth(self._handshakes, behaviour.refuse_every):
            counts.refused += 1
            await peer.respond(behaviour.refuse_status)
            return
        await peer.begin()
        counts.opened += 1
        counts.open += 1
        counts.most_open = max(counts.most_open, counts.open)
        try:
            await _ServedCall(peer, self).run()
        finally:
            counts.open -= 1

    async def measure_pauses(self) -> None:
        """Measure pauses of the event loop, which may lengthen any measured time."""
        counts, loop = self.counts, asyncio.get_running_loop()
        while True:
            due = loop.time() + _SAMPLE_SECONDS
            await asyncio.sleep(_SAMPLE_SECONDS)
            if (late := loop.time() - due) > _PAUSE_SECONDS:
                counts.paused_ms += 1000 * late
                counts.longest_pause_ms = max(counts.longest_pause_ms, 1000 * late)


class _ServedCall:
    def __init__(self, peer: Peer, service: ReferenceService) -> None:
        self._peer = peer
        self._counts = service.counts
        self._behaviour = service.behaviour
        self._speaking = False
        self._responding: asyncio.Task[None] | None = None
        self._responses = 0
        self._text = False
        self._speech_started: asyncio.Task[None] | None = None
        self._pings = 0
        self._pong = asyncio.Event()

    async def run(self) -> None:
        try:
            while (frame := await self._peer.receive()).opcode != CLOSE:
                if frame.opcode == TEXT:
                    await self._on_message(frame.payload)
                elif frame.opcode == PONG and frame.payload == b"%d" % self._pings:
                    self._pong.set()
            self._counts.closes.append(frame.closing[0])
            await self._stop()
            await self._peer.close(frame.closing[0])
        finally:
            await self._stop()

    async def _stop(self) -> None:
        tasks = [task for task in (self._responding, self._speech_started) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _on_message(self, payload: bytes) -> None:
        if b'"input_audio_buffer.append"' in payload:
            self._counts.frames += 1
            await self._on_audio(silent=_SILENCE in payload)
        elif b'"session.update"' in payload:
            self._text = b'"audio"' not in payload and b'["text"]' in payload
            session = CREATED["session"]
            self._counts.configured += 1
            if self._behaviour.silent:
                return
            await self._send("session.updated", session=session)
        elif b'"response.create"' in payload:
            self._start_response(tool=False)

    async def _on_audio(self, *, silent: bool) -> None:
        if not silent and not self._speaking:
            self._speaking = True
            if self._responding is not None:
                self._speech_started = asyncio.create_task(self._detect_speech())
        elif silent and self._speaking:
            self._speaking = False
            self._start_response(tool=self._behaviour.tools)

    async def _detect_speech(self) -> None:
        await asyncio.sleep(self._behaviour.speech_started_delay)
        await self._send(
            "input_audio_buffer.speech_started", audio_start_ms=0, item_id="item_0"
        )

    def _start_response(self, *, tool: bool) -> None:
        if self._responding is not None:
            self._responding.cancel()
        self._responding = asyncio.create_task(self._respond(tool=tool))

    async def _respond(self, *, tool: bool) -> None:
        behaviour, counts = self._behaviour, self._counts
        counts.turns += 1
        turn = counts.turns
        overloaded = behaviour.capacity and counts.open > behaviour.capacity
        await asyncio.sleep(behaviour.overload_delay if overloaded else behaviour.delay)
        if _is_nth(turn, behaviour.drop_every):
            counts.dropped += 1
            await self._peer.close(1011, "trouble")
            return
        if _is_nth(turn, behaviour.fail_every):
            counts.failed += 1
            error = {"type": "server_error", "code": "no_luck", "message": "no luck"}
            await self._send("error", error=error)
            return
        self._responses += 1
        ids = {"response_id": f"resp_{id(self)}_{self._responses}"}
        response: dict[str, Any] = {"id": ids["response_id"], "output": []}
        await self._send(
            "response.created", response={**response, "status": "in_progress"}
        )
        ids |= {"item_id": f"item_{self._responses}"}
        indices = {"output_index": 0, "content_index": 0}
        if tool:
            await self._send(
                "response.function_call_arguments.done",
                call_id="call_1",
                name="look_up_answer",
                arguments="{}",
                output_index=0,
                **ids,
            )
        elif self._text:
            await self._send("response.text.delta", delta="Hello.", **ids, **indices)
        else:
            chunks = behaviour.chunks
            if behaviour.first_chunks is not None and self._responses == 1:
                chunks = behaviour.first_chunks
            for number, seconds in enumerate(chunks):
                if behaviour.gap and number and number == len(chunks) - 1:
                    # A client that lags must not shorten the gap.
                    await self._received_by_client()
                    await asyncio.sleep(behaviour.gap)
                audio = base64.b64encode(bytes(round(seconds * _BYTES_PER_SECOND)))
                delta = audio.decode()
                await self._send("response.audio.delta", delta=delta, **ids, **indices)
        # Counted first: the client may close on `response.done`.
        counts.answered += not tool
        await self._send("response.done", response={**response, "status": "completed"})

    async def _received_by_client(self) -> None:
        """Wait until the client has read all frames, which it does in order."""
        self._pings += 1
        self._pong.clear()
        await self._peer.frame(PING, b"%d" % self._pings)
        await self._pong.wait()

    async def _send(self, event_type: str, **fields: Any) -> None:
        await self._peer.send({"type": event_type, "event_id": "event_2", **fields})


def _is_nth(number: int, every: int) -> bool:
    return bool(every) and number % every == 0


@asynccontextmanager
async def reference_service(behaviour: Behaviour) -> AsyncIterator[ReferenceService]:
    """Run a service with a given behaviour."""
    service = ReferenceService(behaviour)
    monitor = asyncio.create_task(service.measure_pauses())
    try:
        async with serve(service.script) as server:
            service.endpoint = server.endpoint
            yield service
    finally:
        monitor.cancel()
        await asyncio.wait((monitor,))
