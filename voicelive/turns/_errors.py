"""Errors of keeping turns."""

from __future__ import annotations

from enum import StrEnum

from voicelive._errors import VoiceLiveError
from voicelive_protocol import ErrorCode, ServerEventErrorDetails


class NoResponse(VoiceLiveError):
    """A response that was asked for did not come about, or its end never came.

    Attributes:
        error: Why the service refused it; None if it did not refuse it.
    """

    def __init__(
        self, message: str, error: ServerEventErrorDetails | None = None
    ) -> None:
        super().__init__(message)
        self.error = error


class ToolError(Exception):
    """Raised by a tool to tell the model what is wrong.

    The text is sent to the model as it is. Of any other exception the model learns
    only that the tool has failed.
    """


class HarmlessReason(StrEnum):
    """Why an `error` event does no harm: what was asked for has come about anyway."""

    RESPONSE_OVER = "response_over"
    """`response.cancel` came when the response had ended."""

    ALREADY_COMMITTED = "already_committed"
    """`input_audio_buffer.commit` found nothing, as turn detection had just committed
    by itself.
    """

    ALREADY_TRUNCATED = "already_truncated"
    """The service had truncated the item by itself."""

    ALREADY_DELETED = "already_deleted"
    """There was no such item to delete."""

    TRUNCATION_REFUSED = "truncation_refused"
    """The keeper's own truncation was refused: the history has more of an answer than
    was heard.
    """


HARMLESS_CODES: dict[str, HarmlessReason] = {
    ErrorCode.RESPONSE_CANCEL_NOT_ACTIVE: HarmlessReason.RESPONSE_OVER,
    ErrorCode.ITEM_ALREADY_TRUNCATED: HarmlessReason.ALREADY_TRUNCATED,
    ErrorCode.ITEM_DELETE_INVALID_ITEM_ID: HarmlessReason.ALREADY_DELETED,
}
"""Codes that do no harm whatever the state."""
