"""Worker processes that share a port, and their supervisor."""

from __future__ import annotations

import multiprocessing
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Generic, TypeVar

_KILL_SECONDS = 5.0

T = TypeVar("T")


class WorkerError(Exception):
    """A worker failed to start or exited unexpectedly."""


@dataclass(frozen=True, slots=True)
class WorkerParameters:
    """The parameters of one worker process.

    Attributes:
        worker: The number of the worker, counted from 0.
        workers: The number of workers.
        port: The shared port.
        peer_dir: The directory of the sockets between workers.
        lifeline: A pipe that closes when the supervisor exits. The worker sends one
            text: empty once it serves, or the error.
    """

    worker: int
    workers: int
    port: int
    peer_dir: Path
    lifeline: Pipe[str, None]


class Workers(Generic[T]):
    """Starts processes that share a port, and stops them together.

    The operating system distributes the connections. A worker that exits is not
    restarted: all others are stopped, and the supervisor reports the failure.

    Args:
        serve: The function that a worker runs; it must be importable. It gets its
            parameters and the options, and returns on SIGTERM.
        options: The options; they must be picklable.
        count: The number of workers.
    """

    def __init__(
        self, serve: Callable[[WorkerParameters, T], None], options: T, count: int
    ) -> None:
        self._serve = serve
        self._options = options
        self._count = count
        self._processes: list[BaseProcess] = []
        self._stop_requested = False

    def run(self, host: str, port: int, started: Callable[[int], None]) -> None:
        """Serve until SIGTERM or SIGINT.

        Args:
            host: The address to listen on.
            port: The port to listen on; 0 for a free one.
            started: Called with the port once all workers serve.

        Raises:
            OSError: The address is not available.
            WorkerError: A worker failed to start, or exited.
        """
        previous = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            # Bound but not listening: reserves the port without accepting
            # connections.
            with _reserved(host, port) as holder, TemporaryDirectory() as folder:
                self._run(holder.getsockname()[1], Path(folder), started)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _run(self, port: int, peer_dir: Path, started: Callable[[int], None]) -> None:
        # Spawn, not fork: no shared state, and the same behaviour on every system.
        context = multiprocessing.get_context("spawn")
        pipes: list[Pipe[None, str]] = []
        try:
            for worker in range(self._count):
                here, there = context.Pipe()
                parameters = WorkerParameters(
                    worker, self._count, port, peer_dir, there
                )
                process = context.Process(
                    target=self._serve, args=(parameters, self._options), daemon=True
                )
                process.start()
                there.close()
                pipes.append(here)
                self._processes.append(process)
            problems = [problem for problem in map(_startup_problem, pipes) if problem]
            if not problems and not self._stop_requested:
                started(port)
                ended = wait([process.sentinel for process in self._processes])
                problems = self._exits(ended)
            if problems and not self._stop_requested:
                raise WorkerError("; ".join(problems))
        finally:
            self._stop()
            for pipe in pipes:
                pipe.close()

    def _exits(self, sentinels: Sequence[object]) -> list[str]:
        exits = []
        for number, process in enumerate(self._processes):
            if process.sentinel in sentinels:
                # The sentinel may be ready before the exit code.
                process.join()
                code = process.exitcode
                exits.append(f"worker {number} exited with code {code}")
        return exits

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requested = True
        self._terminate()

    def _terminate(self) -> None:
        for process in self._processes:
            process.terminate()

    def _stop(self) -> None:
        self._terminate()
        for process in self._processes:
            process.join(_KILL_SECONDS)
            if process.exitcode is None:
                process.kill()
                process.join()


def _startup_problem(pipe: Pipe[None, str]) -> str:
    try:
        return pipe.recv()
    except EOFError:
        return "a worker exited during startup"


def _reserved(host: str, port: int) -> socket.socket:
    reuse = getattr(socket, "SO_REUSEPORT", None)
    if reuse is None:
        raise OSError("this system does not support SO_REUSEPORT")
    family, kind, number, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    holder = socket.socket(family, kind, number)
    try:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.SOL_SOCKET, reuse, 1)
        holder.bind(address)
    except OSError:
        holder.close()
        raise
    return holder
