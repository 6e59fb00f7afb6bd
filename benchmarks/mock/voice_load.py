"""The process that holds spoken conversations in real time.

`python -m benchmarks.mock.voice_load JSON`, with the fields of `main`. Prints
`measuring` when all sessions are up and talking, `measured` when the time is over, and
then a JSON object.
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
    """One user: speaks, then listens until it is time to speak again."""

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
        # More than the socket takes cannot be waiting, unless the server has stopped
        # to read: then this raises, and the load with it.
        if self._socket.send(frame) != len(frame):
            raise RuntimeError("the server does not read any more")
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
            # Relative to the cycle, all responses of all sessions have the same plan.
            cycles = int((now - self._start) / CYCLE_SECONDS)
            self._planned = self._start + cycles * CYCLE_SECONDS
            load.responses += 1
        for _ in range(deltas):
            if load.measures:
                load.late.append(now - self._planned)
            self._planned += DELTA_SECONDS


class _Load:
    def __init__(self, port: int, target: str, key: str) -> None:
        self.port = port
        self.target = target
        self.key = key
        self.frames = appends()
        self.selector = selectors.DefaultSelector()
        self.measures = False
        self.late: list[float] = []
        self.own_late: list[float] = []
        self.responses = 0
        self._queue: deque[_Session] = deque()

    def ramp(self, sessions: int, seconds: float) -> None:
        """Let sessions begin, evenly over a time."""
        start = time.perf_counter()
        for number in range(sessions):
            begins = start + number * seconds / sessions
            self.run(begins)
            self._queue.append(_Session(self, begins))
            # By their place in the 20 ms between two appends.
            self._queue = deque(sorted(self._queue, key=lambda session: session.due))

    def run(self, until: float) -> None:
        """Send what is due and read what comes."""
        queue = self._queue
        while (now := time.perf_counter()) < until:
            while queue and queue[0].due <= now:
                session = queue.popleft()
                if self.measures:
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
        port: Where the server is.
        target: Path and query.
        key: The bearer token.
        sessions: How many.
        ramp: Seconds in which they begin, one after the other. A whole cycle makes
            the load even.
        seconds: How long to measure, after that.
    """
    load = _Load(port, target, key)
    gc.disable()
    load.ramp(sessions, ramp)
    load.measures = True
    load.responses = 0
    print("measuring", flush=True)
    start, before = time.perf_counter(), time.process_time()
    load.run(start + seconds)
    busy = (time.process_time() - before) / seconds
    print("measured", flush=True)
    if not load.late:
        raise RuntimeError("no delta came")
    late, own = sorted(load.late), sorted(load.own_late)
    # The plan leaves out how long the service thinks; the promptest delta tells.
    prompt = late[0]
    return {
        "deltas": len(late),
        "responses": load.responses,
        "p50": late[len(late) // 2] - prompt,
        "p99": late[len(late) * 99 // 100] - prompt,
        "worst": late[-1] - prompt,
        "own_p99": own[len(own) * 99 // 100],
        "busy": busy,
    }


if __name__ == "__main__":
    pin(1)
    print(json.dumps(main(**json.loads(sys.argv[1]))))
