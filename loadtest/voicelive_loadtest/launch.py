"""Processes of a load test: Locust, and a mock service where there is no endpoint."""

from __future__ import annotations

import contextlib
import math
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import print_error
from voicelive_core.command_line.variables import API_KEY
from voicelive_loadtest.mock import (
    MOCK_KEY,
    MockStartError,
    mock_service,
    pin,
    usable_cores,
)

# Well below the limit of a core, for the generator and for the mock service.
_CALLERS_PER_CORE = 400


def processes_for(users: int, cores: Sequence[int]) -> int:
    """Return the number of processes for a number of callers, at most one per core."""
    return max(1, min(len(cores), math.ceil(users / _CALLERS_PER_CORE)))


def run_locust(
    words: Sequence[str], variables: Mapping[str, str], cores: Sequence[int]
) -> int:
    """Run Locust and forward signals to it.

    Args:
        words: The command.
        variables: Its environment.
        cores: Cores that it may use; empty for all.

    Returns:
        Its exit code; 128 and the number of a signal that ended it.
    """
    process = subprocess.Popen(words, env=variables, preexec_fn=pin(cores))
    with process, _forwarded(process):
        code = process.wait()
    # Shell convention for a process that was killed by a signal.
    return code if code >= 0 else 128 - code


def run_with_mock(
    command: str,
    words: Callable[[str, Sequence[int]], Sequence[str]],
    variables: Mapping[str, str],
    users: int,
) -> int:
    """Run Locust against a mock service, each with its own cores.

    Args:
        command: Name of the command, for errors.
        words: Returns the command for an endpoint and the cores for Locust.
        variables: Environment of Locust.
        users: Number of callers.

    Returns:
        The exit code.
    """
    cores = usable_cores()
    half = len(cores) // 2
    mock_cores, cores = cores[:half], cores[half:]
    print("No endpoint: using a mock service on this machine.", file=sys.stderr)
    try:
        with mock_service(processes_for(users, mock_cores), mock_cores) as endpoint:
            variables = {**variables, API_KEY: MOCK_KEY}
            return run_locust(words(endpoint, cores), variables, cores)
    except MockStartError as error:
        print_error(command, str(error))
        return ExitCode.FAILED


@contextlib.contextmanager
def _forwarded(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Forward SIGTERM to a child process, and leave SIGINT to the terminal."""

    def terminate(number: int, frame: FrameType | None) -> None:
        process.terminate()

    def leave(number: int, frame: FrameType | None) -> None:
        """Ignore: the terminal signals the whole process group."""

    before = (
        signal.signal(signal.SIGTERM, terminate),
        signal.signal(signal.SIGINT, leave),
    )
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
