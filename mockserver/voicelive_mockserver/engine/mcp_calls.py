"""The calls of MCP tools that the service makes once their response is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from voicelive_mockserver.engine.outputs import McpStream
from voicelive_mockserver.engine.timeline import Timeline


class RunningCalls:
    """The calls of one session that run beside its responses.

    Args:
        timeline: The time of the session.
    """

    __slots__ = ("_count", "_timeline")

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._count = 0

    def __bool__(self) -> bool:
        """Whether there are calls whose results the conversation waits for."""
        return self._count > 0

    def begin(
        self, calls: Sequence[McpStream], when_over: Callable[[], None] | None
    ) -> None:
        """Make the calls of a response, all at the same time.

        Args:
            calls: The calls.
            when_over: What to do when no call of the conversation runs any more;
                `None` for calls that do not belong to the conversation.
        """
        if when_over is not None:
            self._count += len(calls)
        for call in calls:
            self._timeline.at(
                self._timeline.now + call.begin(),
                partial(self._complete, call, when_over),
            )

    def _complete(self, call: McpStream, when_over: Callable[[], None] | None) -> None:
        try:
            call.complete()
        finally:
            # Whatever happened to this one, responses wait for it no longer.
            if when_over is not None:
                self._count -= 1
                if not self._count:
                    when_over()
