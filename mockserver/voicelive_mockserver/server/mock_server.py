"""The mock server: the public facade of admission, sessions and listener."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import NoneType, TracebackType
from typing import Any, Self

from voicelive_core.redaction import remember_secret
from voicelive_mockserver.defaults import (
    DEFAULT_API_KEY,
    DEFAULT_TRANSCRIPT,
    FATAL_CLOSE_CODE,
    Voice,
)
from voicelive_mockserver.engine.interfaces import McpHost, Responder, Transcriber
from voicelive_mockserver.engine.session import SESSION_SECONDS
from voicelive_mockserver.faults import Faults, FaultSpec
from voicelive_mockserver.journal.entry import EventDict
from voicelive_mockserver.journal.journal import DEFAULT_JOURNAL_BYTES, SessionJournal
from voicelive_mockserver.journal.journals import Journals
from voicelive_mockserver.responder import built_in_responder
from voicelive_mockserver.scenario import Scenario
from voicelive_mockserver.server.admission import (
    Admission,
    connection_window,
)
from voicelive_mockserver.server.controlled import Controlled
from voicelive_mockserver.server.host_policy import HostPolicy
from voicelive_mockserver.server.listener import Listener
from voicelive_mockserver.server.metrics import Metrics
from voicelive_mockserver.server.options import (
    KnownAttributes,
    check_key,
    check_number,
    check_type,
    known_keywords,
)
from voicelive_mockserver.server.peers import WorkerPeers
from voicelive_mockserver.server.scopes import Scope, Scopes
from voicelive_mockserver.server.session_driver import SessionDriver
from voicelive_mockserver.server.session_factory import SessionFactory
from voicelive_mockserver.server.session_registry import SessionRegistry
from voicelive_mockserver.server.sources import Sources
from voicelive_mockserver.server.user_code import CheckedClock
from voicelive_protocol.endpoint import PATH

_WAIT_SECONDS = 5.0


class MockServer(KnownAttributes):
    """A mock Voice Live service for tests and experiments.

    Use it as an async context manager; it serves until the context exits:

        async with MockServer() as server:
            async with connect(
                endpoint=server.endpoint,
                credential=server.api_key,
                model="gpt-realtime",
            ) as connection:
                ...

    The same seed, clock and input at infinite speed produce the same bytes.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 for a free one.
        api_key: The key that clients must present. Any bearer token is accepted too.
        speed: The speed of time: 1 keeps the delays of the real service, 10 is ten
            times as fast, infinity has no delays. Default: the speed of the scenario,
            or 1.
        seed: The seed of identifiers and random numbers. Default: the seed of the
            scenario, or 0.
        responder: Produces the replies; by default small talk and calls of the offered
            functions.
        transcript: The transcript of user speech: a text for every turn, or a function
            that gets the audio of a turn.
        mcp: Simulates the MCP servers; by default every address is one, except those in
            the domain `invalid`, which fail.
        journal_limit: The number of frames to record per session; 0 for none.
        journal_bytes: The number of bytes of frames to record per session. Long audio
            payloads are truncated.
        tls: The TLS context; enables `https` and `wss`.
        worker: The number of this worker, counted from 0. Workers share the port, each
            in its own process.
        workers: The number of workers. More than one requires an explicit port and a
            system with SO_REUSEPORT.
        peer_dir: The directory for the Unix sockets over which the workers reach each
            other, so that each answers for all at the control endpoint. Without it,
            each worker answers for itself only.
        session_seconds: The maximum duration of a session, in session time: at a higher
            speed it ends sooner, at infinite speed only session time counts.
        fatal_close_code: The close code after fatal errors for which the code of the
            real service is unknown.
        new_sessions_per_minute: The limit of new connections per minute (the real
            service allows 30); `None` for no limit.
        clock: Returns the time in Unix seconds.
        scenario: Scripted replies, faults and expectations: a scenario, its file, or
            the name of an example. The responder replies to what it does not cover.
        faults: Additional faults: instances, specs such as `close:1011:after=5`, or
            mappings with `type` and the fields of a fault; or a single one.
        allowed_hosts: Hosts and sites that may use the server in addition to this
            machine, IP addresses, names without a dot, and pages of the requested
            host: `mock.example.com`, `*.example.com` for all subdomains, or `*` for
            any. Others get 403, which protects against pages of other sites.
        require_configuration: Whether sessions reject all messages until they have
            accepted a `session.update`, and close on the fifth one, like the real
            service. Default: the setting of the scenario, or true.
        voice: The speech synthesizer: `synthetic` (built in, reproducible), `espeak`
            (requires the extra `voicelive[speech]`), or `auto` (`espeak` if available).

    Raises:
        TypeError: An option is unknown, or its value has a wrong type.
        ValueError: A value is out of range, the voice or close code is unknown, or the
            scenario or a fault is invalid.
        VoiceUnavailableError: `voice` is `espeak`, and eSpeak NG is not available.
    """

    @known_keywords
    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = DEFAULT_API_KEY,
        *,
        speed: float | None = None,
        seed: int | None = None,
        responder: Responder = built_in_responder,
        transcript: str | Transcriber = DEFAULT_TRANSCRIPT,
        mcp: McpHost | None = None,
        journal_limit: int = 1000,
        journal_bytes: int = DEFAULT_JOURNAL_BYTES,
        tls: ssl.SSLContext | None = None,
        worker: int = 0,
        workers: int = 1,
        peer_dir: Path | None = None,
        session_seconds: float = SESSION_SECONDS,
        fatal_close_code: int = FATAL_CLOSE_CODE,
        new_sessions_per_minute: int | None = None,
        clock: Callable[[], float] = time.time,
        scenario: Scenario | str | Path | None = None,
        faults: Iterable[FaultSpec] | FaultSpec = (),
        allowed_hosts: Iterable[str] = (),
        require_configuration: bool | None = None,
        voice: Voice = "synthetic",
    ) -> None:
        check_number("journal_limit", journal_limit, least=0, whole=True)
        check_number("journal_bytes", journal_bytes, least=0, whole=True)
        check_number("workers", workers, least=1, whole=True)
        check_number("worker", worker, least=0, most=workers - 1, whole=True)
        check_type("peer_dir", peer_dir, (Path, NoneType), "a Path")
        self.api_key = api_key
        self._worker = worker
        self._factory = SessionFactory(
            faults,
            seed=seed,
            speed=speed,
            require_configuration=require_configuration,
        )
        self._factory.use(scenario)
        self._metrics = Metrics()
        self._sources = Sources(responder, transcript, mcp, voice)
        scopes = Scopes(Scope(self._factory, self._sources))
        self._journals = Journals(journal_limit, journal_bytes)
        checked_clock = CheckedClock(clock, self._sources.problems)
        self._sessions = SessionRegistry(
            self._journals,
            self._metrics,
            checked_clock,
            worker=worker,
            workers=workers,
            session_seconds=session_seconds,
            fatal_close_code=fatal_close_code,
        )

        def key() -> str:
            return self.api_key

        admission = Admission(
            key,
            HostPolicy(host, allowed_hosts),
            connection_window(new_sessions_per_minute),
            scopes,
            self._sessions,
            self._metrics,
            checked_clock,
        )
        peers = None
        if peer_dir is not None and workers > 1:
            peers = WorkerPeers(peer_dir, worker, workers)
        self._controlled = Controlled(
            key, worker, self._metrics, scopes, self._journals, self._sessions
        )
        self._listener = Listener(
            self._controlled, admission, peers, host, port, tls, share_port=workers > 1
        )
        self._is_running = False

    @property
    def api_key(self) -> str:
        """The key that clients must present."""
        return self._api_key

    @api_key.setter
    def api_key(self, api_key: str) -> None:
        check_key("api_key", api_key)
        remember_secret(api_key)
        self._api_key = api_key

    @property
    def endpoint(self) -> str:
        """The endpoint to connect to, like that of a resource: `http://…`."""
        return self._listener.endpoint

    @property
    def url(self) -> str:
        """The URL of the WebSocket endpoint without a query: `ws://…`."""
        return f"ws{self.endpoint.removeprefix('http')}{PATH}"

    @property
    def sessions(self) -> Sequence[SessionJournal]:
        """The journals of the newest 100 connections, oldest first."""
        return self._journals.all()

    @property
    def last_session(self) -> SessionJournal:
        """The journal of the newest connection.

        Raises:
            LookupError: No client has connected.
        """
        if not self.sessions:
            raise LookupError("no client has connected")
        return self.sessions[-1]

    @property
    def open_sessions(self) -> Mapping[str, SessionDriver]:
        """The open sessions by identifier."""
        return self._sessions.sessions

    @property
    def faults(self) -> Faults:
        """The injected faults; they may be changed while the server runs."""
        return self._factory.faults

    @property
    def scenario(self) -> Scenario | None:
        """The scenario of new sessions; `None` without one."""
        return self._factory.scenario

    @property
    def seed(self) -> int:
        """The seed of identifiers and random numbers."""
        return self._factory.seed

    def use(self, scenario: Scenario | str | Path | None) -> None:
        """Set the scenario of new sessions; open sessions keep theirs.

        Args:
            scenario: The scenario, its file, or the name of an example; `None` for no
                scenario.

        Raises:
            ScenarioError: The scenario is invalid.
        """
        self._factory.use(scenario)

    @property
    def metrics(self) -> Metrics:
        """The metrics since the server was created."""
        return self._metrics

    @property
    def worker(self) -> int:
        """The number of this worker among those that share the port."""
        return self._worker

    @property
    def responder(self) -> Responder:
        """The responder of new sessions."""
        return self._sources.responder

    @responder.setter
    def responder(self, responder: Responder) -> None:
        self._sources.responder = responder

    @property
    def transcript(self) -> str | Transcriber:
        """The transcript of user speech in new sessions."""
        return self._sources.transcript

    @transcript.setter
    def transcript(self, transcript: str | Transcriber) -> None:
        self._sources.transcript = transcript

    @property
    def problems(self) -> list[str]:
        """Errors of responders, transcribers, MCP hosts and clocks, for diagnosis.

        At most 100 texts, without duplicates. A test that provokes one clears the list;
        otherwise the fixture `voicelive_mock` fails the test.
        """
        return self._sources.problems.texts

    def assert_no_problems(self) -> None:
        """Assert that no user-supplied function failed; see `problems`.

        Raises:
            AssertionError: A function failed. The message lists the problems.
        """
        if self.problems:
            raise AssertionError("\n".join(self.problems))

    def assert_expectations(self) -> None:
        """Assert that the clients have sent what the scenario expects.

        Raises:
            AssertionError: An expectation is not met. The message lists them.
        """
        missing = self._journals.unmet_expectations()
        if missing:
            raise AssertionError("\n".join(missing))

    async def wait_for(
        self,
        event_type: str,
        *,
        from_client: bool = True,
        count: int = 1,
        within: float | None = _WAIT_SECONDS,
        **fields: Any,
    ) -> EventDict:
        """Wait until a client has sent an event; return the event.

        Events that are in the journals already count.

        Args:
            event_type: The type of the event.
            from_client: `False` waits for an event that the server sends.
            count: The number of such events in all sessions together; the last one is
                returned.
            within: The timeout in seconds; `None` for no timeout.
            **fields: Fields that the event must contain; see `SessionJournal.sent`.

        Raises:
            TimeoutError: The event did not occur. The message lists the others.
        """
        return await self._journals.wait_for(
            event_type, fields, from_client=from_client, count=count, within=within
        )

    async def reset(self) -> None:
        """Restore the initial state: end and forget all sessions, remove added faults.

        Identifiers start again with those of the first session. Metrics are kept.
        """
        await self._controlled.reset()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start serving.

        Raises:
            RuntimeError: The server is running already.
            OSError: The address is not available.
        """
        if self._is_running:
            raise RuntimeError("the server is running already")
        self._is_running = True
        self._sessions.start()
        try:
            await self._listener.start()
        except OSError:
            self._is_running = False
            raise

    async def stop(self) -> None:
        """Stop serving: close all sessions with code 1001, then free the port."""
        if not self._is_running:
            return
        self._is_running = False
        self._listener.close()
        await self._sessions.close_all("The server is shutting down.")
        self._sessions.stop()
        await self._listener.stop()
