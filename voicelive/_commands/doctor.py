"""`voicelive doctor`: what works on this machine, and whether a service answers."""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from voicelive._commands.display import Display
from voicelive._commands.runner import UsageError, run_command
from voicelive._commands.service import (
    ENVIRONMENT,
    ServiceOptions,
    add_connection_arguments,
    credential_source,
    parse_service_options,
    with_endpoint,
)
from voicelive_core.command_line.argument_types import seconds
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import CommandParser
from voicelive_core.command_line.style import Style

if TYPE_CHECKING:
    from voicelive._commands.diagnosis.check import Check, Status

_COMMAND = "voicelive doctor"

_WIDTH = 80
_STATUS_WIDTH = 10
_NAME_WIDTH = 18
_COLOURS = {
    "ok": "green",
    "warning": "yellow",
    "absent": "dim",
    "failed": "red",
    "skipped": "dim",
}


def add_arguments(parser: CommandParser) -> None:
    """Add the options of the command to a parser."""
    parser.describe(
        "Check what works here and whether a service answers: versions, extras and "
        "audio devices, then name lookup, TCP, TLS, the handshake with key and model, "
        "and the begin of a session. Each problem comes with advice. Keys and tokens "
        "are never shown. Without an endpoint, a mock service is checked.",
        examples=(
            "voicelive doctor",
            "voicelive doctor --endpoint https://<resource>.services.ai.azure.com",
            "voicelive doctor --json",
        ),
        notes=ENVIRONMENT,
        exit_codes=(
            ExitCode.FAILED,
            ExitCode.NO_CONNECTION,
            ExitCode.UNAUTHORIZED,
            ExitCode.TIMEOUT,
            ExitCode.NOT_INSTALLED,
        ),
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object instead of text"
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=10.0,
        metavar="SECONDS",
        help="time limit of each check of the service (default: %(default)g)",
    )
    add_connection_arguments(parser)
    parser.set_defaults(voice=None, instructions=None, transcription=None)


def run(args: argparse.Namespace) -> int:
    """Run the checks.

    Args:
        args: Parsed options of `add_arguments`.

    Returns:
        The exit code: that of the first failure.
    """
    from voicelive._commands.diagnosis.check import exit_code_of

    service, problem = _service(args)
    secret = "" if service is None else service.secret
    # The note about the mock service is part of the report.
    display = Display(_COMMAND, transcript=not args.json, secret=secret)
    report = _Report(display, as_json=args.json)

    async def check() -> None:
        report.progress()
        async for item in _checks(args, service, problem, display):
            report.add(item)

    code = run_command(check, display)
    if code == ExitCode.OK:
        report.finish()
        code = exit_code_of(report.checks)
    return code


def _service(args: argparse.Namespace) -> tuple[ServiceOptions | None, str]:
    """Return the options of the service, or the problem with them."""
    try:
        return parse_service_options(args), ""
    except UsageError as error:
        return None, str(error)


async def _checks(
    args: argparse.Namespace,
    service: ServiceOptions | None,
    problem: str,
    display: Display,
) -> AsyncIterator[Check]:
    # Deferred import, to keep `--help` fast.
    from voicelive._commands.diagnosis.check import Check, Status
    from voicelive._commands.diagnosis.connection import ServiceChecks
    from voicelive._commands.diagnosis.installation import check_installation

    async for check in check_installation():
        yield check
    if service is None:
        yield Check(
            *("service", "options", Status.FAILED, problem),
            exit_code=ExitCode.USAGE,
        )
        return
    yield Check("service", "options", *_described(service, args))
    async with with_endpoint(service, display) as service:
        async for check in ServiceChecks(service, args.timeout).run():
            yield check


def _described(
    service: ServiceOptions, args: argparse.Namespace
) -> tuple[Status, str, str]:
    """Return status, detail and advice of the options."""
    from voicelive._commands.diagnosis.check import Status
    from voicelive._transport.url import without_query
    from voicelive_protocol import API_VERSIONS, DEFAULT_API_VERSION

    version = service.api_version or DEFAULT_API_VERSION
    endpoint, credential = "mock service in this process", "its key"
    if service.endpoint is not None:
        endpoint = without_query(service.endpoint)
        credential = credential_source(args)
    target = f"model {service.model}"
    if service.agent is not None:
        target = f"agent {service.agent} of project {service.project}"
    detail = f"{endpoint}, {credential}, {target}, API version {version}"
    if version not in API_VERSIONS:
        advice = f"this package knows the API versions {', '.join(API_VERSIONS)}"
        return Status.WARNING, detail, advice
    return Status.OK, detail, ""


class _Report:
    """Prints the checks as they are made, or all of them as JSON.

    Attributes:
        checks: The checks so far, without secrets.
    """

    def __init__(self, display: Display, *, as_json: bool) -> None:
        self.checks: list[Check] = []
        self._display = display
        self._as_json = as_json
        self._style = Style(sys.stdout)
        columns = min(_WIDTH, shutil.get_terminal_size().columns)
        indent = 2 + _STATUS_WIDTH + _NAME_WIDTH
        self._width = max(columns - indent - 1, 20)
        self._indent = " " * indent

    def add(self, check: Check) -> None:
        """Add a check."""
        from dataclasses import replace

        check = replace(
            check,
            detail=self._display.clean(check.detail),
            advice=self._display.clean(check.advice),
        )
        is_first = all(other.group != check.group for other in self.checks)
        self.checks.append(check)
        if self._as_json:
            return
        if is_first:
            gap = "\n" if len(self.checks) > 1 else ""
            self._display.show(f"{gap}{self._style(check.group, 'bold')}")
        took = ""
        if check.milliseconds is not None:
            took = f" ({check.milliseconds:.0f}\N{NO-BREAK SPACE}ms)"
        first, *rest = self._wrapped(f"{check.detail}{took}") or [""]
        status = self._style(f"{check.status:<{_STATUS_WIDTH}}", _COLOURS[check.status])
        self._display.show(f"  {status}{check.name:<{_NAME_WIDTH}}{first}".rstrip())
        for line in rest:
            self._display.show(f"{self._indent}{line}")
        advice = self._wrapped(check.advice and f"-> {check.advice}", "   ")
        for line in advice:
            self._display.show(f"{self._indent}{self._style(line, 'cyan')}")
        self.progress()

    def progress(self) -> None:
        """Show on a terminal that a check is running."""
        if not self._as_json:
            self._display.redraw(self._style("  checking ...", "dim"))

    def _wrapped(self, text: str, indent: str = "") -> list[str]:
        lines = textwrap.wrap(
            text, self._width, subsequent_indent=indent, break_on_hyphens=False
        )
        return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]

    def finish(self) -> None:
        """Print the summary, or the JSON object."""
        from voicelive._commands.diagnosis.check import Status, exit_code_of

        code = exit_code_of(self.checks)
        if self._as_json:
            self._display.raw(self._json(code))
            return
        failed = sum(check.status is Status.FAILED for check in self.checks)
        text = self._style("No problem was found.", "bold", "green")
        if failed:
            noun = "check" if failed == 1 else "checks"
            text = self._style(f"{failed} {noun} failed", "bold", "red")
            text += f", exit code {code:d}."
        self._display.show(f"\n{text}")

    def _json(self, code: ExitCode) -> str:
        from voicelive._version import __version__
        from voicelive_protocol import encode

        checks = [
            {
                "group": check.group,
                "name": check.name,
                "status": check.status,
                "detail": check.detail,
                "advice": check.advice,
                "milliseconds": check.milliseconds and round(check.milliseconds, 1),
            }
            for check in self.checks
        ]
        whole = {"version": __version__, "exit_code": int(code), "checks": checks}
        return encode(whole).decode()
