"""Plots as inline SVG without fonts and background, for light and dark pages."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voicelive_loadtest.results.series import DataPoint, columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Placeholder for `currentColor`, which Matplotlib does not support.
_TEXT = "#010203"
# Legible on white and on black.
_BLUE, _ORANGE, _RED, _GREEN, _GREY = (
    "#3987e5",
    "#d9822b",
    "#d64550",
    "#2f9e63",
    "#8a8f98",
)
_WIDTH, _HEIGHT = 7.6, 2.7


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot.

    Attributes:
        title: Title.
        alt: Text alternative with the main figures.
        svg: The SVG element.
    """

    title: str
    alt: str
    svg: str


def draw_all(
    time: Sequence[DataPoint], calls: Sequence[DataPoint], latency: str
) -> list[Plot]:
    """Draw the plots of a report.

    Args:
        time: Data points over time.
        calls: Data points by the number of open calls.
        latency: Name of the statistic of the points' times.
    """
    if not time:
        return []
    plots = [
        _plot(
            f"{latency.capitalize()}, over time",
            _range(time, latency),
            lambda axes: _latency_over_time(axes, time),
        ),
        _plot(
            "Callers and open calls, over time",
            f"At most {max(p.callers for p in time)} callers and "
            f"{max(p.calls for p in time)} open calls.",
            lambda axes: _callers_and_calls(axes, time),
        ),
        _plot(
            "Failures and gaps, over time",
            f"{sum(p.failed for p in time)} calls and turns failed, "
            f"{sum(p.with_gaps for p in time)} answers had gaps.",
            lambda axes: _failures(axes, time),
        ),
        _plot(
            "Load generator, over time",
            f"At most {max(p.cpu for p in time):.0%} of a core was used.",
            lambda axes: _generator(axes, time),
        ),
    ]
    if len(calls) > 1:
        plots[:0] = [
            _plot(
                f"{latency.capitalize()}, by open calls",
                _range(calls, latency),
                lambda axes: _latency_by_calls(axes, calls),
            ),
            _plot(
                "Errors and gaps, by open calls",
                "Shares by open calls: "
                + ", ".join(f"{p.calls}: {_rate(p):.1f} %" for p in calls)
                + " failed.",
                lambda axes: _failures_by_calls(axes, calls),
            ),
        ]
    return plots


def _latency_over_time(axes: Axes, points: Sequence[DataPoint]) -> None:
    at = columns(points, "at")
    axes.plot(at, columns(points, "p50"), color=_BLUE, label="p50", **_DOTS)
    axes.plot(at, columns(points, "p95"), color=_ORANGE, label="p95", **_DOTS)
    _label(axes, "seconds", "ms")


def _callers_and_calls(axes: Axes, points: Sequence[DataPoint]) -> None:
    at = columns(points, "at")
    axes.step(
        at, columns(points, "callers"), color=_GREY, label="callers", where="post"
    )
    axes.step(at, columns(points, "calls"), color=_BLUE, label="calls", where="post")
    _label(axes, "seconds", "")


def _failures(axes: Axes, points: Sequence[DataPoint]) -> None:
    at = columns(points, "at")
    width = points[0].seconds
    axes.bar(at, columns(points, "failed"), width, color=_RED, label="failed")
    axes.bar(
        at,
        columns(points, "with_gaps"),
        width,
        bottom=columns(points, "failed"),
        color=_ORANGE,
        label="answers with gaps",
    )
    _label(axes, "seconds", "")


def _generator(axes: Axes, points: Sequence[DataPoint]) -> None:
    at = columns(points, "at")
    axes.plot(
        at, columns(points, "late_p99"), color=_BLUE, label="frames late, p99 [ms]"
    )
    axes.plot(at, columns(points, "lag_p99"), color=_GREEN, label="loop late, p99 [ms]")
    percents = [100 * share for share in columns(points, "cpu")]
    axes.plot(at, percents, color=_GREY, label="CPU [%]")
    _label(axes, "seconds", "")


def _latency_by_calls(axes: Axes, points: Sequence[DataPoint]) -> None:
    calls = columns(points, "calls")
    axes.plot(calls, columns(points, "p50"), color=_BLUE, label="p50", **_DOTS)
    axes.plot(calls, columns(points, "p95"), color=_ORANGE, label="p95", **_DOTS)
    _label(axes, "open calls", "ms")


def _failures_by_calls(axes: Axes, points: Sequence[DataPoint]) -> None:
    calls = columns(points, "calls")
    failed = [_rate(point) for point in points]
    gaps = [_share(point.with_gaps, point.heard) for point in points]
    axes.plot(calls, failed, color=_RED, label="failed", **_DOTS)
    axes.plot(calls, gaps, color=_ORANGE, label="answers with gaps", **_DOTS)
    _label(axes, "open calls", "%")


_DOTS: dict[str, Any] = {"marker": "o", "markersize": 3}


def _label(axes: Axes, x_label: str, y_label: str) -> None:
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    # From 0, with a margin at the top so that a flat line is not cut off.
    axes.set_ylim(0, max(1.0, 1.08 * axes.get_ylim()[1]))
    axes.legend(
        frameon=False, fontsize=8, ncols=3, loc="lower left", bbox_to_anchor=(0, 1)
    )


def _rate(point: DataPoint) -> float:
    return _share(point.failed, point.tried)


def _share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _range(points: Sequence[DataPoint], latency: str) -> str:
    found = [point.p95 for point in points if point.p95 is not None]
    if not found:
        return f"No {latency} was measured."
    return f"The 95th percentile is between {min(found):.0f} and {max(found):.0f} ms."


def _plot(title: str, alt: str, draw: Callable[[Axes], None]) -> Plot:
    """Draw a plot in the style of the page."""
    # Imported here because it takes half a second.
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    look: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": title,
        "font.family": "sans-serif",
        "font.size": 9,
        "text.color": _TEXT,
        "axes.edgecolor": _TEXT,
        "axes.labelcolor": _TEXT,
        "xtick.color": _TEXT,
        "ytick.color": _TEXT,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": _GREY,
        "grid.alpha": 0.3,
    }
    with rc_context(look):
        figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        out = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(out, format="svg", transparent=True, metadata=nothing)
    return Plot(title, alt, _inline(out.getvalue(), f"{title}. {alt}"))


def _inline(svg: str, label: str) -> str:
    """Turn an SVG file into a labelled element without prologue and fixed size."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2)
    svg = svg.replace(_TEXT, "currentColor")
    name = html.escape(label, quote=True)
    return svg.replace("<svg", f'<svg role="img" aria-label="{name}"', 1)
