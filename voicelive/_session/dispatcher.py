"""Handing events to handlers, each set of them in a task of its own."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Callable

from voicelive._errors import EventsDropped
from voicelive._session.handlers import (
    ERROR,
    Handler,
    HandlerEvent,
    HandlerTable,
    SessionChange,
    SessionFailure,
)
from voicelive_protocol._redaction import redacting_logger

_LOG = redacting_logger("voicelive")

YIELD_EVERY = 32
"""After how many events in a row a task lets others run."""

# Seconds that a cancelled handler has to come to an end.
_GRACE = 1.0


class VoiceLiveSubscription:
    """A set of handlers that hears of a session until it is closed.

    Its handlers run one after another, in the order of the events, in a task that lives
    only while there is something to do. `VoiceLiveSession.subscribe` makes it.
    """

    def __init__(self, handlers: HandlerTable, dispatcher: Dispatcher) -> None:
        self._handlers = handlers
        self._dispatcher = dispatcher
        self._queue: deque[HandlerEvent] = deque()
        self._dropped = 0
        self._active = True
        self._muted = False
        self._worker: asyncio.Task[None] | None = None

    @property
    def active(self) -> bool:
        """Whether the handlers still hear of events."""
        return self._active

    async def close(self) -> None:
        """Let the handlers hear of nothing more.

        What they were not told yet is dropped. Waits for the handler that is running,
        which is cancelled after the `handler_timeout` of the session; called by one of
        these handlers, it does not wait.
        """
        self.stop()
        self._muted = True
        self._queue.clear()
        self._dropped = 0
        await finish([self._worker], self._dispatcher.timeout)

    def __repr__(self) -> str:
        state = "active" if self._active else "closed"
        return f"<{type(self).__name__} {state}>"

    @property
    def worker(self) -> asyncio.Task[None] | None:
        """The task that calls handlers now."""
        return self._worker

    @property
    def waiting(self) -> int:
        """How many events the handlers were not told yet."""
        return len(self._queue)

    @property
    def hears_of_errors(self) -> bool:
        """Whether there is an `on_error`."""
        return self._handlers.on_error is not None

    def stop(self) -> None:
        """Take nothing more; what was taken is still handed over."""
        self._active = False
        self._dispatcher.forget(self)

    def offer(self, notice: HandlerEvent) -> None:
        """Let the handlers be called, if there is one for this."""
        if not self._active or not self._handlers.find(notice):
            return
        own = isinstance(notice, SessionChange)
        if len(self._queue) >= self._dispatcher.limit and not own:
            self._dropped += 1
            return
        if self._dropped:
            self._queue.append(self._gap())
        self._queue.append(notice)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="voicelive handlers")

    def _gap(self) -> SessionFailure:
        count, self._dropped = self._dropped, 0
        return SessionFailure(EventsDropped(count))

    async def _work(self) -> None:
        try:
            done = 0
            while self._queue or self._dropped:
                notice = self._queue.popleft() if self._queue else self._gap()
                if isinstance(notice, SessionFailure):
                    await self._report(notice)
                else:
                    for name, handler in self._handlers.find(notice):
                        if not self._muted:
                            await self._call(name, handler, notice)
                done += 1
                if done % YIELD_EVERY == 0:
                    # Handlers that never wait must not keep others from running.
                    await asyncio.sleep(0)
        finally:
            self._worker = None

    async def _call(
        self,
        name: str,
        handler: Handler,
        notice: HandlerEvent,
    ) -> None:
        try:
            result = handler(notice)
            if inspect.isawaitable(result):
                await result
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
                raise
            if isinstance(notice, SessionFailure):
                _LOG.exception("%s failed, on being told of %r", name, notice.error)
            else:
                await self._report(SessionFailure(error, name, notice))

    async def _report(self, failure: SessionFailure) -> None:
        """Tell the own `on_error`; without one that of others, or else the log."""
        handler = self._handlers.on_error
        if handler is None:
            self._dispatcher.report(failure, besides=self)
        else:
            await self._call(ERROR, handler, failure)


class Dispatcher:
    """The subscriptions of a session.

    Args:
        limit: How many events each of them can have waiting.
        timeout: Seconds that handlers have to finish when nothing more comes.
        changed: Called after a subscription was added.
    """

    def __init__(self, limit: int, timeout: float, changed: Callable[[], None]) -> None:
        self.limit = limit
        self.timeout = timeout
        self._changed = changed
        self._subscriptions: tuple[VoiceLiveSubscription, ...] = ()
        # Those that are closed while a handler of theirs still runs.
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def listening(self) -> bool:
        """Whether there is a subscription."""
        return bool(self._subscriptions)

    @property
    def crowded(self) -> bool:
        """Whether a queue is half full, so that its handlers should get to run."""
        return any(s.waiting * 2 >= self.limit for s in self._subscriptions)

    def subscribe(self, handlers: HandlerTable) -> VoiceLiveSubscription:
        """Add handlers."""
        subscription = VoiceLiveSubscription(handlers, self)
        self._subscriptions += (subscription,)
        self._changed()
        return subscription

    def forget(self, subscription: VoiceLiveSubscription) -> None:
        """Take a subscription out."""
        others = (s for s in self._subscriptions if s is not subscription)
        self._subscriptions = tuple(others)
        if subscription.worker is not None:
            self._leaving.add(subscription.worker)
            subscription.worker.add_done_callback(self._leaving.discard)

    def publish(self, notice: HandlerEvent) -> None:
        """Offer something to every subscription; never waits."""
        for subscription in self._subscriptions:
            subscription.offer(notice)

    def report(
        self, failure: SessionFailure, besides: VoiceLiveSubscription | None = None
    ) -> None:
        """Tell every `on_error`, or the log if there is none."""
        told = [
            s for s in self._subscriptions if s.hears_of_errors and s is not besides
        ]
        for subscription in told:
            subscription.offer(failure)
        if not told:
            what = f"{failure.handler} failed" if failure.handler else "session failed"
            _LOG.error("%s, and there is no on_error", what, exc_info=failure.error)

    async def settle(self) -> None:
        """Wait until handlers know everything; cancel them when it takes too long.

        Called by a handler it does not wait: two of them would wait for each other.
        """
        workers = self._workers()
        if asyncio.current_task() not in workers:
            await finish(workers, self.timeout)

    def close(self) -> None:
        """End all subscriptions, after what they are to be told."""
        for subscription in self._subscriptions:
            subscription.stop()

    def abandon(self) -> None:
        """Cancel all handlers."""
        for worker in self._workers():
            worker.cancel()

    def _workers(self) -> list[asyncio.Task[None]]:
        workers = (subscription.worker for subscription in self._subscriptions)
        return [w for w in workers if w is not None] + list(self._leaving)


async def finish(
    tasks: list[asyncio.Task[None]] | list[asyncio.Task[None] | None], limit: float
) -> None:
    """Wait for tasks, and cancel them after some seconds.

    The current task is not waited for. If this is cancelled, so are they.
    """
    current = asyncio.current_task()
    waiting = {task for task in tasks if task is not None and task is not current}
    if not waiting:
        return
    try:
        _, late = await asyncio.wait(waiting, timeout=limit)
        for task in late:
            _LOG.warning("a handler is cancelled after %g s", limit)
            task.cancel()
        if late:
            _, late = await asyncio.wait(late, timeout=_GRACE)
        for _ in late:
            _LOG.error("a handler does not end, although it was cancelled")
    except asyncio.CancelledError:
        for task in waiting:
            task.cancel()
        raise
