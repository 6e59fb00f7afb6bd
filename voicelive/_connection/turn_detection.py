"""Turn detection of a session, as far as it affects the client."""

from __future__ import annotations

from dataclasses import dataclass

from voicelive_protocol import Model


@dataclass(frozen=True, slots=True)
class TurnDetectionFlags:
    """Behaviour of turn detection, from the settings of the session.

    Attributes:
        enabled: Whether the service detects the end of turns.
        interrupts: Whether speech cancels the active response (`interrupt_response`).
        truncates: Whether the service truncates interrupted items (`auto_truncate`).
        responds: Whether the service responds to speech (`create_response`).
    """

    enabled: bool = True
    interrupts: bool = True
    truncates: bool = False
    responds: bool = True


_NO_FLAGS = TurnDetectionFlags(
    enabled=False, interrupts=False, truncates=False, responds=False
)


def turn_detection_flags(value: object) -> TurnDetectionFlags:
    """Return the flags of a `turn_detection`, typed or as JSON."""
    if value is None:
        return _NO_FLAGS
    # Omitted flags default to true, except `auto_truncate`.
    flags = value if isinstance(value, Model | dict) else {}
    return TurnDetectionFlags(
        responds=flags.get("create_response", True) is not False,
        interrupts=flags.get("interrupt_response", True) is not False,
        truncates=flags.get("auto_truncate") is True,
    )
