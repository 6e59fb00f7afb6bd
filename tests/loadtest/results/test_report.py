"""The report page, its JSON and the summary."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.samples import Batch, Histogram, Interval
from voicelive_loadtest.results.report import Report, read_report, render
from voicelive_loadtest.results.run_info import describe_run
from voicelive_loadtest.results.run_result import make_result
from voicelive_loadtest.results.series import DataPoint
from voicelive_loadtest.results.summary import summarize
from voicelive_loadtest.results.thresholds import Finding, ThresholdState
from voicelive_loadtest.results.verdict import (
    Bound,
    Capacity,
    RunExitCode,
    Step,
    Verdict,
)

pytestmark = pytest.mark.slow

EVIL = "<script>alert(1)</script>"


def point(at: int, calls: int, ms: float | None) -> DataPoint:
    """Return the data point of a second."""
    return DataPoint(
        at=at,
        seconds=1,
        callers=calls + 2,
        calls=calls,
        answers=3,
        p50=ms,
        p95=ms and ms * 2,
        failed=1,
        tried=4,
        heard=3,
        with_gaps=1,
        cpu=0.31,
        late_p99=1.5,
        lag_p99=None,
    )


def make_report(about: str = "A test") -> Report:
    """Return the report of a search whose second step failed."""
    times = Histogram()
    times.add(812.0)
    batch = Batch(
        {Interval.SPEECH_TO_AUDIO: times, Interval.SEND_LATENESS: times},
        {(Interval.TURN, "close.1011"): 7},
        {
            "calls.short_question": 3,
            "close.remote.1011": 7,
            "received.error": 9,
            "turns.abandoned": 2,
        },
    )
    health = Health(cpu_seconds=3, wall_seconds=10, cpu_most=0.4)
    findings = [
        Finding(
            name="turn p95",
            limit=2000,
            unit="ms",
            figure=2345.6,
            state=ThresholdState.BROKEN,
        ),
        Finding(
            name="x p50",
            limit=1,
            unit="ms",
            figure=None,
            state=ThresholdState.UNMEASURED,
        ),
    ]
    steps = [
        Step(callers=25, findings=[], generator=[], p50=1, p95=2, failed=0, tried=9),
        Step(
            callers=50,
            findings=findings,
            generator=[],
            p50=None,
            p95=None,
            failed=7,
            tried=9,
        ),
    ]
    capacity = Capacity(bound=Bound.HOLDS, callers=25, because="with 50: turn p95")
    return Report(
        about=about,
        facts=describe_run("https://me:pw@example.test/x", {"Profile": EVIL}),
        verdict=Verdict(
            code=RunExitCode.OK,
            invalid=[],
            findings=findings,
            capacity=capacity,
            steps=steps,
        ),
        waiting=Interval.SPEECH_TO_AUDIO.value,
        over_time=[point(0, 25, 800), point(1, 50, None), point(2, 50, 900)],
        by_calls=[point(0, 20, 800), point(0, 50, 900)],
        result=make_result(batch, {"worker-1": health}, 60.0, []),
    )


class Page(HTMLParser):
    """Tags and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements with a tag."""
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def report() -> Report:
    """A report; shared, since its time makes it differ from any other."""
    return make_report(EVIL)


@pytest.fixture(scope="module")
def written(
    report: Report, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The files of the report."""
    return report.write(tmp_path_factory.mktemp("out") / "deep")


def test_the_page_has_all_results(written: tuple[Path, Path]) -> None:
    """Verdict, capacity, thresholds, steps, statistics, failures, generator, facts."""
    page = Page(written[0].read_text("utf-8"))
    for text in (
        "PASSED",
        "holds 25 callers: with 50: turn p95",
        "2346 ms",
        "2000 ms",
        "broken",
        "not measured",
        "end of speech to first audio",
        "812.0",
        "close.1011",
        "worker-1",
        "30 %",
        "https://example.test/x",
        "locust 2",
    ):
        assert text in page.text, text
    assert "me:pw" not in page.text
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", written[0].read_text("utf-8"))
    assert headings == [
        "Thresholds",
        "Validity",
        "Steps",
        "Plots",
        "Statistics",
        "Environment",
    ]


def test_the_page_is_self_contained(written: tuple[Path, Path]) -> None:
    """No scripts and no external resources, and input is escaped."""
    text = written[0].read_text("utf-8")
    page = Page(text)
    assert EVIL not in text
    assert EVIL in page.text
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe"}
    assert "@import" not in text
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            if name in {"href", "src", "xlink:href", "action"}:
                assert (value or "").startswith("#"), (tag, name, value)
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {
        f"#{one['id']}" for one in page.all("clippath")
    }


def test_plots_are_accessible(written: tuple[Path, Path]) -> None:
    """Each has a label with its figures, and the colour of the surrounding text."""
    text = written[0].read_text("utf-8")
    pictures = re.findall(r"<svg.*?</svg>", text, re.S)
    assert len(pictures) == 6
    names = [ElementTree.fromstring(one).get("aria-label") or "" for one in pictures]
    assert len(set(names)) == 6
    assert names[0].startswith("End of speech to first audio, by open calls. The 95th")
    assert "between 1600 and 1800 ms" in names[0]
    ids = [one["id"] for one in Page(text).all("clippath")]
    assert len(ids) == len(set(ids))
    for picture in pictures:
        assert 'role="img"' in picture
        assert "currentColor" in picture
        assert "#010203" not in picture
        # Text instead of paths, for search, zoom and screen readers.
        assert "<text" in picture
    assert 'lang="en"' in text
    assert "prefers-color-scheme: dark" in text


def test_the_json_has_the_whole_report(
    report: Report, written: tuple[Path, Path]
) -> None:
    """The report that is read from it renders the same page."""
    again = read_report(written[1])
    assert again == report
    assert render(again) == written[0].read_text("utf-8")
    data = msgspec.json.decode(written[1].read_bytes())
    assert data["verdict"]["capacity"]["callers"] == 25


def test_a_run_without_samples_has_a_report() -> None:
    """The page says that nothing was measured."""
    report = msgspec.structs.replace(
        make_report(),
        over_time=[],
        by_calls=[],
        result=make_result(Batch({}, {}, {}), {}, 0.0, []),
    )
    assert "Nothing was measured." in render(report)


def test_the_report_of_an_invalid_run_has_the_reasons() -> None:
    """In the page and in the summary."""
    good = make_report()
    verdict = msgspec.structs.replace(
        good.verdict,
        code=RunExitCode.GENERATOR,
        invalid=["the process used 95% of a core"],
    )
    report = msgspec.structs.replace(good, verdict=verdict, over_time=[], by_calls=[])
    page = Page(render(report))
    assert "INVALID: the generator was the bottleneck" in page.text
    assert "the process used 95% of a core" in page.text
    assert "INVALID: the process used" in summarize(report)


@pytest.mark.parametrize(
    ("count", "marked"), [(19, ["p95", "p99"]), (99, ["p99"]), (100, [])]
)
def test_the_summary_marks_few_samples(count: int, marked: list[str]) -> None:
    """Percentiles with fewer samples than they need."""
    times = Histogram()
    for number in range(count):
        times.add(1000 + number)
    good = make_report()
    result = make_result(Batch({Interval.TURN: times}, {}, {}), {}, 60.0, [])
    text = summarize(msgspec.structs.replace(good, result=result))
    row = next(line for line in text.splitlines() if line.startswith("turn "))
    columns = ("count", "failed", "p50", "p95", "p99", "max")
    figures = dict(zip(columns, row.split()[1:], strict=True))
    assert [name for name in columns if "*" in figures[name]] == marked
    assert ("too few samples" in text) is bool(marked)


def test_the_summary_can_be_coloured() -> None:
    """The verdict is in the colour of its outcome."""
    text = summarize(make_report(), style=lambda text, *names: f"{names}{text}")
    assert "('bold', 'green')PASSED" in text
    assert "('red',)BROKEN" in text


def test_the_summary_ends_with_the_verdict() -> None:
    """After statistics, failures and thresholds; followed by capacity and paths."""
    lines = summarize(make_report(), [Path("out/report.html")]).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[1] == (
        "3 calls in 60 s, 7 of 7 calls and turns failed, 2 turns abandoned; times in ms"
    )
    assert any(line.startswith("end of speech to first audio") for line in lines)
    assert not any("frame sent late" in line for line in lines)
    assert "failed: 7 x turn: close.1011" in lines
    assert "close.remote.1011: 7" in lines
    assert "BROKEN  turn p95: 2346 ms (limit 2000 ms)" in lines
    assert lines[-4:] == [
        "    --  x p50: nothing measured (limit 1 ms)",
        "PASSED (exit code 0)",
        "holds 25 callers: with 50: turn p95",
        "report: out/report.html",
    ]
