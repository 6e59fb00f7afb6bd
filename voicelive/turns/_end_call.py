"""End-call tool: the model ends the call after its goodbye."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from voicelive._checks import check_flag, check_seconds, check_text
from voicelive._connection.reading import text
from voicelive.turns._prompt import Prompt, prompt_event
from voicelive_protocol import ClientEventResponseCreate, parse

DEFAULT_GOODBYE: Final[Mapping[str, object]] = {
    "instructions": (
        "Say goodbye to the user in one short sentence, in the language of the "
        "conversation. Say nothing else."
    ),
    "tool_choice": "none",
}
"""Settings of the response that says goodbye, if the model has not done so."""

_DESCRIPTION = (
    "End the call. Say goodbye to the user first, in the same response, and then call "
    "this function. The call ends when the user has heard the goodbye."
)


@dataclass(frozen=True, slots=True)
class EndCallOptions:
    """Options of the end-call tool.

    Attributes:
        goodbye: The `response.create` of a missing goodbye; None for none.
        interruptible: Whether the call continues if the user speaks.
        timeout: Limit of the wait in seconds.
    """

    goodbye: ClientEventResponseCreate | None
    interruptible: bool
    timeout: float


class EndCallTool:
    """Function that ends the call, for a `ToolSet`; see `end_call_tool`."""

    def __init__(self, name: str, description: str, options: EndCallOptions) -> None:
        self.__name__: str = name
        self.description: str = description
        self.options: EndCallOptions = options

    async def __call__(self, reason: str = "") -> str:
        """Return the reason; a `TurnKeeper` ends the call instead of calling this.

        Args:
            reason: Why the call ends, in a few words.
        """
        return reason


def end_call_tool(
    *,
    name: str = "end_call",
    description: str = _DESCRIPTION,
    goodbye: Prompt | None = DEFAULT_GOODBYE,
    interruptible: bool = True,
    timeout: float = 30.0,
) -> EndCallTool:
    """Return a function with which the model ends the call.

    ```python
    tools = ToolSet(get_weather, end_call_tool())
    ```

    When the model calls it, the other functions of the same response are run, and the
    `TurnKeeper` waits until everything that the assistant has said was heard: by the
    playback clock, or when the audio would have been played if there is none. Then it
    closes the connection with code 1000. No response is requested. The reason that the
    model gives is in `TurnKeeper.call_end`, in the log, and the close reason.

    Args:
        name: Name for the model; `end_call` by default.
        description: When to call it, for the model.
        goodbye: What the assistant says if the model calls the function without having
            said anything in the same response: a text, or the settings of a response.
            By default the model is asked for a short goodbye; None for no goodbye.
        interruptible: Whether the call continues if the user speaks before the goodbye
            was heard to its end, as they do by default: the model gets the result that
            the call goes on. If false, an interruption ends the call at once.
        timeout: Seconds after which the call ends although the end of playback was not
            reported, or other calls were not answered; 30 by default.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A text is empty, the settings of the goodbye are invalid, or the
            timeout is not above 0.
    """
    for argument, value in (("name", name), ("description", description)):
        check_text(argument, value)
        if not value.strip():
            raise ValueError(f"{argument} must not be empty")
    check_flag("interruptible", interruptible)
    check_seconds("timeout", timeout, zero=False)
    said = None if goodbye is None else prompt_event("goodbye", goodbye)
    return EndCallTool(name, description, EndCallOptions(said, interruptible, timeout))


def end_reason(arguments: str) -> str:
    """Return the reason in the arguments of a call; "" if there is none.

    A model that wants to end the call is not asked to correct its arguments.
    """
    try:
        return text(parse(arguments), "reason").strip()
    except (ValueError, RecursionError):
        return ""
