"""Locust processes, forked from a server process that has imported Locust.

The import takes most of a second, and is what most runs would spend their time on.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Protocol

from voicelive_core.command_line.variables import API_KEY
from voicelive_loadtest.cli import environment

_LOCUST = [sys.executable, "-m", "locust"]
_LIMIT_SECONDS = 120.0


class LocustProcess:
    """A running command.

    Attributes:
        pid: Id of the process and of its process group.
    """

    def __init__(self, process: _Process, output: Path) -> None:
        self.pid = process.pid
        self._process = process
        self._output = output

    @property
    def output(self) -> str:
        """The output so far."""
        return self._output.read_text("utf-8")

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, not to its group."""
        os.kill(self.pid, number)

    async def end(self) -> tuple[int, str]:
        """Wait for the end of the process; return its exit code and output."""
        async with asyncio.timeout(_LIMIT_SECONDS):
            code = await self._process.wait()
        return code, self.output


class _Process(Protocol):
    @property
    def pid(self) -> int: ...

    def kill(self) -> None: ...

    async def wait(self) -> int: ...


class _ForkedProcess:
    def __init__(self, process: ForkServerProcess) -> None:
        assert process.pid is not None
        self.pid = process.pid
        self._process = process

    def kill(self) -> None:
        self._process.kill()

    async def wait(self) -> int:
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode


@asynccontextmanager
async def run_locust(
    words: Sequence[str],
    *,
    key: str = "test-key",
    variables: Mapping[str, str] | None = None,
    folder: Path | None = None,
    forked: bool = True,
) -> AsyncIterator[LocustProcess]:
    """Run a command; kill it with its children at the end of the block.

    Args:
        words: The command line, such as the result of `command`.
        key: API key for its environment.
        variables: Further environment variables.
        folder: Working directory.
        forked: Fork `python -m locust`; False to execute it, for what depends on its
            import. Other commands are always executed.
    """
    variables = {**environment(), API_KEY: key, **(variables or {})}
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "output"
        process: _Process
        if forked and list(words[:3]) == _LOCUST:
            child = _FORK_SERVER.Process(
                target=_run, args=(list(words[3:]), variables, folder, output)
            )
            child.start()
            process = _ForkedProcess(child)
        else:
            with output.open("wb") as out:
                process = await asyncio.create_subprocess_exec(
                    *words,
                    cwd=folder,
                    env=variables,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
        try:
            yield LocustProcess(process, output)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            # Its workers, if any.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _run(
    arguments: list[str], variables: dict[str, str], folder: Path | None, output: Path
) -> None:
    """Run Locust; called in the forked process."""
    os.setsid()
    with output.open("wb") as out, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.environ.clear()
    os.environ.update(variables)
    if folder is not None:
        os.chdir(folder)
    sys.argv = ["locust", *arguments]

    from locust.main import main

    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    # Finalize the interpreter, which `multiprocessing` does not: only then does ZeroMQ
    # send what is queued, such as the last message of a worker.
    ctypes.pythonapi.Py_Exit(code)


def _fork_server() -> ForkServerContext:
    # Otherwise importing Locust patches the server process.
    os.environ.setdefault("LOCUST_SKIP_MONKEY_PATCH", "1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["locust.main", "voicelive_loadtest.locust.hooks"])
    return context


_FORK_SERVER = _fork_server()
