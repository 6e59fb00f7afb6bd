"""Options of a tool: time limit, progress messages, delivery of the result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, cast

from voicelive._checks import check_seconds
from voicelive.turns._end_call import EndCallOptions
from voicelive.turns._invoke import invoke
from voicelive.turns._prompt import Prompt, prompt_event
from voicelive_core.redaction import redacting_logger
from voicelive_core.suggest import did_you_mean
from voicelive_protocol import ClientEventResponseCreate

logger = redacting_logger(__name__)


class ResultDelivery(StrEnum):
    """Delivery of the result of a tool while the model or the user is speaking."""

    WHEN_IDLE = "when_idle"
    """A response is requested when the user is silent and no response is active."""

    INTERRUPT = "interrupt"
    """The active response and its audio are stopped, and a response is requested at
    once, also while the user is speaking.
    """

    SILENT = "silent"
    """No response is requested: the model has the result for its next response."""


ProgressFunction: TypeAlias = Callable[
    [float], Prompt | Awaitable[Prompt | None] | None
]
"""Returns a prompt, or None, given the seconds since the start of the call."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress messages of a tool.

    Attributes:
        function: Returns the prompt; None if `event` is fixed.
        event: The fixed `response.create`; None if there is a function.
        after: Seconds from the start of the call to the first message.
        every: Seconds from the end of one message to the next; None for a single one.
    """

    function: ProgressFunction | None
    event: ClientEventResponseCreate | None
    after: float
    every: float | None

    async def next_event(self, seconds: float) -> ClientEventResponseCreate | None:
        """Return the `response.create` of the next message; None for no message."""
        if self.function is None:
            return self.event
        try:
            prompt = await invoke(self.function, seconds)
            return None if prompt is None else prompt_event("the result", prompt)
        except Exception:
            logger.exception("the progress function of a tool has failed")
            return None


@dataclass(frozen=True, slots=True)
class ToolOptions:
    """Options of a tool.

    Attributes:
        timeout: Time limit of a call in seconds; None for no limit.
        delivery: Delivery of its result.
        progress: Messages while it runs, if any.
        end_call: Options of the end-call tool, if it is that.
    """

    timeout: float | None = None
    delivery: ResultDelivery = ResultDelivery.WHEN_IDLE
    progress: Progress | None = None
    end_call: EndCallOptions | None = None


def check_delivery(value: object) -> ResultDelivery:
    """Return a delivery given as a member or by its value.

    Raises:
        TypeError: It is not a string.
        ValueError: There is no such delivery.
    """
    if not isinstance(value, str):
        raise TypeError(f"delivery takes a ResultDelivery or a string, not {value!r}")
    try:
        return ResultDelivery(value)
    except ValueError:
        known = [member.value for member in ResultDelivery]
        raise ValueError(
            f"delivery must be one of {', '.join(known)}, not {value!r}"
            + did_you_mean(value, known)
        ) from None


def check_options(
    *, timeout: object, delivery: object, progress: object, after: object, every: object
) -> ToolOptions:
    """Return the options of a tool.

    Raises:
        TypeError, ValueError: See `ToolSet.add`.
    """
    if timeout is not None:
        check_seconds("timeout", timeout, zero=False)
    check_seconds("progress_after", after)
    if every is not None:
        check_seconds("progress_every", every, zero=False)
    messages = None
    if progress is not None:
        is_function = callable(progress)
        messages = Progress(
            cast(Any, progress) if is_function else None,
            None if is_function else prompt_event("progress", progress),
            cast(float, after),
            cast(float | None, every),
        )
    elif every is not None:
        raise ValueError("progress_every needs progress: what the assistant says")
    return ToolOptions(cast(float | None, timeout), check_delivery(delivery), messages)
