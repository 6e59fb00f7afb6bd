"""Entry point of `make load`: a load test, by default against a mock service."""

from __future__ import annotations

import argparse
import contextlib
import math
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from types import FrameType

from voicelive_loadtest.callers.settings import API_KEY
from voicelive_loadtest.cli import command, environment, take_secrets
from voicelive_loadtest.locust.profile import ProfileError, load_profile
from voicelive_loadtest.locust.profile_shapes import most_users
from voicelive_loadtest.mock import (
    MOCK_KEY,
    MockStartError,
    mock_service,
    pin,
    usable_cores,
)

# Well below the limit of a core, for the generator and for the mock service.
_CALLERS_PER_CORE = 400


def main(argv: Sequence[str] | None = None) -> int:
    """Run a load test with a profile and without Locust's web interface.

    Args:
        argv: Command-line arguments; by default `sys.argv[1:]`.

    Returns:
        The exit code of Locust, see `RunExitCode`; 2 if the test cannot start.
    """
    given, secrets = take_secrets(sys.argv[1:] if argv is None else argv)
    options, further = _parse(given)
    try:
        profile = load_profile(options.profile)
    except ProfileError as error:
        print(error, file=sys.stderr)
        return 2
    users = options.users or (most_users(profile.shape) if profile.shape else 1)
    cores = usable_cores()
    variables = {**environment(), **secrets}
    with contextlib.ExitStack() as stack:
        endpoint: str | None = options.endpoint
        if endpoint is None:
            half = len(cores) // 2
            mock_cores, cores = cores[:half], cores[half:]
            try:
                mock = mock_service(_processes(users, mock_cores), mock_cores)
                endpoint = stack.enter_context(mock)
            except MockStartError as error:
                print(error, file=sys.stderr)
                return 2
            variables[API_KEY] = MOCK_KEY
        words = _locust(options, endpoint, _processes(users, cores))
        return _run([*words, *further], variables, cores)


def _parse(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="python -m voicelive_loadtest",
        description="Run a load test with a profile. Other options go to Locust.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--endpoint",
        help=f"URL of the resource, with its key in {API_KEY}; by default "
        "a mock service is started",
    )
    parser.add_argument(
        "--profile",
        default="quick",
        help="profile name or TOML file (default: %(default)s)",
    )
    parser.add_argument("--users", type=int, help="maximum number of callers")
    parser.add_argument("--run-time", help="duration, such as 60s, 5m or 1h30m")
    parser.add_argument(
        "--report",
        default="out/load",
        help="directory of the report (default: %(default)s)",
    )
    return parser.parse_known_args(argv)


def _locust(options: argparse.Namespace, endpoint: str, processes: int) -> list[str]:
    words = [
        f"--host={endpoint}",
        f"--load-profile={options.profile}",
        f"--report={options.report}",
        "--headless",
        "--only-summary",
        "--loglevel=WARNING",
    ]
    if options.users:
        words.append(f"--users={options.users}")
    if options.run_time:
        words.append(f"--run-time={options.run_time}")
    if processes > 1:
        words.append(f"--processes={processes}")
    return command(words)


def _processes(users: int, cores: Sequence[int]) -> int:
    """Return the number of processes for a number of callers, at most one per core."""
    return max(1, min(len(cores), math.ceil(users / _CALLERS_PER_CORE)))


def _run(words: list[str], variables: dict[str, str], cores: Sequence[int]) -> int:
    """Run Locust and forward signals to it; return its exit code."""
    process = subprocess.Popen(words, env=variables, preexec_fn=pin(cores))
    with process, _forwarded(process):
        code = process.wait()
    # Shell convention for a process that was killed by a signal.
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _forwarded(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Forward SIGTERM to a child process, and leave SIGINT to the terminal."""

    def terminate(number: int, frame: FrameType | None) -> None:
        process.terminate()

    def leave(number: int, frame: FrameType | None) -> None:
        """Ignore: the terminal signals the whole process group."""

    before = (
        signal.signal(signal.SIGTERM, terminate),
        signal.signal(signal.SIGINT, leave),
    )
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


if __name__ == "__main__":
    sys.exit(main())
