"""Process of the minimal load generator: `python -m benchmarks.load.plain JSON`.

The obvious implementation for Locust: gevent and websocket-client, two greenlets per
caller. A real load test has more work to do. Prints a JSON object.
"""

# ruff: noqa: E402
from __future__ import annotations

from gevent import monkey

from voicelive_protocol.endpoint import PATH

monkey.patch_all()

import contextlib
import json
import os
import sys
import time

import gevent
import websocket

from benchmarks.mock.wire import pin
from voicelive_loadtest.callers.samples import Histogram
from voicelive_loadtest.callers.speech import FRAME_SECONDS, shipped_speech


class _Callers:
    def __init__(self, endpoint: str) -> None:
        self._url = endpoint.replace("http", "ws", 1) + PATH
        speech = shipped_speech()
        self._frames = [frame for clip in speech.clips for frame in clip.frames]
        self.late = Histogram()
        self.measuring = False

    def call(self, begins: float) -> None:
        gevent.sleep(max(0.0, begins - time.monotonic()))
        connection = websocket.create_connection(
            self._url, enable_multithread=False, skip_utf8_validation=True
        )
        gevent.spawn(self._receive, connection)
        # Every caller speaks all the time.
        number, began = 0, time.monotonic()
        while True:
            due = began + number * FRAME_SECONDS
            gevent.sleep(max(0.0, due - time.monotonic()))
            frame = self._frames[number % len(self._frames)]
            connection.send(frame, websocket.ABNF.OPCODE_TEXT)
            if self.measuring:
                self.late.add((time.monotonic() - due) * 1000)
            number += 1

    def _receive(self, connection: websocket.WebSocket) -> None:
        while True:
            json.loads(connection.recv())


def main(endpoint: str, callers: int, ramp: float, seconds: float) -> dict[str, float]:
    """Run the callers, and return the result.

    Args:
        endpoint: Address of the sink.
        callers: Number of callers.
        ramp: Seconds in which they start.
        seconds: Measured time after the ramp.
    """
    generator = _Callers(endpoint)
    began = time.monotonic()
    for number in range(callers):
        gevent.spawn(generator.call, began + number * ramp / callers)
    gevent.sleep(ramp + 1)
    generator.measuring = True
    start, before = time.monotonic(), time.process_time()
    gevent.sleep(seconds)
    passed = time.monotonic() - start
    cpu = (time.process_time() - before) / passed
    late = generator.late
    return {"late_p99": late.percentile(0.99), "frames": late.count, "cpu": cpu}


if __name__ == "__main__":
    pin(1)
    result = main(**json.loads(sys.argv[1]))
    print(json.dumps(result), flush=True)
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    # Exit without closing the connections.
    os._exit(0)
