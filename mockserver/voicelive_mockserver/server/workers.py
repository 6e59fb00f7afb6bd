"""Several processes that serve one port."""

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
    """A worker could not serve, or ended before it was told to."""


@dataclass(frozen=True, slots=True)
class Share:
    """The part of one worker.

    Attributes:
        worker: Its number, counted from 0.
        workers: How many there are.
        port: The port that they share.
        peer_dir: A folder in which they find each other.
        lifeline: Ends when the supervisor does. The worker sends one text over it:
            empty when it serves, or the reason why it cannot.
    """

    worker: int
    workers: int
    port: int
    peer_dir: Path
    lifeline: "Pipe[str, None]"


class Workers(Generic[T]):
    """Starts processes that share a port, and ends them together.

    The system gives each connection to one of them. A worker that dies is not
    replaced in silence: all end, and the supervisor says so.

    Args:
        serve: What a worker does; a function of a module, so that a new process can
            find it. It is given its share and the options, and returns at SIGTERM.
        options: What it needs to know; it must survive pickling.
        count: How many workers there are.
    """

    def __init__(
        self, serve: Callable[[Share, T], None], options: T, count: int
    ) -> None:
        self._serve = serve
        self._options = options
        self._count = count
        self._processes: list[BaseProcess] = []
        self._told_to_stop = False

    def run(self, host: str, port: int, started: Callable[[int], None]) -> None:
        """Serve until SIGTERM or SIGINT.

        Args:
            host: The address to listen on.
            port: The port to listen on; 0 takes a free one.
            started: Is called with the port when all workers serve.

        Raises:
            OSError: The address cannot be listened on.
            WorkerError: A worker could not serve, or ended.
        """
        previous = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            # Bound but not listening, this socket keeps the port for the workers and
            # gets no connection itself.
            with _reserved(host, port) as holder, TemporaryDirectory() as folder:
                self._run(holder.getsockname()[1], Path(folder), started)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _run(self, port: int, peer_dir: Path, started: Callable[[int], None]) -> None:
        # A fresh interpreter for each: nothing of this process can be shared by
        # mistake, and it is the same on every system.
        context = multiprocessing.get_context("spawn")
        pipes: list[Pipe[None, str]] = []
        try:
            for worker in range(self._count):
                here, there = context.Pipe()
                share = Share(worker, self._count, port, peer_dir, there)
                process = context.Process(
                    target=self._serve, args=(share, self._options), daemon=True
                )
                process.start()
                there.close()
                pipes.append(here)
                self._processes.append(process)
            problems = [problem for problem in map(_first_word, pipes) if problem]
            if not problems and not self._told_to_stop:
                started(port)
                ended = wait([process.sentinel for process in self._processes])
                problems = self._deaths(ended)
            if problems and not self._told_to_stop:
                raise WorkerError("; ".join(problems))
        finally:
            self._stop()
            for pipe in pipes:
                pipe.close()

    def _deaths(self, sentinels: Sequence[object]) -> list[str]:
        deaths = []
        for number, process in enumerate(self._processes):
            if process.sentinel in sentinels:
                # The sentinel may be a moment ahead of the exit code.
                process.join()
                code = process.exitcode
                deaths.append(f"worker {number} ended with exit code {code}")
        return deaths

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._told_to_stop = True
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


def _first_word(pipe: "Pipe[None, str]") -> str:
    try:
        return pipe.recv()
    except EOFError:
        return "a worker ended before it served"


def _reserved(host: str, port: int) -> socket.socket:
    reuse = getattr(socket, "SO_REUSEPORT", None)
    if reuse is None:
        raise OSError("this system cannot share a port between processes")
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
