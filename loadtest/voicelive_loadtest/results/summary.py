"""Text summary printed at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from voicelive_loadtest.callers.samples import GENERATOR
from voicelive_loadtest.results.report import Report
from voicelive_loadtest.results.table import COLUMNS, rows
from voicelive_loadtest.results.thresholds import ThresholdState, errors

_MARKS = {
    ThresholdState.KEPT: "ok",
    ThresholdState.BROKEN: "BROKEN",
    ThresholdState.UNMEASURED: "--",
}
_SHOWN_COUNTERS = ("close.", "error.", "refused.")


def summarize(report: Report, paths: Sequence[Path] = ()) -> str:
    """Return the summary as text.

    Args:
        report: The report of the run.
        paths: Files with further details.
    """
    return "\n".join(["", *_lines(report, paths), ""])


def _lines(report: Report, paths: Sequence[Path]) -> Iterator[str]:
    verdict, result = report.verdict, report.result
    failed, tried = errors(result)
    calls = sum(n for name, n in result.counters.items() if name.startswith("calls."))
    yield (
        f"{calls} calls in {result.seconds:.0f} s, {failed} of {tried} calls and turns "
        "failed; times in ms"
    )
    yield ""
    perceived = {
        interval: times
        for interval, times in result.intervals.items()
        if interval not in GENERATOR
    }
    table = rows(perceived, result.failures_by_reason())
    width = max((len(str(row["statistic"])) for row in table), default=0)
    yield f"{'':{width}} " + "".join(f"{name:>9}" for name in COLUMNS[1:])
    for row in table:
        cells = "".join(f"{row[name]:>9}" for name in COLUMNS[1:])
        yield f"{row['statistic']:{width}} {cells}"
    yield ""
    for failure in result.failures:
        yield f"failed: {failure.count} x {failure.interval}: {failure.reason}"
    for name, count in result.counters.items():
        if name.startswith(_SHOWN_COUNTERS) and not name.startswith("close.local.1000"):
            yield f"{name}: {count}"
    for process, health in sorted(result.generators.items()):
        yield f"generator {process}: {health.summary()}"
    for step in verdict.steps:
        yield f"step of {step.callers} callers: {'holds' if step.holds else 'too many'}"
    for finding in verdict.findings:
        yield f"{_MARKS[finding.state]:>6}  {finding}"
    for reason in verdict.invalid:
        yield f"INVALID: {reason}"
    yield f"{verdict.headline} (exit code {int(verdict.code)})"
    yield str(verdict.capacity)
    for path in paths:
        yield f"report: {path}"
