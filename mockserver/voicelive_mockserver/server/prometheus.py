"""Metrics of a server in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from voicelive_mockserver.server.metrics import LATENESS_BUCKETS, Metrics

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


@dataclass(frozen=True, slots=True)
class Gauges:
    """Current values.

    Attributes:
        open_sessions: The number of open sessions.
        journal_frames: The number of recorded frames.
        journal_bytes: The size of the recorded frames in bytes.
    """

    open_sessions: int
    journal_frames: int
    journal_bytes: int


def exposition(metrics: Metrics, gauges: Gauges) -> bytes:
    """Return metrics in the text format.

    Args:
        metrics: The counters.
        gauges: The current values.
    """
    registry = CollectorRegistry()
    registry.register(_Figures(metrics, gauges))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, metrics: Metrics, gauges: Gauges) -> None:
        self._metrics = metrics
        self._gauges = gauges

    def collect(self) -> Iterable[Metric]:
        metrics, gauges = self._metrics, self._gauges
        yield _gauge("sessions_open", "Sessions that are open.", gauges.open_sessions)
        yield _counter("sessions", "Sessions that were opened.", metrics.sessions)
        yield _counters(
            "handshakes",
            "Connections by the HTTP status of their answer.",
            "status",
            {str(status): n for status, n in metrics.handshakes.items()},
        )
        yield _counters(
            "events_received", "Events of clients.", "type", metrics.events_in
        )
        yield _counters("events_sent", "Events to clients.", "type", metrics.events_out)
        yield _counter("received_bytes", "Bytes of events in.", metrics.bytes_in)
        yield _counter("sent_bytes", "Bytes of events out.", metrics.bytes_out)
        yield _counters(
            "responses", "Responses that ended.", "status", metrics.responses
        )
        yield _counters("errors", "Error events by code.", "code", metrics.errors)
        yield self._lateness()
        yield _gauge("journal_frames", "Frames in the journals.", gauges.journal_frames)
        yield _gauge(
            "journal_bytes", "Bytes of frames in the journals.", gauges.journal_bytes
        )
        yield _gauge("uptime_seconds", "How long the server runs.", metrics.uptime)

    def _lateness(self) -> Metric:
        buckets: list[tuple[str, float]] = []
        total = 0
        bounds = [*map(str, LATENESS_BUCKETS), "+Inf"]
        for bound, number in zip(bounds, self._metrics.lateness, strict=True):
            total += number
            buckets.append((bound, total))
        return HistogramMetricFamily(
            _name("lateness_seconds"),
            "How much later than planned the server sent what was due.",
            buckets=buckets,
            sum_value=self._metrics.lateness_sum,
        )


def _name(name: str) -> str:
    return f"voicelive_mock_{name}"


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(_name(name), text, value=value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(_name(name), text, value=value)


def _counters(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(_name(name), text, labels=[label])
    for value in sorted(values):
        family.add_metric([value], values[value])
    return family
