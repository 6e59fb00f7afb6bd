"""Keeps what is recorded for OpenTelemetry, to look at it."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    HistogramDataPoint,
    InMemoryMetricReader,
    Metric,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class Recorder:
    """Keeps what an instrumentor records."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meters = MeterProvider([self.reader])

    def spans(self, name: str | None = None) -> list[ReadableSpan]:
        """The spans that have ended, in that order; those of a name, or all."""
        found = self.exporter.get_finished_spans()
        return [span for span in found if name in (None, span.name)]

    def connect(self) -> ReadableSpan:
        """The one connect span."""
        (span,) = self.spans("connect")
        return span

    def texts(self) -> str:
        """Everything in the spans, to look for what must not be there."""
        return "".join(span.to_json() for span in self.spans())

    def points(self, metric: str) -> list[HistogramDataPoint]:
        """The data points of a metric, of each combination of attributes."""
        return [
            point
            for found in self._metrics()
            if found.name == metric
            for point in found.data.data_points
            if isinstance(point, HistogramDataPoint)
        ]

    def summary(self) -> dict[str, Any]:
        """Names: of spans with their attributes and events, and of metrics."""
        spans: dict[str, set[str]] = {}
        events: dict[str, set[str]] = {}
        for span in self.exporter.get_finished_spans():
            spans.setdefault(span.name, set()).update(span.attributes or {})
            for event in span.events:
                name = f"{span.name}: {event.name}"
                events.setdefault(name, set()).update(event.attributes or {})
        points: dict[str, set[str]] = {}
        for metric in self._metrics():
            named = points.setdefault(f"{metric.name} [{metric.unit}]", set())
            for point in metric.data.data_points:
                named.update(point.attributes or {})
        return {
            "spans": _lists(spans),
            "events": _lists(events),
            "metrics": _lists(points),
        }

    def _metrics(self) -> list[Metric]:
        data = self.reader.get_metrics_data()
        return [
            metric
            for resource in (data.resource_metrics if data else [])
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]


def _lists(names: dict[str, set[str]]) -> dict[str, list[str]]:
    return {name: sorted(keys) for name, keys in names.items()}
