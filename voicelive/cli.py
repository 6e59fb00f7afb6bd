"""The `voicelive` command."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from voicelive._version import __version__
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import CommandParser, report_usage_error
from voicelive_core.command_line.streams import run_with_streams
from voicelive_core.suggest import did_you_mean

_PROG = "voicelive"


class _Command(Protocol):
    """Interface of the module of a command."""

    def add_arguments(self, parser: CommandParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


@dataclass(frozen=True)
class _CommandEntry:
    """Entry of a command in the help text.

    Attributes:
        group: Heading.
        module: Module of the command. It is imported only for its own command, since
            some are slow to import or need an extra.
        text: Description.
        example: Typical use.
    """

    group: str
    module: str
    text: str
    example: str


_TALK, _TEST, _SETUP = "talk to the service", "test and record", "set up"

_COMMANDS = {
    "demo": _CommandEntry(
        _TALK,
        "voicelive._commands.demo",
        "show a spoken conversation, without an account or devices",
        "voicelive demo",
    ),
    "say": _CommandEntry(
        _TALK,
        "voicelive._commands.say",
        "send one message and print the reply",
        'voicelive say "Hello"',
    ),
    "talk": _CommandEntry(
        _TALK,
        "voicelive._commands.talk",
        "hold a conversation by microphone and speaker",
        "voicelive talk --transcript talk.vtt",
    ),
    "mock": _CommandEntry(
        _TEST,
        "voicelive_mockserver.cli",
        "run a mock of the service",
        "voicelive mock --port 8765 --speed inf",
    ),
    "record": _CommandEntry(
        _TEST,
        "voicelive._commands.record",
        "record sessions with a proxy",
        "voicelive record --out recordings",
    ),
    "load": _CommandEntry(
        _TEST,
        "voicelive_loadtest.cli",
        "run a load test with Locust",
        "voicelive load --headless --users 50 --run-time 1m",
    ),
    "load compare": _CommandEntry(
        _TEST,
        "voicelive_loadtest.compare",
        "compare the reports of two load tests",
        "voicelive load compare before.json after.json",
    ),
    "doctor": _CommandEntry(
        _SETUP,
        "voicelive._commands.doctor",
        "check what works here and whether a service answers",
        "voicelive doctor",
    ),
}

_EPILOG = """\
Without an endpoint (--endpoint or AZURE_VOICELIVE_ENDPOINT), a command starts a
mock service of its own.

voicelive COMMAND --help shows options, examples and exit codes.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments; by default those of the process.

    Returns:
        The exit code.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = arguments[0] if arguments else ""
    name = f"{_PROG} {command}" if command in _COMMANDS else _PROG
    return run_with_streams(name, lambda: _run(arguments))


def _run(arguments: Sequence[str]) -> int:
    if not arguments:
        _parser().print_help()
        return ExitCode.OK
    name, *rest = arguments
    if rest and f"{name} {rest[0]}" in _COMMANDS:
        name = f"{name} {rest.pop(0)}"
    if name.startswith("-"):
        # The options before a command are --help and --version, which exit.
        _parser().parse_args([name])
        return ExitCode.OK
    if name not in _COMMANDS:
        suggestion = did_you_mean(name, _COMMANDS, quote="")
        return report_usage_error(_PROG, f"unknown command {name!r}{suggestion}")
    command = _command(name)
    parser = CommandParser(f"{_PROG} {name}")
    command.add_arguments(parser)
    return command.run(parser.parse_args(rest))


def full_parser() -> CommandParser:
    """Return a parser with all commands and their options, for completion."""
    parser = _parser()
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=CommandParser)
    for name, entry in _COMMANDS.items():
        if " " in name:
            continue  # names of subcommands are words of their own
        subparser = commands.add_parser(name, help=entry.text)
        _command(name).add_arguments(subparser)
    return parser


def _command(name: str) -> _Command:
    return cast("_Command", importlib.import_module(_COMMANDS[name].module))


def _parser() -> CommandParser:
    parser = CommandParser(
        _PROG,
        usage=f"{_PROG} [--help] [--version] COMMAND [OPTION ...]",
        description="Client, mock service and load tests for the Azure Voice Live API.",
        epilog=f"{_command_list()}\n{_EPILOG}",
    )
    parser.add_argument("--version", action="version", version=f"{_PROG} {__version__}")
    return parser


def _command_list() -> str:
    lines: list[str] = []
    group = ""
    for name, entry in _COMMANDS.items():
        if entry.group != group:
            group = entry.group
            lines += ["", f"{group}:"]
        lines += [f"  {name:<14}{entry.text}", f"{'':16}$ {entry.example}"]
    return "\n".join(lines).lstrip("\n") + "\n"
