"""Report of a run: a self-contained HTML page, and JSON."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

import msgspec
from jinja2 import Environment, StrictUndefined

from voicelive_loadtest.results.charts import make_charts
from voicelive_loadtest.results.run_result import RunResult, write_atomically
from voicelive_loadtest.results.series import DataPoint
from voicelive_loadtest.results.table import COLUMNS, overview, rows
from voicelive_loadtest.results.thresholds import ThresholdState
from voicelive_loadtest.results.verdict import RunExitCode, Verdict
from voicelive_protocol import encode, parse

_TONES = {
    ThresholdState.KEPT: "good",
    ThresholdState.BROKEN: "bad",
    ThresholdState.UNMEASURED: "odd",
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Report of a run.

    Attributes:
        about: Purpose of the run, in one line.
        facts: Time, endpoint, settings and machine.
        verdict: Verdict of the run.
        waiting: Name of the statistic with the response latency.
        over_time: Data points over time.
        by_calls: Data points by the number of open calls.
        result: The measurements.
    """

    about: str
    facts: dict[str, str]
    verdict: Verdict
    waiting: str
    over_time: list[DataPoint]
    by_calls: list[DataPoint]
    result: RunResult

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write `report.html` and `report.json`.

        Args:
            folder: Target directory; created if missing.

        Returns:
            The paths of both files, the page first.

        Raises:
            OSError: A file cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        page, data = folder / "report.html", folder / "report.json"
        write_atomically(data, encode(self, indent=2))
        write_atomically(page, render(self).encode())
        return page, data


def read_report(path: Path) -> Report:
    """Read a `report.json`.

    Raises:
        OSError: The file cannot be read.
        msgspec.DecodeError: The file is not a report.
    """
    return parse(path.read_bytes(), Report)


def render(report: Report) -> str:
    """Return the HTML page of a report."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["figure"] = _figure
    package = files("voicelive_loadtest")
    source = package / "templates" / "report.html.jinja"
    library = (package / "vendor" / "uplot" / "uPlot.iife.min.js").read_text("utf-8")
    script = (package / "templates" / "report.js").read_text("utf-8")
    style = (package / "vendor" / "uplot" / "uPlot.min.css").read_text("utf-8")
    charts = make_charts(report.over_time, report.by_calls, report.waiting)
    verdict, result = report.verdict, report.result
    failures = result.failures_by_reason()
    return environment.from_string(source.read_text("utf-8")).render(
        about=report.about,
        facts=report.facts,
        verdict=verdict,
        capacity=str(verdict.capacity),
        tone="good" if verdict.code is RunExitCode.OK else "bad",
        tones=_TONES,
        waiting=report.waiting,
        charts=charts,
        # A script element ends at the first "</", also within a string.
        chart_data=encode(charts).decode().replace("<", "\\u003c"),
        library=library,
        script=script,
        style=style,
        hashes=" ".join(map(_script_hash, (library, script))),
        overview=overview(result),
        columns=COLUMNS,
        rows=rows(result.intervals, failures),
        result=result,
    )


def _script_hash(script: str) -> str:
    """Return the source expression of an inline script, for a content policy."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    digits = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return f"{digits} {unit}".strip()
