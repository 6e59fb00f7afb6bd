"""`voicelive doctor`: the installation, and each way in which a service can fail."""

from __future__ import annotations

import asyncio
import json
import math
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.connect_proxy import connect_proxy
from tests.support.ports import hold_port
from tests.support.scripted_service import CREATED, Peer, serve, tls_context
from tools.paths import CERTIFICATE
from voicelive.cli import main
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_mockserver import MockServer

KEY = "a-key-that-must-not-be-seen"
STEPS = ["name lookup", "TCP", "TLS", "handshake", "session"]


@pytest.fixture(autouse=True)
def requirements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requirements of the package; empty, since imports of extras take seconds."""
    for name in ("ENDPOINT", "API_KEY", "TOKEN", "MODEL", "API_VERSION"):
        monkeypatch.delenv(f"AZURE_VOICELIVE_{name}", raising=False)
    for name in ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    listed: list[str] = []
    monkeypatch.setattr(metadata, "requires", lambda _name: listed)
    version = metadata.version

    def known(package: str) -> str:
        if package == "sounddevice":
            raise metadata.PackageNotFoundError(package)
        return version(package)

    monkeypatch.setattr(metadata, "version", known)
    return listed


class Doctor:
    """Runs the command and reads its JSON."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    async def run(self, *arguments: str, key: str = KEY) -> dict[str, Any]:
        """Run the command against a service; return what it reports."""
        words = ["doctor", "--json", "--timeout=5", f"--api-key={key}", *arguments]
        code = await asyncio.to_thread(main, words)
        shown = self._capsys.readouterr()
        assert KEY not in shown.out + shown.err
        assert "Traceback" not in shown.err
        report: dict[str, Any] = json.loads(shown.out)
        assert report["exit_code"] == code
        return report

    async def fails(
        self, step: str, code: ExitCode, detail: str, *arguments: str, key: str = KEY
    ) -> dict[str, Any]:
        """Check that a step fails with advice, and that later ones are skipped."""
        report = await self.run(*arguments, key=key)
        assert report["exit_code"] == code, report
        checks = {check["name"]: check for check in report["checks"]}
        assert checks[step]["status"] == "failed", report
        assert detail in checks[step]["detail"]
        assert checks[step]["advice"]
        place = STEPS.index(step)
        assert all(checks[name]["status"] == "ok" for name in STEPS[:place])
        assert all(checks[name]["status"] == "skipped" for name in STEPS[place + 1 :])
        failed: dict[str, Any] = checks[step]
        return failed


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """The command."""
    return Doctor(capsys)


def statuses(report: dict[str, Any]) -> list[str]:
    """Return the outcomes of the steps of the connection."""
    return [check["status"] for check in report["checks"] if check["name"] in STEPS]


async def test_the_mock_service(doctor: Doctor) -> None:
    """Without an endpoint everything is well."""
    report = await doctor.run()
    assert report["exit_code"] == ExitCode.OK
    assert statuses(report) == ["ok"] * 5
    assert "mock service" in report["checks"][1]["detail"]


async def test_an_unknown_host(doctor: Doctor) -> None:
    """The advice is about the name."""
    failed = await doctor.fails(
        *("name lookup", ExitCode.NO_CONNECTION, "nowhere.invalid"),
        "--endpoint=https://nowhere.invalid",
    )
    assert "check the host name" in failed["advice"]


async def test_a_refused_connection(doctor: Doctor) -> None:
    """The port has no server."""
    with hold_port() as port:
        await doctor.fails(
            *("TCP", ExitCode.NO_CONNECTION, "Connection refused"),
            f"--endpoint=http://127.0.0.1:{port}",
        )


async def test_a_certificate_that_is_not_trusted(doctor: Doctor) -> None:
    """The advice names SSL_CERT_FILE."""
    async with MockServer(tls=tls_context()) as mock:
        failed = await doctor.fails(
            *("TLS", ExitCode.NO_CONNECTION, "self-signed certificate"),
            f"--endpoint={mock.endpoint}",
        )
    assert "SSL_CERT_FILE" in failed["advice"]


async def test_tls_to_a_port_without_it(doctor: Doctor) -> None:
    """The endpoint has the wrong scheme."""
    async with MockServer() as mock:
        endpoint = mock.endpoint.replace("http:", "https:")
        failed = await doctor.fails(
            *("TLS", ExitCode.NO_CONNECTION, "does not speak TLS"),
            f"--endpoint={endpoint}",
        )
    assert "http://" in failed["advice"]


async def test_a_service_with_tls(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version and certificate are shown."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    context = ssl.create_default_context(cafile=CERTIFICATE)
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", context)
    async with MockServer(tls=tls_context(), api_key=KEY, speed=math.inf) as mock:
        endpoint = mock.endpoint.replace("127.0.0.1", "localhost")
        report = await doctor.run(f"--endpoint={endpoint}")
    assert statuses(report) == ["ok"] * 5
    details = {check["name"]: check["detail"] for check in report["checks"]}
    assert details["TLS"].startswith("TLSv1.")
    assert "valid until" in details["TLS"]


async def test_a_wrong_key(doctor: Doctor) -> None:
    """The service answers 401, and repeats the key."""

    async def refuse(peer: Peer) -> None:
        await peer.respond(401, body=f"the key {KEY} is wrong")

    async with MockServer() as mock, serve(refuse) as server:
        for endpoint in (mock.endpoint, server.endpoint):
            failed = await doctor.fails(
                *("handshake", ExitCode.UNAUTHORIZED, "HTTP 401"),
                f"--endpoint={endpoint}",
            )
            assert "key of this resource" in failed["advice"]


async def test_a_busy_service(doctor: Doctor) -> None:
    """The advice has the time of `Retry-After`."""

    async def refuse(peer: Peer) -> None:
        await peer.respond(429, {"Retry-After": "7"})

    async with serve(refuse) as server:
        failed = await doctor.fails(
            *("handshake", ExitCode.NO_CONNECTION, "HTTP 429"),
            f"--endpoint={server.endpoint}",
        )
    assert failed["advice"] == "try again in 7 s"


async def test_an_unknown_api_version(doctor: Doctor) -> None:
    """It is noted before the service refuses it."""
    async with MockServer(api_key=KEY) as mock:
        options = (f"--endpoint={mock.endpoint}", "--api-version=1999-01-01")
        await doctor.fails(
            "handshake", ExitCode.NO_CONNECTION, "'1999-01-01'", *options
        )
        report = await doctor.run(*options)
    options_check = report["checks"][1]
    assert options_check["status"] == "warning"
    assert "knows the API versions 2025-10-01" in options_check["advice"]


async def test_another_kind_of_server(doctor: Doctor) -> None:
    """A web server is not a WebSocket endpoint."""

    async def answer(peer: Peer) -> None:
        await peer.respond(200, body="<html>Welcome</html>")

    async with serve(answer) as server:
        await doctor.fails(
            *("handshake", ExitCode.NO_CONNECTION, "not a WebSocket endpoint"),
            f"--endpoint={server.endpoint}",
        )


async def test_an_unknown_model(doctor: Doctor) -> None:
    """The service refuses the session."""
    async with MockServer(api_key=KEY) as mock:
        failed = await doctor.fails(
            *("session", ExitCode.FAILED, "Model nothing is not supported"),
            *(f"--endpoint={mock.endpoint}", "--model=nothing"),
        )
    assert "check --model" in failed["advice"]


async def _close(peer: Peer) -> None:
    await peer.accept()
    await peer.close(1011, "overloaded")


async def _send_another_event(peer: Peer) -> None:
    await peer.accept()
    await peer.send({**CREATED, "type": "session.odd\x1b[2J"})
    await peer.gone()


@pytest.mark.parametrize(
    ("script", "code", "detail"),
    [
        (_close, ExitCode.NO_CONNECTION, "1011: overloaded"),
        (_send_another_event, ExitCode.FAILED, "session.odd\\x1b[2J"),
    ],
)
async def test_no_session(
    script: Callable[[Peer], Awaitable[None]],
    code: ExitCode,
    detail: str,
    doctor: Doctor,
) -> None:
    """The first event is not `session.created`."""
    async with serve(script) as server:
        await doctor.fails("session", code, detail, f"--endpoint={server.endpoint}")


@asynccontextmanager
async def silent_server() -> AsyncIterator[str]:
    """Run a server that accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


async def test_silence(doctor: Doctor) -> None:
    """`--timeout` limits each step."""

    async def accept(peer: Peer) -> None:
        await peer.accept()
        await peer.gone()

    limited = "--timeout=0.3"
    async with silent_server() as endpoint:
        await doctor.fails(
            *("handshake", ExitCode.TIMEOUT, "no answer within 0.3 s"),
            *(f"--endpoint={endpoint}", limited),
        )
        secure = endpoint.replace("http:", "https:")
        await doctor.fails(
            *("TLS", ExitCode.TIMEOUT, "no answer within 0.3 s"),
            *(f"--endpoint={secure}", limited),
        )
    async with serve(accept) as server:
        await doctor.fails(
            *("session", ExitCode.TIMEOUT, "no answer within 0.3 s"),
            *(f"--endpoint={server.endpoint}", limited),
        )


async def test_proxies(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy is checked in place of the service; its password is not shown."""
    service = "--endpoint=https://voice.example"
    with hold_port() as port:
        failed = await doctor.fails(
            *("TCP", ExitCode.NO_CONNECTION, f"127.0.0.1:{port}: Connection refused"),
            *(service, f"--proxy=http://me:pass-word-1@127.0.0.1:{port}"),
        )
    assert "pass-word-1" not in str(failed)
    assert "--proxy" in failed["advice"]
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")
    detail = "HTTPS_PROXY of the environment: a socks5 proxy is not supported"
    await doctor.fails("name lookup", ExitCode.USAGE, detail, service)
    context = ssl.create_default_context(cafile=CERTIFICATE)
    context.check_hostname = False
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", context)
    async with (
        MockServer(
            tls=tls_context(), api_key=KEY, allowed_hosts=["voice.example"]
        ) as mock,
        connect_proxy(int(mock.endpoint.rpartition(":")[2])) as proxy,
    ):
        report = await doctor.run(service, f"--proxy={proxy.url}")
    assert statuses(report) == ["ok"] * 5
    assert proxy.targets == ["voice.example:443"]


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        (["--endpoint=nonsense"], "'nonsense' must start with https"),
        (["--token=t"], "mutually exclusive"),
        (["--agent=a"], "--agent and --project"),
    ],
)
async def test_wrong_options(options: list[str], detail: str, doctor: Doctor) -> None:
    """They are part of the report, since the installation is checked as well."""
    report = await doctor.run(*options)
    assert report["exit_code"] == ExitCode.USAGE
    assert detail in report["checks"][-1]["detail"]


async def test_the_query_of_the_endpoint_is_not_shown(doctor: Doctor) -> None:
    """It may have a key."""
    with hold_port() as port:
        endpoint = f"http://127.0.0.1:{port}/?api-key=secret-in-the-query"
        report = await doctor.run(f"--endpoint={endpoint}")
    assert "secret-in-the-query" not in str(report)


def make_package(folder: Path, name: str, module: str) -> None:
    """Install a package with one module into a folder."""
    (folder / f"{name}.py").write_text(module, "utf-8")
    about = folder / f"{name}-1.5.dist-info"
    about.mkdir()
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n"
    (about / "METADATA").write_text(text, "utf-8")


@pytest.mark.slow
async def test_extras(
    doctor: Doctor,
    requirements: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An extra works, is broken, incomplete or not installed."""
    make_package(tmp_path, "vl_good", "")
    make_package(tmp_path, "vl_broken", "raise OSError('PortAudio library not found')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    requirements += [
        "msgspec>=0.20",
        "vl-good>=1; extra == 'works'",
        "vl-broken>=1; extra == 'broken'",
        "vl-good>=1; extra == 'part'",
        "vl-missing>=1; extra == 'part'",
        "vl-missing>=1; extra == 'absent'",
        "vl-missing; sys_platform != 'win32' and extra == 'works'",
    ]
    report = await doctor.run()
    assert report["exit_code"] == ExitCode.NOT_INSTALLED
    extras = {check["name"]: check for check in report["checks"]}
    works, broken = extras["extra works"], extras["extra broken"]
    assert (works["status"], works["detail"]) == ("ok", "vl-good 1.5")
    assert broken["status"] == "failed"
    assert "PortAudio library not found" in broken["detail"]
    assert "libportaudio2" in broken["advice"]
    assert extras["extra part"]["status"] == "warning"
    assert extras["extra part"]["detail"] == "vl-good 1.5; without vl-missing"
    assert extras["extra absent"]["status"] == "absent"
    assert extras["extra absent"]["advice"] == 'pip install "voicelive[absent]"'


@pytest.mark.slow
async def test_the_extras_of_this_package(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The modules of all extras are found, apart from the library of the system."""
    monkeypatch.undo()
    report = await doctor.run("--endpoint=nonsense")
    extras = [item for item in report["checks"] if item["name"].startswith("extra ")]
    assert len(extras) >= 5
    for extra in extras:
        assert extra["status"] == "ok" or "PortAudio" in extra["detail"], extra


def test_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    """It has 80 columns, advice for the failure, and a summary."""
    options = ["--endpoint=https://nowhere.invalid", f"--api-key={KEY}"]
    assert main(["doctor", *options]) == ExitCode.NO_CONNECTION
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "installation"
    assert lines[-1] == "1 check failed, exit code 3."
    assert any("-> check the host name" in line for line in lines)
