"""Contracts with dependencies: undocumented names, their version bounds, what they do.

An upgrade of a dependency that removes or changes such a name fails here and names it.
Decision records 0004 (aiohttp) and 0009 (Locust) have the reasons for using them.
"""

from __future__ import annotations

import ast
import asyncio
import os
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tools.paths import ROOT

# Otherwise importing Locust patches this process.
os.environ.setdefault("LOCUST_SKIP_MONKEY_PATCH", "1")

PACKAGES = (
    ROOT / "core" / "voicelive_core",
    ROOT / "voicelive",
    ROOT / "mockserver" / "voicelive_mockserver",
    ROOT / "loadtest" / "voicelive_loadtest",
)

# Modules of dependencies that their documentation does not mention.
UNDOCUMENTED_MODULES = (
    "aiohttp.base_protocol",
    "aiohttp.client_proto",
    "aiohttp.client_reqrep",
    "aiohttp.helpers",
    "aiohttp.http",
)

# The names of Locust in its API reference; all others count as undocumented.
DOCUMENTED_BY_LOCUST = {
    "locust": {"", "LoadTestShape", "User", "constant", "task"},
    "locust.env": {"Environment"},
    "locust.event": {"Events"},
    "locust.runners": {"MasterRunner", "WorkerRunner"},
    "locust.stats": {"RequestStats", "StatsEntry"},
    "locust.web": {"WebUI"},
}

UNDOCUMENTED = {
    "aiohttp._websocket.reader": {"WebSocketDataQueue"},
    "aiohttp.base_protocol": {"BaseProtocol"},
    "aiohttp.http": {
        "HttpProcessingError",
        "HttpRequestParser",
        "RESPONSES",
        "SERVER_SOFTWARE",
        "WS_KEY",
        "WSCloseCode",
        "WSMsgType",
        "WebSocketError",
        "WebSocketReader",
    },
    "locust": {"log"},
    "locust.argument_parser": {"LocustArgumentParser"},
    "locust.exception": {"RPCError", "StopUser"},
    "locust.rpc": {"Message"},
    "locust.runners": {"STATE_MISSING"},
    "locust.stats": {"StatsError"},
}
"""The undocumented names in use. A new one needs a decision record and a test here."""


def imports(package: Path) -> Iterator[tuple[str, str]]:
    """Return module and name of each `from` import of a package, and `import` lines."""
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                for alias in node.names:
                    yield node.module, alias.name
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name, ""


def is_undocumented(module: str, name: str) -> bool:
    """Return whether a name of a dependency is private or undocumented."""
    if module.startswith(("voicelive", "__future__", "_")):
        return False
    if module.partition(".")[0] == "locust":
        return name not in DOCUMENTED_BY_LOCUST.get(module, ())
    parts = [*module.split("."), name]
    private = any(part.startswith("_") and part != "__future__" for part in parts)
    return private or module in UNDOCUMENTED_MODULES


@pytest.mark.slow
def test_undocumented_names_are_listed() -> None:
    """The undocumented names that the code imports are those of the list."""
    found: dict[str, set[str]] = {}
    for package in PACKAGES:
        for module, name in imports(package):
            if is_undocumented(module, name):
                found.setdefault(module, set()).add(name)
    assert found == UNDOCUMENTED


@pytest.mark.parametrize(
    "package", sorted({module.partition(".")[0] for module in UNDOCUMENTED})
)
def test_dependencies_with_undocumented_names_have_an_upper_bound(
    package: str,
) -> None:
    """A new minor version of such a dependency is not installed untested."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = (project["dependencies"], *project["optional-dependencies"].values())
    requirements = [text for group in groups for text in group]
    (requirement,) = (text for text in requirements if text.startswith(package))
    bounds = requirement.removeprefix(package).split(",")
    (upper,) = (bound.removeprefix("<") for bound in bounds if bound.startswith("<"))
    major, minor = map(int, version(package).split(".")[:2])
    assert upper == f"{major}.{minor + 1}"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        pytest.param(module, name, marks=[pytest.mark.slow] * ("locust" in module))
        for module, names in UNDOCUMENTED.items()
        for name in sorted(names)
    ],
)
def test_the_name_exists(module: str, name: str) -> None:
    """Each undocumented name can be imported."""
    assert hasattr(import_module(module), name), f"{module}.{name} is gone"


async def test_the_reader_delivers_messages_to_a_replaced_queue() -> None:
    """`WebSocketReader` calls `feed_data` of a subclass of its queue, with raw text.

    The mock service relies on the synchronous call, on the tuple form of messages, on
    unmasking, and on errors passed to `set_exception`.
    """
    from aiohttp._websocket.reader import WebSocketDataQueue
    from aiohttp.base_protocol import BaseProtocol
    from aiohttp.http import WebSocketError, WebSocketReader, WSMsgType

    received: list[tuple[object, object]] = []
    errors: list[BaseException] = []

    class Queue(WebSocketDataQueue):
        def set_exception(self, exc: BaseException, exc_cause: object = None) -> None:
            errors.append(exc)

    loop = asyncio.get_running_loop()
    queue = Queue(BaseProtocol(loop), 1 << 20, loop=loop)
    queue.feed_data = lambda message, _size: received.append(  # type: ignore[method-assign, assignment]
        (message[0], message[1])
    )
    reader = WebSocketReader(queue, 1 << 20, compress=False, decode_text=False)
    mask = b"\x01\x02\x03\x04"
    text = bytes(byte ^ mask[at % 4] for at, byte in enumerate(b"hello"))
    reader.feed_data(b"\x81\x85" + mask + text[:2])
    assert received == []
    reader.feed_data(text[2:])
    reader.feed_data(b"\x88\x82" + mask + bytes((0x03 ^ 1, 0xE8 ^ 2)))
    assert received == [(WSMsgType.TEXT, b"hello"), (WSMsgType.CLOSE, 1000)]
    reader.feed_data(b"\x83\x80" + mask)
    assert [type(error) for error in errors] == [WebSocketError]


async def test_the_parser_reads_the_head_of_a_request() -> None:
    """`HttpRequestParser` parses a head at once, and rejects one that is not HTTP."""
    from aiohttp.base_protocol import BaseProtocol
    from aiohttp.http import HttpProcessingError, HttpRequestParser

    loop = asyncio.get_running_loop()

    def parser() -> HttpRequestParser:
        limit = 1 << 16
        return HttpRequestParser(
            BaseProtocol(loop), loop, limit, max_line_size=limit, max_field_size=limit
        )

    head = b"GET /a?b=c HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n"
    ((message, _),), _, rest = parser().feed_data(head)
    assert (message.method, message.path, rest) == ("GET", "/a?b=c", b"")
    assert message.headers["upgrade"] == "websocket"
    with pytest.raises(HttpProcessingError):
        parser().feed_data(b"GET / HTTP/1.1\r\nHost\r\n\r\n")


async def test_a_client_connection_has_a_protocol_object() -> None:
    """`response.connection.protocol` tells of a full buffer and of the released socket.

    The client relies on both, in `voicelive._transport.response_handler`.
    """

    seen = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await seen.wait()
        return response

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        (address,) = runner.addresses
        async with aiohttp.ClientSession() as session:
            response = await session.get(f"http://127.0.0.1:{address[1]}/")
            connection = response.connection
            assert connection is not None
            protocol = connection.protocol
            assert protocol is not None
            assert protocol.writing_paused is False
            assert isinstance(protocol.closed, asyncio.Future)
            released = protocol.closed
            seen.set()
            await response.read()
        await asyncio.wait_for(asyncio.shield(released), 10)
    finally:
        await runner.cleanup()


@pytest.mark.slow
def test_a_row_of_locust_accepts_measured_times() -> None:
    """`StatsEntry` computes its figures from fields that the load test adds to.

    `voicelive_loadtest.locust.statistics` relies on the fields, on the key of an error,
    and on `_cache_response_times`, from which the charts take recent percentiles.
    """
    from locust.stats import RequestStats, StatsError

    from voicelive_loadtest.callers.samples import Histogram, Interval
    from voicelive_loadtest.locust.statistics import merge_failures, merge_times

    stats = RequestStats()
    times = Histogram()
    for ms in (100.0, 200.0, 600.0):
        times.add(ms)
    merge_times(stats.total, times)
    assert (stats.total.num_requests, stats.total.avg_response_time) == (3, 300)
    assert stats.total.min_response_time == 100
    assert stats.total.max_response_time == 600
    assert stats.total.get_response_time_percentile(0.5) == 200
    stats.total._cache_response_times(7)
    cache = stats.total.response_times_cache
    assert cache is not None
    assert cache[7].num_requests == 3
    merge_failures(stats, Interval.TURN, "close.1011", 2)
    assert (stats.total.num_failures, stats.total.fail_ratio) == (2, 2 / 5)
    key = StatsError.create_key("VOICE", "turn", "close.1011")
    assert stats.errors[key].occurrences == 2


@pytest.mark.slow
def test_a_master_of_locust_knows_its_workers() -> None:
    """`MasterRunner` has `clients` with a `state`, and a server for messages to one."""
    from locust import log
    from locust.env import Environment
    from locust.exception import RPCError
    from locust.rpc import Message
    from locust.rpc.zmqrpc import Server
    from locust.runners import STATE_MISSING, WorkerNode, WorkerNodes

    nodes = WorkerNodes()
    nodes["worker-1"] = WorkerNode("worker-1", state=STATE_MISSING)
    assert set(nodes) == {"worker-1"}
    assert nodes["worker-1"].state == STATE_MISSING
    sent: list[list[Any]] = []
    server: Any = object.__new__(Server)
    server.socket = SimpleNamespace(send_multipart=sent.append)
    message: Any = Message("quit", None, "worker-1")  # type: ignore[no-untyped-call]
    server.send_to_client(message)
    assert sent == [[b"worker-1", message.serialize()]]
    assert issubclass(RPCError, Exception)
    runner = Environment().create_local_runner()
    assert runner.exceptions == {}
    runner.quit()
    assert log.unhandled_greenlet_exception is False


@pytest.mark.slow
def test_the_parser_of_locust_knows_the_web_interface() -> None:
    """`LocustArgumentParser` has options that its pages hide, from the environment."""
    from locust.argument_parser import LocustArgumentParser

    parser = LocustArgumentParser()
    parser.add_argument("--hidden", env_var="HIDDEN", include_in_web_ui=False)
    assert "hidden" in vars(parser.parse_args([]))
    assert "hidden" not in parser.args_included_in_web_ui
