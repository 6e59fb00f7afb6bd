"""How responses and errors of the service turned out, as attributes."""

from __future__ import annotations

from typing import Any

from voicelive.telemetry import _names as names
from voicelive.telemetry._content import to_text
from voicelive.telemetry._fields import field
from voicelive.telemetry._tally import token_usage
from voicelive_protocol import ServerEventType


def outcome(response: object) -> dict[str, Any]:
    """The attributes of an ended response: tokens, and how it ended."""
    reasons = finish_reasons(response)
    found = token_usage(response)
    return found | ({names.RESPONSE_FINISH_REASONS: reasons} if reasons else {})


def finish_reasons(response: object) -> str | None:
    """How a response ended: JSON text, as the official instrumentor writes it."""
    status = field(response, "status")
    return to_text([str(status)]) if status else None


def error_details(error: object) -> dict[str, Any]:
    """The attributes of an `error` event of the service."""
    attributes: dict[str, Any] = {
        names.SYSTEM: names.SYSTEM_VALUE,
        names.EVENT_TYPE: str(ServerEventType.ERROR),
    }
    if code := field(error, "code"):
        attributes[names.ERROR_CODE] = str(code)
    if message := field(error, "message"):
        attributes[names.ERROR_MESSAGE] = str(message)
    return attributes
