"""Load process: spoken conversations in real time.

`python -m benchmarks.mock.voice_load JSON`, with the arguments of `main`. Prints
`measuring` when all sessions send audio, `measured` at the end, and then a JSON object.
"""

from __future__ import annotations

import gc
import json
import selectors
import sys
import time
from collections import deque

from benchmarks.mock.speech import (
    APPEND_SECONDS,
    CYCLE_APPENDS,
    CYCLE_SECONDS,
    appends,
)
from benchmarks.mock.wire import CONFIGURE, Marks, pin, upgrade

DELTA_SECONDS = 0.1

_CREATED = b'"type":"response.created"'
_DELTA = b'"type":"response.audio.delta"'
_ERROR = b'"type":"error"'


class _Session:
    """Session of a user who speaks, and listens for the rest of a cycle."""

    def __init__(self, load: _Load, start: float) -> None:
        self.due = start
        self._load = load
        self._start = start
        self._sent = 0
        self._marks = Marks(_CREATED, _DELTA, _ERROR)
        self._planned = 0.0
        self._socket = upgrade(load.port, load.target, load.key)
        self._socket.sendall(CONFIGURE)
        load.selector.register(self._socket, selectors.EVENT_READ, self)

    def send(self) -> None:
        frame = self._load.frames[self._sent % CYCLE_APPENDS]
        # The socket buffer is full only if the server has stopped reading.
        if self._socket.send(frame) != len(frame):
            raise RuntimeError("the server has stopped reading")
        self._sent += 1
        self.due = self._start + self._sent * APPEND_SECONDS

    def read(self) -> None:
        data = self._socket.recv(1 << 16)
        if not data:
            raise RuntimeError("the server has closed a connection")
        now = time.perf_counter()
        created, deltas, errors = self._marks.found(data)
        load = self._load
        if errors:
            raise RuntimeError(data.decode(errors="replace"))
        if created:
            # All responses have the same schedule relative to their cycle.
            cycles = int((now - self._start) / CYCLE_SECONDS)
            self._planned = self._start + cycles * CYCLE_SECONDS
            load.responses += 1
        for _ in range(deltas):
            if load.measuring:
                load.late.append(now - self._planned)
            self._planned += DELTA_SECONDS


class _Load:
    def __init__(self, port: int, target: str, key: str) -> None:
        self.port = port
        self.target = target
        self.key = key
        self.frames = appends()
        self.selector = selectors.DefaultSelector()
        self.measuring = False
        self.late: list[float] = []
        self.own_late: list[float] = []
        self.responses = 0
        self._queue: deque[_Session] = deque()

    def ramp(self, sessions: int, seconds: float) -> None:
        """Start sessions, evenly over a time."""
        start = time.perf_counter()
        for number in range(sessions):
            begins = start + number * seconds / sessions
            self.run(begins)
            self._queue.append(_Session(self, begins))
            # Sorted by phase within the 20 ms between two appends.
            self._queue = deque(sorted(self._queue, key=lambda session: session.due))

    def run(self, until: float) -> None:
        """Send frames that are due, and read events."""
        queue = self._queue
        while (now := time.perf_counter()) < until:
            while queue and queue[0].due <= now:
                session = queue.popleft()
                if self.measuring:
                    self.own_late.append(now - session.due)
                session.send()
                queue.append(session)
                now = time.perf_counter()
            wait = (min(queue[0].due, until) if queue else until) - now
            for key, _ in self.selector.select(timeout=max(0.0, wait)):
                key.data.read()


def main(
    port: int, target: str, key: str, sessions: int, ramp: float, seconds: float
) -> dict[str, float]:
    """Hold conversations.

    Args:
        port: Port of the server.
        target: Path and query.
        key: The bearer token.
        sessions: Number of sessions.
        ramp: Seconds in which they start, one after the other. A whole cycle makes
            the load even.
        seconds: Measured time after the ramp.
    """
    load = _Load(port, target, key)
    gc.disable()
    load.ramp(sessions, ramp)
    load.measuring = True
    load.responses = 0
    print("measuring", flush=True)
    start, before = time.perf_counter(), time.process_time()
    load.run(start + seconds)
    busy = (time.process_time() - before) / seconds
    print("measured", flush=True)
    if not load.late:
        raise RuntimeError("no delta was received")
    late, own = sorted(load.late), sorted(load.own_late)
    # The schedule excludes the latency of the service: that of the earliest delta.
    earliest = late[0]
    return {
        "deltas": len(late),
        "responses": load.responses,
        "p50": late[len(late) // 2] - earliest,
        "p99": late[len(late) * 99 // 100] - earliest,
        "worst": late[-1] - earliest,
        "own_p99": own[len(own) * 99 // 100],
        "busy": busy,
    }


if __name__ == "__main__":
    pin(1)
    print(json.dumps(main(**json.loads(sys.argv[1]))))
