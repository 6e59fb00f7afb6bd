"""`voicelive load`: runs Locust with the locustfile of this package."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from voicelive_core.command_line.argument_types import at_least
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import CommandParser, print_error
from voicelive_core.command_line.service_options import (
    add_api_key,
    add_endpoint,
    add_model,
)
from voicelive_core.command_line.variables import (
    API_KEY,
    API_VERSION,
    ENDPOINT,
    MODEL,
)
from voicelive_loadtest.launch import run_with_mock
from voicelive_loadtest.variables import PROXY, SECRET_OPTIONS

_COMMAND = "voicelive load"

EXIT_CODES = (
    ExitCode.FAILED,
    ExitCode.NO_CONNECTION,
    ExitCode.UNAUTHORIZED,
    ExitCode.NOT_INSTALLED,
    ExitCode.THRESHOLD,
    ExitCode.GENERATOR,
    ExitCode.NO_SAMPLES,
    ExitCode.LOST_WORKER,
)
"""Exit codes of a load test."""

_ENVIRONMENT = f"""\
environment:
  {ENDPOINT}, {API_KEY}, {MODEL},
  {API_VERSION} and {PROXY} set the options of
  the same names.
"""

# Locust prints its help before it loads a locustfile that adds options.
_HELP = "import voicelive_loadtest.locustfile, locust.main; locust.main.main()"
_HINT = 'load tests require Locust: pip install "voicelive[load]"'


def add_arguments(parser: CommandParser) -> None:
    """Add the options of the command to a parser; unknown ones go to Locust.

    Args:
        parser: Parser of the subcommand.
    """
    parser.describe(
        "Run a load test: callers that speak in real time, run by Locust. Without "
        "--headless, Locust serves its web interface. All options of Locust work as "
        "well: --locust-help lists them, with the options of the callers.",
        examples=(
            "voicelive load --profile quick --headless --report out",
            "voicelive load --find-capacity --users 500 --report out",
            "voicelive load --headless --users 50 --run-time 1m",
            "voicelive load --endpoint https://<resource>.services.ai.azure.com",
            "voicelive load --locust-help",
        ),
        notes=_ENVIRONMENT,
        exit_codes=EXIT_CODES,
    )
    parser.pass_on_unknown("locust_arguments")
    add_endpoint(parser, place="on this machine")
    add_api_key(parser)
    parser.add_argument(
        "--proxy", metavar="URL", help="HTTP proxy, for https:// endpoints"
    )
    add_model(parser)
    parser.add_argument(
        "--profile",
        metavar="NAME",
        help="load shape, journeys and thresholds: quick, steps, capacity, spike, "
        "soak, or a TOML file",
    )
    parser.add_argument(
        "--find-capacity",
        action="store_true",
        help="search for the number of callers that the service holds; implies "
        "--headless",
    )
    parser.add_argument(
        "-u", "--users", type=at_least(1), metavar="N", help="maximum number of callers"
    )
    parser.add_argument(
        "-t", "--run-time", metavar="TIME", help="duration, such as 60s, 5m or 1h30m"
    )
    parser.add_argument(
        "--headless", action="store_true", help="run without the web interface"
    )
    parser.add_argument(
        "--report", metavar="DIR", help="directory for report.html and report.json"
    )
    parser.add_argument(
        "--locust-help", action="store_true", help="show all options of Locust"
    )


def run(args: argparse.Namespace) -> int:
    """Run Locust, with a mock service if there is no endpoint.

    Args:
        args: Parsed options of `add_arguments`.

    Returns:
        The exit code, unless this process becomes Locust.
    """
    # Find, do not import: importing Locust would patch this process with gevent.
    if find_spec("locust") is None:
        print_error(_COMMAND, _HINT)
        return ExitCode.NOT_INSTALLED
    secrets = {
        name: value
        for name, value in ((API_KEY, args.api_key), (PROXY, args.proxy))
        if value
    }
    variables = {**environment(), **secrets}
    words = _locust_options(args)
    if args.locust_help or args.endpoint or ENDPOINT in variables or _is_remote(args):
        program = command(words)
        os.execve(program[0], program, variables)

    def against(endpoint: str, _cores: Sequence[int]) -> list[str]:
        return command([f"--host={endpoint}", *words])

    return run_with_mock(_COMMAND, against, variables, args.users or 1)


def _is_remote(args: argparse.Namespace) -> bool:
    """Return whether the target is configured otherwise, or by another process."""
    names = {word.partition("=")[0] for word in args.locust_arguments}
    return bool(names & {"--host", "-H", "--master", "--worker", "--config"})


def _locust_options(args: argparse.Namespace) -> list[str]:
    values = {
        "--host": args.endpoint,
        "--model": args.model,
        "--api-version": args.api_version,
        "--load-profile": args.profile,
        "--users": args.users,
        "--run-time": args.run_time,
        "--report": args.report,
    }
    words = [f"{name}={value}" for name, value in values.items() if value]
    flags = {
        "--headless": args.headless or args.find_capacity,
        "--find-capacity": args.find_capacity,
        "--help": args.locust_help,
    }
    words += [name for name, is_set in flags.items() if is_set]
    return [*words, *args.locust_arguments]


def command(given: Sequence[str]) -> list[str]:
    """Return the command that runs Locust with the callers of this package.

    Args:
        given: Options of Locust. The default of `--stop-timeout` is 3 seconds; without
            web interface, that of `--loglevel` is WARNING.
    """
    if {"--help", "-h"} & set(given):
        return [sys.executable, "-c", _HELP, *given]
    locustfile = Path(__file__).with_name("locustfile.py")
    words = [sys.executable, "-m", "locust", "-f", str(locustfile)]
    if not any(word.startswith(("--stop-timeout", "-s")) for word in given):
        words += ["--stop-timeout", "3"]
    if "--headless" in given and not any(
        word.startswith(("--loglevel", "-L", "--logfile")) for word in given
    ):
        words.append("--loglevel=WARNING")
    return [*words, *given]


def environment() -> dict[str, str]:
    """Return the environment for Locust, with monkey patching disabled."""
    given = {
        name: value
        for name, value in os.environ.items()
        # An empty variable is unset.
        if value or not name.startswith(("AZURE_VOICELIVE_", "VOICELIVE_"))
    }
    return {**given, "LOCUST_SKIP_MONKEY_PATCH": "1"}


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
