"""Mock service as the target of a load test, in a process with its own cores."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

MOCK_KEY = "load-test-key"

_STOP_TIMEOUT_SECONDS = 10.0


class MockStartError(Exception):
    """The mock service failed to start."""


def usable_cores() -> list[int]:
    """Return the cores that this process may use; empty if unknown."""
    if sys.platform == "linux":
        return sorted(os.sched_getaffinity(0))
    return []


def pin(cores: Sequence[int]) -> Callable[[], None] | None:
    """Return a `preexec_fn` that pins a process to cores.

    Args:
        cores: The cores; empty for no restriction.
    """
    if sys.platform != "linux" or not cores:
        return None
    return lambda: os.sched_setaffinity(0, cores)


@contextlib.contextmanager
def mock_service(workers: int, cores: Sequence[int]) -> Iterator[str]:
    """Run `voicelive mock` on a free port with the key `MOCK_KEY`; yield its endpoint.

    Args:
        workers: Number of processes that share the port.
        cores: Cores of these processes; empty for all.

    Raises:
        MockStartError: The process exited; the reason is on standard error.
    """
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "voicelive", "mock", "--port=0"),
            *(f"--api-key={MOCK_KEY}", f"--workers={workers}", "--journal=0"),
            "--log-level=error",
        ],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=pin(cores),
        # Ctrl-C must not stop the service before the callers have hung up.
        start_new_session=True,
    )
    with process:
        try:
            yield _endpoint(process)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_STOP_TIMEOUT_SECONDS)
            process.kill()


def _endpoint(process: subprocess.Popen[str]) -> str:
    """Read the endpoint from the output of the service."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"https?://[\w.:-]+", line)
    if found is None:
        raise MockStartError(line.strip() or "the mock service failed to start")
    return found[0]
