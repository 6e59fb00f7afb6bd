"""Mock server in a background thread, for synchronous code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from voicelive_mockserver.engine.interfaces import Responder, Transcriber
from voicelive_mockserver.faults import FaultSpec
from voicelive_mockserver.journal.entry import EventDict
from voicelive_mockserver.journal.journal import SessionJournal
from voicelive_mockserver.scenario import Scenario
from voicelive_mockserver.server.mock_server import MockServer
from voicelive_mockserver.server.options import (
    KnownAttributes,
    check_keywords,
    keywords_of,
)

T = TypeVar("T")

_WAIT_SECONDS = 5.0
# Time for the thread to answer, in addition to the timeout of the call.
_GRACE_SECONDS = 10.0


class BackgroundMockServer(KnownAttributes):
    """A `MockServer` in a background thread with its own event loop.

    Use it as a context manager, in synchronous code or with any async framework:

        with BackgroundMockServer() as mock:
            run_application(mock.endpoint, mock.api_key)
            mock.last_session.assert_sent("session.update")

    Responders and transcribers are called in that thread.

    Args:
        speed: The speed of time; unlike `MockServer`, infinity by default. `None` for
            the speed of the scenario.
        **options: The other options of `MockServer`.

    Raises:
        TypeError: An option is unknown, or its value has a wrong type.
        ValueError: A value is out of range; see `MockServer`.
    """

    _OPTIONS = keywords_of(MockServer)

    def __init__(self, *, speed: float | None = inf, **options: Any) -> None:
        check_keywords(type(self).__name__, options, self._OPTIONS)
        self._server = MockServer(speed=speed, **options)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def server(self) -> MockServer:
        """The server, which is not thread-safe; use the methods of this object."""
        return self._server

    @property
    def endpoint(self) -> str:
        """The endpoint to connect to, like that of a resource: `http://…`."""
        return self.server.endpoint

    @property
    def url(self) -> str:
        """The URL of the WebSocket endpoint without a query: `ws://…`."""
        return self.server.url

    @property
    def api_key(self) -> str:
        """The key that clients must present."""
        return self.server.api_key

    @property
    def sessions(self) -> Sequence[SessionJournal]:
        """The journals of the newest 100 connections, oldest first."""
        return self.server.sessions

    @property
    def last_session(self) -> SessionJournal:
        """The journal of the newest connection.

        Raises:
            LookupError: No client has connected.
        """
        return self.server.last_session

    @property
    def responder(self) -> Responder:
        """The responder of new sessions."""
        return self.server.responder

    @responder.setter
    def responder(self, responder: Responder) -> None:
        self.server.responder = responder

    @property
    def transcript(self) -> str | Transcriber:
        """The transcript of user speech in new sessions."""
        return self.server.transcript

    @transcript.setter
    def transcript(self, transcript: str | Transcriber) -> None:
        self.server.transcript = transcript

    @property
    def problems(self) -> list[str]:
        """Errors of responders, transcribers, MCP hosts and clocks, for diagnosis.

        A test that provokes one clears the list; see `MockServer.problems`.
        """
        return self.server.problems

    def use(self, scenario: Scenario | str | Path | None) -> None:
        """Set the scenario of new sessions; see `MockServer.use`."""
        self._call(lambda: self.server.use(scenario))

    def assert_expectations(self) -> None:
        """Assert that the clients have sent what the scenario expects.

        Raises:
            AssertionError: An expectation is not met. The message lists them.
        """
        self._call(self.server.assert_expectations)

    def assert_no_problems(self) -> None:
        """Assert that no user-supplied function failed; see `problems`.

        Raises:
            AssertionError: A function failed. The message lists the problems.
        """
        self.server.assert_no_problems()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server; return once it serves.

        Raises:
            RuntimeError: The server is running already.
            OSError: The address is not available.
        """
        if self._thread is not None:
            raise RuntimeError("the server is running already")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="voicelive-mock", daemon=True
        )
        self._thread.start()
        try:
            self._submit(self.server.start()).result(_GRACE_SECONDS)
        except BaseException:
            self._end_thread()
            raise

    def stop(self) -> None:
        """Close all sessions and stop the thread."""
        if self._thread is None:
            return
        try:
            self._submit(self.server.stop()).result(_GRACE_SECONDS)
        finally:
            self._end_thread()

    def wait_for(
        self,
        event_type: str,
        *,
        from_client: bool = True,
        count: int = 1,
        within: float = _WAIT_SECONDS,
        **fields: Any,
    ) -> EventDict:
        """Wait until a client has sent an event; return the event.

        Blocks the calling thread; use `wait_for_async` in asynchronous code.

        Args:
            event_type: The type of the event.
            from_client: `False` waits for an event that the server sends.
            count: The number of such events in all sessions together.
            within: The timeout in seconds.
            **fields: Fields that the event must contain; see `SessionJournal.sent`.

        Raises:
            TimeoutError: The event did not occur. The message lists the others.
        """
        waiting = self.server.wait_for(
            event_type, from_client=from_client, count=count, within=within, **fields
        )
        return self._submit(waiting).result(within + _GRACE_SECONDS)

    async def wait_for_async(
        self,
        event_type: str,
        *,
        from_client: bool = True,
        count: int = 1,
        within: float = _WAIT_SECONDS,
        **fields: Any,
    ) -> EventDict:
        """Do the same as `wait_for`, without blocking an asyncio event loop."""
        waiting = self.server.wait_for(
            event_type, from_client=from_client, count=count, within=within, **fields
        )
        return await asyncio.wrap_future(self._submit(waiting))

    def add_fault(self, fault: FaultSpec) -> None:
        """Inject a fault; see `Faults.add`."""
        self._call(lambda: self.server.faults.add(fault))

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._call(self.server.faults.clear)

    def push(self, event: dict[str, Any]) -> None:
        """Send an event in all open sessions.

        Args:
            event: The event; an `event_id` is added if it is missing.
        """

        def push() -> None:
            for session in self.server.open_sessions.values():
                session.push(event)

        self._call(push)

    def reset(self) -> None:
        """Restore the initial state; see `MockServer.reset`."""
        self._submit(self.server.reset()).result(_GRACE_SECONDS)

    def _call(self, function: Callable[[], T]) -> T:
        async def call() -> T:
            return function()

        return self._submit(call()).result(_GRACE_SECONDS)

    def _submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        loop = self._loop
        if loop is None:
            coroutine.close()
            raise RuntimeError("the server is not running")
        return asyncio.run_coroutine_threadsafe(coroutine, loop)

    def _end_thread(self) -> None:
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
