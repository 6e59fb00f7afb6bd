"""Command-line options that this package adds to Locust."""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import print_error
from voicelive_core.command_line.variables import API_VERSION, DEFAULT_MODEL, MODEL
from voicelive_loadtest.callers.health import HealthLimits
from voicelive_loadtest.callers.settings import CallSettings
from voicelive_loadtest.callers.speech import Speech, load_speech, shipped_speech
from voicelive_loadtest.variables import SECRET_OPTIONS
from voicelive_protocol import DEFAULT_API_VERSION

THIS_MACHINE = "127.0.0.1"
COMMAND = "voicelive load"


def add_options(parser: LocustArgumentParser) -> None:
    """Add the options to Locust's parser."""

    def add(name: str, help_text: str, **options: Any) -> None:
        variable = f"VOICELIVE_LOAD_{name.upper().replace('-', '_')}"
        options = {"env_var": variable, "help": help_text, **options}
        parser.add_argument(f"--{name}", **options)

    # Locust names the module or script that runs it.
    parser.prog = COMMAND
    parser.add_argument(
        "--endpoint",
        dest="host",
        include_in_web_ui=False,
        help=argparse.SUPPRESS,
        default=argparse.SUPPRESS,
    )
    # Option values are shown in the web interface and sent to workers.
    for option in SECRET_OPTIONS:
        parser.add_argument(
            option,
            action=_RefuseSecret,
            include_in_web_ui=False,
            help=argparse.SUPPRESS,
            default=argparse.SUPPRESS,
        )
    # Neither the web interface nor the port for workers has authentication.
    parser.set_defaults(web_host=THIS_MACHINE, master_bind_host=THIS_MACHINE)
    add("model", "Model name", env_var=MODEL, default=DEFAULT_MODEL)
    add(
        "api-version",
        "API version",
        env_var=API_VERSION,
        default=DEFAULT_API_VERSION,
    )
    add(
        "journeys",
        "Journeys with weights, such as short_question=3,barge_in=1; by default all",
        default="",
    )
    add("turns", "Turns of a long call", type=int, default=3)
    add(
        "speech",
        "Directory of WAV files to speak instead of the built-in ones",
        default="",
    )
    add("think", "Seconds between an answer and the next turn", type=float, default=0.5)
    add("pause", "Seconds between two calls of a caller", type=float, default=1.0)
    add("tool", "Duration of a tool call in seconds", type=float, default=2.0)
    add(
        "turn-limit",
        "Time limit of a turn in seconds",
        type=float,
        default=30.0,
    )
    add(
        "skip-check",
        "Start without checking key, endpoint and model by a call first",
        action="store_true",
        default=False,
        include_in_web_ui=False,
    )
    limits = HealthLimits()
    add(
        "most-lateness",
        "Limit in milliseconds for the 99th percentile of frame delay and event loop "
        "lag, beyond which the run is invalid",
        type=float,
        default=limits.send_lateness_ms,
    )
    add(
        "most-cpu",
        "Limit for the CPU usage of a process, beyond which the run is invalid",
        type=float,
        default=limits.cpu,
    )
    add(
        "result-file",
        "JSON file for all measurements",
        default="",
        include_in_web_ui=False,
    )
    add(
        "prometheus-port",
        "Port for Prometheus metrics, 0 to disable",
        type=int,
        default=0,
        include_in_web_ui=False,
    )
    add(
        "prometheus-host",
        "Address for Prometheus metrics; by default 127.0.0.1, * for all",
        default=THIS_MACHINE,
        include_in_web_ui=False,
    )


class _RefuseSecret(argparse.Action):
    """Reject an option with a secret, without showing it."""

    def __call__(self, *_: object) -> NoReturn:
        """Reject the option.

        Raises:
            ArgumentError: Always.
        """
        variable = SECRET_OPTIONS[self.option_strings[0]]
        text = f"set the environment variable {variable} instead"
        raise argparse.ArgumentError(self, text)


def exit_with_error(reason: str, code: ExitCode = ExitCode.USAGE) -> NoReturn:
    """Print an error and exit.

    Args:
        reason: Error message.
        code: Exit code.

    Raises:
        SystemExit: Always.
    """
    print_error(COMMAND, reason)
    raise SystemExit(code)


def set_error_exit_code(environment: Environment) -> None:
    """Set the exit code for errors, unless another one is set."""
    if not environment.process_exit_code:
        environment.process_exit_code = ExitCode.USAGE


def settings_from(
    options: argparse.Namespace,
    *,
    endpoint: str,
    api_key: str,
    proxy: str | None = None,
) -> CallSettings:
    """Return the settings of the callers.

    Args:
        options: Parsed options of Locust.
        endpoint: URL of the service.
        api_key: API key.
        proxy: URL of an HTTP proxy; None for the proxy of the environment.

    Raises:
        ValueError: An option has an invalid value.
        OSError: A speech file cannot be read.
    """
    return CallSettings(
        endpoint=endpoint,
        api_key=api_key,
        proxy=proxy,
        model=options.model,
        api_version=options.api_version,
        speech=_speech(options.speech),
        turns=options.turns,
        turn_limit=options.turn_limit,
        think=options.think,
        pause=options.pause,
        tool=options.tool,
    )


def limits_from(options: argparse.Namespace) -> HealthLimits:
    """Return the limits of the generator."""
    return HealthLimits(
        send_lateness_ms=options.most_lateness,
        loop_lag_ms=options.most_lateness,
        cpu=options.most_cpu,
    )


@cache
def _speech(folder: str) -> Speech:
    return load_speech(Path(folder)) if folder else shipped_speech()
