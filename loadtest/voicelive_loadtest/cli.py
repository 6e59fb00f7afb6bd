"""`voicelive load`: runs Locust with the locustfile of this package."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from voicelive_loadtest.callers.settings import SECRET_OPTIONS

# Locust prints its help before it loads a locustfile that adds options.
_HELP = "import voicelive_loadtest.locustfile, locust.main; locust.main.main()"
_HINT = 'load tests require Locust: pip install "voicelive[load]"'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Accept all options of Locust.

    Args:
        parser: Parser of the subcommand.
    """
    # Parse nothing as an option, so that everything goes to Locust, even `--help`.
    parser.prefix_chars = "\0"
    parser.add_argument(
        "locust_arguments",
        nargs="*",
        metavar="...",
        help="options of Locust, such as --host URL --users 50 --run-time 1m",
    )


def run(args: argparse.Namespace) -> int:
    """Replace this process with Locust.

    Args:
        args: Namespace of a parser with `add_arguments`.

    Returns:
        1 if Locust is not installed; otherwise the function does not return.
    """
    # Find, do not import: importing Locust would patch this process with gevent.
    if find_spec("locust") is None:
        print(_HINT, file=sys.stderr)
        return 1
    given, secrets = take_secrets(args.locust_arguments)
    words = command(given)
    os.execve(words[0], words, {**environment(), **secrets})


def command(given: Sequence[str]) -> list[str]:
    """Return the command that runs Locust with the callers of this package.

    Args:
        given: Options of Locust. The default of `--stop-timeout` is 3 seconds.
    """
    if {"--help", "-h"} & set(given):
        return [sys.executable, "-c", _HELP, *given]
    locustfile = Path(__file__).with_name("locustfile.py")
    words = [sys.executable, "-m", "locust", "-f", str(locustfile)]
    if not any(word.startswith(("--stop-timeout", "-s")) for word in given):
        words += ["--stop-timeout", "3"]
    return [*words, *given]


def environment() -> dict[str, str]:
    """Return the environment for Locust, with monkey patching disabled."""
    return {**os.environ, "LOCUST_SKIP_MONKEY_PATCH": "1"}


def take_secrets(given: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Move the API key and the proxy URL from options to environment variables.

    Options of Locust are shown in its web interface, sent to its workers, and visible
    to other users of the machine.

    Args:
        given: Command-line options.

    Returns:
        The remaining options, and the environment variables.
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
