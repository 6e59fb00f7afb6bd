"""Command line of the mock service."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from voicelive_core.command_line.parser import CommandParser
from voicelive_core.command_line.streams import run_with_streams
from voicelive_mockserver.server.arguments import add_arguments

__all__ = ["add_arguments", "main", "run"]

_COMMAND = "voicelive mock"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments; default: those of the process.

    Returns:
        The exit code.
    """
    parser = CommandParser(_COMMAND)
    add_arguments(parser)
    return run_with_streams(_COMMAND, lambda: run(parser.parse_args(argv)))


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted or terminated, or check scenarios.

    Args:
        args: Parsed options of `add_arguments`.

    Returns:
        The exit code.
    """
    # Deferred import, to keep `--help` fast.
    from voicelive_mockserver.server.command import run_mock

    return run_mock(args)
