"""The mock service in a thread of its own, for code that is not asynchronous."""

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
from voicelive_mockserver.journal.entry import Event
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
# How long the thread may take to answer, beyond what it was asked to wait.
_PATIENCE_SECONDS = 10.0


class BackgroundMockServer(KnownAttributes):
    """A `MockServer` that runs in a thread, with an event loop of its own.

    Synchronous code uses it as a context manager. So can tests under any asynchronous
    framework: their event loop and the server's do not meet.

        with BackgroundMockServer() as mock:
            run_application(mock.endpoint, mock.api_key)
            mock.last_session.assert_sent("session.update")

    Responders and transcribers are called in that thread.

    Args:
        speed: How fast the service is; unlike in `MockServer`, by default without any
            waiting. `None` leaves it to the scenario.
        **options: The other options of `MockServer`.

    Raises:
        TypeError: There is no such option, or its value has a wrong type.
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
        """The server. Call what it does through this object: it is not thread-safe."""
        return self._server

    @property
    def endpoint(self) -> str:
        """The address to connect to, as the endpoint of a resource: `http://…`."""
        return self.server.endpoint

    @property
    def url(self) -> str:
        """The address of the WebSocket, without a query: `ws://…`."""
        return self.server.url

    @property
    def api_key(self) -> str:
        """The key that clients must present."""
        return self.server.api_key

    @property
    def sessions(self) -> Sequence[SessionJournal]:
        """The newest 100 connections and what went over them, oldest first."""
        return self.server.sessions

    @property
    def last_session(self) -> SessionJournal:
        """The newest connection and what went over it.

        Raises:
            LookupError: There was none.
        """
        return self.server.last_session

    @property
    def responder(self) -> Responder:
        """Decides what is answered in the sessions that begin from now on."""
        return self.server.responder

    @responder.setter
    def responder(self, responder: Responder) -> None:
        self.server.responder = responder

    @property
    def transcript(self) -> str | Transcriber:
        """What the user is taken to have said, in sessions that begin from now on."""
        return self.server.transcript

    @transcript.setter
    def transcript(self, transcript: str | Transcriber) -> None:
        self.server.transcript = transcript

    @property
    def problems(self) -> list[str]:
        """What responders, transcribers, MCP hosts and clocks did wrong.

        A test that wants a problem clears the list; see `MockServer.problems`.
        """
        return self.server.problems

    def use(self, scenario: Scenario | str | Path | None) -> None:
        """Play something else in the sessions to come; see `MockServer.use`."""
        self._call(lambda: self.server.use(scenario))

    def assert_expectations(self) -> None:
        """Check that the clients have sent what the scenario expects of them.

        Raises:
            AssertionError: Some have not. The text tells what is missing.
        """
        self._call(self.server.assert_expectations)

    def assert_no_problems(self) -> None:
        """Check that nothing went wrong in the functions that the server was given.

        Raises:
            AssertionError: Something did. The text tells what came back.
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
        """Begin to serve; return when it does.

        Raises:
            RuntimeError: It is serving already.
            OSError: The address cannot be listened on.
        """
        if self._thread is not None:
            raise RuntimeError("the server is running already")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="voicelive-mock", daemon=True
        )
        self._thread.start()
        try:
            self._submit(self.server.start()).result(_PATIENCE_SECONDS)
        except BaseException:
            self._end_thread()
            raise

    def stop(self) -> None:
        """Stop serving: end all sessions, then the thread."""
        if self._thread is None:
            return
        try:
            self._submit(self.server.stop()).result(_PATIENCE_SECONDS)
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
    ) -> Event:
        """Wait until a client has sent an event; return it.

        It blocks the thread that calls: in asynchronous code use `wait_for_async`.

        Args:
            event_type: The type of the event.
            from_client: `False` waits for an event that a client is sent.
            count: How many such events there must be, in all sessions together.
            within: For how many seconds at most.
            **fields: What it must contain; see `SessionJournal.sent`.

        Raises:
            TimeoutError: It did not come. The text tells what came instead.
        """
        waiting = self.server.wait_for(
            event_type, from_client=from_client, count=count, within=within, **fields
        )
        return self._submit(waiting).result(within + _PATIENCE_SECONDS)

    async def wait_for_async(
        self,
        event_type: str,
        *,
        from_client: bool = True,
        count: int = 1,
        within: float = _WAIT_SECONDS,
        **fields: Any,
    ) -> Event:
        """Do the same as `wait_for`, without blocking an asyncio event loop."""
        waiting = self.server.wait_for(
            event_type, from_client=from_client, count=count, within=within, **fields
        )
        return await asyncio.wrap_future(self._submit(waiting))

    def add_fault(self, fault: FaultSpec) -> None:
        """Let something go wrong; see `Faults.add`."""
        self._call(lambda: self.server.faults.add(fault))

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._call(self.server.faults.clear)

    def push(self, event: dict[str, Any]) -> None:
        """Send an event in all sessions that are open, though nothing caused it.

        Args:
            event: The event; without an `event_id`, it gets one.
        """

        def push() -> None:
            for session in self.server.open_sessions.values():
                session.push(event)

        self._call(push)

    def reset(self) -> None:
        """Begin anew; see `MockServer.reset`."""
        self._submit(self.server.reset()).result(_PATIENCE_SECONDS)

    def _call(self, function: Callable[[], T]) -> T:
        async def call() -> T:
            return function()

        return self._submit(call()).result(_PATIENCE_SECONDS)

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
