"""`voicelive load compare`: compares the reports of two runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from voicelive_core.command_line.argument_types import positive_number
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import CommandParser, print_error
from voicelive_core.command_line.streams import write
from voicelive_core.command_line.style import Style
from voicelive_loadtest.results.comparison import (
    Change,
    ComparedFigure,
    NotARun,
    compare_runs,
    differences,
    read_run,
)

_COMMAND = "voicelive load compare"
_TOLERANCE_PERCENT = 10.0
_TONES = {
    Change.SAME: (),
    Change.BETTER: ("green",),
    Change.WORSE: ("bold", "red"),
    Change.UNCERTAIN: ("dim",),
}


def add_arguments(parser: CommandParser) -> None:
    """Add the options of the command to a parser.

    Args:
        parser: Parser of the command.
    """
    parser.describe(
        "Compare two runs of a load test. The command fails if a figure of the second "
        "run is worse by more than the tolerance. Differences below 10 ms or one "
        "percentage point, and statistics with fewer than 20 samples, are not judged.",
        examples=(
            "voicelive load compare before/report.json after/report.json",
            "voicelive load compare A.json B.json --tolerance 20",
        ),
        exit_codes=(ExitCode.FAILED, ExitCode.THRESHOLD),
    )
    for name, text in (("first", "earlier"), ("second", "later")):
        parser.add_argument(
            name,
            type=Path,
            metavar=f"{text.upper()}.json",
            help=f"report.json or --result-file of the {text} run",
        )
    parser.add_argument(
        "--tolerance",
        type=positive_number,
        default=_TOLERANCE_PERCENT,
        metavar="PERCENT",
        help="allowed change of latencies and capacity (default: %(default)g)",
    )


def run(args: argparse.Namespace) -> int:
    """Print the comparison.

    Args:
        args: Parsed options of `add_arguments`.

    Returns:
        The exit code.
    """
    try:
        first, second = read_run(args.first), read_run(args.second)
    except OSError as error:
        print_error(_COMMAND, f"{error.filename}: {error.strerror}")
        return ExitCode.USAGE
    except NotARun as error:
        print_error(_COMMAND, str(error))
        return ExitCode.USAGE
    for path, stored in ((args.first, first), (args.second, second)):
        if stored.invalid:
            print_error(_COMMAND, f"{path}: the run is invalid: {stored.invalid[0]}")
            return ExitCode.FAILED
    figures = compare_runs(first, second, tolerance=args.tolerance / 100)
    if not figures:
        print_error(_COMMAND, "the runs have no figures in common")
        return ExitCode.FAILED
    for line in differences(first, second):
        write(f"differs: {line}\n")
    style = Style(sys.stdout)
    write("".join(f"{line}\n" for line in _table(figures, style)))
    worse = [figure for figure in figures if figure.change is Change.WORSE]
    tolerance = f"tolerance {args.tolerance:g} %"
    if worse:
        count = f"{len(worse)} figure{'s' if len(worse) > 1 else ''}"
        write(style(f"WORSE: {count} ({tolerance})", "bold", "red") + "\n")
        return ExitCode.THRESHOLD
    write(style(f"not worse ({tolerance})", "bold", "green") + "\n")
    return ExitCode.OK


def _table(figures: Sequence[ComparedFigure], style: Style) -> Iterator[str]:
    width = max(len(figure.name) for figure in figures)
    head = f"{'':{width}}{'before':>12}{'after':>12}{'change':>9}"
    yield style(head, "bold")
    for figure in figures:
        yield (
            f"{figure.name:{width}}{_shown(figure.first, figure.unit):>12}"
            f"{_shown(figure.second, figure.unit):>12}{_ratio(figure):>9}"
            f"  {style(figure.change, *_TONES[figure.change])}"
        )


def _shown(value: float, unit: str) -> str:
    digits = f"{value:.0f}" if value >= 100 or unit == "callers" else f"{value:.1f}"
    return digits if unit == "callers" else f"{digits} {unit}"


def _ratio(figure: ComparedFigure) -> str:
    if figure.unit == "%":
        return f"{figure.second - figure.first:+.1f}"
    if not figure.first:
        return "-"
    return f"{100 * (figure.second / figure.first - 1):+.0f} %"
