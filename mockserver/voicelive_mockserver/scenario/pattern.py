"""Regular expressions with a timeout.

Catastrophic backtracking cannot be interrupted from another thread. So an expression
runs in this process only if the text is short enough for its number of repetitions and
no group is repeated. All others run in a separate process with a timeout, which counts
as no match.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from math import factorial
from pathlib import Path
from typing import Any, NamedTuple

from voicelive_core.redaction import redacting_logger
from voicelive_protocol import encode, parse

logger = redacting_logger(__name__)

MAX_PATTERN_LENGTH = 1000
"""The maximum length of an expression, in characters."""

MAX_TEXT_LENGTH = 10_000
"""The maximum length of the searched text, in characters."""

TIMEOUT_SECONDS = 0.25
"""The timeout of a search, in CPU seconds."""

_PROCESS_TIMEOUT_SECONDS = 5.0
"""The timeout for a reply of the process in real time, which includes system stalls."""

_MAX_STEPS = 2_000_000
_MAX_TIMEOUTS = 5
_PROGRAM = Path(__file__).with_name("pattern_process.py")

# Not repetitions: escapes, classes, and group prefixes.
_NO_REPETITION = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P?<\w+>|P?[:=!>]|<[=!]|[aiLmsux-]+[:)])"
)
_REPETITION = re.compile(r"[*+?{]")
_REPEATED_GROUP = re.compile(r"\)[*+{]")


class RegexMatch(NamedTuple):
    """The match of an expression.

    Attributes:
        groups: The texts of the groups, in order.
        named: The texts of the named groups.
    """

    groups: Sequence[str | None]
    named: Mapping[str, str | None]


class PatternTooSlowError(Exception):
    """A search exceeded its timeout."""


class Pattern:
    """A regular expression with a timeout.

    Args:
        expression: The expression.
        flags: Flags of `re`.

    Raises:
        ValueError: It is not a regular expression, or too long.
    """

    def __init__(self, expression: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        if len(expression) > MAX_PATTERN_LENGTH:
            raise ValueError(f"expected {MAX_PATTERN_LENGTH} characters at most")
        try:
            self._compiled = re.compile(expression, flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"not a regular expression: {error}") from None
        self._timeouts = 0
        plain = _NO_REPETITION.sub("", expression)
        self._repetitions = len(_REPETITION.findall(plain))
        self._is_simple = _REPEATED_GROUP.search(plain) is None

    def search(self, text: str) -> RegexMatch | None:
        """Return the first match; `None` if there is none, or on a timeout.

        Args:
            text: The text, of which the first 10,000 characters are searched.
        """
        text = text[:MAX_TEXT_LENGTH]
        if self._is_simple and self._steps(len(text)) <= _MAX_STEPS:
            found = self._compiled.search(text)
            return (
                None if found is None else RegexMatch(found.groups(), found.groupdict())
            )
        if self._timeouts >= _MAX_TIMEOUTS:
            return None
        try:
            return _process.search(self._compiled, text)
        except PatternTooSlowError:
            self._timeouts += 1
            logger.error(
                "the regular expression %r takes too long for a text of %d characters: "
                "it does not match%s",
                self._compiled.pattern,
                len(text),
                "" if self._timeouts < _MAX_TIMEOUTS else ", nor will it again",
            )
            return None

    def _steps(self, length: int) -> float:
        """Return an estimate of the maximum number of steps of a search."""
        nested = self._repetitions + 1
        return float(length) ** nested / factorial(nested)


class _PatternProcess:
    """The process that runs expressions, started on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def search(self, pattern: re.Pattern[str], text: str) -> RegexMatch | None:
        """Return the first match.

        Args:
            pattern: The expression.
            text: The text.

        Raises:
            PatternTooSlowError: It exceeded the timeout, or the process failed.
        """
        request = encode([pattern.pattern, pattern.flags, text, TIMEOUT_SECONDS])
        with self._lock:
            answer = self._ask(request)
        if answer is False:
            raise PatternTooSlowError
        return None if answer is None else RegexMatch(*answer)

    def _ask(self, request: bytes) -> Any:
        try:
            process = self._running()
        except OSError:
            logger.exception("no process for regular expressions can be started")
            return False
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(_PROCESS_TIMEOUT_SECONDS, process.kill)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(request + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        finally:
            timer.cancel()
        if not line:
            self._end()
            return False
        return parse(line)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._owner != os.getpid():
            # Inherited from the parent process by a fork.
            self._process = None
        if self._process is None:
            self._owner = os.getpid()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            atexit.register(self._end)
        return self._process

    def _end(self) -> None:
        atexit.unregister(self._end)
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        assert process.stdin is not None
        assert process.stdout is not None
        process.kill()
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.stdout.close()
        process.wait()


_process = _PatternProcess()
