"""The mock service as a target: a process of its own, on cores of its own."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

MOCK_KEY = "load-test-key"

_STOP_SECONDS = 10.0


class MockStartError(Exception):
    """The mock service does not start."""


def usable_cores() -> list[int]:
    """Return the cores that this process may use; none where nobody can tell."""
    if sys.platform == "linux":
        return sorted(os.sched_getaffinity(0))
    return []


def pin(cores: Sequence[int]) -> Callable[[], None] | None:
    """Return what keeps a new process on some cores, to be called in it first.

    Args:
        cores: Which; none for no restriction.
    """
    if sys.platform != "linux" or not cores:
        return None
    return lambda: os.sched_setaffinity(0, cores)


@contextlib.contextmanager
def mock_service(workers: int, cores: Sequence[int]) -> Iterator[str]:
    """Run `voicelive mock` on a free port with the key `MOCK_KEY`; give its endpoint.

    Args:
        workers: Processes that share the port.
        cores: Which cores they may use; all if there are none.

    Raises:
        MockStartError: It has ended at once; it has said why on standard error.
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
        # Ctrl-C is for the callers; they hang up while somebody still answers.
        start_new_session=True,
    )
    with process:
        try:
            yield _endpoint(process)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_STOP_SECONDS)
            process.kill()


def _endpoint(process: subprocess.Popen[str]) -> str:
    """Wait until the service says where it is."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"https?://[\w.:-]+", line)
    if found is None:
        raise MockStartError(line.strip() or "the mock service does not start")
    return found[0]
