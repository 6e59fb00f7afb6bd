"""Fuzz target: answers to a handshake, against `connect` and `connect_with_retry`."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from contextlib import AbstractAsyncContextManager
from random import Random

from tests.fuzz.guard import Finding, Guard, run_guarded
from tests.fuzz.mutations import mutate_bytes
from tests.fuzz.target import Case
from tests.support.client import KEY, dial
from tests.support.scripted_service import Peer, serve
from voicelive.aio import ConnectionClosed, ConnectionFailed, VoiceLiveConnection
from voicelive.resilience import Backoff, connect_with_retry

_MOST_SECONDS = 86_400.0 + 60
"""No server can make a client wait for longer than a day and the backoff."""

_STATUSES = (
    *(0, 100, 101, 200, 204, 301, 307, 400, 401, 403, 404, 407, 413, 426, 429),
    *(500, 502, 503, 504, 599, 999, 99999),
)
_BODIES = (
    "",
    "No.",
    '{"error":{"code":"x","message":"No such model"}}',
    '{"error":{"message":null}}',
    '{"error":"text"}',
    '{"error":{"message":"\\ud800"}}',
    "[" * 4000,
    '{"a":' * 2000,
    "1" * 5000,
    "<html><body>Bad gateway</body></html>",
    "\x1b[31mred\x07",
    "x" * 100_000,
    "null",
)
_HEADERS = (
    ("Retry-After", "0"),
    ("Retry-After", "2"),
    ("Retry-After", "-5"),
    ("Retry-After", "9" * 400),
    ("Retry-After", "9" * 5000),
    ("Retry-After", "1e9"),
    ("Retry-After", "NaN"),
    ("Retry-After", "infinity"),
    ("Retry-After", "\u0663"),
    ("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"),
    ("Retry-After", "Mon, 01 Jan 9999 00:00:00 -2359"),
    ("Retry-After", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"),
    ("Retry-After", "Mon, 01 Jan 2024 99:99:99 +9999999999"),
    ("Retry-After", ", ; x"),
    ("Location", "https://example.com/?api-key=x"),
    ("Location", "http://[::1"),
    ("Content-Encoding", "gzip"),
    ("Content-Encoding", "x"),
    ("Content-Type", "application/json; charset=\u00fc"),
    ("Content-Length", "-1"),
    ("Content-Length", "99999999999"),
    ("Content-Length", "x"),
    ("Transfer-Encoding", "chunked"),
    ("Connection", "close"),
    ("Upgrade", "websocket"),
    ("Upgrade", "h2c"),
    ("Sec-WebSocket-Accept", "x"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=99"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; x=\u00fc"),
    ("Sec-WebSocket-Protocol", "y"),
    ("Set-Cookie", "a=b; Max-Age=9e99; Expires=never"),
    ("", "no name"),
    ("X-Long", "y" * 9000),
)


class HandshakeTarget:
    """Answers a handshake with anything; a retry gets the next answer."""

    name = "handshake"

    def make(self, chance: Random) -> Case:
        """Return a random case: the bytes of each answer in base64."""
        answers = [_answer(chance) for _ in range(chance.randint(1, 3))]
        return {
            "steps": [b64encode(answer).decode() for answer in answers],
            "hangs": chance.random() < 0.2,
            "retry": chance.random() < 0.6,
        }

    def run(self, case: Case) -> None:
        """Run a case."""
        left = [b64decode(step) for step in case["steps"]]
        waits: list[float] = []

        async def script(peer: Peer) -> None:
            peer.writer.write(left.pop(0) if len(left) > 1 else [*left, b""][0])
            if case["hangs"]:
                await peer.gone_unanswered()

        async def note(seconds: float) -> None:
            waits.append(seconds)
            await asyncio.sleep(0)

        async def work(_guard: Guard) -> None:
            async with serve(script) as server:
                opened: AbstractAsyncContextManager[VoiceLiveConnection]
                if case["retry"]:
                    opened = connect_with_retry(
                        credential=KEY,
                        endpoint=server.endpoint,
                        model="gpt-realtime",
                        backoff=Backoff(max_attempts=4, max_seconds=None, sleep=note),
                    )
                else:
                    opened = dial(server)
                try:
                    async with opened as connection:
                        async for event in connection:
                            event.as_dict()
                except (ConnectionFailed, ConnectionClosed) as error:
                    str(error)
                    _check(error, waits, retried=case["retry"])
            if any(not 0 <= seconds <= _MOST_SECONDS for seconds in waits):
                raise Finding(f"waits for {waits} s")

        run_guarded(work)


def _check(error: Exception, waits: list[float], *, retried: bool) -> None:
    if KEY in str(error):
        raise Finding("the error shows the key")
    if not isinstance(error, ConnectionFailed):
        return
    after = error.retry_after
    if after is not None and not 0 <= after <= _MOST_SECONDS:
        raise Finding(f"retry_after is {after}")
    if retried and error.retryable and len(waits) != 3:
        raise Finding(f"gave up after {len(waits)} waits: {error!r}")


def _answer(chance: Random) -> bytes:
    status = chance.choice(_STATUSES)
    reason = chance.choice(("OK", "", "B\u00e4d", "x" * 300))
    body = chance.choice(_BODIES)
    headers = [chance.choice(_HEADERS) for _ in range(chance.randint(0, 4))]
    lines = [f"HTTP/1.{chance.choice('0111')} {status} {reason}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if chance.random() < 0.7:
        lines.append(f"Content-Length: {len(body.encode())}")
    answer = "\r\n".join([*lines, "", body]).encode(errors="replace")
    return mutate_bytes(answer, chance) if chance.random() < 0.2 else answer
