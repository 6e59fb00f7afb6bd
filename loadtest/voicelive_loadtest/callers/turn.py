"""One turn of a conversation: something is asked, and answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from voicelive_loadtest.callers.playout import Playout
from voicelive_loadtest.callers.samples import Interval

UNKNOWN_RESPONSE = ""
"""Stands for the id of a response that has begun, as long as it cannot be read."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the service wants to have called.

    Attributes:
        call_id: The service's name for this call.
        at: When it was complete.
    """

    call_id: str
    at: float


@dataclass(slots=True)
class Turn:
    """What is known of a turn. Times are seconds of `time.monotonic`.

    Attributes:
        began: When it was to begin.
        asked: When the question was to be complete.
        playout: What is heard.
        interval: What the time from `asked` to the first of the answer is.
        answered: When the first of the answer came.
        response_id: The response that is going on, once there is one.
        status: How the last response ended, once it has.
        tool_calls: What the service wants to have called.
        failure: Why the turn has failed, if it has.
    """

    began: float
    asked: float
    playout: Playout
    interval: Interval
    answered: float | None = None
    response_id: str | None = None
    status: str | None = None
    tool_calls: list[ToolCall] = field(default_factory=list[ToolCall])
    failure: str | None = None

    def has(self, response_id: str | None) -> bool:
        """Whether a response is the one that is going on.

        Args:
            response_id: Its id; None if it cannot be read. There is one response at a
                time, so it is this one then.
        """
        if self.response_id == UNKNOWN_RESPONSE and response_id is not None:
            self.response_id = response_id
        if self.response_id is None:
            return False
        return response_id is None or response_id == self.response_id

    @property
    def wants_audio(self) -> bool:
        """Whether the answer is to be heard."""
        return self.interval is not Interval.REQUEST_TO_TEXT

    @property
    def complete(self) -> bool:
        """Whether the service has nothing more to say in this turn."""
        return self.status is not None or self.failure is not None

    def expect(self, asked: float, interval: Interval) -> None:
        """Wait for one more response, which was to be asked for at a time."""
        self.asked = asked
        self.interval = interval
        self.answered = self.response_id = self.status = None
        self.tool_calls.clear()
