"""Bridge between Locust on gevent and the callers on asyncio.

The event loop runs in a native thread; a greenlet submits a coroutine and waits for its
end. Threads interact only through calls into the loop (`call_soon_threadsafe`), calls
into the hub (`run_callback_threadsafe`), and immutable reports.

Start the thread after Locust has forked its workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import gevent
from gevent import monkey
from gevent.event import AsyncResult

from voicelive_loadtest.callers.runtime import CallerRuntime, RuntimeReport

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_REPORT_SECONDS = 0.5
_ANSWER_SECONDS = 5.0
_ENDED = "the event loop of the callers has ended"


class BridgeDown(Exception):
    """The event loop of the callers has ended."""


class Handle:
    """A coroutine running in the event loop; created by `Bridge.submit`."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._result: AsyncResult = AsyncResult()
        self._task: asyncio.Task[None] | None = None
        self._cancelled = False

    def wait(self, timeout: float | None = None) -> None:
        """Wait in the current greenlet until the coroutine has finished.

        Args:
            timeout: Timeout in seconds.

        Raises:
            BridgeDown: The event loop has ended.
            gevent.Timeout: The timeout expired.
            Exception: The exception of the coroutine.
        """
        self._result.get(timeout=timeout)

    def call(self, function: Callable[[], object]) -> None:
        """Schedule a function call in the event loop."""
        self._bridge.call(function)

    def cancel(self) -> None:
        """Cancel the coroutine; `wait` returns when it has finished."""
        self._bridge.call(self._cancel)

    def fail(self, error: BaseException) -> None:
        """Raise an error in the waiting greenlet. Hub only."""
        if not self._result.ready():
            self._result.set_exception(error, (type(error), error, error.__traceback__))

    # --- in the event loop -------------------------------------------------------

    def start(self, make: Callable[[CallerRuntime], Coroutine[Any, Any, None]]) -> None:
        """Start the coroutine. Event loop only."""
        self._task = asyncio.create_task(make(self._bridge.runtime))
        self._task.add_done_callback(self._done)
        if self._cancelled:
            self._task.cancel()

    def _cancel(self) -> None:
        self._cancelled = True
        if self._task is not None:
            self._task.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        error: BaseException | None
        if not task.cancelled():
            error = task.exception()
        elif self._cancelled:
            error = None
        else:
            error = BridgeDown(_ENDED)
        self._bridge.call_hub(partial(self._finish, error))

    # --- in the hub --------------------------------------------------------------

    def _finish(self, error: BaseException | None) -> None:
        self._bridge.forget(self)
        if error is not None:
            self.fail(error)
        elif not self._result.ready():
            self._result.set(None)


class Bridge:
    """An event loop in a native thread, with the runtime of the callers.

    Call all methods from the thread of the gevent hub.

    Args:
        on_report: Called with the measurements twice a second and at the end; runs in
            the hub and must not block.
        speed: See `CallerRuntime`.

    Raises:
        RuntimeError: gevent has patched the standard library, which breaks its event
            loop, and uvloop is not installed.
    """

    def __init__(
        self, on_report: Callable[[RuntimeReport], None], *, speed: float = 1.0
    ) -> None:
        self._factory = _loop_factory()
        self._on_report = on_report
        self._hub = gevent.get_hub()
        self._handles: set[Handle] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started: AsyncResult = AsyncResult()
        self._ended: AsyncResult = AsyncResult()
        self._speed = speed
        self.runtime: CallerRuntime
        """State shared by the callers. Event loop only."""

    @property
    def alive(self) -> bool:
        """Whether the event loop runs."""
        return self._started.ready() and not self._ended.ready()

    def start(self) -> None:
        """Start the event loop.

        Raises:
            Exception: The event loop failed to start.
        """
        begin = monkey.get_original("_thread", "start_new_thread")
        begin(self._run, ())
        self._started.get(timeout=_START_SECONDS)

    def stop(self) -> None:
        """Cancel all coroutines and end the thread. Idempotent."""
        if self.alive:
            self.call(self._stop_loop)
            self._ended.get(timeout=_STOP_SECONDS)

    def submit(
        self, make: Callable[[CallerRuntime], Coroutine[Any, Any, None]]
    ) -> Handle:
        """Run a coroutine in the event loop.

        Args:
            make: Creates the coroutine; called in the event loop.

        Raises:
            BridgeDown: The event loop has ended.
        """
        if not self.alive:
            raise BridgeDown(_ENDED)
        handle = Handle(self)
        self._handles.add(handle)
        self.call(partial(handle.start, make))
        return handle

    def flush(self) -> None:
        """Report all measurements so far before returning.

        Raises:
            gevent.Timeout: The event loop does not respond.
        """
        if not self.alive:
            return
        answer: AsyncResult = AsyncResult()

        def answer_now() -> None:
            self._hand_over()
            self.call_hub(partial(answer.set, None))

        self.call(answer_now)
        answer.get(timeout=_ANSWER_SECONDS)

    def call(self, function: Callable[[], object]) -> None:
        """Schedule a function call in the event loop; do nothing if it has ended."""
        if self._loop is not None and self.alive:
            self._loop.call_soon_threadsafe(function)

    def call_hub(self, function: Callable[[], object]) -> None:
        """Schedule a function call in the hub. For the event loop."""
        self._hub.loop.run_callback_threadsafe(function)

    def forget(self, handle: Handle) -> None:
        """Remove a finished handle."""
        self._handles.discard(handle)

    # --- in the native thread ----------------------------------------------------

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            with asyncio.Runner(loop_factory=self._factory) as runner:
                self._loop = runner.get_loop()
                runner.run(self._serve())
        except BaseException as raised:
            error = raised
        self.call_hub(partial(self._died, error))

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        async with CallerRuntime(speed=self._speed) as self.runtime:
            self.call_hub(partial(self._started.set, None))
            while not self._stopping.is_set():
                self._hand_over()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_REPORT_SECONDS):
                        await self._stopping.wait()
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            self._hand_over()

    def _hand_over(self) -> None:
        self.call_hub(partial(self._on_report, self.runtime.report()))

    def _stop_loop(self) -> None:
        self._stopping.set()

    # --- in the hub --------------------------------------------------------------

    def _died(self, error: BaseException | None) -> None:
        """Fail all waiting greenlets after the thread has ended."""
        self._ended.set(error)
        down = error or BridgeDown(_ENDED)
        if not self._started.ready():
            self._started.set_exception(down)
        for handle in tuple(self._handles):
            handle.fail(down)
        self._handles.clear()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return the factory of the fastest event loop that is available."""
    if importlib.util.find_spec("uvloop") is not None:
        import uvloop

        return uvloop.new_event_loop
    if monkey.is_module_patched("threading"):
        raise RuntimeError(
            "gevent has patched the standard library, and its event loop does not work "
            "then: install uvloop, or set LOCUST_SKIP_MONKEY_PATCH=1"
        )
    return asyncio.new_event_loop
