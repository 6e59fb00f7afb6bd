"""Errors of turn management, and reasons why an error event is harmless."""

from __future__ import annotations

from enum import StrEnum

from voicelive._errors import VoiceLiveError
from voicelive_protocol import ErrorCode, ServerEventErrorDetails


class NoResponse(VoiceLiveError):
    """A requested response did not start, or its end was lost.

    Attributes:
        error: The error of the service that refused the request, if there is one.
    """

    def __init__(
        self, message: str, error: ServerEventErrorDetails | None = None
    ) -> None:
        super().__init__(message)
        self.error = error


class ToolError(Exception):
    """Raised by a tool to report an error to the model.

    The message is sent to the model unchanged. For any other exception the model gets
    only the name of its type.
    """


class HarmlessReason(StrEnum):
    """Reason why an `error` event is harmless: the requested state already exists."""

    RESPONSE_OVER = "response_over"
    """`response.cancel` arrived after the end of the response."""

    ALREADY_COMMITTED = "already_committed"
    """`input_audio_buffer.commit` found an empty buffer, because turn detection had
    already committed it.
    """

    ALREADY_TRUNCATED = "already_truncated"
    """The service had already truncated the item."""

    ALREADY_DELETED = "already_deleted"
    """The item to delete does not exist."""

    TRUNCATION_REFUSED = "truncation_refused"
    """The service refused a truncation that the keeper sent: the history has more of
    the message than was heard.
    """


HARMLESS_CODES: dict[str, HarmlessReason] = {
    ErrorCode.RESPONSE_CANCEL_NOT_ACTIVE: HarmlessReason.RESPONSE_OVER,
    ErrorCode.ITEM_ALREADY_TRUNCATED: HarmlessReason.ALREADY_TRUNCATED,
    ErrorCode.ITEM_DELETE_INVALID_ITEM_ID: HarmlessReason.ALREADY_DELETED,
}
"""Error codes that are harmless in any state."""
