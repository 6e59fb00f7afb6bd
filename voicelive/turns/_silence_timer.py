"""Silence timer: measures the silence of a user and runs the steps of a watch."""

from __future__ import annotations

from voicelive._connection.clock import loop_time
from voicelive.turns._activity import Activity, SpeakingParty
from voicelive.turns._hang_up import EndedBy, HangUp
from voicelive.turns._response_queue import ResponseQueue
from voicelive.turns._silence_watch import SilenceWatch, step_event

# Time limit for the goodbye to be heard.
_GOODBYE_SECONDS = 30.0


class SilenceTimer:
    """Runs the steps of a `SilenceWatch` for one conversation.

    Args:
        watch: The watch.
        activity: Activity of the conversation.
        queue: The queue of responses.
        hang_up: Ends the call.
        keeper: Argument for the functions of the watch.
    """

    def __init__(
        self,
        watch: SilenceWatch,
        activity: Activity,
        queue: ResponseQueue,
        hang_up: HangUp,
        keeper: object,
    ) -> None:
        self._watch = watch
        self._activity = activity
        self._queue = queue
        self._hang_up = hang_up
        self._keeper = keeper
        # Number of steps since the last input of the user, and that input.
        self._done = 0
        self._input = activity.user

    async def run(self) -> None:
        """Run the steps until the connection ends."""
        while True:
            await self._until_due()
            if self._done < len(self._watch.steps):
                await self._step()
            elif await self._end_call():
                return
            self._done += 1

    async def _until_due(self) -> None:
        """Wait until the user has been silent for long enough."""
        activity = self._activity
        silent_since: float | None = None
        while True:
            if activity.user != self._input:
                self._input, self._done = activity.user, 0
            if self._is_waiting:
                silent_since = None
                await activity.wait_for_change()
            elif unplayed := activity.awaited_seconds:
                silent_since = None
                await activity.wait_for_playback(unplayed)
            else:
                now = loop_time()
                silent_since = now if silent_since is None else silent_since
                left = silent_since + self._watch.after[self._done] - now
                if left <= 0 and not activity.responding:
                    return
                # An out-of-band response delays the step.
                await activity.wait_for_change(left if left > 0 else None)

    @property
    def _is_waiting(self) -> bool:
        """Whether it is not the user's turn, or there is nothing left to do."""
        activity = self._activity
        return (
            activity.in_dialogue
            or activity.calling
            or not activity.ready
            or activity.last_speaker is not SpeakingParty.ASSISTANT
            or self._done >= len(self._watch.after)
        )

    async def _step(self) -> None:
        event = await step_event(self._watch.steps[self._done], self._keeper)
        # A function may have taken its time.
        if event is not None and not self._is_broken:
            await self._queue.submit(self._queue.request(event))

    async def _end_call(self) -> bool:
        """End the call, unless the user speaks; return whether it has ended."""
        goodbye = None
        if self._watch.goodbye is not None:
            goodbye = self._queue.request(self._watch.goodbye)
            await self._queue.submit(goodbye)
        heard = await self._hang_up.until_heard(
            self._input, _GOODBYE_SECONDS, interruptible=True
        )
        if heard is None:
            if goodbye is not None:
                self._queue.withdraw(goodbye)
            return False
        await self._hang_up.now(self._watch.reason, EndedBy.SILENCE, heard=heard)
        return True

    @property
    def _is_broken(self) -> bool:
        """Whether the silence is over."""
        activity = self._activity
        return activity.in_dialogue or activity.user != self._input
