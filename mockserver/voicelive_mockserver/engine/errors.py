"""Rejections: what the service answers instead of doing what it was asked."""

from typing import Any


class RequestError(Exception):
    """A client event that the service rejects. The session goes on.

    Args:
        code: The code of the error, such as `invalid_value`.
        message: The text for a reader.
        param: Path of the offending field, such as `session.voice`.
        error_type: The class of the error.
    """

    def __init__(
        self,
        code: str | None,
        message: str,
        *,
        param: str | None = None,
        error_type: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.error_type = error_type


def error_body(error: RequestError, client_event_id: str | None) -> dict[str, Any]:
    """Return the keys of an `error` event, after `type`.

    Args:
        error: What is wrong.
        client_event_id: The `event_id` of the rejected client event, if it had one.
    """
    return {
        "error": {
            "type": error.error_type,
            "code": error.code,
            "message": error.message,
            "param": error.param,
            "event_id": client_event_id,
        }
    }


def unknown_item(action: str, item_id: str) -> RequestError:
    """Return the rejection of an item that the conversation does not have.

    Args:
        action: What was to be done: `retrieve`, `delete` or `truncate`.
        item_id: The identifier that the client sent.
    """
    return RequestError(
        f"item_{action}_invalid_item_id",
        f"Cannot {action} the item: item with item_id '{item_id}' not found.",
        param="item_id",
    )


def active_response(response_id: str) -> RequestError:
    """Return the rejection of a second response while one is running."""
    return RequestError(
        "conversation_already_has_active_response",
        "Conversation already has an active response in progress: "
        f"{response_id}. Wait until the response is finished before creating a new "
        "one.",
    )


def no_active_response() -> RequestError:
    """Return the rejection of a cancellation when nothing is running."""
    return RequestError(
        "response_cancel_not_active", "Cancellation failed: no active response found"
    )


def commit_empty(buffered_ms: float) -> RequestError:
    """Return the rejection of a commit of less than 100 ms of audio."""
    return RequestError(
        "input_audio_buffer_commit_empty",
        "Error committing input audio buffer: buffer too small. Expected at least "
        f"100ms of audio, but buffer only has {buffered_ms:.2f}ms of audio.",
    )


def missing(param: str) -> RequestError:
    """Return the rejection of an event without a required field."""
    return RequestError(
        "missing_required_parameter",
        f"Missing required parameter: '{param}'.",
        param=param,
    )


def invalid_value(
    param: str, value: object, supported: tuple[str, ...]
) -> RequestError:
    """Return the rejection of a value that is none of those supported."""
    values = ", ".join(f"'{item}'" for item in supported)
    return RequestError(
        "invalid_value",
        f"Invalid value: '{value}'. Supported values are: {values}.",
        param=param,
    )


def invalid_type(param: str, expected: str, value: object) -> RequestError:
    """Return the rejection of a value of the wrong JSON type."""
    return RequestError(
        "invalid_type",
        f"Invalid type for '{param}': expected {expected}, but got "
        f"{json_type(value)} instead.",
        param=param,
    )


def json_type(value: object) -> str:
    """Return the name of the JSON type of a decoded value, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a decimal number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
