"""Send queue: audio is sent by a background task."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from tests.support.client import dial
from tests.support.scripted_service import TEXT, Peer, serve
from voicelive.aio import ConnectionClosed
from voicelive.resilience import SendQueue, SendQueueFull
from voicelive_protocol import (
    ClientEventInputAudioBufferAppend,
    ClientEventInputAudioBufferCommit,
    ClientMessage,
)

# 100 ms at 24 kHz.
PIECE = 4800


class Line:
    """A connection that takes its time."""

    def __init__(self) -> None:
        self.sent: list[ClientMessage] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.failure: Exception | None = None

    async def send(self, event: ClientMessage) -> None:
        await self.go_on.wait()
        if self.failure is not None:
            raise self.failure
        self.sent.append(event)

    @property
    def heard(self) -> list[Any]:
        """The first byte of each piece of audio; the type of everything else."""
        return [
            e.audio[0]
            if isinstance(e, ClientEventInputAudioBufferAppend)
            else getattr(e, "type", e)
            for e in self.sent
        ]


def piece(number: int, size: int = PIECE) -> bytes:
    return bytes([number] * size)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_oldest_audio_makes_room() -> None:
    """Beyond the limit the oldest audio is dropped and counted, events are not."""
    line = Line()
    line.go_on.clear()
    async with SendQueue(line, max_ms=300) as queue:
        queue.put_audio(piece(1))
        await settle()  # the first is on its way and no longer waits
        for number in (2, 3):
            queue.put_audio(piece(number))
        queue.put(ClientEventInputAudioBufferCommit())
        for number in (4, 5):
            queue.put_audio(piece(number))
        assert (queue.queued_ms, queue.dropped_ms, queue.dropped) == (300, 100, 1)
        line.go_on.set()
        await queue.flush()
        assert line.heard == [1, 3, "input_audio_buffer.commit", 4, 5]
        assert queue.queued_ms == 0


async def test_a_long_piece_is_sent_nevertheless() -> None:
    """The newest piece is kept at any length; empty ones are ignored."""
    line = Line()
    async with SendQueue(line, max_ms=50) as queue:
        queue.put_audio(piece(1))
        queue.put_audio(b"")
        queue.put_audio(memoryview(piece(2, 9600)))
    assert line.heard == [2]


async def test_durations_follow_the_format() -> None:
    """One second is 8,000 bytes of G.711 and 32,000 bytes of PCM at 16 kHz."""
    line = Line()
    line.go_on.clear()
    async with SendQueue(line, input_audio_format="g711_ulaw") as queue:
        queue.put_audio(bytes(8000))
        assert queue.queued_ms == 1000
        await queue.close(flush=False)
    async with SendQueue(line, input_audio_sampling_rate=16000) as queue:
        queue.put_audio(bytes(32000))
        assert queue.queued_ms == 1000
        await queue.close(flush=False)


async def test_too_many_events() -> None:
    """Events are never dropped, so there is a limit; audio has its own."""
    line = Line()
    line.go_on.clear()
    async with SendQueue(line, max_events=2) as queue:
        for _ in range(2):
            queue.put({"type": "response.cancel"})
        with pytest.raises(SendQueueFull, match="2 events"):
            queue.put({"type": "response.cancel"})
        queue.put_audio(piece(1))
        queue.clear()
        queue.put_audio(piece(2))
        line.go_on.set()
    assert line.heard == [2]


async def test_other_threads() -> None:
    """Threads may put audio; the order of each one is kept."""
    line = Line()
    async with SendQueue(line, max_ms=1e9) as queue:

        def speak(number: int) -> None:
            for count in range(200):
                queue.put_audio(bytes([number, count]))

        threads = [threading.Thread(target=speak, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            await asyncio.to_thread(thread.join)
    audio = [e.audio for e in line.sent if not isinstance(e, dict | str | bytes)]  # type: ignore[union-attr]
    for number in range(3):
        assert [a[1] for a in audio if a[0] == number] == list(range(200))


async def test_a_thread_wakes_the_loop() -> None:
    """Audio of a thread is sent at once, also when nothing else happens."""
    sent = asyncio.Event()

    class Telling(Line):
        async def send(self, event: ClientMessage) -> None:
            await super().send(event)
            sent.set()

    line = Telling()
    async with SendQueue(line) as queue:

        def speak() -> None:
            time.sleep(0.03)  # until the loop has nothing to do
            queue.put_audio(piece(1))

        thread = threading.Thread(target=speak)
        began = time.monotonic()
        thread.start()
        await asyncio.wait_for(sent.wait(), 20)
        thread.join()
        assert time.monotonic() - began < 15
    assert line.heard == [1]


async def test_a_connection_that_ends() -> None:
    """`put`, `flush` and `close` raise the error of sending."""
    line = Line()
    line.failure = ConnectionClosed(1011, "oops")
    queue = SendQueue(line)
    await queue.__aenter__()
    queue.put_audio(piece(1))
    with pytest.raises(ConnectionClosed):
        await queue.flush()
    with pytest.raises(ConnectionClosed):
        queue.put_audio(piece(2))
    with pytest.raises(ConnectionClosed):
        await queue.__aexit__(None, None, None)


async def test_leaving_with_an_exception_drops_the_rest() -> None:
    """Leaving the context with an exception does not wait for the network."""
    line = Line()
    line.go_on.clear()
    queue = SendQueue(line)

    async def fail() -> None:
        async with queue:
            queue.put_audio(piece(1))
            raise KeyError

    with pytest.raises(KeyError):
        await asyncio.wait_for(fail(), 5)
    assert line.sent == []
    with pytest.raises(RuntimeError, match="not open"):
        queue.put_audio(piece(2))
    await queue.close()


async def test_closing_ends_a_flush() -> None:
    """A flush does not outlive the queue."""
    line = Line()
    line.go_on.clear()
    async with SendQueue(line) as queue:
        queue.put_audio(piece(1))
        flushing = asyncio.create_task(queue.flush())
        await settle()
        await queue.close(flush=False)
        await asyncio.wait_for(flushing, 5)


async def test_it_has_to_be_entered() -> None:
    """Outside of its context there is no task that would send."""
    with pytest.raises(RuntimeError, match="async with"):
        SendQueue(Line()).put_audio(piece(1))


async def test_over_a_connection() -> None:
    """Audio arrives in order, and a commit behind what it is about."""
    got: list[str] = []

    async def script(peer: Peer) -> None:
        await peer.begin()
        while (frame := await peer.receive()).opcode == TEXT:
            got.append(frame.event["type"])
        await peer.close()

    async with serve(script) as server, dial(server) as connection:
        await connection.recv()
        async with SendQueue(connection) as queue:
            for number in range(3):
                queue.put_audio(piece(number))
            queue.put(ClientEventInputAudioBufferCommit())
    assert got == ["input_audio_buffer.append"] * 3 + ["input_audio_buffer.commit"]
