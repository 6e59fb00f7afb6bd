"""The report page, its JSON and the summary."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from tools.paths import ROOT
from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.samples import Batch, Histogram, Interval
from voicelive_loadtest.results.charts import Chart, make_charts
from voicelive_loadtest.results.report import Report, read_report, render
from voicelive_loadtest.results.run_info import describe_run
from voicelive_loadtest.results.run_result import make_result
from voicelive_loadtest.results.series import DataPoint, PointTimes
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
        "Statistics",
        "Charts",
        "Environment",
    ]


def test_the_page_is_self_contained(written: tuple[Path, Path]) -> None:
    """No external resources, a policy for its own scripts, and escaped input."""
    text = written[0].read_text("utf-8")
    page = Page(text)
    assert EVIL not in text
    assert EVIL in page.text
    assert not {tag for tag, _ in page.tags} & {"link", "img", "iframe", "base"}
    assert "@import" not in text
    assert "url(" not in text
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert name not in {"href", "src", "action"}, (tag, name, value)
            assert not name.startswith("on"), (tag, name, value)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    hashes = [
        base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()
        for one in scripts
    ]
    policies = [
        one["content"] or ""
        for one in page.all("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(scripts) == 2
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    assert policies == [
        f"default-src 'none'; style-src 'unsafe-inline'; script-src {allowed}"
    ]


def test_charts_are_data_with_a_text_alternative(
    report: Report, written: tuple[Path, Path]
) -> None:
    """Each has a place with a label, and the values that uPlot draws."""
    text = written[0].read_text("utf-8")
    places = [one for one in Page(text).all("div") if "data-chart" in one]
    found = re.search(
        r'<script type="application/json" id="charts">(.*?)</script>', text
    )
    assert found is not None
    charts = msgspec.json.decode(found[1], type=list[Chart])
    assert charts == make_charts(report.over_time, report.by_calls, report.waiting)
    assert [one["data-chart"] for one in places] == [str(n) for n in range(len(charts))]
    for place, chart in zip(places, charts, strict=True):
        assert place["aria-label"] == f"{chart.title}. {chart.alt}"
        assert all(len(one.values) == len(chart.x) for one in chart.series)
    assert charts[0].title == "End of speech to first audio, by open calls"
    assert charts[0].alt == "The 95th percentile is between 1600 and 1800 ms."
    assert 'lang="en"' in text
    assert "prefers-color-scheme: dark" in text


def test_each_kind_of_interval_has_a_chart() -> None:
    """With the statistics that have samples, and gaps where there are none."""
    times = PointTimes(count=3, p50=80, p95=90)
    points = [
        msgspec.structs.replace(
            point(at, 1, None), times={Interval.CONNECT: times} if at else {}
        )
        for at in range(2)
    ]
    charts = {chart.title: chart for chart in make_charts(points, [], "x")}
    connecting = charts["Connecting, over time"]
    assert [one.label for one in connecting.series] == ["connect, p95", "connect, p50"]
    assert [one.values for one in connecting.series] == [[None, 90], [None, 80]]
    assert "Turns, over time" not in charts


def test_there_are_no_empty_charts() -> None:
    """A run without failures and gaps has no chart of them."""
    points = [
        msgspec.structs.replace(point(at, at + 1, 800), failed=0, with_gaps=0)
        for at in range(2)
    ]
    titles = [chart.title for chart in make_charts(points, points, "x")]
    assert not [title for title in titles if "ailures" in title]
    assert make_charts([], [], "x") == []


def test_the_library_of_the_charts_is_the_recorded_one() -> None:
    """Its files are those of the release named in its README."""
    folder = ROOT / "loadtest" / "voicelive_loadtest" / "vendor" / "uplot"
    recorded = dict(
        re.findall(
            r"\| `([\w.]+)` \| `[\w./]+` \| `(\w{64})` \|",
            (folder / "README.md").read_text("utf-8"),
        )
    )
    files = {path.name: path for path in folder.iterdir() if path.name != "README.md"}
    assert {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in files.items()
    } == recorded
    assert "(v1.6.32)" in files["uPlot.iife.min.js"].read_text("utf-8")[:80]


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
