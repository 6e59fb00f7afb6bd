"""Configuration phase: the session before its first accepted `session.update`."""

from __future__ import annotations

from voicelive_mockserver.engine.errors import RequestError, rejected
from voicelive_protocol import (
    CLIENT_EVENTS,
    ClientEventRtcCallSdpCreate,
    ClientEventSessionUpdate,
)

MAX_ATTEMPTS = 5
"""The number of failed attempts after which the service closes the connection."""

# Signalling of a WebRTC call begins with the offer, which can carry the settings.
_ACCEPTED_TYPES = frozenset(
    {ClientEventSessionUpdate.type, ClientEventRtcCallSdpCreate.type}
)


class ConfigurationPhase:
    """Rejects client messages until a `session.update` is accepted.

    Every rejected message, including a rejected `session.update`, counts as a failed
    attempt; the last attempt ends the session.

    Args:
        required: Whether the session has this phase; otherwise it accepts all
            messages from the start.

    Attributes:
        is_over: Whether all messages are accepted.
    """

    __slots__ = ("_attempts", "is_over")

    def __init__(self, *, required: bool) -> None:
        self.is_over = not required
        self._attempts = 0

    def accepts(self, event_type: str | None) -> bool:
        """Return whether messages of a type are accepted.

        Args:
            event_type: The type; `None` if it is unreadable.
        """
        return self.is_over or event_type in _ACCEPTED_TYPES

    def end(self) -> None:
        """Accept all messages from now on."""
        self.is_over = True

    def failed(self, error: RequestError) -> RequestError:
        """Count a failed attempt and return the error to send.

        Args:
            error: The error of this attempt.
        """
        if self.is_over or error.fatal:
            return error
        self._attempts += 1
        if self._attempts < MAX_ATTEMPTS:
            return error
        return rejected("max_config_attempts_exceeded", attempts=MAX_ATTEMPTS)


def unconfigured(event_type: str | None) -> RequestError:
    """Return the error for a message before the configuration.

    Args:
        event_type: The type of the message; `None` if it is unreadable.
    """
    found = event_type if event_type in CLIENT_EVENTS else "an unknown message"
    return rejected("session_not_configured", found=found)
