"""Hanging up: the end of a call when the assistant was heard to the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from voicelive.turns._activity import Activity, InputCount
from voicelive_core.redaction import redacting_logger

logger = redacting_logger(__name__)


class EndedBy(StrEnum):
    """Cause of the end of a call."""

    MODEL = "model"
    """The model called the function of `end_call_tool`."""

    SILENCE = "silence"
    """The user was silent: the last step of a `SilenceWatch`."""

    APPLICATION = "application"
    """The application called `TurnKeeper.hang_up`."""


@dataclass(frozen=True, slots=True)
class CallEnd:
    """The end of a call that a `TurnKeeper` has closed.

    Attributes:
        reason: Reason of the model or the application; "" if there is none.
        ended_by: Cause of the end.
        heard: Whether the assistant was heard to the end; not if the user interrupted
            it, or the end of playback was not reported in time.
    """

    reason: str
    ended_by: EndedBy
    heard: bool


class HangUp:
    """Ends a call when the assistant was heard to the end.

    Args:
        activity: Activity of the conversation.
        close: Closes the connection normally; gets the reason.

    Attributes:
        call_end: The end of the call; None before.
    """

    def __init__(
        self, activity: Activity, close: Callable[[str], Awaitable[None]]
    ) -> None:
        self.call_end: CallEnd | None = None
        self._activity = activity
        self._close = close

    async def until_heard(
        self, since: InputCount, seconds: float, *, interruptible: bool
    ) -> bool | None:
        """Wait until the assistant was heard to the end.

        Args:
            since: The input of the user so far.
            seconds: Limit of the wait.
            interruptible: Whether the call goes on if the user speaks or sends input.

        Returns:
            Whether it was heard; None if the call goes on.
        """
        try:
            async with asyncio.timeout(seconds):
                heard = await self._activity.until_heard(since, any_input=interruptible)
        except TimeoutError:
            logger.warning("the assistant was not heard to the end in time")
            return False
        return None if interruptible and not heard else heard

    async def now(self, reason: str, ended_by: EndedBy, *, heard: bool) -> None:
        """Close the connection."""
        if self.call_end is None:
            self.call_end = CallEnd(reason, ended_by, heard)
            logger.info("the call was ended by the %s: %s", ended_by.value, reason)
        await self._close(reason)
