"""The API key of a load test: who gets it, and where it never appears."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import math
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.loadtest.reference_service import Behaviour, reference_service
from tests.support.connect_proxy import connect_proxy
from tests.support.ports import hold_port
from tests.support.scripted_service import tls_context
from tests.support.waiting import eventually
from tools.paths import CERTIFICATE
from voicelive_loadtest.cli import command, environment, take_secrets
from voicelive_loadtest.locust.target import Target, TargetError
from voicelive_loadtest.results.run_result import write_atomically
from voicelive_mockserver import MockServer

pytestmark = pytest.mark.slow

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
QUICK = (
    *("--journeys=text_only", "--pause=0.05", "--think=0.05", "--turns=2"),
    # What is late is not judged here.
    *("--most-lateness=10000", "--most-cpu=100"),
)
REFUSED = r"refused|Connect call failed"
# All that Locust and we answer to GET.
PAGES = (
    "/",
    "/voice",
    "/voice/voice-calls.csv",
    "/voice/voice-counters.csv",
    "/stats/requests",
    "/stats/requests/csv",
    "/stats/failures/csv",
    "/stats/report",
    "/exceptions",
    "/exceptions/csv",
    "/tasks",
    "/logs",
    "/worker-count",
)


@contextlib.asynccontextmanager
async def locust(
    *words: str,
    key: str = KEY,
    whole: list[str] | None = None,
    variables: dict[str, str] | None = None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `voicelive load`; its process is ended, whatever happens."""
    process = await asyncio.create_subprocess_exec(
        *(whole or command(words)),
        env={**environment(), "AZURE_VOICELIVE_API_KEY": key, **(variables or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str]:
    """Wait for the end of a process; return its exit code and output."""
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def open_when_ready(browser: aiohttp.ClientSession, url: str) -> str:
    """Read a page as soon as there is a server."""
    async with asyncio.timeout(30):
        while True:
            try:
                async with browser.get(url) as answer:
                    return await answer.text()
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)


@dataclass
class Wire:
    """All bytes that went through a port."""

    data: bytearray
    port: int


@contextlib.asynccontextmanager
async def tapped(target: int) -> AsyncIterator[Wire]:
    """Pass a port of this machine on, and keep what goes through."""
    wire = Wire(bytearray(), 0)
    ends: list[asyncio.StreamWriter] = []
    tasks: list[asyncio.Task[None]] = []

    async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                wire.data += data
                sink.write(data)
                await sink.drain()
        sink.close()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.append(writer)
        try:
            answers, there = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            # ZeroMQ tries again.
            writer.close()
            return
        ends.append(there)
        tasks.append(asyncio.create_task(copy(reader, there)))
        tasks.append(asyncio.create_task(copy(answers, writer)))

    server = await asyncio.start_server(join, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        for end in ends:
            end.close()
        await asyncio.gather(*tasks)


def appears(key: str, folder: Path) -> list[str]:
    """Return the files below a folder that have a key in them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [str(path) for path in files if key.encode() in path.read_bytes()]


async def test_no_page_has_the_key_and_no_form_sends_it_elsewhere(
    tmp_path: Path,
) -> None:
    """A page of another site can do nothing, and a form cannot change the host."""
    with hold_port() as web, hold_port() as metrics:
        page = f"http://127.0.0.1:{web}"
        async with (
            reference_service(Behaviour(delay=0.05)) as service,
            reference_service(Behaviour()) as other,
            locust(
                *(f"--host={service.endpoint}", f"--web-port={web}", *QUICK),
                *(f"--prometheus-port={metrics}", f"--csv={tmp_path / 'out'}"),
                *(f"--result-file={tmp_path / 'result.json'}", "-LDEBUG"),
                f"--html={tmp_path / 'report.html'}",
            ) as process,
            aiohttp.ClientSession() as browser,
        ):
            await open_when_ready(browser, page)

            # Listening on this address alone, another of this machine is refused.
            for port in (web, metrics):
                with pytest.raises(OSError, match=REFUSED):
                    await asyncio.open_connection("127.0.0.2", port)

            form = {"user_count": "1", "spawn_rate": "1"}
            evil = "http://evil.test"
            for headers in (
                {"Origin": evil},
                {"Origin": "null"},
                {"Referer": f"{evil}/page"},
                {"Sec-Fetch-Site": "cross-site"},
                {"Host": f"evil.test:{web}"},
            ):
                for path in ("/swarm", "/stop", "/stats/reset", "/user"):
                    async with browser.post(
                        page + path, data=form, headers=headers
                    ) as answer:
                        assert answer.status == 403, headers
            async with browser.get(page, headers={"Host": f"evil.test:{web}"}) as got:
                assert got.status == 403
            async with browser.get(page, headers={"Origin": evil}) as got:
                assert "Access-Control-Allow-Origin" not in got.headers

            same = {"Origin": page}
            for host in (other.endpoint, "http://[", "https://127.0.0.1"):
                changed = {**form, "host": host}
                async with browser.post(
                    f"{page}/swarm", data=changed, headers=same
                ) as answer:
                    told = await answer.json()
                assert told["success"] is False
                assert service.endpoint in told["message"]
                assert told["host"] == service.endpoint

            started = {**form, "host": f"{service.endpoint}/"}
            async with browser.post(
                f"{page}/swarm", data=started, headers=same
            ) as answer:
                assert (await answer.json())["success"] is True
            await eventually(lambda: service.counts.answered > 0)

            for path in PAGES:
                async with browser.get(page + path) as answer:
                    text = await answer.text()
                    assert answer.status == 200, path
                    assert KEY not in text, path
                    assert KEY not in str(answer.headers), path
            async with browser.get(f"http://127.0.0.1:{metrics}/metrics") as answer:
                assert KEY not in await answer.text()

            process.send_signal(signal.SIGTERM)
            _, output = await ended(process)
        assert KEY not in output
        assert appears(KEY, tmp_path) == []
        assert other.counts.opened == 0


async def test_no_message_of_a_cluster_has_the_key(tmp_path: Path) -> None:
    """Workers have it in their environment, and the master needs none."""
    with hold_port() as port:
        async with (
            tapped(port) as wire,
            reference_service(Behaviour(delay=0.05)) as service,
        ):
            host = f"--host={service.endpoint}"
            async with (
                locust(
                    *("--master", "--headless", "-u1", "-t2s", host, *QUICK),
                    *(f"--master-bind-port={port}", "-LDEBUG", "--expect-workers=1"),
                    f"--csv={tmp_path / 'out'}",
                    key="",
                ) as master,
                locust(
                    *("--worker", "--master-host=127.0.0.1", "-LDEBUG", host),
                    f"--master-port={wire.port}",
                ) as worker,
            ):
                await eventually(lambda: b"client_ready" in wire.data)
                with pytest.raises(OSError, match=REFUSED):
                    await asyncio.open_connection("127.0.0.2", port)
                code, output = await ended(master)
                _, further = await ended(worker)
    assert code == 0, output
    assert service.counts.answered > 0
    assert b"spawn" in wire.data
    assert b"stats" in wire.data
    assert KEY.encode() not in wire.data
    assert KEY not in output + further
    assert appears(KEY, tmp_path) == []


async def test_a_worker_calls_no_other_host(tmp_path: Path) -> None:
    """A message of the master names another host: there is no call, and it says why."""
    with hold_port() as port:
        async with (
            reference_service(Behaviour()) as other,
            locust(
                *("--master", "--headless", "-u1", "-t2s", *QUICK),
                *(f"--host={other.endpoint}", f"--master-bind-port={port}"),
            ) as master,
            locust(
                *("--worker", "--host=http://127.0.0.1:9"),
                f"--master-port={port}",
            ) as worker,
        ):
            code, output = await ended(master)
            _, said = await ended(worker)
    assert other.counts.opened == other.counts.refused == 0
    assert code == 1, output
    assert "refused.host" in output
    assert said.count("belongs to http://127.0.0.1:9 only") == 1
    assert "Traceback" not in output + said


async def test_refused_at_the_start() -> None:
    """Without a key or an endpoint, or with a key that is shown, nothing begins."""

    async def check(told: str, *words: str, key: str = "") -> None:
        async with locust(*words, key=key) as process:
            code, output = await ended(process)
        assert code == 2, output
        assert told in output
        assert KEY not in output
        assert "Traceback" not in output

    await asyncio.gather(
        check("no API key", "--host=http://127.0.0.1:9"),
        check("no endpoint", "--headless", key=KEY),
        check("set the environment variable AZURE_VOICELIVE_API_KEY", "--api-key", KEY),
    )


async def test_a_worker_needs_endpoint_and_key_of_its_own() -> None:
    """Without either it ends when it has found its master."""
    with hold_port() as port:
        master = ("--master", "--headless", "--host=http://127.0.0.1:9")
        to_master = f"--master-port={port}"
        async with (
            locust(*master, f"--master-bind-port={port}", key=""),
            locust("--worker", to_master) as first,
            locust("--worker", to_master, "--host=http://127.0.0.1:9", key="") as other,
        ):
            code, output = await ended(first)
            assert (code, "no endpoint" in output) == (2, True), output
            code, output = await ended(other)
            assert (code, "no API key" in output) == (2, True), output


async def test_the_command_takes_the_key_out_of_its_arguments() -> None:
    """`voicelive load --api-key` works, and the process has no such argument."""
    async with reference_service(Behaviour(delay=0.05)) as service:
        words = [sys.executable, "-m", "voicelive", "load", "--headless", "-u1"]
        words += [f"--host={service.endpoint}", "--api-key", KEY, *QUICK]
        async with locust(key="", whole=words) as process:
            await eventually(lambda: service.counts.answered > 0)
            if sys.platform == "linux":
                said = await asyncio.to_thread(
                    Path(f"/proc/{process.pid}/cmdline").read_bytes
                )
                assert b"locust" in said
                assert KEY.encode() not in said
            process.send_signal(signal.SIGTERM)
            code, output = await ended(process)
    assert code == 0, output
    assert KEY not in output


def test_options_that_hold_a_key() -> None:
    """Both spellings are found, and nothing else is touched."""
    key, proxy = "AZURE_VOICELIVE_API_KEY", "VOICELIVE_LOAD_PROXY"
    given = ["-u", "1", "--api-key", "k", "-t5s"]
    assert take_secrets(given) == (["-u", "1", "-t5s"], {key: "k"})
    given = ["--api-key=k=", "--api-version=v", "--proxy", "p"]
    assert take_secrets(given) == (["--api-version=v"], {key: "k=", proxy: "p"})
    assert take_secrets(["-u1"]) == (["-u1"], {})


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("https://a.test", "https://A.test:443/"),
        ("https://a.test", "wss://a.test"),
        ("a.test", "https://a.test"),
        ("http://a.test:80/x/", "ws://a.test/x"),
    ],
)
def test_spellings_of_an_endpoint(given: str, same: str) -> None:
    """However it is written, it is the same address, and gets the key."""
    target = Target(given, KEY)
    assert target.key_for(same) == KEY
    assert target.key_for(None) == target.key_for("") == KEY
    assert KEY not in repr(target)


@pytest.mark.parametrize(
    "endpoint", ["", f"http://x:{KEY}@a.test", f"http://a.test?api-key={KEY}", "file:x"]
)
def test_endpoints_that_cannot_be_shown(endpoint: str) -> None:
    """The page shows the endpoint, so there is no key in it; nor is it in the error."""
    with pytest.raises(TargetError) as caught:
        Target(endpoint, KEY)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "other",
    [
        "http://a.test",
        "https://a.test:444",
        "https://a.test.evil.test",
        "https://evil.test/https://a.test",
        "https://a.test@evil.test",
        "https://a.test/x",
        "ftp://a.test",
        "https://a.test?x=1",
        "nonsense",
    ],
)
def test_other_endpoints_get_no_key(other: str) -> None:
    """Neither another scheme, port, path nor host gets it; the message says which."""
    with pytest.raises(TargetError, match=re.escape("https://a.test only")):
        Target("https://a.test", KEY).key_for(other)


@pytest.mark.parametrize(
    ("endpoint", "proxy", "told"),
    [
        ("https://a.test", f"socks5://x:{KEY}@h:1", "not supported"),
        ("http://a.test", f"http://x:{KEY}@h:1", "https:// endpoint"),
    ],
)
def test_proxies_that_cannot_be_used(endpoint: str, proxy: str, told: str) -> None:
    """They are refused at the start, without showing a password."""
    with pytest.raises(TargetError, match=told) as caught:
        Target(endpoint, "key", proxy)
    assert KEY not in str(caught.value)


async def test_calls_through_a_proxy(tmp_path: Path) -> None:
    """The key is only ever in the tunnel, and the proxy's password nowhere."""
    async with (
        MockServer(speed=math.inf, api_key=KEY, tls=tls_context()) as mock,
        connect_proxy(urlsplit(mock.endpoint).port or 0) as proxy,
    ):
        named = proxy.url.replace("http://", "http://me:pass-word-1@")
        words = [sys.executable, "-m", "voicelive", "load", "--headless", "-u1", "-t2s"]
        # The name in the certificate.
        words += ["--host=https://localhost", "--proxy", named, *QUICK]
        trust = {"SSL_CERT_FILE": str(CERTIFICATE)}
        async with locust(whole=words, variables=trust) as process:
            await eventually(lambda: len(proxy.tunnelled) > 10_000)
            if sys.platform == "linux":
                line = Path(f"/proc/{process.pid}/cmdline")
                assert b"pass-word" not in await asyncio.to_thread(line.read_bytes)
            code, output = await ended(process)
    assert code == 0, output
    assert set(proxy.targets) == {"localhost:443"}
    assert KEY.encode() not in proxy.tunnelled
    assert KEY not in "".join(proxy.heads)
    assert "pass-word" not in output


async def test_a_refused_connection_has_no_traceback() -> None:
    """It is a failure like others, with a reason."""
    with hold_port() as port:
        host = f"--host=http://127.0.0.1:{port}"
        async with locust("--headless", "-u1", "-t2s", host, *QUICK) as process:
            code, output = await ended(process)
    assert code == 1, output
    assert "refused.unreachable" in output
    assert "Traceback" not in output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("option", ["--result-file=/dev/full", "--report=/dev/full"])
async def test_results_that_cannot_be_written(option: str) -> None:
    """A run whose results are lost is told, and has failed."""
    async with reference_service(Behaviour(delay=0.05)) as service:
        host = f"--host={service.endpoint}"
        async with locust("--headless", "-u1", "-t2s", host, option, *QUICK) as process:
            code, output = await ended(process)
    assert code == 2, output
    assert "cannot write the " in output
    assert "Traceback" not in output


def test_results_are_written_whole(tmp_path: Path) -> None:
    """What was there stays when there is no room, and nothing half is left."""
    file = tmp_path / "result.json"
    file.write_bytes(b"before")

    def write_half(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_half)
        with pytest.raises(OSError, match="No space left"):
            write_atomically(file, b"after")
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
    assert file.read_bytes() == b"before"
    write_atomically(file, b"after")
    assert file.read_bytes() == b"after"
