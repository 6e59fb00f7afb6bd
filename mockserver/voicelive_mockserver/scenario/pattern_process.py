"""Subprocess that runs regular expressions with a timeout, started by `pattern`.

Each line of standard input is a request: a JSON array of pattern, flags, text and
seconds. Each line of output is its response: an array of groups and named groups, null
for no match, or false for a timeout.

`re` checks for signals while it matches, but only in the main thread of a process; in
another thread it cannot be interrupted, and it holds the GIL.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from types import FrameType
from typing import Any

_HAS_TIMER = hasattr(signal, "setitimer")


class _TooLongError(Exception):
    pass


def _answer(pattern: str, flags: int, text: str, seconds: float) -> Any:
    try:
        if _HAS_TIMER:
            # CPU time, so that the load of the machine does not matter.
            signal.setitimer(signal.ITIMER_PROF, seconds)
        found = re.compile(pattern, flags).search(text)
        if found is None:
            return None
        return [found.groups(), found.groupdict()]
    except _TooLongError:
        return False
    finally:
        if _HAS_TIMER:
            signal.setitimer(signal.ITIMER_PROF, 0)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _TooLongError


if __name__ == "__main__":
    if _HAS_TIMER:
        signal.signal(signal.SIGPROF, _stop)
    # Ctrl+C is for the server; this process ends with its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Only the standard library, for a fast start.
    for line in sys.stdin.buffer:
        request = json.loads(line.decode())  # noqa: TID251
        print(json.dumps(_answer(*request)), flush=True)  # noqa: TID251
