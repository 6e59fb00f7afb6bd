"""Command line: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import (
    account,
    codec,
    imports,
    load,
    mock,
    receive,
    report,
    test_cost,
)
from benchmarks.lab import FULL, QUICK, Lab
from benchmarks.results import Figure, Row
from tools.official_sdk import SdkUnavailable

_MEASUREMENTS: dict[str, Callable[[Lab], Iterator[Row | Figure]]] = {
    "codec": codec.measure,
    "receive": receive.measure,
    "import": imports.measure,
    "test": test_cost.measure,
    "mock": mock.measure,
    "load": load.measure,
    "account": account.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print all rows.

    Returns:
        Exit code: 1 if an expectation is missed, 2 if a reference is missing.
    """
    options = _parse(arguments)
    rows: list[Row | Figure] = []
    try:
        lab = Lab(QUICK if options.quick else FULL)
    except SdkUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    with lab:
        facts = report.machine(lab)
        print(report.describe(facts), end="\n\n")
        print(report.HEADINGS, flush=True)
        try:
            for name in options.only or _MEASUREMENTS:
                for row in _MEASUREMENTS[name](lab):
                    rows.append(row)
                    print(report.line(row), flush=True)
        except SdkUnavailable as error:
            print(error, file=sys.stderr)
            return 2
    results = report.as_dict(facts, rows)
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    return 0 if options.no_fail or results["expectations_met"] else 1


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure voicelive against azure-ai-voicelive and bare libraries, "
        "the mock service against aimock and bare servers, and the load generator "
        "against minimal ones.",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=_MEASUREMENTS,
        help="run only this benchmark; can be repeated",
    )
    parser.add_argument(
        "--quick", action="store_true", help="measure for a few seconds"
    )
    parser.add_argument(
        "--no-fail",
        action="store_true",
        help="exit with 0 even if an expectation is missed",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write the results as JSON"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
