"""voicelive and voicelive_protocol."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.candidates import Candidate
from benchmarks.payloads import Frame
from benchmarks.timing import Stopwatch, Timing
from voicelive.aio import connect
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
        async with connect(
            endpoint=endpoint, credential="key", model="m", query={"events": events}
        ) as connection:
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


CANDIDATE: Candidate = Ours()
