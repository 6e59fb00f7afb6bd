"""Spans and metrics on top of the OpenTelemetry API.

The only module that imports OpenTelemetry, and only once telemetry is enabled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicelive._version import __version__
from voicelive.telemetry import _names as names
from voicelive.telemetry._attributes import recordable

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

_SCOPE = "voicelive"
_SCHEMA = "https://opentelemetry.io/schemas/1.34.0"


class Tracing:
    """Starts spans and records metrics.

    Args:
        tracer_provider: Provider of the tracer; None for the global one.
        meter_provider: Provider of the meter; None for the global one.
        content: Whether content is recorded; can be changed at any time.

    Raises:
        ModuleNotFoundError: OpenTelemetry is not installed.
    """

    def __init__(
        self,
        tracer_provider: TracerProvider | None,
        meter_provider: MeterProvider | None,
        *,
        content: bool,
    ) -> None:
        from opentelemetry import metrics, trace

        self.content = content
        self._trace = trace
        self._tracer = trace.get_tracer(
            _SCOPE, __version__, tracer_provider, schema_url=_SCHEMA
        )
        meter = metrics.get_meter(
            _SCOPE, __version__, meter_provider, schema_url=_SCHEMA
        )
        self._durations = meter.create_histogram(
            names.OPERATION_DURATION, unit="s", description="How long connections last."
        )
        self._tokens = meter.create_histogram(
            names.TOKEN_USAGE, unit="token", description="Tokens used by responses."
        )

    def start(
        self,
        name: str,
        attributes: dict[str, Any],
        *,
        parent: Span | None = None,
        began: int | None = None,
    ) -> Span:
        """Start a span.

        Args:
            name: Name of the span.
            attributes: Initial attributes.
            parent: Parent span; None for the current span of the application.
            began: Start time in nanoseconds since the epoch; None for now.
        """
        context = None if parent is None else self._trace.set_span_in_context(parent)
        return self._tracer.start_span(
            name,
            context=context,
            kind=self._trace.SpanKind.CLIENT,
            attributes=recordable(attributes),
            start_time=began,
        )

    def fail(self, span: Span, error: BaseException) -> None:
        """Mark a span as failed.

        The messages of exceptions of other packages count as content, since they may
        hold anything.
        """
        kind = type(error)
        ours = kind.__module__.split(".")[0] == _SCOPE
        text = str(error) if ours or self.content else ""
        span.set_status(self._trace.StatusCode.ERROR, text or kind.__name__)
        span.set_attribute(names.ERROR_TYPE, error_name(error))
        if text:
            span.set_attribute(names.ERROR_MESSAGE, text)

    def record_duration(self, seconds: float, attributes: dict[str, Any]) -> None:
        """Record the duration of a connection."""
        self._durations.record(seconds, attributes)

    def record_tokens(self, tokens: int, attributes: dict[str, Any]) -> None:
        """Record the tokens of a response."""
        self._tokens.record(tokens, attributes)


def error_name(error: BaseException) -> str:
    """Return the qualified name of an exception class, as it is imported."""
    kind = type(error)
    module = kind.__module__.split("._")[0]
    return kind.__name__ if module == "builtins" else f"{module}.{kind.__name__}"
