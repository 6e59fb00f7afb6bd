"""Prometheus exporter of the measurements."""

from __future__ import annotations

from collections.abc import Iterator

from gevent.pywsgi import WSGIServer
from locust.env import Environment
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from voicelive_loadtest.callers.samples import Histogram
from voicelive_loadtest.locust.statistics import Statistics, failures_of, intervals_of

_PREFIX = "voicelive_load"
# From a millisecond to a minute, densest where delays become noticeable.
_LIMITS_MS = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000),
    *(1250, 1500, 2000, 2500, 3000, 4000, 5000, 7500, 10_000, 20_000, 60_000),
)


class MeasurementCollector(Collector):
    """Prometheus collector of the measurements."""

    def __init__(self, environment: Environment, statistics: Statistics) -> None:
        self._environment = environment
        self._statistics = statistics

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        stats, runner = self._environment.stats, self._environment.runner
        callers = GaugeMetricFamily(f"{_PREFIX}_callers", "Number of callers.")
        callers.add_metric([], float(runner.user_count if runner else 0))
        yield callers
        seconds = HistogramMetricFamily(
            f"{_PREFIX}_seconds", "Perceived durations.", labels=["interval"]
        )
        for interval, times in intervals_of(stats).items():
            buckets = list(_buckets(times))
            seconds.add_metric([interval.value], buckets, times.total / 1000)
        yield seconds
        failures = CounterMetricFamily(
            f"{_PREFIX}_failures",
            "Failed calls and turns.",
            labels=["interval", "reason"],
        )
        for (interval, reason), count in failures_of(stats).items():
            failures.add_metric([interval.value, reason], count)
        yield failures
        counters = CounterMetricFamily(
            f"{_PREFIX}_happened", "Event counters.", labels=["what"]
        )
        for name, count in sorted(self._statistics.counters.items()):
            counters.add_metric([name], count)
        yield counters
        yield from self._health()

    def _health(self) -> Iterator[Metric]:
        cpu = GaugeMetricFamily(
            f"{_PREFIX}_generator_cpu",
            "Mean share of a core.",
            labels=["process"],
        )
        late = GaugeMetricFamily(
            f"{_PREFIX}_generator_send_lateness_seconds",
            "99th percentile of the lateness of sent frames.",
            labels=["process"],
        )
        for process, health in sorted(self._statistics.health.items()):
            cpu.add_metric([process], health.cpu)
            late.add_metric([process], health.send_lateness.percentile(0.99) / 1000)
        yield cpu
        yield late


def serve_metrics(
    host: str, port: int, environment: Environment, statistics: Statistics
) -> WSGIServer:
    """Serve `/metrics` in the hub of gevent.

    Args:
        host: Address to listen on; `*` or "" for all.
        port: Port to listen on.
        environment: The environment of Locust.
        statistics: The measurements.

    Raises:
        OSError: The address is unavailable.
    """
    registry = CollectorRegistry()
    registry.register(MeasurementCollector(environment, statistics))
    server = WSGIServer(
        ("" if host == "*" else host, port), make_wsgi_app(registry), log=None
    )
    server.start()
    return server


def _buckets(times: Histogram) -> Iterator[tuple[str, float]]:
    for limit in _LIMITS_MS:
        below = sum(count for ms, count in times.counts.items() if ms <= limit)
        yield str(limit / 1000), below
    yield "+Inf", times.count
