"""Tasks that end with their owner."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar, copy_context
from typing import Any

from voicelive._errors import ConnectionClosed
from voicelive_protocol._redaction import redacting_logger

_LOG = redacting_logger("voicelive.turns")

# In which task of an owner we are, also in the tasks and threads that it has begun.
_CURRENT: ContextVar[asyncio.Task[None] | None] = ContextVar("current", default=None)

# Seconds that tasks have to end once they are cancelled.
_STOP_GRACE_SECONDS = 2.0


class Tasks:
    """Tasks of one owner.

    Attributes:
        stopped: Whether the owner has ended; then there are no new tasks.
    """

    def __init__(self) -> None:
        self.stopped = False
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine as a task; what it raises is logged."""
        if self.stopped:
            work.close()
            return
        context = copy_context()
        task = asyncio.get_running_loop().create_task(work, context=context)
        context.run(_CURRENT.set, task)
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Cancel all tasks but the one that calls this, and wait for their end."""
        self.stopped = True
        tasks = self._running - {_CURRENT.get()}
        for task in tasks:
            task.cancel()
        if tasks:
            _, unwilling = await asyncio.wait(tasks, timeout=_STOP_GRACE_SECONDS)
            if unwilling:
                _LOG.warning("%d tools go on after the end", len(unwilling))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, ConnectionClosed):
            # Who receives learns of it.
            _LOG.debug("could not send: %s", error)
        elif error is not None:
            _LOG.error("keeping turns has failed", exc_info=error)
