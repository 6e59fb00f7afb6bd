"""Silence watch: reprompts a silent user, then hangs up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from voicelive._checks import check_flag, check_seconds, check_text
from voicelive.turns._invoke import invoke
from voicelive.turns._prompt import Prompt, prompt_event
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import ClientEventResponseCreate

# Functions of an application get the keeper, which runs the watch.
if TYPE_CHECKING:
    from voicelive.turns._keeper import TurnKeeper

logger = redacting_logger(__name__)

SilenceStep: TypeAlias = (
    "Prompt | Callable[[TurnKeeper], Prompt | Awaitable[Prompt | None] | None]"
)
"""Step after a period of silence: a prompt, or a function that gets the keeper."""

_REASON = "the user was silent"


class SilenceWatch:
    """Reprompts a silent user, then hangs up; for `TurnKeeper(silence=...)`.

    ```python
    watch = SilenceWatch("Are you still there?", after=8, goodbye="Goodbye!")
    ```

    The time starts when the assistant was *heard* to the end: by the playback clock of
    the keeper or, without one, when the audio would have been played if it plays on
    arrival. It starts again after each step, and after everything else that happens: a
    response, a running function, a new connection. When the user speaks or sends
    something, the watch starts anew with the first step, after the next response.

    It needs the events of turn detection that report speech, or input that the client
    commits: `semantic_vad` of the native models reports speech only when it is over.

    A watch has no state: it can serve many sessions.

    Args:
        *steps: Step after each period of silence: a text, which the assistant
            says; the settings of a response; or a sync or async function that gets the
            `TurnKeeper` and returns either of them, or None for nothing. Plain
            functions run in a thread, and the watch waits until a function returns.
            Exceptions are logged, and the next step follows.
        after: Seconds of silence before a step, and before the end of the call; 10 by
            default. A list has one number for each step and, with `hang_up`, one for
            the end.
        hang_up: Whether to end the call after the last step, as by default.
        goodbye: What the assistant says before the end of the call, a text or the
            settings of a response; None (the default) for nothing. If the user speaks
            before it was heard, the call goes on.
        reason: Reason for `TurnKeeper.call_end`, the log and the service.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: There is nothing to do, a text is empty, the settings of a response
            are invalid, or a number of seconds is not above 0 or missing.
    """

    def __init__(
        self,
        *steps: SilenceStep,
        after: float | Sequence[float] = 10.0,
        hang_up: bool = True,
        goodbye: Prompt | None = None,
        reason: str = _REASON,
    ) -> None:
        check_flag("hang_up", hang_up)
        check_text("reason", reason)
        if not steps and not hang_up:
            raise ValueError("a SilenceWatch needs a step, or hang_up=True")
        if goodbye is not None and not hang_up:
            raise ValueError("goodbye needs hang_up=True")
        self.steps: tuple[Step, ...] = tuple(
            _read_step(number, step) for number, step in _count(steps)
        )
        self.after: tuple[float, ...] = _read_times(after, len(steps) + hang_up)
        self.hang_up: bool = hang_up
        self.goodbye: ClientEventResponseCreate | None = None
        if goodbye is not None:
            self.goodbye = prompt_event("goodbye", goodbye)
        self.reason: str = reason

    def __repr__(self) -> str:
        end = ", then hang up" if self.hang_up else ""
        times = ", ".join(f"{seconds:g}" for seconds in self.after)
        return f"<{type(self).__name__} {len(self.steps)} steps{end}, after {times} s>"


Step: TypeAlias = ClientEventResponseCreate | Callable[[Any], Any]
"""A step: a fixed `response.create`, or a function."""


async def step_event(step: Step, keeper: object) -> ClientEventResponseCreate | None:
    """Run a step; return the `response.create` to send, if there is one."""
    if isinstance(step, ClientEventResponseCreate):
        return step
    try:
        prompt = await invoke(step, keeper)
        return None if prompt is None else prompt_event("the result", prompt)
    except Exception:
        logger.exception("a step of the silence watch has failed")
        return None


def _count(steps: Sequence[object]) -> list[tuple[int, object]]:
    return list(enumerate(steps, 1))


def _read_step(number: int, step: object) -> Step:
    if callable(step):
        return step
    return prompt_event(f"step {number}", step)


def _read_times(after: object, count: int) -> tuple[float, ...]:
    if isinstance(after, list | tuple):
        times = cast(Sequence[object], after)
        if len(times) != count:
            raise ValueError(f"after needs {count} numbers, not {len(times)}: {after}")
    else:
        times = [after] * count
    for seconds in times:
        check_seconds("after", seconds, zero=False)
    return tuple(cast(Sequence[float], times))
