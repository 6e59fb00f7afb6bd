"""Progress of a run on the console: a live display, or lines without a terminal."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import gevent

from voicelive_core.command_line.streams import write_error
from voicelive_core.command_line.style import is_live
from voicelive_loadtest.results.progress import (
    RECENT_SECONDS,
    Progress,
    clock,
    ms,
    progress_header,
    progress_line,
)

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live

_LIVE_SECONDS = 0.5
_LINE_SECONDS = 5.0
_LINES_PER_HEADER = 20


class LiveView:
    """Shows the progress of a run on standard error.

    Args:
        title: Profile and endpoint.
        measure: Returns the current figures.
    """

    def __init__(self, title: str, measure: Callable[[], Progress]) -> None:
        self._title = title
        self._measure = measure
        self._greenlet: gevent.Greenlet | None = None
        self._live: Live | None = None
        self._lines = 0

    def start(self) -> None:
        """Start showing the progress."""
        self._lines = 0
        if is_live(sys.stderr):
            self._live = _start_live()
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Stop showing the progress, and leave the last figures."""
        greenlet, self._greenlet = self._greenlet, None
        if greenlet is None:
            return
        greenlet.kill(block=False)
        if self._live is not None:
            self._live.update(self._panel(self._measure()), refresh=True)
            self._live.stop()
            self._live = None
            _redirect_logs(sys.stderr)

    def note(self, text: str) -> None:
        """Print a line, such as the result of a step."""
        write_error(f"{text}\n")

    def _run(self) -> None:
        while True:
            if self._live is None:
                gevent.sleep(_LINE_SECONDS)
                self._print_line(self._measure())
            else:
                self._live.update(self._panel(self._measure()), refresh=True)
                gevent.sleep(_LIVE_SECONDS)

    def _print_line(self, progress: Progress) -> None:
        if self._lines % _LINES_PER_HEADER == 0:
            if not self._lines:
                self.note(self._title)
            for line in progress_header(progress.waiting):
                self.note(line)
        self._lines += 1
        self.note(progress_line(progress))

    def _panel(self, progress: Progress) -> Group:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        time = clock(progress.elapsed)
        if progress.total and progress.elapsed > progress.total:
            time = f"{time}, finishing turns"
        elif progress.total:
            time = f"{time} of {clock(progress.total)}"
        head = Table.grid(expand=True)
        head.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        head.add_column(justify="right", no_wrap=True)
        head.add_row(Text(self._title, style="bold"), Text(time))
        body = Table.grid(padding=(0, 2))
        body.add_column(style="dim", no_wrap=True)
        body.add_column(no_wrap=True, overflow="ellipsis")
        for name, text in _figures(progress):
            body.add_row(name, text)
        if not progress.total:
            return Group(head, body)
        bar = Table.grid(expand=True)
        done = min(progress.elapsed, progress.total)
        bar.add_row(ProgressBar(total=progress.total, completed=done))
        return Group(head, bar, body)


def _figures(progress: Progress) -> Iterator[tuple[str, str]]:
    yield "callers", f"{progress.callers}, {progress.calls} calls open"
    failed = f"[red]{progress.failed} failed[/red]" if progress.failed else "0 failed"
    yield "turns", f"{progress.turns} finished, {failed} (calls and turns)"
    period = f"(last {RECENT_SECONDS:g} s)"
    yield progress.waiting, f"p50 {ms(progress.p50)}, p95 {ms(progress.p95)} {period}"
    late = f"frames p99 {ms(progress.late)} late, " if progress.late is not None else ""
    yield "generator", f"CPU {progress.cpu:.0%}, {late}loop {ms(progress.lag)}"


def _start_live() -> Live:
    from rich.console import Console
    from rich.live import Live

    live = Live(console=Console(stderr=True), auto_refresh=False)
    live.start()
    # Log lines go above the display, not into it.
    _redirect_logs(sys.stderr)
    return live


def _redirect_logs(stream: object) -> None:
    """Let the handlers of Locust for standard error write to a stream."""
    for name in ("", "locust"):
        for handler in logging.getLogger(name).handlers:
            if type(handler) is logging.StreamHandler:
                handler.setStream(stream)
