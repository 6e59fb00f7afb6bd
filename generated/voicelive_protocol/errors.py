# Generated from schema/ by `make generate`. Do not edit.
"""What `error`, `warning` and failure events tell about a problem."""

from __future__ import annotations

from voicelive_protocol._model import Model


class ErrorResponse(Model, kw_only=True):
    """Envelope around an error, as used outside the event stream.

    No event contains it.
    """

    error: VoiceLiveErrorDetails
    """What went wrong."""


class RtcCallErrorDetails(Model, kw_only=True):
    """Why a WebRTC call operation failed.

    Only in API version 2026-06-01-preview.

    Only in API version 2026-06-01-preview.
    """

    type: str
    """Broad kind of error: `invalid_request_error` for a bad request, `server_error`
    for trouble in the service.
    """

    code: str | None = None
    """Short name of the error for programs.

    May be absent.
    """

    message: str
    """Explanation for people."""


class ServerEventErrorDetails(Model, kw_only=True):
    """What went wrong, as reported by an `error` event."""

    type: str
    """Broad kind of error: `invalid_request_error` or `server_error`; others are
    possible. The first means that the request was at fault, the second the service.
    """

    code: str | None = None
    """Short name of the error for programs, for example `response_cancel_not_active`.
    May be `null`, or just repeat `type`.
    """

    message: str
    """Explanation for people.

    It is sometimes misleading, and the wording can change.
    """

    param: str | None = None
    """Path of the field at fault in the client event, for example
    `session.turn_detection`. May be `null`.
    """

    event_id: str | None = None
    """The `event_id` of the client event that was rejected.

    `null` if it had none or no event was the cause.
    """


class ServerEventWarningDetails(Model, kw_only=True):
    """What the service warns about, as reported by a `warning` event.

    Since API version 2026-01-01-preview.
    """

    message: str
    """Explanation for people."""

    code: str | None = None
    """Short name of the warning for programs.

    May be absent.
    """

    param: str | None = None
    """Path of the setting that the warning is about.

    May be absent.
    """


class VoiceLiveErrorDetails(Model, kw_only=True):
    """What went wrong inside another event, such as a failed transcription.

    Only `message` is certain.
    """

    code: str | None = None
    """Short name of the error for programs, for example `DeploymentNotFound`.

    May be `null`.
    """

    message: str
    """Explanation for people.

    The wording can change, so do not test for it.
    """

    param: str | None = None
    """Path of the setting at fault.

    May be `null`.
    """

    type: str | None = None
    """Broad kind of error, for example `server_error`."""

    event_id: str | None = None
    """The `event_id` of the client event to blame, if there is one.

    May be `null`.
    """


__all__ = [
    "ErrorResponse",
    "RtcCallErrorDetails",
    "ServerEventErrorDetails",
    "ServerEventWarningDetails",
    "VoiceLiveErrorDetails",
]
