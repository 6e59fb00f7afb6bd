"""Measurement of a turn: request, response, tool calls, outcome."""

from __future__ import annotations

from dataclasses import dataclass, field

from voicelive_loadtest.callers.playout import Playout
from voicelive_loadtest.callers.samples import Interval

UNKNOWN_RESPONSE = ""
"""Placeholder for the id of an active response that could not be read."""


@dataclass(frozen=True, slots=True)
class ToolCallRequest:
    """A function call requested by the service.

    Attributes:
        call_id: Identifier of the call.
        at: Time at which its arguments were complete.
    """

    call_id: str
    at: float


@dataclass(slots=True)
class TurnMeasurement:
    """State and times of a turn, in seconds of `time.monotonic`.

    Attributes:
        began: Intended start.
        asked: Intended end of the request.
        playout: Playback of the response.
        interval: Statistic for the time from `asked` to the first output.
        answered: Arrival of the first output.
        response_id: Identifier of the active response.
        status: Status of the last response, once done.
        tool_calls: Requested function calls.
        failure: Failure reason; None if the turn has not failed.
    """

    began: float
    asked: float
    playout: Playout
    interval: Interval
    answered: float | None = None
    response_id: str | None = None
    status: str | None = None
    tool_calls: list[ToolCallRequest] = field(default_factory=list[ToolCallRequest])
    failure: str | None = None

    def has(self, response_id: str | None) -> bool:
        """Return whether a response belongs to this turn.

        Args:
            response_id: Its identifier; None if unreadable, which matches the active
                response, since there is one at a time.
        """
        if self.response_id == UNKNOWN_RESPONSE and response_id is not None:
            self.response_id = response_id
        if self.response_id is None:
            return False
        return response_id is None or response_id == self.response_id

    @property
    def wants_audio(self) -> bool:
        """Whether the response is spoken."""
        return self.interval is not Interval.REQUEST_TO_TEXT

    @property
    def complete(self) -> bool:
        """Whether the response is done or the turn has failed."""
        return self.status is not None or self.failure is not None

    def expect(self, asked: float, interval: Interval) -> None:
        """Expect another response, with a new intended request time."""
        self.asked = asked
        self.interval = interval
        self.answered = self.response_id = self.status = None
        self.tool_calls.clear()
