"""Entry point of `make load`: a load test, by default against a mock service."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from voicelive_core.command_line.argument_types import at_least
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import CommandParser, print_error
from voicelive_core.command_line.variables import API_KEY
from voicelive_loadtest.cli import EXIT_CODES, command, environment, take_secrets
from voicelive_loadtest.launch import processes_for, run_locust, run_with_mock
from voicelive_loadtest.locust.profile import ProfileError, load_profile
from voicelive_loadtest.locust.profile_shapes import most_users
from voicelive_loadtest.mock import usable_cores

_COMMAND = "python -m voicelive_loadtest"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a load test with a profile and without Locust's web interface.

    Args:
        argv: Command-line arguments; by default `sys.argv[1:]`.

    Returns:
        The exit code.
    """
    given, secrets = take_secrets(sys.argv[1:] if argv is None else argv)
    options = _parse(given)
    try:
        profile = load_profile(options.profile)
    except ProfileError as error:
        print_error(_COMMAND, f"--profile: {error}")
        return ExitCode.USAGE
    users = options.users or (most_users(profile.shape) if profile.shape else 1)
    variables = {**environment(), **secrets}

    def words(endpoint: str, cores: Sequence[int]) -> list[str]:
        return _locust(options, endpoint, processes_for(users, cores))

    if options.endpoint:
        cores = usable_cores()
        return run_locust(words(options.endpoint, cores), variables, cores)
    return run_with_mock(_COMMAND, words, variables, users)


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = CommandParser(_COMMAND)
    parser.describe(
        "Run a load test with a profile and without a web interface. Other options go "
        "to Locust: see voicelive load --help.",
        examples=(f"{_COMMAND} --profile steps --users 200",),
        exit_codes=EXIT_CODES,
    )
    parser.pass_on_unknown("further")
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        help=f"URL of the resource, with its key in {API_KEY}; by default "
        "a mock service is started",
    )
    parser.add_argument(
        "--profile",
        default="quick",
        help="profile name or TOML file (default: %(default)s)",
    )
    parser.add_argument("--users", type=at_least(1), help="maximum number of callers")
    parser.add_argument("--run-time", help="duration, such as 60s, 5m or 1h30m")
    parser.add_argument(
        "--report",
        default="out/load",
        help="directory of the report (default: %(default)s)",
    )
    args: argparse.Namespace = parser.parse_args(argv)
    return args


def _locust(options: argparse.Namespace, endpoint: str, processes: int) -> list[str]:
    words = [
        f"--host={endpoint}",
        f"--load-profile={options.profile}",
        f"--report={options.report}",
        "--headless",
    ]
    if options.users:
        words.append(f"--users={options.users}")
    if options.run_time:
        words.append(f"--run-time={options.run_time}")
    if processes > 1:
        words.append(f"--processes={processes}")
    return command([*words, *options.further])


if __name__ == "__main__":
    sys.exit(main())
