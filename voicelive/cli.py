"""The `voicelive` command."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from voicelive._version import __version__


class _Command(Protocol):
    """Interface of the module of a command."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


# Name, module and help text. A module is imported only for its own command, since some
# are slow to import or need an extra.
_COMMANDS = {
    "say": ("voicelive._commands.say", "send one message and print the reply"),
    "talk": (
        "voicelive._commands.talk",
        "hold a conversation by microphone and speaker",
    ),
    "record": ("voicelive._commands.record", "record sessions with a proxy"),
    "mock": ("voicelive_mockserver.cli", "run a mock of the service"),
    "load": ("voicelive_loadtest.cli", "run a load test with Locust"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments; by default those of the process.

    Returns:
        The exit code.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(
        prog="voicelive",
        description="Client, mock service and load tests for the Azure Voice Live API.",
    )
    parser.add_argument(
        "--version", action="version", version=f"voicelive {__version__}"
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title="commands"
    )
    # The options before the command take no values.
    chosen = next((item for item in arguments if not item.startswith("-")), None)
    command: _Command | None = None
    for name, (module, text) in _COMMANDS.items():
        subparser = commands.add_parser(name, help=text)
        if name == chosen:
            command = cast("_Command", importlib.import_module(module))
            command.add_arguments(subparser)
    args = parser.parse_args(arguments)
    # Without a command the parser has exited.
    assert command is not None
    return command.run(args)
