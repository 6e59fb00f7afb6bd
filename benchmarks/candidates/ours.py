"""Candidate of voicelive and voicelive_protocol."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.candidates import Candidate
from benchmarks.payloads import Frame
from benchmarks.timing import Stopwatch, Timing
from voicelive.aio import connect
from voicelive.conversation import ConversationView
from voicelive.models import (
    ClientEventInputAudioBufferAppend,
    ServerEventResponseAudioDelta,
    decode_server_event,
    encode,
)


class Ours:
    def decoder(self, frames: list[Frame]) -> Callable[[bytes], object]:
        return decode_server_event

    def encoder(self) -> Callable[[bytes], object]:
        def write(audio: bytes) -> object:
            return encode(ClientEventInputAudioBufferAppend(audio=audio))

        return write

    async def receive(self, endpoint: str, events: int) -> Timing:
        return await receive(endpoint, {"events": events})


CANDIDATE: Candidate = Ours()


async def receive(
    endpoint: str, query: dict[str, int], *, account: bool = False
) -> Timing:
    """Receive events of a `benchmarks.flood` server.

    Args:
        endpoint: Address of the server.
        query: Query parameters of the session.
        account: Whether an account of the conversation is kept.
    """
    events = query["events"]
    async with connect(
        endpoint=endpoint, credential="key", model="m", query=query
    ) as connection:
        if account:
            ConversationView(connection)
        await connection.recv()
        stopwatch = Stopwatch()
        await connection.response.create()
        left = events
        async for event in connection:
            if isinstance(event, ServerEventResponseAudioDelta):
                _ = event.delta
            left -= 1
            if not left:
                break
        return stopwatch.stop(events)
