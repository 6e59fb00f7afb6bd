"""Voice tabs, report and form fields for the web interface of Locust."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, Response, jsonify, make_response, request
from locust.env import Environment
from locust.web import WebUI

from voicelive_loadtest.locust.run_form import RunForm
from voicelive_loadtest.locust.statistics import Statistics, failures_of, intervals_of
from voicelive_loadtest.results.report import Report, render
from voicelive_loadtest.results.table import COLUMNS, counter_rows, rows, to_csv
from voicelive_loadtest.results.verdict import Verdict
from voicelive_protocol import encode, parse

PAGE = "/voice"
_VERDICT_COLUMNS = ("threshold", "measured", "limit", "verdict")
_Rows = Sequence[Mapping[str, str | int | float]]

# The pages of Locust are a compiled application without a place for links.
_LINK = """\
<a href=".{page}" target="_blank" style="position:fixed;left:1rem;bottom:1rem;\
padding:.5rem .9rem;border-radius:.4rem;background:#1e7f4f;color:#fff;\
font:600 14px system-ui,sans-serif;text-decoration:none;z-index:9">\
Verdict and charts</a>
</body>"""


def extend_web_ui(
    web_ui: WebUI,
    environment: Environment,
    statistics: Statistics,
    form: RunForm,
    verdict: Callable[[], Verdict],
    report: Callable[[], Report],
) -> None:
    """Add three tabs, their tables as CSV, and the report at `/voice`.

    Args:
        web_ui: The web interface.
        environment: The environment of Locust.
        statistics: The measurements.
        form: Settings of the form.
        verdict: Returns the verdict on the test so far.
        report: Returns the report of the test so far.
    """
    stats = environment.stats
    base: str = getattr(environment.parsed_options, "web_base_path", "") or ""
    tables: dict[str, tuple[str, Sequence[str], Callable[[], _Rows]]] = {
        "voice-verdict": (
            "Voice verdict",
            _VERDICT_COLUMNS,
            lambda: _verdict_rows(verdict()),
        ),
        "voice-calls": (
            "Voice calls",
            COLUMNS,
            lambda: [
                row.cells() for row in rows(intervals_of(stats), failures_of(stats))
            ],
        ),
        "voice-counters": (
            "Voice counters",
            ("counter", "count"),
            lambda: counter_rows(statistics.counters),
        ),
    }
    # Locust keeps these when it updates the others.
    web_ui.template_args |= {
        "extended_tabs": [
            {"title": title, "key": key} for key, (title, _, _) in tables.items()
        ],
        "extended_tables": [
            {
                "key": key,
                "structure": [{"key": name, "title": name} for name in columns],
            }
            for key, (_, columns, _) in tables.items()
        ],
        "extended_csv_files": [
            {"href": f".{PAGE}/{key}.csv", "title": f"Download {title} CSV"}
            for key, (title, _, _) in tables.items()
        ],
    }
    pages = Blueprint("voicelive", __name__, url_prefix=base or None)

    @pages.route(PAGE)
    @web_ui.auth_required_if_enabled
    def page() -> str:
        return render(report())

    @pages.route(f"{PAGE}/report.json")
    @web_ui.auth_required_if_enabled
    def data() -> Response:
        answer = make_response(encode(report(), indent=2))
        answer.headers["Content-Type"] = "application/json"
        return answer

    @pages.route(f"{PAGE}/<key>.csv")
    @web_ui.auth_required_if_enabled
    def download(key: str) -> Response:
        if key not in tables:
            return make_response("unknown table", 404)
        answer = make_response(to_csv(tables[key][2]()))
        answer.headers["Content-Type"] = "text/csv"
        answer.headers["Content-Disposition"] = f"attachment;filename={key}.csv"
        return answer

    def apply_form() -> Response | None:
        if request.method != "POST" or request.path != f"{base}/swarm":
            return None
        try:
            form.apply(request.form)
        except (ValueError, OSError) as error:
            return jsonify(
                {"success": False, "message": str(error), "host": environment.host}
            )
        return None

    def extend(response: Response) -> Response:
        if response.status_code != 200:
            return response
        if request.path == f"{base}/stats/requests":
            content = parse(response.get_data())
            content["extended_stats"] = [
                {"key": key, "data": read()} for key, (_, _, read) in tables.items()
            ]
            response.set_data(encode(content))
        elif request.path == f"{base}/":
            link = _LINK.format(page=PAGE).encode()
            response.set_data(response.get_data().replace(b"</body>", link))
        return response

    assert web_ui.app is not None
    web_ui.app.register_blueprint(pages)
    web_ui.app.before_request(apply_form)
    web_ui.app.after_request(extend)


def _verdict_rows(verdict: Verdict) -> _Rows:
    first = {
        "threshold": "whole run" if not verdict.steps else "all steps",
        "measured": str(verdict.capacity),
        "limit": "",
        "verdict": verdict.headline,
    }
    return [
        first,
        *(
            {
                "threshold": one.name,
                "measured": one.measured,
                "limit": one.allowed,
                "verdict": one.state.value,
            }
            for one in verdict.findings
        ),
    ]
