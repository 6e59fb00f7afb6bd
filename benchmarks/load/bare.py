"""Process of the bare load generator: `python -m benchmarks.load.bare JSON`.

The least that a caller does on asyncio: frames that were encoded beforehand are sent
on time, received frames are parsed and decoded. It measures only the lateness of its
frames. Uses aiohttp and uvloop, as `voicelive load` does. Prints a JSON object.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections import deque
from dataclasses import dataclass
from typing import Literal

import aiohttp
import msgspec
import uvloop

from benchmarks.mock.wire import pin
from voicelive_loadtest.callers.samples import Histogram
from voicelive_loadtest.callers.speech import FRAME_SECONDS, shipped_speech
from voicelive_protocol.endpoint import PATH


class _Event(msgspec.Struct):
    type: str


class _Delta(msgspec.Struct):
    delta: bytes


_decode = msgspec.json.Decoder(_Event).decode
_decode_delta = msgspec.json.Decoder(_Delta).decode


@dataclass(eq=False)
class _Caller:
    """A caller who always speaks.

    Attributes:
        websocket: The connection.
        start: Time of the first frame, in seconds of the event loop.
        due: Time of the next frame.
        sent: Number of frames sent.
        heard: Bytes of audio received.
    """

    websocket: aiohttp.ClientWebSocketResponse[Literal[False]]
    start: float
    due: float
    sent: int = 0
    heard: int = 0

    async def listen(self) -> None:
        async for message in self.websocket:
            if _decode(message.data).type == "response.audio.delta":
                self.heard += len(_decode_delta(message.data).delta)


class _Callers:
    """All callers, with one task for their frames."""

    def __init__(self) -> None:
        clips = shipped_speech().clips
        self._frames = [frame for clip in clips for frame in clip.frames]
        self._queue: deque[_Caller] = deque()
        self.late = Histogram()
        self.measuring = False

    def add(self, caller: _Caller) -> None:
        self._queue.append(caller)
        # Sorted by phase within the time between two frames.
        self._queue = deque(sorted(self._queue, key=lambda one: one.due))

    async def speak(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            queue = self._queue
            now = loop.time()
            while queue[0].due <= now:
                caller = queue.popleft()
                frame = self._frames[caller.sent % len(self._frames)]
                await caller.websocket.send_frame(frame, aiohttp.WSMsgType.TEXT)
                if self.measuring:
                    self.late.add((loop.time() - caller.due) * 1000)
                caller.sent += 1
                caller.due = caller.start + caller.sent * FRAME_SECONDS
                queue.append(caller)
            await asyncio.sleep(queue[0].due - loop.time())


async def _run(
    endpoint: str, callers: int, ramp: float, seconds: float
) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    generator = _Callers()
    tasks = []
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        began = loop.time()
        for number in range(callers):
            start = began + number * ramp / callers
            await asyncio.sleep(start - loop.time())
            websocket = await http.ws_connect(endpoint + PATH, decode_text=False)
            caller = _Caller(websocket, start, start)
            generator.add(caller)
            tasks.append(asyncio.create_task(caller.listen()))
            if number == 0:
                tasks.append(asyncio.create_task(generator.speak()))
        await asyncio.sleep(began + ramp + 1 - loop.time())
        gc.freeze()
        generator.measuring = True
        first, before = time.monotonic(), time.process_time()
        await asyncio.sleep(seconds)
        passed = time.monotonic() - first
        cpu = (time.process_time() - before) / passed
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    late = generator.late
    return {"late_p99": late.percentile(0.99), "frames": late.count, "cpu": cpu}


if __name__ == "__main__":
    pin(1)
    print(json.dumps(uvloop.run(_run(**json.loads(sys.argv[1])))), flush=True)
