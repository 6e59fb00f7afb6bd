"""Instrumentor: the switch for telemetry."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from voicelive._connection.instrumentation import (
    MISSING_EXTRA,
    SWITCH,
    Observer,
    enabled_by_environment,
    observer_factory,
    set_observer_factory,
)
from voicelive.telemetry._never_raise import never_raise
from voicelive.telemetry._tracing import Tracing
from voicelive_core.redaction import redacting_logger

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

logger = redacting_logger(__name__)

CONTENT_SWITCH = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
OLD_CONTENT_SWITCH = "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED"


class _ObserverFactory:
    """Returns the observer of each new connection."""

    def __init__(self, tracing: Tracing) -> None:
        self.tracing = tracing

    @never_raise
    def __call__(self, url: str) -> Observer:
        from voicelive.telemetry._span_observer import SpanObserver

        return SpanObserver(self.tracing, url)


class VoiceLiveInstrumentor:
    """Switches traces and metrics of connections on and off, for the whole process.

    All instances share one state. The environment variable
    `AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING=true` switches telemetry on without code;
    any other value disables `instrument()`.

    A connection that is opened while telemetry is on is traced until it ends. Nothing
    is recorded without an OpenTelemetry SDK, which the application configures. The
    first error inside telemetry is logged; none reaches the application.
    """

    _factory: ClassVar[_ObserverFactory | None] = None

    def instrument(
        self,
        enable_content_recording: bool | None = None,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        """Trace the connections that are opened from now on.

        When telemetry is on already, only the given settings change; content recording
        changes for open connections too.

        Args:
            enable_content_recording: Whether spans include the messages: texts,
                transcripts, instructions, tools and their arguments, but never audio
                or secrets. Defaults to the environment variable
                `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`, or the older
                `AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED`; false if they
                contradict each other or neither is "true".
            tracer_provider: Provider of the tracer; by default the global one.
            meter_provider: Provider of the meter; by default the global one.

        Raises:
            ModuleNotFoundError: OpenTelemetry is not installed (extra `telemetry`).
        """
        if enabled_by_environment() is False:
            logger.debug("%s switches telemetry off", SWITCH)
            return
        content = enable_content_recording
        if content is None:
            content = _content_enabled()
        current = self._factory
        if current is not None and tracer_provider is None and meter_provider is None:
            current.tracing.content = content
            return
        try:
            tracing = Tracing(tracer_provider, meter_provider, content=content)
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(MISSING_EXTRA, name=error.name) from None
        VoiceLiveInstrumentor._factory = _ObserverFactory(tracing)
        set_observer_factory(self._factory)

    def uninstrument(self) -> None:
        """Stop tracing new connections, whatever the environment says.

        Open connections are traced until they end.
        """
        VoiceLiveInstrumentor._factory = None
        set_observer_factory(None)

    def is_instrumented(self) -> bool:
        """Return whether a connection that is opened now would be traced."""
        return observer_factory() is not None

    def is_content_recording_enabled(self) -> bool:
        """Return whether spans include the messages."""
        return (
            self.is_instrumented()
            and self._factory is not None
            and self._factory.tracing.content
        )


def _content_enabled() -> bool:
    new, old = (os.environ.get(name) for name in (CONTENT_SWITCH, OLD_CONTENT_SWITCH))
    if new and old and new != old:
        logger.error(
            "%s and %s contradict each other: content is not recorded",
            CONTENT_SWITCH,
            OLD_CONTENT_SWITCH,
        )
        return False
    return (new or old or "").strip().lower() == "true"
