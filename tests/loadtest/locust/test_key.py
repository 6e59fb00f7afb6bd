"""The API key of a load test: sent to its endpoint only, and shown nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import math
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.loadtest.locust_process import run_locust
from tests.loadtest.pages import read_until
from tests.loadtest.reference_service import Behaviour, reference_service
from tests.support.connect_proxy import connect_proxy
from tests.support.ports import hold_port
from tests.support.scripted_service import tls_context
from tests.support.waiting import eventually
from tools.paths import CERTIFICATE
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.cli import command
from voicelive_loadtest.results.run_result import read_result
from voicelive_mockserver import MockServer

pytestmark = pytest.mark.slow

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
OTHER_KEY = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
NO_SERVICE = "--host=http://127.0.0.1:9"
QUICK = (
    *("--journeys=text_only", "--pause=0.05", "--think=0.05", "--turns=2"),
    # Lateness is not judged here.
    *("--most-lateness=10000", "--most-cpu=100"),
)
REFUSED = r"refused|Connect call failed"
# All pages of Locust and of the load test.
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


@dataclass
class Tap:
    """A port that forwards to another one, with all bytes that passed it."""

    port: int = 0
    data: bytearray = field(default_factory=bytearray)


@contextlib.asynccontextmanager
async def tapped(target: int) -> AsyncIterator[Tap]:
    """Forward connections to a port of this machine."""
    tap = Tap()
    ends: list[asyncio.StreamWriter] = []
    tasks: list[asyncio.Task[None]] = []

    async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                tap.data += data
                sink.write(data)
                await sink.drain()
        sink.close()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.append(writer)
        try:
            answers, there = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.close()  # ZeroMQ retries
            return
        ends.append(there)
        tasks.append(asyncio.create_task(copy(reader, there)))
        tasks.append(asyncio.create_task(copy(answers, writer)))

    server = await asyncio.start_server(join, "127.0.0.1", 0)
    tap.port = server.sockets[0].getsockname()[1]
    try:
        yield tap
    finally:
        server.close()
        for end in ends:
            end.close()
        await asyncio.gather(*tasks)


def files_with(key: str, folder: Path) -> list[str]:
    """Return the files below a directory that contain a key."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [str(path) for path in files if key.encode() in path.read_bytes()]


async def test_no_page_has_the_key_and_no_form_sends_it_elsewhere(
    tmp_path: Path,
) -> None:
    """Pages of other sites are refused, and a form cannot change the host."""
    with hold_port() as web, hold_port() as metrics:
        page = f"http://127.0.0.1:{web}"
        async with (
            reference_service(Behaviour(delay=0.05)) as service,
            reference_service(Behaviour()) as other,
            run_locust(
                command(
                    [
                        *(f"--host={service.endpoint}", f"--web-port={web}", *QUICK),
                        *(f"--prometheus-port={metrics}", f"--csv={tmp_path / 'out'}"),
                        *(f"--result-file={tmp_path / 'result.json'}", "-LDEBUG"),
                        f"--html={tmp_path / 'report.html'}",
                    ]
                ),
                key=KEY,
            ) as process,
            aiohttp.ClientSession() as browser,
        ):
            await read_until(bool, browser, f"{web}/")

            # Both listen on 127.0.0.1 only, not on other addresses of the machine.
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
                    reply = await answer.json()
                assert reply["success"] is False
                assert service.endpoint in reply["message"]
                assert reply["host"] == service.endpoint

            started = {**form, "host": f"{service.endpoint}/"}
            async with browser.post(
                f"{page}/swarm", data=started, headers=same
            ) as answer:
                assert (await answer.json())["success"] is True
            await eventually(lambda: service.counts.answered > 0)
            assert service.keys == {KEY}

            for path in PAGES:
                async with browser.get(page + path) as answer:
                    text = await answer.text()
                    assert answer.status == 200, path
                    assert KEY not in text, path
                    assert KEY not in str(answer.headers), path
            async with browser.get(f"http://127.0.0.1:{metrics}/metrics") as answer:
                assert KEY not in await answer.text()

            process.send_signal(signal.SIGTERM)
            _, output = await process.end()
        assert KEY not in output
        assert files_with(KEY, tmp_path) == []
        assert other.counts.opened == 0


async def test_a_cluster_sends_no_key_and_a_worker_calls_no_other_host(
    tmp_path: Path,
) -> None:
    """Keys stay with the workers, and each calls only the endpoint of its own options.

    The second worker has another endpoint than the one that the master names.
    """
    result_file = tmp_path / "result.json"
    with hold_port() as port:
        async with (
            tapped(port) as tap,
            reference_service(Behaviour(delay=0.05)) as service,
        ):
            host = f"--host={service.endpoint}"
            to_master = (
                *("--worker", "--master-host=127.0.0.1", "-LDEBUG"),
                f"--master-port={tap.port}",
            )
            async with (
                run_locust(
                    command(
                        [
                            *("--master", "--headless", "-u2", "-r10", host, *QUICK),
                            *(f"--master-bind-port={port}", "--expect-workers=2"),
                            *(f"--csv={tmp_path / 'out'}", "-LDEBUG"),
                            f"--result-file={result_file}",
                        ]
                    ),
                    key="",
                ) as master,
                run_locust(command([*to_master, host]), key=KEY) as worker,
                run_locust(command([*to_master, NO_SERVICE]), key=OTHER_KEY) as other,
            ):
                await eventually(lambda: b"client_ready" in tap.data)
                with pytest.raises(OSError, match=REFUSED):
                    await asyncio.open_connection("127.0.0.2", port)
                await eventually(lambda: service.counts.answered > 0)
                await eventually(lambda: "no calls are made" in other.output)
                master.send_signal(signal.SIGTERM)
                code, output = await master.end()
                _, worker_output = await worker.end()
                _, other_output = await other.end()
    assert b"spawn" in tap.data
    assert b"stats" in tap.data
    assert service.keys == {KEY}
    result = read_result(result_file)
    assert result.times(Interval.TURN).count > 0
    refused = result.failed(Interval.CONNECT, "refused.host")
    assert sum(one.count for one in result.failures) == refused > 0
    assert code == 1, output
    assert "refused.host" in output
    assert other_output.count("belongs to http://127.0.0.1:9 only") == 1
    for text in (output, worker_output, other_output):
        assert "Traceback" not in text
    for key in (KEY, OTHER_KEY):
        assert key.encode() not in tap.data
        assert key not in output + worker_output + other_output
        assert files_with(key, tmp_path) == []


async def test_missing_key_or_endpoint_ends_the_command() -> None:
    """So does a key as an option, which other users of the machine could see."""

    async def check(message: str, *options: str, key: str = "") -> None:
        async with run_locust(command(options), key=key) as process:
            code, output = await process.end()
        assert code == 2, output
        assert message in output
        assert KEY not in output
        assert "Traceback" not in output

    await asyncio.gather(
        check("no API key", NO_SERVICE),
        check("no endpoint", "--headless", key=KEY),
        check("set the environment variable AZURE_VOICELIVE_API_KEY", "--api-key", KEY),
    )


async def test_a_worker_needs_endpoint_and_key_of_its_own() -> None:
    """Without one of them it exits once it has found its master."""
    with hold_port() as port:
        master = ("--master", "--headless", NO_SERVICE, f"--master-bind-port={port}")
        worker = ("--worker", f"--master-port={port}")
        async with (
            run_locust(command(master), key=""),
            run_locust(command(worker), key=KEY) as first,
            run_locust(command([*worker, NO_SERVICE]), key="") as other,
        ):
            code, output = await first.end()
            assert (code, "no endpoint" in output) == (2, True), output
            code, output = await other.end()
            assert (code, "no API key" in output) == (2, True), output


async def test_a_wrong_key_of_a_worker_ends_the_run() -> None:
    """The master, which has no key, prints the reason in one line."""
    with hold_port() as port:
        async with MockServer(speed=math.inf, api_key=KEY) as mock:
            host = f"--host={mock.endpoint}"
            master = ("--master", "--headless", host, f"--master-bind-port={port}")
            worker = ("--worker", f"--master-port={port}", host)
            async with (
                run_locust(command([*master, "-t60s"]), key="") as first,
                run_locust(command(worker), key=OTHER_KEY) as second,
            ):
                code, output = await first.end()
                _, worker_output = await second.end()
    assert code == ExitCode.UNAUTHORIZED, output
    assert output.startswith("voicelive load: error: "), output
    assert "401" in output
    assert output.count("\n") == 1
    for text in (output, worker_output):
        assert OTHER_KEY not in text
        assert "Traceback" not in text


async def test_voicelive_load_hides_key_and_proxy() -> None:
    """Both options leave the command line, and the key is only ever in the tunnel."""
    async with (
        MockServer(speed=math.inf, api_key=KEY, tls=tls_context()) as mock,
        connect_proxy(urlsplit(mock.endpoint).port or 0) as proxy,
    ):
        proxy_url = proxy.url.replace("http://", "http://me:pass-word-1@")
        words = [sys.executable, "-m", "voicelive", "load", "--headless", "-u1"]
        # The host name of the certificate.
        words += ["--host=https://localhost", "--proxy", proxy_url, "--api-key", KEY]
        trust = {"SSL_CERT_FILE": str(CERTIFICATE)}
        async with run_locust([*words, *QUICK], key="", variables=trust) as process:
            await eventually(lambda: len(proxy.tunnelled) > 10_000)
            if sys.platform == "linux":
                path = Path(f"/proc/{process.pid}/cmdline")
                line = await asyncio.to_thread(path.read_bytes)
                assert b"locust" in line
                assert KEY.encode() not in line
                assert b"pass-word" not in line
            process.send_signal(signal.SIGTERM)
            code, output = await process.end()
    assert code == 0, output
    assert KEY not in output
    assert "pass-word" not in output
    assert set(proxy.targets) == {"localhost:443"}
    assert KEY.encode() not in proxy.tunnelled
    assert KEY not in "".join(proxy.heads)


async def test_an_unreachable_service_fails_without_a_traceback() -> None:
    """Each attempt is a failure with a reason."""
    with hold_port() as port, hold_port() as metrics:
        options = ("--headless", "-u1", f"--host=http://127.0.0.1:{port}", *QUICK)
        words = command([*options, "--skip-check", f"--prometheus-port={metrics}"])
        async with run_locust(words) as process, aiohttp.ClientSession() as browser:
            await read_until(
                re.compile(r'reason="refused\.unreachable"').search,
                browser,
                f"{metrics}/metrics",
            )
            process.send_signal(signal.SIGTERM)
            code, output = await process.end()
    # No turn was finished.
    assert code == 12, output
    assert "refused.unreachable" in output
    assert "Traceback" not in output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("option", ["--result-file=/dev/full", "--report=/dev/full"])
async def test_results_that_cannot_be_written_fail_the_run(option: str) -> None:
    """The error is logged and has its exit code."""
    async with reference_service(Behaviour(delay=0.05)) as service:
        host = f"--host={service.endpoint}"
        words = command(["--headless", "-u1", host, option, *QUICK])
        async with run_locust(words) as process:
            await eventually(lambda: service.counts.answered > 0)
            process.send_signal(signal.SIGTERM)
            code, output = await process.end()
    assert code == 2, output
    assert "cannot write the " in output
    assert "Traceback" not in output
