"""Read-only properties of a turn keeper: the state of the conversation."""

from __future__ import annotations

from voicelive._connection.protocol import ConnectionWrapper
from voicelive.turns._controller import TurnController
from voicelive.turns._errors import HarmlessReason
from voicelive.turns._hang_up import CallEnd
from voicelive.turns._playback import PlaybackClock
from voicelive.turns._tool_calls import ToolCall
from voicelive_protocol import Response, ServerEventError


class TurnProperties(ConnectionWrapper):
    """Read-only properties of `TurnKeeper`."""

    _controller: TurnController

    @property
    def playback(self) -> PlaybackClock | None:
        """The playback clock."""
        return self._controller.playback

    @property
    def active_response(self) -> Response | None:
        """The active response of the conversation, as in `response.created`."""
        return None if self.closed else self.state.responses.active

    @property
    def response_requested(self) -> bool:
        """Whether `response.create` was sent and its response has not started."""
        return self._controller.queue.requests.requested is not None

    @property
    def waiting_responses(self) -> int:
        """The number of queued `response.create` events."""
        return len(self._controller.queue.requests.waiting)

    @property
    def pending_calls(self) -> tuple[ToolCall, ...]:
        """Function calls for the application to answer, oldest first.

        Includes calls of functions in `tools` until their response has ended.
        """
        return tuple(self._controller.tool_runner.calls.pending())

    @property
    def running_calls(self) -> tuple[ToolCall, ...]:
        """Function calls that `tools` is running, oldest first."""
        return tuple(self._controller.tool_runner.calls.running())

    @property
    def idle(self) -> bool:
        """Whether the conversation is in a pause.

        The user is silent, no response is active, requested or queued, the application
        has no function call to answer and none is running, and no audio is left to
        play, by the playback clock or, without one, by an estimate. A clock that is
        `reported` counts until 10 s after the expected end without a report.
        """
        return self._controller.activity.idle

    @property
    def call_end(self) -> CallEnd | None:
        """The end of the call, if the keeper has closed the connection itself.

        The model ends a call with `end_call_tool`, a `SilenceWatch` after its last
        step, an application with `hang_up`. None before, and after any other end.
        """
        return self._controller.hang_up.call_end

    def benign(self, event: ServerEventError) -> HarmlessReason | None:
        """Return why an `error` event is harmless; None if it is not, or may not be.

        Call it when the event is received: the result depends on the state.
        """
        return self._controller.benign(event)
