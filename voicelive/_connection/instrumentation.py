"""Who looks on at connections: telemetry, when it is switched on.

Nobody does as a rule. Then a connection has no observer, and pays for that with a
comparison per event.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from voicelive_protocol import ClientMessage, ReceivedEvent

_LOG = logging.getLogger("voicelive")

SWITCH = "AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING"
"""Environment variable that switches telemetry on ("true") or off (anything else)."""

MISSING_EXTRA = (
    'telemetry needs OpenTelemetry: pip install "voicelive[telemetry]", and an '
    "OpenTelemetry SDK such as opentelemetry-sdk"
)


class Observer(Protocol):
    """Is told what happens on one connection, from before its handshake.

    None of the methods raises, and none of them waits.
    """

    def sending(
        self, event: ClientMessage, frame: bytes
    ) -> AbstractContextManager[object]:
        """What to do around sending an event."""
        ...

    def received(self, event: ReceivedEvent, frame: bytes, began: int) -> None:
        """An event is handed to the application.

        Args:
            event: The event.
            frame: The message it was read from.
            began: When the application asked for it, in nanoseconds since 1970.
        """
        ...

    def closing(self) -> AbstractContextManager[object]:
        """What to do around closing the connection; it has ended when that is left."""
        ...

    def failed(self, error: BaseException) -> None:
        """The connection, or the application that uses it, has failed."""
        ...

    def ended(self) -> None:
        """The connection has ended, or never came about."""
        ...


ObserverFactory = Callable[[str], Observer | None]
"""Makes the observer of a connection to a URL, if it can."""


class _Seat:
    """Where the factory sits, of which there is one per process."""

    factory: ObserverFactory | None = None
    # Whether code has decided; until then the environment does.
    decided = False
    warned = False


def seat(factory: ObserverFactory | None) -> None:
    """Let a factory observe all connections from now on; None for nobody.

    From now on the environment has no say any more.
    """
    _Seat.factory = factory
    _Seat.decided = True


def seated() -> ObserverFactory | None:
    """The factory that observes new connections, if there is one."""
    if not _Seat.decided and switched_on():
        _ask_telemetry()
    return _Seat.factory


def switched_on() -> bool | None:
    """What the environment says about telemetry; None if it says nothing."""
    value = os.environ.get(SWITCH, "").strip().lower()
    return value == "true" if value else None


def observe(url: str) -> Observer | None:
    """The observer of a new connection, if anybody observes."""
    factory = seated()
    return None if factory is None else factory(url)


def _ask_telemetry() -> None:
    from voicelive.telemetry import VoiceLiveInstrumentor

    try:
        VoiceLiveInstrumentor().instrument()
    except Exception as error:
        # Nobody asked in code, so nobody expects an error: the connection goes on.
        if not _Seat.warned:
            _Seat.warned = True
            _LOG.warning("%s is set, but telemetry cannot begin: %s", SWITCH, error)
