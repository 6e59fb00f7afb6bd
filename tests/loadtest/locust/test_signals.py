"""Signal handlers that interrupt a run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from voicelive_loadtest.cli import environment

pytestmark = pytest.mark.slow

SCRIPT = """
import os
import signal
import gevent
from voicelive_loadtest.locust.signals import interrupt_on

number = signal.Signals[{name!r}]
signal.signal(number, {before})
interrupt_on(number)
steps = []


def work():
    os.kill(os.getpid(), number)
    # The default handler would raise here.
    for step in range(1000):
        steps.append(step)


worker = gevent.spawn(work)
try:
    gevent.sleep({seconds})
    print("not interrupted", len(steps))
except KeyboardInterrupt:
    print("interrupted", len(steps))
gevent.sleep(0)
print("worker", worker.successful())
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_only_the_main_greenlet_is_interrupted(name: str) -> None:
    """The running greenlet is not interrupted."""
    printed = run(SCRIPT.format(name=name, before="signal.SIG_DFL", seconds=60))
    assert printed == ["interrupted 1000", "worker True"]


def test_ignored_signals_stay_ignored() -> None:
    """Shells ignore SIGINT for background processes."""
    printed = run(SCRIPT.format(name="SIGINT", before="signal.SIG_IGN", seconds=0.05))
    assert printed == ["not interrupted 1000", "worker True"]


def run(script: str) -> list[str]:
    """Run a script in a new process; return its output lines."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()
