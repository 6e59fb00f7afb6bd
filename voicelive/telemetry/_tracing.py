"""OpenTelemetry, as far as it is used here.

The one module that imports it, and only when telemetry is switched on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicelive._version import __version__
from voicelive.telemetry import _names as names
from voicelive.telemetry._fields import recordable

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

_SCOPE = "voicelive"
_SCHEMA = "https://opentelemetry.io/schemas/1.34.0"


class Tracing:
    """Makes spans and records metrics.

    Args:
        tracer_provider: Where spans go; the global provider if None.
        meter_provider: Where metrics go; the global provider if None.
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
            name: Its name.
            attributes: Its attributes so far.
            parent: The span it belongs to; that of the application if None.
            began: When it began, in nanoseconds since 1970; now if None.
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

        The text of an error that is not of this package may hold anything, so it is
        content.
        """
        kind = type(error)
        ours = kind.__module__.split(".")[0] == _SCOPE
        text = str(error) if ours or self.content else ""
        span.set_status(self._trace.StatusCode.ERROR, text or kind.__name__)
        span.set_attribute(names.ERROR_TYPE, error_name(error))
        if text:
            span.set_attribute(names.ERROR_MESSAGE, text)

    def record_duration(self, seconds: float, attributes: dict[str, Any]) -> None:
        """Record how long a connection lasted."""
        self._durations.record(seconds, attributes)

    def record_tokens(self, tokens: int, attributes: dict[str, Any]) -> None:
        """Record the tokens of a response."""
        self._tokens.record(tokens, attributes)


def error_name(error: BaseException) -> str:
    """The class of an error with its package, as people import it."""
    kind = type(error)
    module = kind.__module__.split("._")[0]
    return kind.__name__ if module == "builtins" else f"{module}.{kind.__name__}"
