"""Standard streams of a command: closed, full, without a reader, or not UTF-8."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import TextIO

from voicelive_core.command_line.exit_codes import ExitCode


class OutputClosed(Exception):
    """The reader of stdout is gone, as with `| head`."""


class OutputFailed(Exception):
    """Stdout cannot be written, for example because the disk is full."""


def run_with_streams(command: str, work: Callable[[], int]) -> int:
    """Run a command and turn Ctrl+C and failures of stdout into exit codes.

    Args:
        command: Name of the command, for errors.
        work: The command; returns its exit code.

    Returns:
        The exit code.

    Raises:
        SystemExit: The command raised it.
    """
    open_streams()
    try:
        try:
            return work()
        finally:
            write("")
    except KeyboardInterrupt:
        write_error(f"{command}: interrupted\n")
        return ExitCode.INTERRUPTED
    except OutputClosed:
        discard(sys.stdout)
        return ExitCode.BROKEN_PIPE
    except OutputFailed as error:
        discard(sys.stdout)
        write_error(f"{command}: error: {error}\n")
        return ExitCode.USAGE


def open_streams() -> None:
    """Open closed standard streams as the null device.

    Python represents a closed stream as None, and a socket could get its file
    descriptor. Characters that the encoding of stdout lacks become escapes.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            null = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - stays open
            setattr(sys, name, null)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def write(text: str) -> None:
    """Write text to stdout and flush it.

    Raises:
        OutputClosed: The reader is gone.
        OutputFailed: It cannot be written.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise OutputClosed from None
    except OSError as error:
        reason = error.strerror or error
        raise OutputFailed(f"cannot write to stdout: {reason}") from None


def write_error(text: str) -> None:
    """Write text to stderr; without a reader or space, discard it."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)


def discard(stream: TextIO) -> None:
    """Discard what is written to a stream from now on.

    Otherwise the interpreter fails to flush it on exit.
    """
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, stream.fileno())
        finally:
            os.close(null)
