"""Background tasks that belong to something and end with it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class BackgroundTasks:
    """A number of tasks whose results nobody wants."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside everything else."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """Ask all to end, but for the one that calls this."""
        for task in self._others():
            task.cancel()

    async def wait(self) -> None:
        """Wait until all have ended, but for the one that calls this.

        When cancelled, they are cancelled as well, and have ended all the same.
        """
        try:
            await asyncio.gather(*self._others(), return_exceptions=True)
        except asyncio.CancelledError:
            await asyncio.gather(*self._others(), return_exceptions=True)
            raise

    def _others(self) -> set[asyncio.Task[None]]:
        return self._tasks - {asyncio.current_task()}
