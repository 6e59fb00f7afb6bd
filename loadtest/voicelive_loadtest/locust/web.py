"""Page with the measurements for the web interface of Locust."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, Response, make_response, render_template, request
from locust.env import Environment
from locust.web import WebUI

from voicelive_loadtest.locust.statistics import Statistics, failures_of, intervals_of
from voicelive_loadtest.results.table import COLUMNS, counter_rows, rows, to_csv
from voicelive_protocol import encode, parse

PAGE = "/voice"
_Rows = Sequence[Mapping[str, str | int | float]]


def extend_web_ui(
    web_ui: WebUI, environment: Environment, statistics: Statistics
) -> None:
    """Add the page `/voice` with two more tabs, and their tables as CSV."""
    stats = environment.stats
    tables: dict[str, tuple[str, Sequence[str], Callable[[], _Rows]]] = {
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
    pages = Blueprint("voicelive", __name__)

    @pages.route(PAGE)
    @web_ui.auth_required_if_enabled
    def page() -> str:
        web_ui.update_template_args()
        further = {
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
                {"href": f"{PAGE}/{key}.csv", "title": f"Download {title} CSV"}
                for key, (title, _, _) in tables.items()
            ],
        }
        return render_template(
            "index.html", template_args={**web_ui.template_args, **further}
        )

    @pages.route(f"{PAGE}/<key>.csv")
    @web_ui.auth_required_if_enabled
    def download(key: str) -> Response:
        if key not in tables:
            return make_response("unknown table", 404)
        answer = make_response(to_csv(tables[key][2]()))
        answer.headers["Content-Type"] = "text/csv"
        answer.headers["Content-Disposition"] = f"attachment;filename={key}.csv"
        return answer

    def extend(response: Response) -> Response:
        if request.path == "/stats/requests" and response.status_code == 200:
            report = parse(response.get_data())
            report["extended_stats"] = [
                {"key": key, "data": read()} for key, (_, _, read) in tables.items()
            ]
            response.set_data(encode(report))
        return response

    assert web_ui.app is not None
    web_ui.app.register_blueprint(pages)
    web_ui.app.after_request(extend)
