"""Result of one check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicelive_core.command_line.exit_codes import ExitCode


class Status(StrEnum):
    """Outcome of a check."""

    OK = "ok"
    WARNING = "warning"
    """Works, but probably not as intended."""
    ABSENT = "absent"
    """Optional and not installed."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not tried, because an earlier check failed."""


@dataclass(frozen=True)
class Check:
    """One check and its outcome.

    Attributes:
        group: `installation` or `service`.
        name: What was checked.
        status: The outcome.
        detail: What was found.
        advice: What to do about it; "" if there is nothing to do.
        milliseconds: Time that it took; None if it is of no interest.
        exit_code: Exit code of a failure.
    """

    group: str
    name: str
    status: Status
    detail: str
    advice: str = ""
    milliseconds: float | None = None
    exit_code: ExitCode = ExitCode.OK


def exit_code_of(checks: list[Check]) -> ExitCode:
    """Return the exit code of the first failure, those of the service first."""
    failed = [check for check in checks if check.status is Status.FAILED]
    failed.sort(key=lambda check: check.group != "service")
    return failed[0].exit_code if failed else ExitCode.OK
