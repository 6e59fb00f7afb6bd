"""Integration of the measurements into the statistics of Locust."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from locust.env import Environment
from locust.stats import RequestStats, StatsEntry, StatsError

from voicelive_loadtest.callers.health import Health, HealthLimits
from voicelive_loadtest.callers.runtime import RuntimeReport
from voicelive_loadtest.callers.samples import (
    ANSWERS,
    GENERATOR,
    Batch,
    Histogram,
    Interval,
)
from voicelive_loadtest.results.run_result import RunResult, make_result
from voicelive_loadtest.results.timeline import Timeline

VOICE = "VOICE"
SELF = "SELF"
_REPORT_KEY = "voicelive"


def method_of(interval: Interval) -> str:
    """Return the value of the column "Type" in the tables of Locust."""
    return SELF if interval in GENERATOR else VOICE


class Statistics:
    """Adds the measurements of the callers to the statistics of Locust.

    Each `Interval` is a row. The row "Aggregated", which the charts show, covers the
    response latencies only, since a mean over different statistics has no meaning;
    failures of all statistics are included.

    Counters and health have no place in the statistics of Locust. A worker adds them to
    its reports, and a master collects them.

    Call all methods from the thread of Locust.

    Args:
        environment: The environment of Locust.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.counters: Counter[str] = Counter()
        """Event counters by name."""
        self.health: dict[str, Health] = {}
        """Health of the generator processes, by name."""
        self.timeline = Timeline()
        """The measurements by second."""
        self._unsent: Counter[str] = Counter()
        self._unsent_health = Health()
        environment.events.report_to_master.add_listener(self._on_report)
        environment.events.worker_report.add_listener(self._on_worker_report)

    def clear(self) -> None:
        """Discard counters, health and timeline."""
        self.counters.clear()
        self.health.clear()
        self.timeline.clear()
        self._unsent.clear()
        self._unsent_health = Health()

    def add(self, report: RuntimeReport, process: str = "local") -> None:
        """Add a report of the callers of this process.

        Args:
            report: The report of the runtime.
            process: Name of this process.
        """
        merge_batch(self._environment.stats, report.batch)
        self.counters.update(report.batch.counters)
        self._unsent.update(report.batch.counters)
        self.health.setdefault(process, Health()).merge(report.health)
        self._unsent_health.merge(report.health)
        self.timeline.add(report, process)

    def result(self, limits: HealthLimits) -> RunResult:
        """Return the measurements of the run, with the reasons why it is invalid."""
        stats = self._environment.stats
        batch = Batch(intervals_of(stats), failures_of(stats), dict(self.counters))
        return make_result(
            batch, self.health, self.timeline.seconds, self._problems(limits)
        )

    def _problems(self, limits: HealthLimits) -> Iterator[str]:
        for process, health in sorted(self.health.items()):
            where = f"{process}: " if len(self.health) > 1 else ""
            for problem in health.problems(limits):
                yield f"{where}{problem}"

    def _on_report(self, client_id: str, data: dict[str, Any]) -> None:
        data[_REPORT_KEY] = {
            "counters": dict(self._unsent),
            "health": _health_to_wire(self._unsent_health),
            "timeline": self.timeline.take(),
        }
        self._unsent.clear()
        self._unsent_health = Health()

    def _on_worker_report(self, client_id: str, data: dict[str, Any]) -> None:
        report = data.get(_REPORT_KEY)
        if report is None:
            return
        self.counters.update(report["counters"])
        health = _health_from_wire(report["health"])
        self.health.setdefault(client_id, Health()).merge(health)
        self.timeline.merge(report["timeline"], client_id)


def merge_batch(stats: RequestStats, batch: Batch) -> None:
    """Add measurements to the statistics of Locust."""
    for interval, times in batch.intervals.items():
        entry = stats.entries[interval.value, method_of(interval)]
        merge_times(entry, times)
        if interval in ANSWERS:
            merge_times(stats.total, times)
    for (interval, reason), count in batch.failures.items():
        merge_failures(stats, interval, reason, count)


def merge_times(entry: StatsEntry, times: Histogram) -> None:
    """Add samples to a row of Locust, as if each had been logged."""
    if not times.count:
        return
    _count_requests(entry, times.count)
    # Declared as integers, but Locust computes with any number.
    row: Any = entry
    row.total_response_time += times.total
    least = row.min_response_time
    row.min_response_time = times.least if least is None else min(least, times.least)
    row.max_response_time = max(row.max_response_time, times.most)
    for key, count in times.counts.items():
        row.response_times[key] += count


def merge_failures(
    stats: RequestStats, interval: Interval, reason: str, count: int
) -> None:
    """Add failures, which have no time, to the statistics of Locust."""
    method = method_of(interval)
    for entry in (stats.entries[interval.value, method], stats.total):
        _count_requests(entry, count)
        entry.num_none_requests += count
        entry.num_failures += count
        entry.num_fail_per_sec[int(time.time())] += count
    key = StatsError.create_key(method, interval.value, reason)
    error = stats.errors.get(key)
    if error is None:
        error = stats.errors[key] = StatsError(method, interval.value, reason)
    error.occurred()
    error.occurrences += count - 1


def times_of(entry: StatsEntry) -> Histogram:
    """Return the samples of a row of Locust."""
    count = entry.num_requests - entry.num_none_requests
    least = entry.min_response_time
    return Histogram(
        {float(key): value for key, value in entry.response_times.items()},
        count,
        float(entry.total_response_time),
        float(least or 0.0),
        float(entry.max_response_time),
    )


def intervals_of(stats: RequestStats) -> dict[Interval, Histogram]:
    """Return the samples of all our rows in the statistics of Locust."""
    found = {}
    for interval in Interval:
        key = (interval.value, method_of(interval))
        if key in stats.entries:
            found[interval] = times_of(stats.entries[key])
    return found


def failures_of(stats: RequestStats) -> dict[tuple[Interval, str], int]:
    """Return the failures of all our rows, by statistic and reason."""
    names = {interval.value: interval for interval in Interval}
    return {
        (names[error.name], str(error.error)): error.occurrences
        for error in stats.errors.values()
        if error.name in names
    }


def _count_requests(entry: StatsEntry, count: int) -> None:
    now = time.time()
    last = entry.last_request_timestamp
    if entry.use_response_times_cache and last and int(now) > int(last):
        entry._cache_response_times(int(now) - 1)
    entry.num_requests += count
    entry.num_reqs_per_sec[int(now)] += count
    entry.last_request_timestamp = now


def _health_to_wire(health: Health) -> dict[str, Any]:
    return {
        "send": _times_to_wire(health.send_lateness),
        "loop": _times_to_wire(health.loop_lag),
        "cpu": [health.cpu_seconds, health.wall_seconds, health.cpu_most],
    }


def _health_from_wire(data: Mapping[str, Any]) -> Health:
    return Health(
        _times_from_wire(data["send"]), _times_from_wire(data["loop"]), *data["cpu"]
    )


def _times_to_wire(times: Histogram) -> list[Any]:
    return [times.counts, times.count, times.total, times.least, times.most]


def _times_from_wire(data: list[Any]) -> Histogram:
    return Histogram(*data)
