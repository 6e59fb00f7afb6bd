"""Switching telemetry on and off."""

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
from voicelive.telemetry._guard import harmless
from voicelive.telemetry._tracing import Tracing
from voicelive_protocol._redaction import redacting_logger

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

_LOG = redacting_logger("voicelive")

CONTENT_SWITCH = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
OLD_CONTENT_SWITCH = "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED"


class _Followers:
    """Makes a follower for each connection."""

    def __init__(self, tracing: Tracing) -> None:
        self.tracing = tracing

    @harmless
    def __call__(self, url: str) -> Observer:
        from voicelive.telemetry._follower import Follower

        return Follower(self.tracing, url)


class VoiceLiveInstrumentor:
    """Switches traces and metrics of connections on and off, for the whole process.

    All instances are the same switch. Instead of code, the environment variable
    `AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING=true` switches telemetry on for the
    connections of a process; any other value makes `instrument()` do nothing.

    A connection is followed to its end if it was opened while telemetry was on.
    Without an OpenTelemetry SDK, which the application configures, nothing is
    recorded. An error inside telemetry is logged once and never reaches the
    application.
    """

    _followers: ClassVar[_Followers | None] = None

    def instrument(
        self,
        enable_content_recording: bool | None = None,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        """Follow the connections that are opened from now on.

        When telemetry is on already, only what is given here changes; whether content
        is recorded changes for open connections too.

        Args:
            enable_content_recording: Whether spans hold the messages: texts,
                transcripts, instructions, tools and their arguments, but never audio
                nor passwords. By default what the environment variable
                `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says, or the older
                `AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED`; if they contradict
                each other, or neither is "true", content is not recorded.
            tracer_provider: Where spans go; by default OpenTelemetry's global provider.
            meter_provider: Where metrics go; by default the global provider.

        Raises:
            ModuleNotFoundError: OpenTelemetry is not installed (extra `telemetry`).
        """
        if enabled_by_environment() is False:
            _LOG.debug("%s switches telemetry off", SWITCH)
            return
        content = enable_content_recording
        if content is None:
            content = _content_wanted()
        current = self._followers
        if current is not None and tracer_provider is None and meter_provider is None:
            current.tracing.content = content
            return
        try:
            tracing = Tracing(tracer_provider, meter_provider, content=content)
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(MISSING_EXTRA, name=error.name) from None
        VoiceLiveInstrumentor._followers = _Followers(tracing)
        set_observer_factory(self._followers)

    def uninstrument(self) -> None:
        """Follow no further connections, whatever the environment says.

        Those that are open are followed to their end.
        """
        VoiceLiveInstrumentor._followers = None
        set_observer_factory(None)

    def is_instrumented(self) -> bool:
        """Whether a connection that is opened now would be followed."""
        return observer_factory() is not None

    def is_content_recording_enabled(self) -> bool:
        """Whether spans hold the messages."""
        followed = self.is_instrumented()
        return (
            followed and self._followers is not None and self._followers.tracing.content
        )


def _content_wanted() -> bool:
    new, old = (os.environ.get(name) for name in (CONTENT_SWITCH, OLD_CONTENT_SWITCH))
    if new and old and new != old:
        _LOG.error(
            "%s and %s contradict each other: content is not recorded",
            CONTENT_SWITCH,
            OLD_CONTENT_SWITCH,
        )
        return False
    return (new or old or "").strip().lower() == "true"
