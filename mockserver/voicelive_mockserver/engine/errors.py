"""Rejected client events: the exception, and errors of the catalogue as exceptions."""

from __future__ import annotations

from typing import Any

from voicelive_protocol.error_catalogue import ERROR_CATALOGUE


class RequestError(Exception):
    """A rejected client event. The session continues unless the error is fatal.

    Args:
        code: Code of the error, such as `invalid_value`.
        message: Human-readable message.
        param: Path of the offending field, such as `session.voice`.
        error_type: Broad kind of error.
        fatal: Whether the error ends the session.
        close_code: Close code after a fatal error; None if it is not known.
    """

    def __init__(
        self,
        code: str | None,
        message: str,
        *,
        param: str | None = None,
        error_type: str = "invalid_request_error",
        fatal: bool = False,
        close_code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.error_type = error_type
        self.fatal = fatal
        self.close_code = close_code


def rejected(name: str, **values: object) -> RequestError:
    """Return an error of the catalogue.

    Args:
        name: Name in `ERROR_CATALOGUE`.
        values: Values of the placeholders.

    Raises:
        KeyError: Unknown name or missing value.
    """
    known = ERROR_CATALOGUE[name]
    return RequestError(
        known.code,
        known.message.format(**values),
        param=None if known.param is None else known.param.format(**values),
        error_type=known.error_type,
        fatal=known.fatal,
        close_code=known.close_code,
    )


def example(name: str) -> RequestError:
    """Return an error of the catalogue with the values of its example.

    Args:
        name: Name in `ERROR_CATALOGUE`.

    Raises:
        KeyError: Unknown name.
    """
    return rejected(name, **ERROR_CATALOGUE[name].example)


def error_details(error: RequestError) -> dict[str, Any]:
    """Return an error in the form used by failed responses and transcriptions."""
    return {
        "type": error.error_type,
        "code": error.code,
        "message": error.message,
        "param": error.param,
    }


def error_body(error: RequestError, client_event_id: str | None) -> dict[str, Any]:
    """Return the keys of an `error` event, after `type`.

    Args:
        error: The error.
        client_event_id: `event_id` of the rejected client event, if it had one.
    """
    return {"error": {**error_details(error), "event_id": client_event_id}}


def unknown_item(action: str, item_id: str) -> RequestError:
    """Return the error for an identifier without an item in the conversation.

    Args:
        action: `retrieve`, `delete` or `truncate`.
        item_id: Identifier sent by the client.
    """
    return rejected(f"item_{action}_invalid_item_id", item_id=item_id)


def active_response(response_id: str) -> RequestError:
    """Return the error for a second response while one is active."""
    return rejected("conversation_already_has_active_response", response_id=response_id)


def no_active_response() -> RequestError:
    """Return the error for a cancellation without an active response."""
    return rejected("response_cancel_not_active")


def commit_empty(buffered_ms: float) -> RequestError:
    """Return the error for committing less than 100 ms of audio."""
    return rejected("input_audio_buffer_commit_empty", buffered_ms=buffered_ms)


def missing(param: str) -> RequestError:
    """Return the error for a missing required field."""
    return rejected("missing_required_parameter", param=param)


def invalid_value(
    param: str, value: object, supported: tuple[str, ...]
) -> RequestError:
    """Return the error for an unsupported value."""
    values = ", ".join(f"'{item}'" for item in supported)
    return rejected("invalid_value", param=param, value=value, supported=values)


def invalid_type(param: str, expected: str, value: object) -> RequestError:
    """Return the error for a value of the wrong JSON type."""
    return rejected(
        "invalid_type", param=param, expected=expected, found=json_type(value)
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
