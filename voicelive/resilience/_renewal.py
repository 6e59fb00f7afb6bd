"""Requested renewal: a move to a new connection at the next pause."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from voicelive.resilience._report import ReconnectReport
from voicelive.resilience._tasks import BackgroundTasks
from voicelive.resilience._timers import PAUSE_POLL_SECONDS

Pause = Callable[[], bool]
"""Returns whether the application allows the connection to be replaced now."""


@dataclass(eq=False, slots=True)
class _RenewalRequest:
    """A request of one or more callers.

    Attributes:
        reason: Reason for the report.
        result: Future of the report.
        pauses: The conditions of the waiting callers.
        begun: Whether the connection is being replaced because of it.
    """

    reason: str
    result: asyncio.Future[ReconnectReport]
    pauses: list[Pause] = field(default_factory=list[Pause])
    begun: bool = False


class Renewal:
    """Replacement of the connection on request; callers at the same time share it.

    Any new connection fulfils a request, also one that replaces a lost connection.

    Args:
        may_begin: Whether the connection can be replaced now.
        begin: Starts to replace the connection; gets the reason.
        sleep: Sleeps for a number of seconds.
    """

    def __init__(
        self,
        may_begin: Callable[[], bool],
        begin: Callable[[str], None],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._may_begin = may_begin
        self._begin = begin
        self._sleep = sleep
        self._task = BackgroundTasks()
        self._request: _RenewalRequest | None = None

    @property
    def reason(self) -> str:
        """The reason of the replacement in progress; "" if it was not requested."""
        request = self._request
        return request.reason if request is not None and request.begun else ""

    async def request(self, reason: str, pause: Pause | None) -> ReconnectReport:
        """Wait until the connection has been replaced; return the report.

        Args:
            reason: Reason for the report; that of the first caller counts.
            pause: Further condition that has to hold when it begins.
        """
        request = self._request
        if request is None:
            loop = asyncio.get_running_loop()
            request = self._request = _RenewalRequest(reason, loop.create_future())
            self._task.start(self._wait_for_pause(request))
        pause = pause or _always
        request.pauses.append(pause)
        try:
            return await asyncio.shield(request.result)
        finally:
            request.pauses.remove(pause)
            if self._request is request and not request.pauses and not request.begun:
                self._end()  # no caller is left

    def connected(self, report: ReconnectReport) -> None:
        """Fulfil the request, if there is one: there is a new connection."""
        request = self._end()
        if request is not None:
            request.result.set_result(report)

    def fail(self, error: BaseException) -> None:
        """Fail the request, if there is one: there will be no new connection."""
        request = self._end()
        if request is not None:
            request.result.set_exception(copy.copy(error))

    async def wait(self) -> None:
        """Wait until the task has ended."""
        await self._task.wait()

    async def _wait_for_pause(self, request: _RenewalRequest) -> None:
        try:
            while not (self._may_begin() and all(pause() for pause in request.pauses)):
                await self._sleep(PAUSE_POLL_SECONDS)
        except Exception as error:
            self.fail(error)
            return
        request.begun = True
        self._begin(request.reason)

    def _end(self) -> _RenewalRequest | None:
        request, self._request = self._request, None
        self._task.cancel()
        return request


def _always() -> bool:
    return True
