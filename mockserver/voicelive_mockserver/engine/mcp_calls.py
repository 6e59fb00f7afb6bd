"""MCP calls that the service makes when their response is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from voicelive_mockserver.engine.outputs import McpStream
from voicelive_mockserver.engine.scheduler import Scheduler


class RunningCalls:
    """The MCP calls of one session that run in parallel with its responses.

    Args:
        scheduler: The scheduler of the session.
    """

    __slots__ = ("_count", "_scheduler")

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._count = 0

    def __bool__(self) -> bool:
        """Return whether the conversation waits for the results of calls."""
        return self._count > 0

    def begin(
        self, calls: Sequence[McpStream], when_over: Callable[[], None] | None
    ) -> None:
        """Make the calls of a response concurrently.

        Args:
            calls: The calls.
            when_over: Called when no call of the conversation is running; `None` for
                calls that do not belong to the conversation.
        """
        if when_over is not None:
            self._count += len(calls)
        for call in calls:
            self._scheduler.call_at(
                self._scheduler.now + call.begin(),
                partial(self._complete, call, when_over),
            )

    def _complete(self, call: McpStream, when_over: Callable[[], None] | None) -> None:
        try:
            call.complete()
        finally:
            # Even after an error, responses must not wait for this call.
            if when_over is not None:
                self._count -= 1
                if not self._count:
                    when_over()
