"""Server process that sends events as fast as the client reads them.

It sends `session.created`, waits for any message, and then sends the number of events
in the query parameter `events`: spoken replies, encoded beforehand; with `sentences`,
replies of that length with unique identifiers. It prints its port, and exits at the end
of its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from functools import cache
from itertools import cycle, islice

from aiohttp import WSMsgType, web

from benchmarks.payloads import SESSION_CREATED, SPOKEN_REPLY, spoken_replies
from voicelive_protocol.endpoint import PATH

# Enough for unique identifiers within a measurement.
_REPLIES = 100


@cache
def _replies(sentences: int) -> list[bytes]:
    return list(spoken_replies(_REPLIES, sentences))


async def _session(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    await socket.send_frame(SESSION_CREATED.text, WSMsgType.TEXT)
    await socket.receive()
    sentences = int(request.query.get("sentences", 0))
    frames = _replies(sentences) if sentences else [f.text for f in SPOKEN_REPLY]
    for frame in islice(cycle(frames), int(request.query["events"])):
        await socket.send_frame(frame, WSMsgType.TEXT)
    # The client closes after the last event.
    await socket.receive()
    return socket


async def _serve() -> None:
    app = web.Application()
    app.router.add_get(PATH, _session)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve())
