"""The calls of MCP tools that the service makes once their response is done."""

from collections.abc import Callable, Sequence
from functools import partial

from .outputs import McpStream
from .timeline import Timeline


class RunningCalls:
    """The calls of one session that run beside its responses.

    Args:
        timeline: The time of the session.
        when_over: What to do each time no call of the conversation runs any more.
    """

    __slots__ = ("_count", "_timeline", "_when_over")

    def __init__(self, timeline: Timeline, when_over: Callable[[], None]) -> None:
        self._timeline = timeline
        self._when_over = when_over
        self._count = 0

    def __bool__(self) -> bool:
        """Whether there are calls whose results the conversation waits for."""
        return self._count > 0

    def begin(self, calls: Sequence[McpStream], *, in_conversation: bool) -> None:
        """Make the calls of a response, all at the same time.

        Args:
            calls: The calls.
            in_conversation: Whether the response is one of the conversation.
        """
        if in_conversation:
            self._count += len(calls)
        for call in calls:
            self._timeline.at(
                self._timeline.now + call.begin(),
                partial(self._complete, call, in_conversation),
            )

    def _complete(self, call: McpStream, in_conversation: bool) -> None:
        call.complete()
        if in_conversation:
            self._count -= 1
            if not self._count:
                self._when_over()
