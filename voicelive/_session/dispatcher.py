"""Dispatch of events to handlers, with one task for each subscription."""

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
from voicelive_core.redaction import redacting_logger

logger = redacting_logger(__name__)

YIELD_EVERY = 32
"""Number of events after which a task yields to the event loop."""

# How long a cancelled handler may take to end.
_GRACE_SECONDS = 1.0


class VoiceLiveSubscription:
    """Set of handlers that receive the events of a session until closed.

    The handlers run one after another, in the order of the events, in a task that lives
    only while events are queued. Created by `VoiceLiveSession.subscribe`.
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
        """Whether the handlers still receive events."""
        return self._active

    async def close(self) -> None:
        """Stop the handlers and drop the queued events.

        Waits for the running handler, and cancels it after the `handler_timeout` of the
        session; called from one of these handlers, it does not wait.
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
        """The task that runs the handlers; None while no event is queued."""
        return self._worker

    @property
    def waiting(self) -> int:
        """Number of queued events."""
        return len(self._queue)

    @property
    def handles_errors(self) -> bool:
        """Whether the subscription has an `on_error`."""
        return self._handlers.on_error is not None

    @property
    def handles_turns(self) -> bool:
        """Whether the subscription has an `on_turn`."""
        return self._handlers.handles_turns

    def stop(self) -> None:
        """Accept no further events; queued ones are still handled."""
        self._active = False
        self._dispatcher.forget(self)

    def offer(self, event: HandlerEvent) -> None:
        """Queue an event if there is a handler for it."""
        if not self._active or not self._handlers.find(event):
            return
        is_change = isinstance(event, SessionChange)
        if len(self._queue) >= self._dispatcher.limit and not is_change:
            self._dropped += 1
            return
        if self._dropped:
            self._queue.append(self._overflow())
        self._queue.append(event)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="voicelive handlers")

    def _overflow(self) -> SessionFailure:
        count, self._dropped = self._dropped, 0
        return SessionFailure(EventsDropped(count))

    async def _work(self) -> None:
        try:
            done = 0
            while self._queue or self._dropped:
                event = self._queue.popleft() if self._queue else self._overflow()
                if isinstance(event, SessionFailure):
                    await self._report(event)
                else:
                    for name, handler in self._handlers.find(event):
                        if not self._muted:
                            await self._call(name, handler, event)
                done += 1
                if done % YIELD_EVERY == 0:
                    # Handlers that never await must not block other tasks.
                    await asyncio.sleep(0)
        finally:
            self._worker = None

    async def _call(
        self,
        name: str,
        handler: Handler,
        event: HandlerEvent,
    ) -> None:
        try:
            result = handler(event)
            if inspect.isawaitable(result):
                await result
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
                raise
            if isinstance(event, SessionFailure):
                logger.exception("%s failed, while handling %r", name, event.error)
            else:
                await self._report(SessionFailure(error, name, event))

    async def _report(self, failure: SessionFailure) -> None:
        """Report to the own `on_error`, else to those of others, else to the log."""
        handler = self._handlers.on_error
        if handler is None:
            self._dispatcher.report(failure, exclude=self)
        else:
            await self._call(ERROR, handler, failure)


class Dispatcher:
    """The subscriptions of a session.

    Args:
        limit: Queue size of each subscription.
        timeout: How long handlers may take to finish at the end, in seconds.
        changed: Called after a subscription was added.

    Attributes:
        handles_turns: Whether a subscription has an `on_turn`.
    """

    def __init__(self, limit: int, timeout: float, changed: Callable[[], None]) -> None:
        self.limit = limit
        self.timeout = timeout
        self.handles_turns: bool = False
        self._changed = changed
        self._subscriptions: tuple[VoiceLiveSubscription, ...] = ()
        # Workers of closed subscriptions whose handler still runs.
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def listening(self) -> bool:
        """Whether there is a subscription."""
        return bool(self._subscriptions)

    @property
    def crowded(self) -> bool:
        """Whether a queue is half full, so that its handlers need time to run."""
        return any(s.waiting * 2 >= self.limit for s in self._subscriptions)

    def subscribe(self, handlers: HandlerTable) -> VoiceLiveSubscription:
        """Add handlers."""
        subscription = VoiceLiveSubscription(handlers, self)
        self._subscriptions += (subscription,)
        self.handles_turns = self.handles_turns or subscription.handles_turns
        self._changed()
        return subscription

    def forget(self, subscription: VoiceLiveSubscription) -> None:
        """Remove a subscription."""
        others = (s for s in self._subscriptions if s is not subscription)
        self._subscriptions = tuple(others)
        self.handles_turns = any(s.handles_turns for s in self._subscriptions)
        if subscription.worker is not None:
            self._closing.add(subscription.worker)
            subscription.worker.add_done_callback(self._closing.discard)

    def publish(self, event: HandlerEvent) -> None:
        """Queue an event for every subscription, without waiting."""
        for subscription in self._subscriptions:
            subscription.offer(event)

    def report(
        self, failure: SessionFailure, exclude: VoiceLiveSubscription | None = None
    ) -> None:
        """Report to every `on_error`, or to the log if there is none."""
        receivers = [
            s for s in self._subscriptions if s.handles_errors and s is not exclude
        ]
        for subscription in receivers:
            subscription.offer(failure)
        if not receivers:
            source = failure.handler or "session"
            logger.error(
                "%s failed, and there is no on_error", source, exc_info=failure.error
            )

    async def settle(self) -> None:
        """Wait until handlers are done with queued events; cancel them after `timeout`.

        Does not wait when called by a handler: two handlers would deadlock.
        """
        workers = self._workers()
        if asyncio.current_task() not in workers:
            await finish(workers, self.timeout)

    def close(self) -> None:
        """Stop all subscriptions; queued events are still handled."""
        for subscription in self._subscriptions:
            subscription.stop()

    def abandon(self) -> None:
        """Cancel all handlers."""
        for worker in self._workers():
            worker.cancel()

    def _workers(self) -> list[asyncio.Task[None]]:
        workers = (subscription.worker for subscription in self._subscriptions)
        return [w for w in workers if w is not None] + list(self._closing)


async def finish(
    tasks: list[asyncio.Task[None]] | list[asyncio.Task[None] | None], limit: float
) -> None:
    """Wait for tasks, and cancel those that take longer than the limit.

    Skips the current task. Cancelling this call cancels the tasks.
    """
    current = asyncio.current_task()
    waiting = {task for task in tasks if task is not None and task is not current}
    if not waiting:
        return
    try:
        _, late = await asyncio.wait(waiting, timeout=limit)
        for task in late:
            logger.warning("cancelling a handler after %g s", limit)
            task.cancel()
        if late:
            _, late = await asyncio.wait(late, timeout=_GRACE_SECONDS)
        for _ in late:
            logger.error("a handler is still running after it was cancelled")
    except asyncio.CancelledError:
        for task in waiting:
            task.cancel()
        raise
