# Generated from schema/ by `make generate`. Do not edit.
"""Details of `error`, `warning` and failure events."""

from __future__ import annotations

from voicelive_core.model import ErrorDetails, Model
from voicelive_core.scalars import OpenEnum


class ErrorCode(OpenEnum):
    """Known values of `code` of an `error` event that programs act upon: those about
    turns of a conversation, those about a session as a whole, and common refusals. The
    service has many more.
    """

    CONVERSATION_ALREADY_HAS_ACTIVE_RESPONSE = (
        "conversation_already_has_active_response"
    )
    """A response of this conversation is running or requested already, so the new one
    was refused. The running one continues. Seen on the service; no SDK declares it.
    """

    RESPONSE_CANCEL_NOT_ACTIVE = "response_cancel_not_active"
    """There was no response to cancel.

    Harmless: it had ended before. Seen on the service; no SDK declares it.
    """

    INPUT_AUDIO_BUFFER_COMMIT_EMPTY = "input_audio_buffer_commit_empty"
    """There was less than 100 ms of audio to commit.

    Harmless just after turn detection has committed by itself. Seen on the service; no
    SDK declares it.
    """

    ITEM_ALREADY_TRUNCATED = "item_already_truncated"
    """The service has truncated the item by itself before (`auto_truncate`).

    Seen on the service; no SDK declares it.
    """

    ITEM_TRUNCATE_INVALID_ITEM_ID = "item_truncate_invalid_item_id"
    """There is no item with this identifier to truncate.

    Seen on the service; no SDK declares it.
    """

    ITEM_DELETE_INVALID_ITEM_ID = "item_delete_invalid_item_id"
    """There is no item with this identifier to delete.

    Seen on the service; no SDK declares it.
    """

    ITEM_RETRIEVE_INVALID_ITEM_ID = "item_retrieve_invalid_item_id"
    """There is no item with this identifier to return.

    Seen on the service; no SDK declares it.
    """

    INVALID_MODEL = "invalid_model"
    """The model is unknown, or not offered in the region of the resource.

    It is sent in place of `session.created`. Seen on the service; no SDK declares it.
    """

    INVALID_PROFILE = "invalid_profile"
    """The profile of the connection is unknown.

    It is sent in place of `session.created`. Seen on the service; no SDK declares it.
    """

    BYOM_REALTIME_CONNECTION_ERROR = "byom_realtime_connection_error"
    """The deployment that was to answer (bring your own model) does not exist or
    refuses. It ends the session. Seen on the service; no SDK declares it.
    """

    AGENT_INITIALIZATION_FAILED = "agent_initialization_failed"
    """The agent cannot be reached with these parameters and this identity.

    It ends the session. Seen on the service; no SDK declares it.
    """

    MESSAGE_CREATION_FAILED = "message_creation_failed"
    """The agent could not add a message to its conversation.

    Seen on the service; no SDK declares it.
    """

    RATE_LIMIT_EXCEEDED = "rate_limit_exceeded"
    """Too many tokens or requests in a short time; later it works again.

    Seen on the service; no SDK declares it.
    """

    SESSION_EXPIRED = "session_expired"
    """The session has reached its longest duration and ends; a new one can follow.

    Seen on the service; no SDK declares it.
    """

    SESSION_OUTPUT_OVERFLOW = "session_output_overflow"
    """The client did not read fast enough, so the service ends the session; a new one
    can follow. A close with code 1008 follows. Seen on the service; no SDK declares it.
    """

    MAX_CONFIG_ATTEMPTS_EXCEEDED = "max_config_attempts_exceeded"
    """No `session.update` was accepted within five messages.

    A close with code 1008 follows, and a new session would fail in the same way. Seen
    on the service; no SDK declares it.
    """

    EC_NOT_SUPPORTED = "ec_not_supported"
    """Echo cancellation was asked for in a session without audio, which ends the
    session. Seen on the service; no SDK declares it.
    """

    INVALID_SESSION_UPDATE_MESSAGE = "invalid_session_update_message"
    """A `session.update` has settings that are refused, or another message came before
    the first one was accepted. Seen on the service; no SDK declares it.
    """

    INSTRUCTIONS_CONFIGURATION_NOT_SUPPORTED = (
        "instructions_configuration_not_supported"
    )
    """The agent has instructions of its own, so a session cannot set any.

    Seen on the service; no SDK declares it.
    """

    TOOLS_CONFIGURATION_NOT_SUPPORTED = "tools_configuration_not_supported"
    """The agent has tools of its own, so a session cannot set any.

    Seen on the service; no SDK declares it.
    """

    INVALID_INPUT_AUDIO_TRANSCRIPTION_MODEL = "invalid_input_audio_transcription_model"
    """The transcription model does not work with the model of the session.

    Seen on the service; no SDK declares it.
    """

    INVALID_TOOL_CALL_ID = "invalid_tool_call_id"
    """There is no call with the `call_id` of a function output.

    Seen on the service; no SDK declares it.
    """

    MISSING_SDP = "missing_sdp"
    """`rtc.call.sdp.create` has no offer.

    Documented by the vendor; no SDK declares it.
    """


class ErrorResponse(Model, kw_only=True):
    """Envelope around an error, as used outside the event stream.

    No event contains it.
    """

    error: VoiceLiveErrorDetails | None = None
    """Message that describes the problem."""


class RtcCallErrorDetails(ErrorDetails, kw_only=True):
    """Why a WebRTC call operation failed.

    Declared in the SDK of 2026-06-01-preview; documented with 2026-01-01-preview.

    Since API version 2026-01-01-preview.
    """

    type: str | None = None
    """Broad kind of error: `invalid_request_error` for a bad request, `server_error`
    for trouble in the service.
    """

    code: str | None = None
    """Short name of the error for programs.

    May be absent.
    """

    message: str | None = None
    """Explanation for people."""


class ServerEventErrorDetails(ErrorDetails, kw_only=True):
    """Error that an `error` event reports."""

    type: str | None = None
    """Broad kind of error: `invalid_request_error` or `server_error`; others are
    possible. The first means that the request was at fault, the second the service.
    """

    code: str | None = None
    """Short name of the error for programs, for example `response_cancel_not_active`.
    May be `null`, or just repeat `type`.
    """

    message: str | None = None
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


class ServerEventWarningDetails(ErrorDetails, kw_only=True):
    """Warning that a `warning` event reports.

    Since API version 2026-01-01-preview.
    """

    message: str | None = None
    """Explanation for people."""

    code: str | None = None
    """Short name of the warning for programs.

    May be absent.
    """

    param: str | None = None
    """Path of the setting that the warning is about.

    May be absent.
    """


class VoiceLiveErrorDetails(ErrorDetails, kw_only=True):
    """Error inside another event, such as a failed transcription.

    Only `message` is certain.
    """

    code: str | None = None
    """Short name of the error for programs, for example `DeploymentNotFound`.

    May be `null`.
    """

    message: str | None = None
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
    "ErrorCode",
    "ErrorResponse",
    "RtcCallErrorDetails",
    "ServerEventErrorDetails",
    "ServerEventWarningDetails",
    "VoiceLiveErrorDetails",
]
