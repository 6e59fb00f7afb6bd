"""Command line arguments of the mock service."""

from __future__ import annotations

import argparse
from pathlib import Path

from voicelive_core.close_codes import can_be_sent
from voicelive_core.command_line.argument_types import (
    at_least,
    between,
    host,
    integer,
    port,
    positive_number,
)
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import CommandParser
from voicelive_mockserver.defaults import (
    DEFAULT_API_KEY,
    DEFAULT_TRANSCRIPT,
    FATAL_CLOSE_CODE,
    VOICES,
)

KEY_VARIABLE = "VOICELIVE_MOCK_API_KEY"
"""The environment variable with the key that clients must present."""

_DEFAULT_PORT = 8765
# Less than the default of `MockServer`: no test reads the journal of a long session.
_JOURNAL_LIMIT = 100
_MAX_WORKERS = 128


def add_arguments(parser: CommandParser) -> None:
    """Add the options of the mock service to a parser.

    Args:
        parser: The parser.
    """
    parser.describe(
        "Run a mock of the Voice Live service. It detects speech, transcribes, replies "
        "with audio, calls functions, and rejects what the service rejects. Ctrl+C "
        "ends it with exit code 0.",
        examples=(
            "voicelive mock",
            "voicelive mock --port 0 --speed inf --log-format json",
            "voicelive mock --scenario weather_tool",
            "voicelive mock --fault close:1011:after=5",
            "voicelive mock --check scenario.yaml",
        ),
        exit_codes=(
            ExitCode.FAILED,
            ExitCode.NOT_INSTALLED,
            ExitCode.CANNOT_LISTEN,
        ),
    )
    parser.add_argument(
        "--host",
        type=host,
        default="127.0.0.1",
        help="address to listen on (default: %(default)s, this machine only)",
    )
    parser.add_argument(
        "--port",
        type=port,
        default=_DEFAULT_PORT,
        help="port to listen on, 0 for a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--api-key",
        metavar="KEY",
        help="key that clients must present (default: the environment variable "
        f"{KEY_VARIABLE}, which is never printed, or {DEFAULT_API_KEY})",
    )
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="additional host name of the service, or site of pages that may use it; "
        "this machine and IP addresses are always allowed; *.NAME for all "
        "subdomains, * for any; can be repeated",
    )
    parser.add_argument(
        "--seed",
        type=integer,
        metavar="N",
        help="seed of identifiers and random numbers (default: that of the scenario, "
        "or 0)",
    )
    parser.add_argument(
        "--speed",
        type=positive_number,
        metavar="N",
        help="speed of time: 1 keeps the delays of the real service, 10 is ten times "
        "as fast, inf has no delays (default: that of the scenario, or 1)",
    )
    parser.add_argument(
        "--transcript",
        metavar="TEXT",
        help="transcript of user speech (default: that of the recording, or "
        f'"{DEFAULT_TRANSCRIPT}")',
    )
    parser.add_argument(
        "--voice",
        choices=VOICES,
        default="auto",
        help="speech synthesizer: built in, eSpeak NG (from voicelive[speech]), or "
        "eSpeak NG if it is installed (default: %(default)s)",
    )
    parser.add_argument(
        "--scenario",
        metavar="FILE",
        help="scripted replies and faults: a file, or the name of an example",
    )
    parser.add_argument(
        "--recording",
        metavar="FILE",
        help="replay the replies of a session that `voicelive record` has recorded",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="FAULT",
        help="injected fault, such as close:1011:after=5; can be repeated",
    )
    parser.add_argument(
        "--check",
        action="append",
        default=[],
        metavar="FILE",
        help="validate a scenario instead of serving; can be repeated",
    )
    parser.add_argument(
        "--workers",
        type=between(1, _MAX_WORKERS),
        default=1,
        metavar="N",
        help="processes that share the port (default: %(default)s)",
    )
    parser.add_argument(
        "--tls-cert",
        type=Path,
        metavar="FILE",
        help="certificate in PEM; enables https and wss",
    )
    parser.add_argument(
        "--tls-key",
        type=Path,
        metavar="FILE",
        help="private key in PEM, if it is not in the certificate file",
    )
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="minimum level of log messages (default: %(default)s)",
    )
    parser.add_argument(
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="log format: text, or one JSON object per line (default: %(default)s)",
    )
    parser.add_argument(
        "--fatal-close-code",
        type=_close_code,
        default=FATAL_CLOSE_CODE,
        metavar="CODE",
        help="close code after fatal errors for which the code of the real service is "
        "unknown (default: %(default)s)",
    )
    parser.add_argument(
        "--require-configuration",
        action=argparse.BooleanOptionalAction,
        help="reject all messages of a session until a session.update was accepted, "
        "like the real service (default: the setting of the scenario, or yes)",
    )
    parser.add_argument(
        "--journal",
        type=at_least(0),
        default=_JOURNAL_LIMIT,
        metavar="N",
        help="frames to record for each of the newest 100 sessions "
        "(default: %(default)s)",
    )


def _fault(text: str) -> str:
    # Deferred import, to keep `--help` fast.
    from voicelive_mockserver.faults import parse_fault

    try:
        parse_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    # The text, not the fault: it is passed to worker processes.
    return text


def _close_code(text: str) -> int:
    code = integer(text)
    if not can_be_sent(code):
        raise argparse.ArgumentTypeError(f"{code} cannot be sent as a close code")
    return code
