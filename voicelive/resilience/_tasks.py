"""Background tasks of one owner."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class BackgroundTasks:
    """Tasks without results."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in the background."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def running_here(self) -> bool:
        """Whether the caller runs in one of the tasks."""
        return asyncio.current_task() in self._tasks

    def cancel(self) -> None:
        """Cancel all tasks except the caller."""
        for task in self._others():
            task.cancel()

    async def wait(self) -> None:
        """Wait for all tasks except the caller.

        Cancellation cancels the tasks, and still waits for them.
        """
        try:
            await asyncio.gather(*self._others(), return_exceptions=True)
        except asyncio.CancelledError:
            await asyncio.gather(*self._others(), return_exceptions=True)
            raise

    def _others(self) -> set[asyncio.Task[None]]:
        return self._tasks - {asyncio.current_task()}
