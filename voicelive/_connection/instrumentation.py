"""Instrumentation hook: the observer of each connection, used by telemetry.

Without an observer factory a connection has no observer, which costs one comparison
per event.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Protocol

from voicelive_core.redaction import redacting_logger
from voicelive_protocol import ClientMessage, ReceivedEvent

logger = redacting_logger(__name__)

SWITCH = "AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING"
"""Environment variable that switches telemetry on ("true") or off (anything else)."""

MISSING_EXTRA = (
    'telemetry needs OpenTelemetry: pip install "voicelive[telemetry]", and an '
    "OpenTelemetry SDK such as opentelemetry-sdk"
)


class Observer(Protocol):
    """Observes one connection, from before its handshake to its end.

    The methods never raise and never block.
    """

    def sending(
        self, event: ClientMessage, frame: bytes
    ) -> AbstractContextManager[object]:
        """Return a context manager that wraps sending an event."""
        ...

    def received(self, event: ReceivedEvent, frame: bytes, began: int) -> None:
        """Handle an event that is returned to the application.

        Args:
            event: The event.
            frame: The message it was read from.
            began: When the application asked for it, in nanoseconds since 1970.
        """
        ...

    def closing(self) -> AbstractContextManager[object]:
        """Return a context manager that wraps closing the connection."""
        ...

    def failed(self, error: BaseException) -> None:
        """Handle a failure of the connection or of the application that uses it."""
        ...

    def ended(self) -> None:
        """Handle the end of the connection, also if it was never opened."""
        ...


ObserverFactory = Callable[[str], Observer | None]
"""Returns the observer of a new connection, given its URL."""


class _FactorySetting:
    """The process-wide observer factory."""

    factory: ObserverFactory | None = None
    # Until code sets a factory, the environment variable decides.
    set_by_code = False
    warned = False


def set_observer_factory(factory: ObserverFactory | None) -> None:
    """Set the factory for all new connections; None switches observing off.

    Overrides the environment variable from then on.
    """
    _FactorySetting.factory = factory
    _FactorySetting.set_by_code = True


def observer_factory() -> ObserverFactory | None:
    """Return the factory for new connections."""
    if not _FactorySetting.set_by_code and enabled_by_environment():
        _load_telemetry()
    return _FactorySetting.factory


def enabled_by_environment() -> bool | None:
    """Return the setting of the environment variable, None if it is not set."""
    value = os.environ.get(SWITCH, "").strip().lower()
    return value == "true" if value else None


def observe(url: str) -> Observer | None:
    """Return the observer of a new connection, None if there is no factory."""
    factory = observer_factory()
    return None if factory is None else factory(url)


def _load_telemetry() -> None:
    try:
        # By name, as a plugin: this layer must not import telemetry.
        telemetry = import_module("voicelive.telemetry")
        telemetry.VoiceLiveInstrumentor().instrument()
    except Exception as error:
        # Enabled by the environment only, so the application expects no exception.
        if not _FactorySetting.warned:
            _FactorySetting.warned = True
            logger.warning(
                "%s is set, but telemetry failed to start: %s", SWITCH, error
            )
