"""Text summary printed at the end of a run: one table, verdict and capacity."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from voicelive_loadtest.callers.samples import GENERATOR
from voicelive_loadtest.results.report import Report
from voicelive_loadtest.results.table import Row, overview, rows
from voicelive_loadtest.results.thresholds import ThresholdState
from voicelive_loadtest.results.verdict import RunExitCode

Style = Callable[..., str]
"""Returns a text in colours, as `voicelive_core.command_line.style.Style` does."""

_WIDTH = 80
_MARKS = {
    ThresholdState.KEPT: "ok",
    ThresholdState.BROKEN: "BROKEN",
    ThresholdState.UNMEASURED: "--",
}
_TONES = {
    ThresholdState.KEPT: "green",
    ThresholdState.BROKEN: "red",
    ThresholdState.UNMEASURED: "yellow",
}
_SHOWN_COUNTERS = ("close.", "error.", "refused.")
_FIGURES = ("p50", "p95", "p99", "max")


def summarize(
    report: Report, paths: Sequence[Path] = (), *, style: Style | None = None
) -> str:
    """Return the summary as text, in lines of at most 80 columns.

    Args:
        report: The report of the run.
        paths: Files with further details.
        style: Colours; none by default.
    """
    lines = _lines(report, paths, style or _plain)
    return "\n".join(["", *lines, ""])


def _plain(text: str, *names: str) -> str:
    return text


def _lines(report: Report, paths: Sequence[Path], style: Style) -> Iterator[str]:
    verdict, result = report.verdict, report.result
    yield from _wrapped(f"{overview(result)}; times in ms")
    yield ""
    perceived = {
        interval: times
        for interval, times in result.intervals.items()
        if interval not in GENERATOR
    }
    table = rows(perceived, result.failures_by_reason())
    yield from _table(table, style)
    yield ""
    for failure in result.failures:
        text = f"failed: {failure.count} x {failure.interval}: {failure.reason}"
        yield from _wrapped(text)
    for name, count in result.counters.items():
        if name.startswith(_SHOWN_COUNTERS) and not name.startswith("close.local.1000"):
            yield f"{name}: {count}"
    for process, health in sorted(result.generators.items()):
        yield from _wrapped(f"generator {process}: {health.summary()}")
    for step in verdict.steps:
        yield from _wrapped(f"step of {step.callers} callers: {step.outcome}")
    for finding in verdict.findings:
        mark = style(f"{_MARKS[finding.state]:>6}", _TONES[finding.state])
        yield from _wrapped(f"{mark}  {finding}")
    for reason in verdict.invalid:
        yield from _wrapped(f"INVALID: {reason}")
    tone = "green" if verdict.code is RunExitCode.OK else "red"
    yield style(f"{verdict.headline} (exit code {int(verdict.code)})", "bold", tone)
    for number, line in enumerate(_wrapped(str(verdict.capacity))):
        yield style(line, "bold") if not number else line
    if verdict.capacity.confidence:
        yield from _wrapped(f"confidence {verdict.capacity.confidence}")
    for path in paths:
        yield f"report: {path}"


def _table(table: Sequence[Row], style: Style) -> Iterator[str]:
    width = max((len(row.statistic) for row in table), default=0)
    head = "".join(f"{name:>8}" for name in ("count", "failed", *_FIGURES))
    yield style(f"{'':{width}}{head}", "bold")
    few = False
    for row in table:
        cells = "".join(f"{_cell(row, name):>8}" for name in _FIGURES)
        failed = style(f"{row.failed:>8}", *(["red"] if row.failed else []))
        yield f"{row.statistic:{width}}{row.times.count:>8}{failed}{cells}"
        few = few or row.has_few_samples
    if few:
        yield from _wrapped(
            "* too few samples for this percentile (below 20 for p95, 100 for p99): it "
            "is close to the maximum"
        )


def _cell(row: Row, name: str) -> str:
    if not row.times.count:
        return "-"
    mark = "*" if row.is_uncertain(name) else ""
    figure = row.figure(name)
    return f"{figure:.0f}{mark}" if figure >= 100 else f"{figure:.1f}{mark}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent="    ", break_long_words=False)
