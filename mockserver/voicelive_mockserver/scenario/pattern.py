"""Regular expressions of scenarios, with a limit of time.

Backtracking can take for ever, and in this interpreter nothing can stop it but the end
of its process. So an expression runs here only if the text is short enough for the
number of its repetitions, and none of them repeats a group. All others run in a process
of their own, which gives up after a fraction of a second. What takes longer does not
match.
"""

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

from voicelive_protocol import encode, parse
from voicelive_protocol._redaction import redacting_logger

_logger = redacting_logger(__name__)

LONGEST_PATTERN = 1000
"""How long an expression may be, in characters."""

LONGEST_TEXT = 10_000
"""How much of a text is searched, in characters."""

SECONDS = 0.25
"""How long a search may take, in seconds of work."""

_PATIENCE_SECONDS = 5.0
"""How long to wait for a process that does not answer: a machine may stand still."""

_MOST_STEPS = 2_000_000
_MOST_LATE = 5
_PROGRAM = Path(__file__).with_name("pattern_process.py")

# What only looks like a repetition: escapes, classes, and the beginnings of groups.
_NO_REPETITION = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P?<\w+>|P?[:=!>]|<[=!]|[aiLmsux-]+[:)])"
)
_REPETITION = re.compile(r"[*+?{]")
_REPEATED_GROUP = re.compile(r"\)[*+{]")


class RegexMatch(NamedTuple):
    """What an expression has matched.

    Attributes:
        groups: The texts of its groups, in order.
        named: The texts of those with a name.
    """

    groups: Sequence[str | None]
    named: Mapping[str, str | None]


class PatternTooSlowError(Exception):
    """A search took too long."""


class Pattern:
    """A regular expression of which no search takes long.

    Args:
        expression: The expression.
        flags: Flags of `re`.

    Raises:
        ValueError: It is no regular expression, or too long.
    """

    def __init__(self, expression: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        if len(expression) > LONGEST_PATTERN:
            raise ValueError(f"expected {LONGEST_PATTERN} characters at most")
        try:
            self._compiled = re.compile(expression, flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"not a regular expression: {error}") from None
        self._late = 0
        plain = _NO_REPETITION.sub("", expression)
        self._repetitions = len(_REPETITION.findall(plain))
        self._is_simple = _REPEATED_GROUP.search(plain) is None

    def search(self, text: str) -> RegexMatch | None:
        """Return the first match; `None` when there is none, or not in time.

        Args:
            text: The text, of which the first 10,000 characters are searched.
        """
        text = text[:LONGEST_TEXT]
        if self._is_simple and self._steps(len(text)) <= _MOST_STEPS:
            found = self._compiled.search(text)
            return (
                None if found is None else RegexMatch(found.groups(), found.groupdict())
            )
        if self._late >= _MOST_LATE:
            return None
        try:
            return _process.search(self._compiled, text)
        except PatternTooSlowError:
            self._late += 1
            _logger.error(
                "the regular expression %r takes too long for a text of %d characters: "
                "it does not match%s",
                self._compiled.pattern,
                len(text),
                "" if self._late < _MOST_LATE else ", nor will it again",
            )
            return None

    def _steps(self, length: int) -> float:
        """Return how many steps a search takes at most, about."""
        nested = self._repetitions + 1
        return float(length) ** nested / factorial(nested)


class _PatternProcess:
    """The process that runs expressions; it starts with the first, and ends with us."""

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
            PatternTooSlowError: It takes too long, or the process has failed.
        """
        request = encode([pattern.pattern, pattern.flags, text, SECONDS])
        with self._lock:
            answer = self._ask(request)
        if answer is False:
            raise PatternTooSlowError
        return None if answer is None else RegexMatch(*answer)

    def _ask(self, request: bytes) -> Any:
        try:
            process = self._running()
        except OSError:
            _logger.exception("no process for regular expressions can be started")
            return False
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(_PATIENCE_SECONDS, process.kill)
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
            # That of the process that this one was forked from.
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
