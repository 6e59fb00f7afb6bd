"""The `voicelive` command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from voicelive._version import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments; by default those of the process.

    Returns:
        The exit code.
    """
    # The one place that knows both sides, and only for as long as the command runs.
    from voicelive_mockserver import cli as mock

    parser = argparse.ArgumentParser(prog="voicelive", description=__doc__)
    parser.add_argument(
        "--version", action="version", version=f"voicelive {__version__}"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    mock.add_arguments(
        commands.add_parser("mock", help="serve a mock of the service on this machine")
    )
    return mock.run(parser.parse_args(argv))
