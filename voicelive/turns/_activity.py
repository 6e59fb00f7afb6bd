"""Activity of a conversation: responses, speech, functions, playback, pauses."""

from __future__ import annotations

import asyncio
import contextlib
from enum import Enum, auto
from typing import NamedTuple

from voicelive._connection.clock import loop_time
from voicelive._connection.protocol import StatefulConnection
from voicelive.turns._playback import PlaybackClock
from voicelive.turns._playback_estimate import PlaybackEstimate
from voicelive.turns._response_queue import ResponseQueue
from voicelive.turns._tool_calls import ToolCalls
from voicelive.turns._user_turn import UserTurn

# Limits of the wait for the end of playback: an application may flush the clock at any
# time, and a clock that reports in steps should not cause a busy loop.
_MAX_PLAYBACK_WAIT_SECONDS = 0.2
_MIN_PLAYBACK_WAIT_SECONDS = 0.01

# Time after the expected end of playback in which an application that reports its
# playback has to report something.
_REPORT_SECONDS = 10.0


class Changes:
    """Notification of waiting tasks that something has changed."""

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None

    def notify(self) -> None:
        """Wake all waiting tasks."""
        if self._event is not None:
            self._event.set()
            self._event = None

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for the next change.

        Args:
            seconds: Longest wait; None for no limit.
        """
        event = self._event = self._event or asyncio.Event()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()


class InputCount(NamedTuple):
    """Input of the user so far.

    Attributes:
        inputs: How often the user has started to speak or sent something.
        interruptions: How often that has interrupted the assistant.
    """

    inputs: int
    interruptions: int


class SpeakingParty(Enum):
    """A party of the conversation."""

    USER = auto()
    ASSISTANT = auto()


class Activity:
    """Activity of a conversation.

    Args:
        connection: The connection.
        queue: The queue of responses.
        user_turn: The turn of the user.
        calls: The unanswered function calls.
        position: Clock or estimate of the audio that was played.
        changes: Notified of changes other than of the playback position.

    Attributes:
        user: The input of the user so far.
        last_speaker: Whose turn was the last; None before the first.
    """

    def __init__(
        self,
        connection: StatefulConnection,
        queue: ResponseQueue,
        user_turn: UserTurn,
        calls: ToolCalls,
        position: PlaybackClock | PlaybackEstimate,
        changes: Changes,
    ) -> None:
        self._connection = connection
        self._queue = queue
        self._user_turn = user_turn
        self._calls = calls
        self._position = position
        self._changes = changes
        self.user = InputCount(0, 0)
        self.last_speaker: SpeakingParty | None = None
        # The last result of `unplayed_seconds`, and the time of its last change.
        self._unplayed = 0.0
        self._changed_at = 0.0

    @property
    def responding(self) -> bool:
        """Whether a response is active, requested or queued."""
        return self._connection.state.responses.pending or self._queue.busy

    @property
    def in_dialogue(self) -> bool:
        """Whether the user is speaking, or a response of the conversation is due.

        Unlike `responding` it does not include out-of-band responses.
        """
        responses = self._connection.state.responses
        return (
            self._queue.busy
            or self._user_turn.in_progress
            or responses.active is not None
            or any(not request.out_of_band for request in responses.requested)
        )

    @property
    def calling(self) -> bool:
        """Whether a function call is not answered."""
        return any(self._calls)

    @property
    def ready(self) -> bool:
        """Whether there is a connection and its session has begun."""
        return self._connection.ready

    @property
    def unsettled(self) -> bool:
        """Whether the assistant is responding, or the user is speaking."""
        return self.responding or self._user_turn.in_progress

    @property
    def unplayed_seconds(self) -> float:
        """Duration of the audio that is left to play."""
        return self._position.remaining_ms / 1000

    @property
    def awaited_seconds(self) -> float:
        """`unplayed_seconds`; 0 if an application has ceased to report its playback."""
        unplayed, now = self.unplayed_seconds, loop_time()
        if unplayed != self._unplayed:
            self._unplayed, self._changed_at = unplayed, now
        is_overdue = now - self._changed_at > unplayed + _REPORT_SECONDS
        return 0.0 if is_overdue else unplayed

    @property
    def idle(self) -> bool:
        """Whether the conversation is in a pause; see `TurnKeeper.idle`."""
        return not (self.unsettled or self.calling or self.awaited_seconds)

    def changed(self) -> None:
        """Wake the tasks that wait for a change."""
        self._changes.notify()

    def user_active(self, *, interrupts: bool = False) -> None:
        """Record that the user has started to speak, or has sent something.

        Args:
            interrupts: Whether it interrupts the assistant.
        """
        inputs, interruptions = self.user
        self.user = InputCount(inputs + 1, interruptions + interrupts)
        self.last_speaker = SpeakingParty.USER
        self.changed()

    def assistant_spoke(self) -> None:
        """Record that a response of the conversation has ended."""
        self.last_speaker = SpeakingParty.ASSISTANT

    async def wait_for_change(self, seconds: float | None = None) -> None:
        """Wait for a change other than of the playback position.

        Args:
            seconds: Longest wait; None for no limit.
        """
        expected = self._user_turn.expected_seconds
        if expected is not None:
            # That a response is no longer expected is a change without an event.
            seconds = expected if seconds is None else min(seconds, expected)
        await self._changes.wait(seconds)

    async def wait_for_playback(self, unplayed_seconds: float) -> None:
        """Wait until the audio may have been played, or for another change."""
        wait = min(unplayed_seconds, _MAX_PLAYBACK_WAIT_SECONDS)
        await self._changes.wait(max(wait, _MIN_PLAYBACK_WAIT_SECONDS))

    def interrupted(self, since: InputCount, *, any_input: bool) -> bool:
        """Return whether the user has interrupted the assistant; see `until_heard`."""
        if self.user.interruptions != since.interruptions:
            return True
        speaking = self._user_turn.in_progress
        return any_input and (speaking or self.user.inputs != since.inputs)

    async def until_heard(self, since: InputCount, *, any_input: bool) -> bool:
        """Wait until everything that the assistant says was heard, or an interruption.

        Args:
            since: The input of the user so far.
            any_input: Whether any input of the user counts as an interruption.

        Returns:
            Whether it was heard to the end.
        """
        while True:
            if self.interrupted(since, any_input=any_input):
                return False
            unplayed = self.unplayed_seconds
            if self.responding:
                await self.wait_for_change()
            elif unplayed:
                await self.wait_for_playback(unplayed)
            else:
                return True

    async def until_silent(self) -> None:
        """Wait until nothing is being said, on a connection that is ready.

        Functions may be running.
        """
        while True:
            unplayed = self.awaited_seconds
            if self.unsettled or not self.ready:
                await self.wait_for_change()
            elif unplayed:
                await self.wait_for_playback(unplayed)
            else:
                return
