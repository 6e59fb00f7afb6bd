"""How a command ends: exit codes, and what is said about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from enum import IntEnum
from typing import Any

from voicelive._commands.display import Display
from voicelive._errors import AuthenticationError, ConnectionError, SessionRejected

EXIT_CODES = """\
exit codes:
  0    done
  1    the service refused something, or the response failed
  2    wrong usage, or a file that cannot be read or written
  3    no connection to the service, or it broke
  4    the service did not accept the key or token
  5    it took longer than --timeout
  6    no audio device, or a package of an extra is missing
  130  interrupted by Ctrl-C
"""


class ExitCode(IntEnum):
    """What a command tells the program that called it; see `EXIT_CODES`."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NO_CONNECTION = 3
    UNAUTHORIZED = 4
    TIMEOUT = 5
    NO_DEVICE = 6
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class UsageError(Exception):
    """The options do not make sense together, or with what is there."""


class TokenUnavailable(Exception):
    """No token could be got."""


class TurnFailed(Exception):
    """The service has refused something, or a response failed."""


def run_command(
    work: Callable[[], Coroutine[Any, Any, None]],
    display: Display,
    *,
    timeout_seconds: float | None = None,
    interrupted: ExitCode = ExitCode.INTERRUPTED,
) -> int:
    """Do the work of a command in an event loop.

    Args:
        work: What to do.
        display: Where errors are shown.
        timeout_seconds: Longest time that it may take, in seconds; None for any.
        interrupted: What Ctrl-C means; `OK` where it is the way to end.

    Returns:
        The exit code.
    """
    try:
        asyncio.run(_within(timeout_seconds, work))
    except KeyboardInterrupt:
        if interrupted:
            display.error("interrupted")
        return interrupted
    except BrokenPipeError:
        # Nobody reads stdout any more, and nobody is told.
        return ExitCode.BROKEN_PIPE
    # Whatever is expected to happen; the rest is a defect and keeps its traceback.
    except Exception as raised:
        code, text = _explain(raised)
        display.error(text)
        return code
    return ExitCode.OK


async def _within(
    timeout_seconds: float | None, work: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    limit = asyncio.timeout(timeout_seconds)
    try:
        async with limit:
            await work()
    except TimeoutError:
        if not limit.expired():
            raise
        raise _DeadlineExceeded(f"not done within {timeout_seconds:g} s") from None
    except BaseExceptionGroup as group:
        # Of tasks that failed together, the first tells why.
        raise _first(group) from None


class _DeadlineExceeded(Exception):
    pass


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _explain(error: Exception) -> tuple[ExitCode, str]:
    """Exit code and text for what is expected to go wrong.

    Raises:
        Exception: The error itself, if it is not expected.
    """
    from voicelive.audio import AudioDeviceError

    match error:
        case _DeadlineExceeded():
            code = ExitCode.TIMEOUT
        case TurnFailed() | SessionRejected():
            code = ExitCode.FAILED
        case AuthenticationError() | TokenUnavailable():
            code = ExitCode.UNAUTHORIZED
        case ConnectionError():
            code = ExitCode.NO_CONNECTION
        case AudioDeviceError() | ModuleNotFoundError():
            code = ExitCode.NO_DEVICE
        case UsageError() | OSError():
            code = ExitCode.USAGE
        case _:
            raise error
    return code, str(error)
