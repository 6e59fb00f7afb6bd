"""Options of the callers on Locust's command line, and in its web interface."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from voicelive_loadtest.callers.health import HealthLimits
from voicelive_loadtest.callers.journeys import JOURNEYS, parse_weights
from voicelive_loadtest.callers.settings import (
    API_VERSION,
    DEFAULT_MODEL,
    MODEL,
    SECRET_OPTIONS,
    CallSettings,
)
from voicelive_loadtest.callers.speech import Speech, load_speech, shipped_speech
from voicelive_protocol import DEFAULT_API_VERSION

THIS_MACHINE = "127.0.0.1"
# Locust's own code for errors in the command line and in the test itself.
_ERROR = 2


def add_options(parser: LocustArgumentParser) -> None:
    """Add the options of the callers to Locust's parser."""

    def add(name: str, help_text: str, **options: Any) -> None:
        variable = f"VOICELIVE_LOAD_{name.upper().replace('-', '_')}"
        options = {"env_var": variable, "help": help_text, **options}
        parser.add_argument(f"--{name}", **options)

    # A value here would be shown in the web interface and sent to workers.
    for option in SECRET_OPTIONS:
        parser.add_argument(
            option,
            action=_RefuseSecret,
            include_in_web_ui=False,
            help=argparse.SUPPRESS,
            default=argparse.SUPPRESS,
        )
    # Other machines get to the web interface and to the workers only if they are
    # meant to: neither asks for a password.
    parser.set_defaults(web_host=THIS_MACHINE, master_bind_host=THIS_MACHINE)
    add("model", "Name of the model", env_var=MODEL, default=DEFAULT_MODEL)
    add(
        "api-version",
        "Version of the API",
        env_var=API_VERSION,
        default=DEFAULT_API_VERSION,
    )
    add(
        "journeys",
        "What callers do and how often, as in short_question=3,barge_in=1; by default "
        "everything",
        default="",
    )
    add("turns", "Turns of a long call", type=int, default=3)
    add("speech", "Folder with WAV files to say instead of the own ones", default="")
    add("think", "Seconds between an answer and going on", type=float, default=0.5)
    add("pause", "Seconds between two calls of a caller", type=float, default=1.0)
    add("tool", "Seconds that the tool of a caller takes", type=float, default=2.0)
    add(
        "turn-limit",
        "Seconds after which a turn without an end has failed",
        type=float,
        default=30.0,
    )
    limits = HealthLimits()
    add(
        "most-lateness",
        "Milliseconds that 99 %% of the frames may leave late at most, and the event "
        "loop may be late; beyond, the run is invalid",
        type=float,
        default=limits.send_lateness_ms,
    )
    add(
        "most-cpu",
        "Share of a core that a process may use; beyond, the run is invalid",
        type=float,
        default=limits.cpu,
    )
    add(
        "result-file",
        "Where to write all measurements, as JSON",
        default="",
        include_in_web_ui=False,
    )
    add(
        "prometheus-port",
        "Port on which to serve metrics for Prometheus, 0 for none",
        type=int,
        default=0,
        include_in_web_ui=False,
    )
    add(
        "prometheus-host",
        "Address on which to serve metrics; by default this machine only, * for all",
        default=THIS_MACHINE,
        include_in_web_ui=False,
    )


class _RefuseSecret(argparse.Action):
    """Refuse a secret among the options of Locust, without showing it."""

    def __call__(self, *_: object) -> NoReturn:
        """Refuse the option.

        Raises:
            ArgumentError: Always.
        """
        variable = SECRET_OPTIONS[self.option_strings[0]]
        text = f"set the environment variable {variable} instead"
        raise argparse.ArgumentError(self, text)


def exit_with_error(reason: str) -> NoReturn:
    """End the command because of what it was given.

    Raises:
        SystemExit: Always, with the exit code for wrong options.
    """
    print(f"voicelive load: {reason}", file=sys.stderr)
    raise SystemExit(_ERROR)


def set_error_exit_code(environment: Environment) -> None:
    """Let Locust end with the exit code for an error, unless it has another one."""
    if not environment.process_exit_code:
        environment.process_exit_code = _ERROR


def settings_from(
    options: argparse.Namespace,
    *,
    endpoint: str,
    api_key: str,
    proxy: str | None = None,
) -> CallSettings:
    """Return the settings of the callers.

    Args:
        options: The namespace of Locust's parser.
        endpoint: The address to be called.
        api_key: Its key.
        proxy: URL of an HTTP proxy; None for the choice of the environment.

    Raises:
        ValueError: A value of the options is wrong.
        OSError: The speech cannot be read.
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


def weights_from(options: argparse.Namespace) -> Mapping[str, int]:
    """Return how often each journey takes place.

    Raises:
        ValueError: What the options say about it is wrong.
    """
    if options.journeys:
        return parse_weights(options.journeys)
    return {name: journey.weight for name, journey in JOURNEYS.items()}


def limits_from(options: argparse.Namespace) -> HealthLimits:
    """Return above which a run is invalid."""
    return HealthLimits(
        send_lateness_ms=options.most_lateness,
        loop_lag_ms=options.most_lateness,
        cpu=options.most_cpu,
    )


@cache
def _speech(folder: str) -> Speech:
    return load_speech(Path(folder)) if folder else shipped_speech()
