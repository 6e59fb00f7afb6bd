"""Exit codes of all commands."""

from __future__ import annotations

import textwrap
from enum import IntEnum

_INDENT = " " * 7
_WIDTH = 78


class ExitCode(IntEnum):
    """Exit code of a command; `meaning` describes it."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NO_CONNECTION = 3
    UNAUTHORIZED = 4
    TIMEOUT = 5
    NOT_INSTALLED = 6
    CANNOT_LISTEN = 7
    THRESHOLD = 10
    GENERATOR = 11
    NO_SAMPLES = 12
    LOST_WORKER = 13
    INTERRUPTED = 130
    BROKEN_PIPE = 141

    @property
    def meaning(self) -> str:
        """The meaning in a few words."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "success",
    ExitCode.FAILED: "the service returned an error, or something failed while the "
    "command ran",
    ExitCode.USAGE: "wrong option, or a file that cannot be read or written",
    ExitCode.NO_CONNECTION: "the connection to the service failed or was lost",
    ExitCode.UNAUTHORIZED: "the service rejected the key or token",
    ExitCode.TIMEOUT: "timed out (--timeout)",
    ExitCode.NOT_INSTALLED: "no audio device, or an extra is not installed",
    ExitCode.CANNOT_LISTEN: "cannot listen: the port is taken, or the address is not "
    "of this machine",
    ExitCode.THRESHOLD: "load test: a threshold was broken",
    ExitCode.GENERATOR: "load test: invalid, the generator was the bottleneck",
    ExitCode.NO_SAMPLES: "load test: invalid, no turn was finished",
    ExitCode.LOST_WORKER: "load test: invalid, a worker was lost",
    ExitCode.INTERRUPTED: "interrupted by Ctrl+C",
    ExitCode.BROKEN_PIPE: "the reader of the output has closed it, as in `| head`",
}


def describe_exit_codes(*codes: ExitCode) -> str:
    """Return the section of a help text that lists exit codes."""
    lines = ["exit codes:"]
    for code in sorted(codes):
        lines.append(
            textwrap.fill(
                code.meaning,
                _WIDTH,
                initial_indent=f"  {code:<5}",
                subsequent_indent=_INDENT,
            )
        )
    return "\n".join(lines) + "\n"
