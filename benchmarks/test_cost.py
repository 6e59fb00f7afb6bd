"""Cost of the mock service in a test: its first import, and a test with one turn.

Each is compared with the least that aiohttp needs for the same.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from statistics import median

import aiohttp
from aiohttp import web

from benchmarks.imports import time_imports
from benchmarks.lab import Lab
from benchmarks.results import Figure
from voicelive_mockserver import BackgroundMockServer

_IMPORTS = {
    "ours": "from voicelive_mockserver import BackgroundMockServer",
    "aiohttp": "from aiohttp import web",
}
_MOST_OF_IMPORT = 2.0
_MOST_OF_TEST = 2.5

_QUERY = "?api-version=2026-04-10&model=gpt-realtime"
_REQUESTS = (
    {"type": "session.update", "session": {}},
    {"type": "response.create", "response": {"modalities": ["text"]}},
)
_DONE = {"type": "response.done"}


def measure(lab: Lab) -> Iterator[Figure]:
    """Measure the import, and the time of a server and one turn with it."""
    found = time_imports(
        lab, {name: ("ours", statement) for name, statement in _IMPORTS.items()}
    )
    yield from _figures("first import", found, _MOST_OF_IMPORT)
    found = {"ours": [], "aiohttp": []}
    for number in range(lab.effort.test_rounds + 1):
        ours = _test(_mock_service())
        bare = _test(_bare_service())
        if number:  # the first round is a warm-up
            found["ours"].append(ours)
            found["aiohttp"].append(bare)
    yield from _figures("fixture and a text turn", found, _MOST_OF_TEST)


def _figures(
    what: str, found: dict[str, list[float]], at_most: float
) -> Iterator[Figure]:
    ours, bare = median(found["ours"]), median(found["aiohttp"])
    yield Figure(
        "test", f"{what}: time", "ms", ours * 1e3, reference=("aiohttp", bare * 1e3)
    )
    ratio = median(a / b for a, b in zip(found["ours"], found["aiohttp"], strict=True))
    yield Figure("test", f"{what}: ours/aiohttp", "x", ratio, at_most=at_most)


def _test(service: AbstractContextManager[str]) -> float:
    """Return the seconds of a test: start the service, take a turn, stop it."""
    start = time.perf_counter()
    with service as url:
        asyncio.run(_turn(url))
    return time.perf_counter() - start


async def _turn(url: str) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(url, headers={"api-key": "key"}) as websocket,
    ):
        for request in _REQUESTS:
            await websocket.send_json(request)
        while json.loads(await websocket.receive_str())["type"] != _DONE["type"]:
            pass


@contextmanager
def _mock_service() -> Iterator[str]:
    with BackgroundMockServer(api_key="key") as mock:
        yield mock.url + _QUERY


@contextmanager
def _bare_service() -> Iterator[str]:
    """Run a server of aiohttp in a thread, as the fixture does."""
    started = threading.Event()
    port = 0
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def handle(request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        for _ in _REQUESTS:
            await websocket.receive_str()
        await websocket.send_json(_DONE)
        await websocket.receive()
        return websocket

    async def serve() -> None:
        nonlocal port
        app = web.Application()
        app.router.add_get("/", handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        started.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    started.wait()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
