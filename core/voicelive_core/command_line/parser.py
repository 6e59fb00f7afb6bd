"""Argument parser of the commands: help in sections, errors in one line."""

from __future__ import annotations

import argparse
import errno
import itertools
import os
import re
import shutil
import socket
import sys
import textwrap
from collections.abc import Sequence
from typing import Any, NoReturn

from voicelive_core.command_line.exit_codes import ExitCode, describe_exit_codes
from voicelive_core.command_line.streams import write, write_error
from voicelive_core.command_line.style import Style, has_colours
from voicelive_core.suggest import did_you_mean

_MAX_COLUMNS = 80
_HEADING = re.compile(r"^(\w[^\n]*:)$|^(usage:)", re.MULTILINE)
_INVALID_CHOICE = re.compile(
    r"^(?P<option>.*)invalid choice: '?(?P<given>.*?)'? \(choose from (?P<known>.*)\)$",
    re.DOTALL,
)


class CommandParser(argparse.ArgumentParser):
    """Parser of one command.

    Errors are one line that begins with the name of the command, with a suggestion for
    mistyped options and choices.

    Args:
        prog: The command, such as `voicelive say`.
    """

    def __init__(self, prog: str, **options: Any) -> None:
        options = {"formatter_class": _HelpFormatter, **options}
        if sys.version_info >= (3, 14):
            options["color"] = False
        super().__init__(prog, **options)
        self._further: str | None = None

    def describe(
        self,
        description: str,
        *,
        examples: Sequence[str],
        exit_codes: Sequence[ExitCode],
        notes: str = "",
    ) -> None:
        """Set the texts of `--help`.

        Args:
            description: Description of the command.
            examples: Lines that users can copy.
            exit_codes: Exit codes of the command, without those of all commands.
            notes: A section, such as environment variables.
        """
        self.description: str | None = textwrap.fill(description, _MAX_COLUMNS - 2)
        lines = ["examples:", *(f"  {line}" for line in examples)]
        common = (ExitCode.OK, ExitCode.USAGE, ExitCode.INTERRUPTED)
        parts = ["\n".join(lines) + "\n", notes]
        parts.append(describe_exit_codes(*common, *exit_codes))
        self.epilog: str | None = "\n".join(filter(None, parts))

    def pass_on_unknown(self, name: str) -> None:
        """Collect unknown options in an attribute, instead of rejecting them.

        Args:
            name: The attribute.
        """
        self._further = name
        self.allow_abbrev = False

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> Any:
        """Parse arguments; exit with one line of text if they are wrong."""
        given = list(sys.argv[1:] if args is None else args)
        if self._further is None and (mistyped := self._mistyped(given)):
            # Before an error such as a missing argument, which it may have caused.
            self.error(self._unknown(mistyped))
        parsed, unknown = self.parse_known_args(args, namespace)
        if self._further is not None:
            setattr(parsed, self._further, unknown)
        elif unknown:
            self.error(self._unknown(unknown))
        self._check_encoding(parsed)
        return parsed

    def error(self, message: str) -> NoReturn:
        """Print an error and exit.

        Raises:
            SystemExit: Always.
        """
        raise SystemExit(report_usage_error(self.prog, _with_suggestion(message)))

    def print_help(self, file: Any = None) -> None:
        """Print the help, with headings in bold on a terminal."""
        text = self.format_help()
        if has_colours(sys.stdout if file is None else file):
            text = _HEADING.sub(lambda found: f"\x1b[1m{found[0]}\x1b[0m", text)
        self._print_message(text, file)

    def _print_message(self, message: str, file: Any = None) -> None:
        # For --version as well: argparse ignores errors of the stream.
        if file is None or file is sys.stdout:
            write(message)
        else:
            super()._print_message(message, file)

    def _check_encoding(self, parsed: argparse.Namespace) -> None:
        """Reject text that is not UTF-8; names of files may be anything."""
        for action in self._actions:
            values = getattr(parsed, action.dest, None)
            for value in values if isinstance(values, list) else [values]:
                if isinstance(value, str) and not is_unicode(value):
                    name = "/".join(action.option_strings) or action.dest
                    self.error(f"{name}: not valid UTF-8: {value!a}")

    def _mistyped(self, given: Sequence[str]) -> list[str]:
        words = itertools.takewhile(lambda word: word != "--", given)
        return [
            word
            for word in words
            if word.startswith("--")
            and " " not in word
            and not any(
                name.startswith(word.partition("=")[0]) for name in self._options()
            )
        ]

    def _unknown(self, unknown: Sequence[str]) -> str:
        options = [item for item in unknown if item.startswith("-")]
        if not options:
            return f"unexpected argument {unknown[0]!r}"
        given = options[0].partition("=")[0]
        return f"unknown option {given}{did_you_mean(given, self._options(), quote='')}"

    def _options(self) -> list[str]:
        return [name for action in self._actions for name in action.option_strings]


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Formatter for lines of at most 80 columns."""

    def __init__(self, prog: str, **options: Any) -> None:
        columns = min(shutil.get_terminal_size().columns, _MAX_COLUMNS)
        super().__init__(prog, max_help_position=26, width=columns - 2, **options)


def is_unicode(text: str) -> bool:
    """Return whether a text has no lone surrogates, which stand for other bytes."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def report_usage_error(command: str, message: str) -> int:
    """Print an error of the usage of a command in one line.

    Returns:
        The exit code.
    """
    if "did you mean" not in message:
        message = f"{message}; see {command} --help"
    print_error(command, " ".join(message.split()))
    return ExitCode.USAGE


def print_error(command: str, message: str) -> None:
    """Print an error to stderr."""
    style = Style(sys.stderr)
    text = "".join(
        char if char.isprintable() or char == "\n" else ascii(char)[1:-1]
        for char in message
    )
    write_error(f"{command}: {style('error:', 'bold', 'red')} {text}\n")


def describe_listen_error(host: str, port: int, error: OSError) -> str:
    """Return a message about an address that a server cannot listen on."""
    reason, hint = error.strerror or str(error), ""
    if not isinstance(error, socket.gaierror) and error.errno:
        # The text of asyncio repeats the address.
        reason = os.strerror(error.errno)
    if error.errno == errno.EADDRINUSE:
        hint = "; --port 0 chooses a free one"
    return f"cannot listen on {' '.join(host.split())}:{port}: {reason}{hint}"


def _with_suggestion(message: str) -> str:
    message = message.removeprefix("argument ")
    found = _INVALID_CHOICE.match(message)
    if found is None:
        return message
    known = [name.strip("'\" ") for name in found["known"].split(",")]
    suggestion = did_you_mean(found["given"], known, quote="")
    return (
        f"{found['option']}expected one of {', '.join(known)}, not "
        f"'{found['given']}'{suggestion}"
    )
