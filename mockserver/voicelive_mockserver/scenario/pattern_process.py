"""Runs regular expressions with a limit of time: a program, started by `pattern`.

It reads requests from its standard input, a JSON array of pattern, flags, text and
seconds a line, and writes an answer a line: an array with the groups and their names,
null when nothing is found, or false when the time was over.

The interpreter looks for signals while it matches, but only in the main thread of a
process; a thread that matches cannot be stopped, and keeps all others from running.
"""

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
            # Time of this process, so that a busy machine changes nothing.
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
    # Ctrl+C is for the server, whose end is the end of the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # With nothing but the standard library, it starts in no time.
    for line in sys.stdin.buffer:
        request = json.loads(line.decode())  # noqa: TID251
        print(json.dumps(_answer(*request)), flush=True)  # noqa: TID251
