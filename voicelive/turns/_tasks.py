"""Background tasks of turn keeping."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar, copy_context
from typing import Any

from voicelive._errors import ConnectionClosed
from voicelive_core.redaction import redacting_logger

logger = redacting_logger(__name__)

# The current task of an owner, inherited by the tasks and threads that it starts.
_CURRENT: ContextVar[asyncio.Task[None] | None] = ContextVar("current", default=None)

# Time limit for cancelled tasks to end.
_STOP_GRACE_SECONDS = 2.0


class TurnTasks:
    """Background tasks of a `TurnKeeper`: timers, sends and function calls.

    Attributes:
        stopped: Whether the owner has ended; no tasks are started any more.
    """

    def __init__(self) -> None:
        self.stopped = False
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Run a coroutine as a task and log its exception.

        Returns:
            The task, to cancel it; None if the owner has ended.
        """
        if self.stopped:
            work.close()
            return None
        context = copy_context()
        task = asyncio.get_running_loop().create_task(work, context=context)
        context.run(_CURRENT.set, task)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def stop(self) -> None:
        """Cancel all tasks except the caller, and wait for them to end."""
        self.stopped = True
        tasks = self._running - {_CURRENT.get()}
        for task in tasks:
            task.cancel()
        if tasks:
            _, unfinished = await asyncio.wait(tasks, timeout=_STOP_GRACE_SECONDS)
            if unfinished:
                logger.warning("%d tools did not stop in time", len(unfinished))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, ConnectionClosed):
            # The receiving task raises it.
            logger.debug("could not send: %s", error)
        elif error is not None:
            logger.error("turn management failed", exc_info=error)
