"""Guards around user code: responders, transcribers, MCP hosts and clocks.

An exception or an invalid return value must not end or block a session. It becomes a
failed response, transcription or call with an error that describes it, and is logged
and recorded, so that a test can assert that there was none.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, get_args

import msgspec

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine.interfaces import (
    HeardAudio,
    McpError,
    McpHost,
    McpTool,
    ReplyRequest,
    Responder,
    Transcriber,
    TranscriptionFailure,
)
from voicelive_mockserver.engine.latency import LatencyModel
from voicelive_mockserver.engine.replies import (
    Ending,
    Failed,
    Output,
    Reply,
    Say,
    reply_of,
)
from voicelive_mockserver.scenario.validation import convert
from voicelive_mockserver.server.options import shown

logger = redacting_logger(__name__)

_MAX_ERRORS = 100
_OUTPUTS: tuple[type, ...] = get_args(Output)
_ENDINGS: tuple[type, ...] = get_args(Ending)
_REPLIES = (
    "expected a text, an output such as Say or CallFunction, a list of these, or a "
    "Reply"
)


class UserCodeErrors:
    """Log and record of the failures of user code."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        """Distinct descriptions, oldest first; at most 100."""

    def report(self, text: str, error: Exception | None = None) -> None:
        """Log and record a failure.

        Args:
            text: The description.
            error: The exception, if there is one.
        """
        logger.error("%s", text, exc_info=error)
        if text not in self.texts and len(self.texts) < _MAX_ERRORS:
            self.texts.append(text)


class CheckedResponder:
    """Responder that always returns a `Reply`.

    Args:
        responder: The responder.
        errors: Records failures.
    """

    def __init__(self, responder: Responder, errors: UserCodeErrors) -> None:
        self._responder = responder
        self._errors = errors

    def __call__(self, request: ReplyRequest, /) -> Reply:
        """Return the reply of the responder, or one that fails the response."""
        try:
            value = self._responder(request)
        except Exception as error:
            return self._failed(f"The responder raised {_described(error)}.", error)
        try:
            return as_reply(value)
        except ValueError as error:
            return self._failed(str(error))

    def _failed(self, text: str, error: Exception | None = None) -> Reply:
        self._errors.report(text, error)
        return Reply((), Failed(message=text))


class CheckedTranscriber:
    """Transcriber that returns a transcript or a failure, and never raises.

    Args:
        transcriber: The transcriber.
        errors: Records failures.
    """

    def __init__(self, transcriber: Transcriber, errors: UserCodeErrors) -> None:
        self._transcriber = transcriber
        self._errors = errors

    def __call__(self, audio: HeardAudio, /) -> str | TranscriptionFailure:
        """Return the transcript, or a failure that describes the problem."""
        try:
            value: Any = self._transcriber(audio)
        except Exception as error:
            text = f"The transcriber raised {_described(error)}."
            self._errors.report(text, error)
            return TranscriptionFailure(message=text)
        if isinstance(value, str):
            return value
        if isinstance(value, TranscriptionFailure) and (
            isinstance(value.code, str) and isinstance(value.message, str)
        ):
            return value
        text = f"The transcriber returned {_returned(value)}; expected a text."
        self._errors.report(text)
        return TranscriptionFailure(message=text)


class CheckedMcpHost:
    """MCP host whose only exception is `McpError`.

    Args:
        host: The MCP host.
        errors: Records failures.
    """

    def __init__(self, host: McpHost, errors: UserCodeErrors) -> None:
        self._host = host
        self._errors = errors

    def list_tools(self, server: Mapping[str, Any], /) -> Sequence[McpTool]:
        """Return the tools of a server.

        Raises:
            McpError: The server cannot be reached, or the host failed.
        """
        value = self._called("list_tools", lambda: self._host.list_tools(server))
        if not isinstance(value, (list, tuple)):
            raise self._problem("list_tools", value, "expected a list of McpTool")
        for tool in value:
            if not _is_tool(tool):
                raise self._problem(
                    "list_tools", tool, "expected McpTool(name, description, schema)"
                )
        return tuple(value)

    def call(self, server: Mapping[str, Any], name: str, arguments: str, /) -> str:
        """Return the result of a tool.

        Raises:
            McpError: The call or the host failed.
        """
        value = self._called("call", lambda: self._host.call(server, name, arguments))
        if not isinstance(value, str):
            raise self._problem("call", value, "expected a text")
        return value

    def _called(self, method: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except McpError:
            raise
        except Exception as error:
            text = f"The method {method} of the MCP host raised {_described(error)}."
            self._errors.report(text, error)
            raise McpError(text) from None

    def _problem(self, method: str, value: object, expected: str) -> McpError:
        text = (
            f"The method {method} of the MCP host returned {_returned(value)}; "
            f"{expected}."
        )
        self._errors.report(text)
        return McpError(text)


class CheckedClock:
    """Clock that replaces an invalid time by the system time.

    Args:
        clock: Returns the time in Unix seconds.
        errors: Records failures.

    Raises:
        TypeError: `clock` is not callable.
    """

    def __init__(self, clock: Callable[[], float], errors: UserCodeErrors) -> None:
        if not callable(clock):
            raise TypeError(f"clock: expected a function, not {shown(clock)}")
        self._clock = clock
        self._errors = errors

    def __call__(self) -> float:
        """Return the time in Unix seconds."""
        try:
            value: Any = self._clock()
        except Exception as error:
            self._errors.report(f"The clock raised {_described(error)}.", error)
            return time.time()
        if isinstance(value, (int, float)) and isfinite(value):
            return value
        text = f"The clock returned {_returned(value)}; expected Unix seconds."
        self._errors.report(text)
        return time.time()


def as_reply(value: Any) -> Reply:
    """Convert the return value of a responder to a reply.

    Args:
        value: A text, an output, a list of these, or a reply.

    Raises:
        ValueError: The value has another type, or an invalid field.
    """
    reply = _reply(value)
    for place, output in enumerate(reply.outputs):
        _check_struct(output, f"output {place + 1}: " if place else "")
    if reply.ending is not None:
        _check_struct(reply.ending, "ending: ")
    return reply


def _reply(value: Any) -> Reply:
    if not isinstance(value, Reply):
        if isinstance(value, str) or _is_output(value):
            return reply_of(value)
        if isinstance(value, (list, tuple)):
            return Reply(tuple(_outputs(value)))
        raise ValueError(f"The responder returned {_returned(value)}; {_REPLIES}.")
    if not isinstance(value.outputs, (list, tuple)):
        raise ValueError(
            f"The responder returned a Reply with outputs {_returned(value.outputs)}; "
            "expected a tuple of outputs."
        )
    if not isinstance(value.ending, (*_ENDINGS, type(None))):
        raise ValueError(
            f"The responder returned a Reply with ending {_returned(value.ending)}; "
            "expected Failed, Incomplete, Cancelled or None."
        )
    if not isinstance(value.latency, LatencyModel | None):
        raise ValueError(
            f"The responder returned a Reply with latency {_returned(value.latency)}; "
            "expected a LatencyModel or None."
        )
    if isinstance(value.outputs, tuple) and all(map(_is_output, value.outputs)):
        return value
    return Reply(tuple(_outputs(value.outputs)), value.ending, value.latency)


def _outputs(values: Sequence[Any]) -> Iterator[Output]:
    for value in values:
        if isinstance(value, str):
            yield Say(value)
        elif _is_output(value):
            yield value
        else:
            raise ValueError(
                f"The responder returned a list with {_returned(value)} in it; "
                "expected texts and outputs such as Say or CallFunction."
            )


def _is_output(value: Any) -> bool:
    return isinstance(value, _OUTPUTS)


def _check_struct(value: Any, place: str) -> None:
    """Reject an output or an ending with a field of a wrong type."""
    kind = type(value)
    try:
        result = convert(msgspec.to_builtins(value), kind)
    except (TypeError, ValueError, RecursionError) as error:
        text = f"The responder returned {kind.__name__} that is not JSON: {error}"
        raise ValueError(f"{text}.") from None
    if isinstance(result, list):
        problem = result[0]
        field = f"{problem.field}: " if problem.path else ""
        raise ValueError(
            f"The responder returned {kind.__name__}: {place}{field}{problem.message}."
        )


def _is_tool(value: Any) -> bool:
    if not (
        isinstance(value, McpTool)
        and isinstance(value.name, str)
        and isinstance(value.description, str)
        and isinstance(value.input_schema, Mapping)
    ):
        return False
    try:
        msgspec.to_builtins(value.input_schema)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _described(error: Exception) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _returned(value: Any) -> str:
    """Describe a return value for a message; a coroutine is closed."""
    if inspect.iscoroutine(value):
        value.close()
        return "a coroutine: it is an async function, and has to be a plain one"
    if inspect.isawaitable(value):
        return f"an awaitable ({type(value).__name__}), which is not awaited"
    if inspect.isgenerator(value) or inspect.isasyncgen(value):
        return "a generator: it uses yield, and has to return a list"
    if inspect.isroutine(value) or inspect.isclass(value):
        return f"{getattr(value, '__qualname__', value)} itself, which is not called"
    try:
        return shown(value)
    except Exception:
        return f"an object of type {type(value).__name__}"
