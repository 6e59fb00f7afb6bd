"""Load process: concurrent conversations in text.

`python -m benchmarks.mock.text_load JSON`, with the arguments of `main`; prints a JSON
object.
"""

from __future__ import annotations

import json
import selectors
import sys
import time

from benchmarks.mock.wire import CONFIGURE, Marks, event_frame, pin, upgrade

_TURN = event_frame(
    {
        "type": "conversation.item.create",
        "item": {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "When does the museum open?"}],
        },
    }
) + event_frame({"type": "response.create", "response": {"modalities": ["text"]}})
_CREATED = b'"type":"session.created"'
_DONE = b'"type":"response.done"'
_ERROR = b'"type":"error"'
_TIMEOUT_SECONDS = 30.0


class _Conversation:
    def __init__(self, load: _Load) -> None:
        self._load = load
        self._turns = 0
        self._asked = 0.0
        self._connect()

    def _connect(self) -> None:
        load = self._load
        self._marks = Marks(_CREATED, _DONE, _ERROR)
        self._socket = upgrade(load.port, load.target, load.key)
        load.selector.register(self._socket, selectors.EVENT_READ, self)

    def read(self) -> None:
        data = self._socket.recv(1 << 16)
        if not data:
            raise RuntimeError("the server has closed a connection")
        created, done, errors = self._marks.found(data)
        if errors:
            raise RuntimeError(data.decode(errors="replace"))
        if done:
            self._load.latencies.append(time.perf_counter() - self._asked)
            self._turns += 1
        elif created:
            self._socket.sendall(CONFIGURE)
        else:
            return
        if self._turns == self._load.turns:
            self._turns = 0
            self._load.selector.unregister(self._socket)
            self._socket.close()
            self._connect()
            return
        self._asked = time.perf_counter()
        self._socket.sendall(_TURN)


class _Load:
    def __init__(self, port: int, target: str, key: str, turns: int) -> None:
        self.port = port
        self.target = target
        self.key = key
        self.turns = turns
        self.selector = selectors.DefaultSelector()
        self.latencies: list[float] = []

    def run(
        self, connections: int, seconds: float, max_turns: int, report_at: int
    ) -> float:
        """Run for a time or a number of turns; return the elapsed seconds.

        At least one turn completes, even if the machine pauses meanwhile.
        """
        reported = report_at < 0
        for _ in range(connections):
            _Conversation(self)
        start = time.perf_counter()
        while (passed := time.perf_counter() - start) < seconds or not self.latencies:
            if passed > seconds + _TIMEOUT_SECONDS:
                raise RuntimeError("no turn has completed")
            for key, _ in self.selector.select(timeout=1):
                key.data.read()
            if len(self.latencies) >= max_turns:
                break
            if not reported and len(self.latencies) >= report_at:
                reported = True
                print("so far", flush=True)
        return passed


def main(
    port: int,
    target: str,
    key: str,
    connections: int,
    seconds: float,
    turns: int,
    max_turns: int = sys.maxsize,
    report_at: int = -1,
) -> dict[str, float]:
    """Hold conversations, each on its own connection.

    Args:
        port: Port of the server.
        target: Path and query.
        key: The bearer token.
        connections: Number of concurrent conversations.
        seconds: Time to run; the first turn completes in any case.
        turns: Turns of a conversation, after which a new one starts.
        max_turns: Stop after this number of turns in all.
        report_at: Print a line after this number of turns.
    """
    load = _Load(port, target, key, turns)
    before = time.process_time()
    passed = load.run(connections, seconds, max_turns, report_at)
    busy = (time.process_time() - before) / passed
    latencies = sorted(load.latencies)
    return {
        "turns": len(latencies),
        "seconds": passed,
        "p50": latencies[len(latencies) // 2],
        "p99": latencies[len(latencies) * 99 // 100],
        "busy": busy,
    }


if __name__ == "__main__":
    pin(1)
    print(json.dumps(main(**json.loads(sys.argv[1]))))
