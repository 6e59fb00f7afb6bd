"""`voicelive load`: Locust with the callers of this package."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from voicelive_loadtest.callers.settings import SECRET_OPTIONS

# Locust itself shows help before it reads a file that adds options.
_HELP = "import voicelive_loadtest.locustfile, locust.main; locust.main.main()"
_HINT = 'load tests need Locust: pip install "voicelive[load]"'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of load tests to a parser: all those of Locust.

    Args:
        parser: Of the subcommand.
    """
    # Nothing is an option here: all goes to Locust, `--help` too.
    parser.prefix_chars = "\0"
    parser.add_argument(
        "locust_arguments",
        nargs="*",
        metavar="...",
        help="options of Locust, such as --host URL --users 50 --run-time 1m",
    )


def run(args: argparse.Namespace) -> int:
    """Run Locust in place of this process.

    Args:
        args: What a parser with `add_arguments` returned.

    Returns:
        1 if Locust is not installed; else it does not return.
    """
    # Looked for, not loaded: this process must not be patched by gevent.
    if find_spec("locust") is None:
        print(_HINT, file=sys.stderr)
        return 1
    given, secrets = take_secrets(args.locust_arguments)
    words = command(given)
    os.execve(words[0], words, {**environment(), **secrets})


def command(given: Sequence[str]) -> list[str]:
    """Return the command that runs Locust with the callers of this package.

    Args:
        given: Further options. Turns in progress may take 3 seconds to end, unless
            there is a `--stop-timeout` among them.
    """
    if {"--help", "-h"} & set(given):
        return [sys.executable, "-c", _HELP, *given]
    locustfile = Path(__file__).with_name("locustfile.py")
    words = [sys.executable, "-m", "locust", "-f", str(locustfile)]
    if not any(word.startswith(("--stop-timeout", "-s")) for word in given):
        words += ["--stop-timeout", "3"]
    return [*words, *given]


def environment() -> dict[str, str]:
    """Return the environment for Locust: gevent leaves the rest of Python alone."""
    return {**os.environ, "LOCUST_SKIP_MONKEY_PATCH": "1"}


def take_secrets(given: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Take the API key, and a proxy with its password, out of the options.

    Locust gets them in its environment: its options are shown in its web interface, go
    to its workers, and other users of the machine can list them.

    Args:
        given: The options.

    Returns:
        The other options, and the environment variables for those that were taken.
    """
    rest: list[str] = []
    taken: dict[str, str] = {}
    words = iter(given)
    for word in words:
        name, is_joined, value = word.partition("=")
        if name not in SECRET_OPTIONS:
            rest.append(word)
        else:
            taken[SECRET_OPTIONS[name]] = value if is_joined else next(words, "")
    return rest, taken
