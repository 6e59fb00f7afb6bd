"""Run of a command: coroutine, errors in one line, exit code."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from voicelive._commands.display import Display
from voicelive._errors import AuthenticationError, ConnectionError, SessionRejected
from voicelive_core.command_line.argument_types import seconds
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.streams import OutputClosed, OutputFailed


class UsageError(Exception):
    """The options conflict, or do not fit the environment."""


class ListenError(Exception):
    """The address to listen on is not available."""


class TokenUnavailable(Exception):
    """No token could be acquired."""


class TurnFailed(Exception):
    """The service returned an error, or a response failed."""


def add_timeout(parser: argparse.ArgumentParser) -> None:
    """Add the option `--timeout`, for `run_command`."""
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=60.0,
        metavar="SECONDS",
        help="time limit for the whole command (default: %(default)g)",
    )


def with_option_names(message: str) -> str:
    """Return a message of `connect` with the names of options of the commands."""
    message = message.replace("connection_options['proxy']", "--proxy")
    message = message.replace("Check api_version", "Check --api-version")
    # A hint about an argument that has no option.
    return message.partition(" (connection_options[")[0]


def run_command(
    work: Callable[[], Coroutine[Any, Any, None]],
    display: Display,
    *,
    timeout_seconds: float | None = None,
    interrupted: ExitCode = ExitCode.INTERRUPTED,
) -> int:
    """Run the coroutine of a command and return its exit code.

    Args:
        work: Coroutine function to run.
        display: Output for errors.
        timeout_seconds: Time limit in seconds; None for no limit.
        interrupted: Exit code for Ctrl+C; `OK` where it is the usual way to stop.

    Returns:
        The exit code.

    Raises:
        KeyboardInterrupt: Ctrl+C ended the command, and `interrupted` is not `OK`.
        OutputClosed: The reader of stdout is gone.
        OutputFailed: Stdout cannot be written.
    """
    try:
        asyncio.run(_within(timeout_seconds, work))
    except KeyboardInterrupt:
        display.end_line()
        if interrupted:
            raise
        return interrupted
    except (OutputClosed, OutputFailed):
        raise
    # Expected errors become one line; a defect keeps its traceback.
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
        raise _DeadlineExceeded(f"timed out after {timeout_seconds:g} s") from None
    except BaseExceptionGroup as group:
        # The first failure of a task group is the cause of the others.
        raise _first(group) from None


class _DeadlineExceeded(Exception):
    pass


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _explain(error: Exception) -> tuple[ExitCode, str]:
    """Return exit code and message for an expected error.

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
            code = ExitCode.NOT_INSTALLED
        case ListenError():
            code = ExitCode.CANNOT_LISTEN
        case UsageError() | OSError():
            code = ExitCode.USAGE
        case _:
            raise error
    if isinstance(error, OSError) and error.strerror and error.filename:
        return code, f"{error.filename}: {error.strerror}"
    return code, with_option_names(str(error))
