"""The mock service as a server: aiohttp around the engine."""

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType, NoneType, TracebackType
from typing import Any, Self

from aiohttp import WSCloseCode, web
from aiohttp.typedefs import Handler

from voicelive_mockserver.engine import SessionEngine
from voicelive_mockserver.engine.error_catalogue import FATAL_CLOSE_CODE, error_body
from voicelive_mockserver.engine.handshake import (
    PATH,
    PATHS,
    Accepted,
    Failed,
    Refused,
    answer_handshake,
)
from voicelive_mockserver.engine.interfaces import McpHost, Responder, Transcriber
from voicelive_mockserver.engine.session import SESSION_SECONDS
from voicelive_mockserver.faults import Faults, FaultSpec, HandshakePlan
from voicelive_mockserver.journal.journal import (
    DEFAULT_JOURNAL_BYTES,
    Event,
    Journals,
    SessionJournal,
)
from voicelive_mockserver.responder import built_in_responder
from voicelive_mockserver.scenario import Scenario
from voicelive_mockserver.server.control import Admin
from voicelive_mockserver.server.host_policy import HostPolicy, is_loopback
from voicelive_mockserver.server.metrics import Metrics
from voicelive_mockserver.server.options import (
    KnownAttributes,
    check_key,
    check_number,
    check_type,
    known_keywords,
    shown,
)
from voicelive_mockserver.server.peers import WorkerPeers
from voicelive_mockserver.server.rate_limit import ConnectionQuota
from voicelive_mockserver.server.session_driver import Connection
from voicelive_mockserver.server.session_factory import SessionFactory
from voicelive_mockserver.server.sources import (
    DEFAULT_TRANSCRIPT,
    Sources,
    Voice,
)
from voicelive_mockserver.server.user_code import CheckedClock
from voicelive_mockserver.websocket import (
    LINE_LIMIT,
    Acceptor,
    NonUpgrade,
    PendingUpgrade,
    UpgradeRequest,
    WebSocket,
    is_close_code,
    text_header,
    upgrade_problem,
)
from voicelive_mockserver.websocket.pacer import Pacer
from voicelive_protocol import ServerEventError, encode
from voicelive_protocol._redaction import redacting_logger, remember_secret

_logger = redacting_logger(__name__)

# With the time for closing sessions, this is less than the two seconds in which all
# is to be over.
_CLEANUP_SECONDS = 0.3
_WAIT_SECONDS = 5.0
DEFAULT_API_KEY = "test-key"
"""The key that clients must present unless told otherwise; everybody knows it."""

_SILENT_SECONDS = 10.0
"""A connection without a request is cut off after this."""


class MockServer(KnownAttributes):
    """A Voice Live service on this machine, for tests and for trying things out.

    Use it as an async context manager; it serves while the context lasts:

        async with MockServer() as server:
            async with connect(
                endpoint=server.endpoint,
                credential=server.api_key,
                model="gpt-realtime",
            ) as connection:
                ...

    With the same seed, clock and input, and at infinite speed, it sends the same
    bytes.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 takes a free one.
        api_key: The key that clients must present. Any bearer token is let in too.
        speed: How fast the service is: 1 answers with the pauses of the real one, 10
            ten times as fast, infinity without any waiting. By default, the
            scenario tells; without one, it is 1.
        seed: Makes identifiers and chance reproducible. By default, the scenario
            tells; without one, it is 0.
        responder: Decides what is answered; by default small talk and calls of the
            functions that are offered.
        transcript: What the user is taken to have said: a text for every spoken turn,
            or a function that is given the audio of a turn.
        mcp: Stands for the MCP servers of the clients; by default all addresses lead
            to imaginary servers, except those in the domain `invalid`.
        journal_limit: How many frames of each session are remembered, 0 for none.
        journal_bytes: How many bytes of frames of each session are remembered. Long
            audio does not count: only its beginning is kept.
        tls: Makes it speak `https` and `wss`.
        worker: The number of this server among several that share the port, counted
            from 0, each in a process of its own.
        workers: How many servers share the port. With more than one, the host has to
            know SO_REUSEPORT, and the port must be given.
        meeting: A folder in which the servers that share the port find each other, so
            that each of them answers for all at the control endpoint. Without, each
            speaks for itself.
        session_seconds: How long a session may live, in seconds of the session: at a
            higher speed it is over sooner, at infinite speed only its own time counts.
        fatal_close_code: The close code after a fatal error for which the one of the
            service is not known.
        new_sessions_per_minute: How many connections may be opened in a minute, as
            the service allows 30; `None` for any number.
        clock: Returns the time in Unix seconds.
        scenario: What is said, what goes wrong and what is expected of the client: a
            scenario, its file, or the name of an example. What it does not answer,
            the responder does.
        faults: What goes wrong beside that: faults, lines such as
            `close:1011:after=5`, or mappings with the `type` and the fields of a
            fault; or a single one of them.
        allowed_hosts: From which hosts and web sites it is used, besides this machine,
            IP addresses, names without a dot, and pages of the host that they ask:
            `mock.example.com`, `*.example.com` for all below it, or `*` for any.
            Others are refused with 403, so that pages of other sites cannot use it.
        require_configuration: Whether a session refuses every message until it has
            accepted a `session.update`, and is closed with the fifth one, as the real
            service does. By default, the scenario tells; without one, it does not.
        voice: Who speaks: the built-in voice `synthetic`, which says the same bytes
            everywhere; `espeak`, a real voice, which needs the extra
            `voicelive[speech]`; or `auto`, the real one if it can speak here.

    Raises:
        TypeError: There is no such option, or its value has a wrong type.
        ValueError: A value is out of range, there is no such worker, voice or close
            code, or the scenario or a fault is not in order.
        VoiceUnavailableError: eSpeak NG is wanted, and it cannot speak here.
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
        meeting: Path | None = None,
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
        check_type("host", host, str, "a text")
        check_number("port", port, least=0, most=65535, whole=True)
        check_number("journal_limit", journal_limit, least=0, whole=True)
        check_number("journal_bytes", journal_bytes, least=0, whole=True)
        check_type("tls", tls, (ssl.SSLContext, NoneType), "an ssl.SSLContext")
        check_number("workers", workers, least=1, whole=True)
        check_number("worker", worker, least=0, most=workers - 1, whole=True)
        check_type("meeting", meeting, (Path, NoneType), "a Path")
        check_number("session_seconds", session_seconds, above=0)
        check_number("fatal_close_code", fatal_close_code, whole=True)
        if not is_close_code(fatal_close_code):
            raise ValueError(
                f"fatal_close_code: {fatal_close_code} is no code to close with"
            )
        if new_sessions_per_minute is not None:
            check_number(
                "new_sessions_per_minute", new_sessions_per_minute, least=0, whole=True
            )
        if not callable(clock):
            raise TypeError(f"clock: expected a function, not {shown(clock)}")
        self.api_key = api_key
        self._host_policy = HostPolicy(host, allowed_hosts)
        self._host = host
        self._port = port
        self._factory = SessionFactory(
            faults,
            seed=seed,
            speed=speed,
            require_configuration=require_configuration,
        )
        self._factory.use(scenario)
        self._tls = tls
        self._worker = worker
        self._workers = workers
        self._peers = (
            None
            if meeting is None or workers == 1
            else WorkerPeers(meeting, worker, workers)
        )
        self._session_seconds = session_seconds
        self._fatal_close_code = fatal_close_code
        self._quota = ConnectionQuota(new_sessions_per_minute)
        self._metrics = Metrics()
        self._sources = Sources(responder, transcript, mcp, voice)
        self._clock = CheckedClock(clock, self._sources.problems)
        self._ordinal = worker
        self._journals = Journals(journal_limit, journal_bytes)
        self._connections: dict[str, Connection] = {}
        self._runner: web.AppRunner | None = None
        self._inner: web.AppRunner | None = None
        self._pacer: Pacer | None = None
        self._acceptor: Acceptor | None = None
        self._listener: asyncio.Server | None = None

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
        """The address to connect to, as the endpoint of a resource: `http://…`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{host}:{self._port}"

    @property
    def url(self) -> str:
        """The address of the WebSocket, without a query: `ws://…`."""
        return f"ws{self.endpoint.removeprefix('http')}{PATH}"

    @property
    def sessions(self) -> Sequence[SessionJournal]:
        """The newest 100 connections and what went over them, oldest first."""
        return self._journals.all()

    @property
    def last_session(self) -> SessionJournal:
        """The newest connection and what went over it.

        Raises:
            LookupError: There was none.
        """
        if not self.sessions:
            raise LookupError("no client has connected")
        return self.sessions[-1]

    @property
    def open_sessions(self) -> Mapping[str, Connection]:
        """The sessions that go on, by identifier."""
        return MappingProxyType(self._connections)

    @property
    def faults(self) -> Faults:
        """What goes wrong on purpose; it may be changed while the server runs."""
        return self._factory.faults

    @property
    def scenario(self) -> Scenario | None:
        """What is played in the sessions to come; `None` for nothing in particular."""
        return self._factory.scenario

    @property
    def seed(self) -> int:
        """What identifiers and chance depend on."""
        return self._factory.seed

    def use(self, scenario: Scenario | str | Path | None) -> None:
        """Play something else in the sessions to come; those in progress go on.

        Args:
            scenario: The scenario, its file, or the name of an example; `None` for
                nothing in particular.

        Raises:
            ScenarioError: Something in it is wrong.
        """
        self._factory.use(scenario)

    @property
    def metrics(self) -> Metrics:
        """What was counted since the server was made."""
        return self._metrics

    @property
    def worker(self) -> int:
        """The number of this server among those that share the port."""
        return self._worker

    @property
    def version(self) -> str:
        """The version of the package."""
        try:
            return version("voicelive")
        except PackageNotFoundError:
            return "unknown"

    @property
    def responder(self) -> Responder:
        """Decides what is answered in the sessions that begin from now on."""
        return self._sources.responder

    @responder.setter
    def responder(self, responder: Responder) -> None:
        self._sources.responder = responder

    @property
    def transcript(self) -> str | Transcriber:
        """What the user is taken to have said, in sessions that begin from now on."""
        return self._sources.transcript

    @transcript.setter
    def transcript(self, transcript: str | Transcriber) -> None:
        self._sources.transcript = transcript

    @property
    def problems(self) -> list[str]:
        """What responders, transcribers, MCP hosts and clocks did wrong.

        At most 100 texts, each once. A test that wants a problem clears the list, or
        the fixture `voicelive_mock` fails it in the end.
        """
        return self._sources.problems.texts

    def assert_no_problems(self) -> None:
        """Check that nothing went wrong in the functions that the server was given.

        Raises:
            AssertionError: Something did. The text tells what came back.
        """
        if self.problems:
            raise AssertionError("\n".join(self.problems))

    def assert_expectations(self) -> None:
        """Check that the clients have sent what the scenario expects of them.

        Raises:
            AssertionError: Some have not. The text tells what is missing.
        """
        missing = [
            f"session {session.session_id}: {outcome}"
            for session in self.sessions
            for outcome in session.expectations
            if not outcome.met
        ]
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
    ) -> Event:
        """Wait until a client has sent an event; return it.

        What is in the journals already counts.

        Args:
            event_type: The type of the event.
            from_client: `False` waits for an event that a client is sent.
            count: How many such events there must be, in all sessions together; the
                last one is returned.
            within: For how many seconds at most; `None` for ever.
            **fields: What it must contain; see `SessionJournal.sent`.

        Raises:
            TimeoutError: It did not come. The text tells what came instead.
        """
        return await self._journals.wait_for(
            event_type, fields, from_client=from_client, count=count, within=within
        )

    async def reset(self) -> None:
        """Begin anew: end all sessions, forget them and the faults that were added.

        The identifiers of the next session are those of the first one. Figures go on.
        """
        await self._close_all("The service was reset.")
        self._factory.reset()
        self._journals.forget()
        self._ordinal = self._worker

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
        """Begin to serve.

        Raises:
            RuntimeError: It is serving already.
            OSError: The address cannot be listened on.
        """
        if self._runner is not None:
            raise RuntimeError("the server is running already")
        runner = _runner(self._app(self._peers, self._host_policy))
        await runner.setup()
        assert runner.server is not None
        self._runner = runner
        loop = asyncio.get_running_loop()
        acceptor = Acceptor(self, runner.server, _SILENT_SECONDS)
        try:
            listener = await loop.create_server(
                acceptor,
                self._host,
                self._port,
                ssl=self._tls,
                reuse_port=True if self._workers > 1 else None,
            )
        except OSError:
            acceptor.stop()
            self._runner = None
            await runner.cleanup()
            raise
        self._acceptor = acceptor
        self._listener = listener
        self._pacer = Pacer(loop)
        self._port = listener.sockets[0].getsockname()[1]
        if (
            self._worker == 0
            and self._api_key == DEFAULT_API_KEY
            and not is_loopback(self._host)
        ):
            _logger.warning(
                "the mock service listens on %s with the default key: all who can "
                "reach it can use it",
                self._host or "all addresses",
            )
        if self._peers is not None:
            # For the others of this port, it speaks for itself only.
            inner = self._inner = _runner(self._app(None, None))
            await inner.setup()
            await web.UnixSite(inner, str(self._peers.socket)).start()

    async def stop(self) -> None:
        """Stop serving: end all sessions with close code 1001, then free the port."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        assert self._listener is not None
        assert self._acceptor is not None
        assert self._pacer is not None
        self._listener.close()
        await self._close_all("The server is shutting down.")
        self._pacer.stop()
        self._acceptor.stop()
        await runner.cleanup()
        if self._inner is not None:
            await self._inner.cleanup()

    def _app(
        self, peers: WorkerPeers | None, policy: HostPolicy | None
    ) -> web.Application:
        """Return what answers all but WebSockets.

        Args:
            peers: The other workers for which it answers too.
            policy: From which hosts and sites it is used; `None` for any.
        """

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            problem = None if policy is None else policy.problem(request.headers)
            if problem is not None:
                return self._refuse(Refused(403, problem))
            return await handler(request)

        app = web.Application(middlewares=[_one_by_one, guard])
        for path in PATHS:
            app.router.add_route("*", path, self._no_websocket)
        Admin(self, peers).add_routes(app.router)
        app.router.add_route("*", "/{rest:.*}", self._not_found)
        return app

    async def _close_all(self, reason: str) -> None:
        closings = [
            connection.close(WSCloseCode.GOING_AWAY, reason)
            for connection in self._connections.values()
        ]
        await asyncio.gather(*closings, return_exceptions=True)

    def serves(self, path: str) -> bool:
        """Whether there is a WebSocket at a path."""
        return path in PATHS

    def handle(self, request: UpgradeRequest, upgrade: PendingUpgrade) -> None:
        """Answer a request for a WebSocket.

        Args:
            request: What the client asks for.
            upgrade: How to answer it.
        """
        problem = self._host_policy.problem(request.headers)
        if problem is not None:
            # Before anything is counted: faults are for the clients that are meant.
            status, body, headers = self._refusal(Refused(403, problem))
            upgrade.refuse(status, encode(body), headers)
            return
        loop = asyncio.get_running_loop()
        plan = self._factory.connect(loop.time())
        if plan.seconds:
            loop.call_later(plan.seconds, self._answer, plan, request, upgrade)
        else:
            self._answer(plan, request, upgrade)

    def handle_unreadable(self, kind: NonUpgrade, upgrade: PendingUpgrade) -> None:
        """Refuse what is no HTTP request, or one whose body has no length.

        Nothing of it is logged or sent back: it may hold a key.

        Args:
            kind: Which of both.
            upgrade: How to answer it.
        """
        if kind is NonUpgrade.CHUNKED:
            refused = Refused(411, "Send the body with a header 'Content-Length'.")
        else:
            refused = Refused(400, "This is no HTTP request.")
        status, body, headers = self._refusal(refused)
        upgrade.refuse(status, encode(body), headers)

    def _answer(
        self, plan: HandshakePlan, request: UpgradeRequest, upgrade: PendingUpgrade
    ) -> None:
        try:
            answer = self._decide(plan, request)
        except Exception:
            _logger.exception("a handshake failed")
            answer = Refused(500, "The mock service has failed; see its log.")
        if isinstance(answer, Refused):
            status, body, headers = self._refusal(answer)
            upgrade.refuse(status, encode(body), headers)
            return
        websocket = upgrade.accept()
        if websocket is None:
            # Gone before the upgrade.
            return
        self._metrics.handshakes[101] += 1
        try:
            if isinstance(answer, Failed):
                self._fail(answer, plan, request, websocket)
            else:
                self._open(answer, plan, websocket)
        except Exception:
            _logger.exception("a session could not be opened")
            websocket.close(WSCloseCode.INTERNAL_ERROR, "The service has failed.")

    def _decide(
        self, plan: HandshakePlan, request: UpgradeRequest
    ) -> Accepted | Refused | Failed:
        if plan.refusal is not None:
            return plan.refusal
        factory = self._factory
        answer = factory.answer(
            answer_handshake(
                factory.query(request.query),
                request.headers,
                self.api_key,
                request.path,
            )
        )
        if isinstance(answer, Refused):
            return answer
        wait = self._quota.take(self._clock())
        if wait is not None:
            text = "Too many new connections; see Retry-After."
            return Refused(429, text, retry_after=wait)
        return answer

    def _open(
        self, accepted: Accepted, plan: HandshakePlan, websocket: WebSocket
    ) -> None:
        assert self._pacer is not None
        setup = self._factory.stage(
            plan,
            accepted.model,
            self._sources.engine,
            self._session_seconds,
            self._fatal_close_code,
        )
        engine = SessionEngine(
            setup.model,
            accepted.api_version,
            setup.sources,
            seed=self.seed,
            ordinal=self._ordinal,
            started_at=self._clock(),
            agent=accepted.agent,
            features=accepted.features,
            session_seconds=setup.seconds,
            fatal_close_code=self._fatal_close_code,
            require_configuration=self._factory.require_configuration,
        )
        # Sessions of other workers have the numbers between.
        self._ordinal += self._workers
        journal = self._journals.open(
            engine.id, accepted.model.name, accepted.api_version
        )
        journal.watch = setup.watch
        about = {"session": engine.id}
        began = time.monotonic()

        def ended() -> None:
            # After a reset there may be another session of the same name.
            if self._connections.get(engine.id) is connection:
                del self._connections[engine.id]
            self.faults.leave(setup.stage)
            setup.report(engine.id)
            seconds = round(time.monotonic() - began, 3)
            _logger.info(
                "session closed",
                extra=about | {"code": journal.close_code, "seconds": seconds},
            )

        connection = Connection(
            engine,
            websocket,
            self._pacer,
            journal,
            self._metrics,
            self._factory.speed,
            setup.stage,
            ended,
        )
        self.faults.join(plan.number, setup.stage, connection.elapsed, connection.wake)
        self._connections[engine.id] = connection
        self._metrics.sessions += 1
        _logger.info(
            "session opened",
            extra=about | {"model": journal.model, "api_version": journal.api_version},
        )
        connection.start()

    def _fail(
        self,
        failed: Failed,
        plan: HandshakePlan,
        request: UpgradeRequest,
        websocket: WebSocket,
    ) -> None:
        """Say what is wrong, instead of creating a session, and close."""
        error = failed.error
        # No session, so no identifier either.
        frame = encode(
            {
                "event_id": None,
                "type": ServerEventError.type,
                **error_body(error, None),
            }
        )
        query = request.query
        # Connections of other workers have the numbers between.
        number = (plan.number - 1) * self._workers + self._worker + 1
        journal = self._journals.open(
            "", query.get("model", ""), query.get("api-version", ""), number
        )
        journal.record(0.0, frame, from_client=False)
        self._metrics.sent([frame], len(frame))
        _logger.info("session refused", extra={"reason": error.message})
        websocket.write(text_header(len(frame)) + frame)
        websocket.close(self._fatal_close_code, error.message)
        journal.close_code = self._fatal_close_code

    def _refusal(
        self, refused: Refused
    ) -> tuple[int, dict[str, dict[str, str]], dict[str, str]]:
        """Count and log a refusal; return status, body and headers of the answer."""
        self._metrics.handshakes[refused.status] += 1
        _logger.info(
            "connection refused",
            extra={"status": refused.status, "reason": refused.message},
        )
        headers = dict(refused.headers)
        if refused.retry_after is not None:
            headers["Retry-After"] = str(refused.retry_after)
        return refused.status, refused.body(), headers

    def _refuse(self, refused: Refused) -> web.Response:
        status, body, headers = self._refusal(refused)
        return web.json_response(body, status=status, headers=headers)

    async def _no_websocket(self, request: web.Request) -> web.StreamResponse:
        """Answer a request that is no proper one for a WebSocket."""
        plan = self._factory.connect(asyncio.get_running_loop().time())
        if plan.seconds:
            await asyncio.sleep(plan.seconds)
        plain = UpgradeRequest(request.path, request.query, request.headers)
        answer = self._decide(plan, plain)
        if isinstance(answer, Refused):
            return self._refuse(answer)
        problem = upgrade_problem(
            request.method, tuple(request.version), request.headers
        )
        assert problem is not None
        return self._refuse(
            Refused(problem.status, problem.message, headers=problem.headers)
        )

    async def _not_found(self, _request: web.Request) -> web.StreamResponse:
        return self._refuse(Refused(404, f"Nothing here; the service is at {PATH}."))


def _runner(app: web.Application) -> web.AppRunner:
    return web.AppRunner(
        app,
        access_log=None,
        # aiohttp logs requests that it cannot read, with a key that is in them.
        logger=_logger,
        max_line_size=LINE_LIMIT,
        max_field_size=LINE_LIMIT,
        shutdown_timeout=_CLEANUP_SECONDS,
        keepalive_timeout=_SILENT_SECONDS,
    )


@web.middleware
async def _one_by_one(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a request when all of it is there, and then close the connection.

    A client may write everything before it reads. And a WebSocket is let in at the
    door: it must not come after another request.
    """
    try:
        async with asyncio.timeout(_SILENT_SECONDS):
            await request.read()
        response = await handler(request)
    except TimeoutError:
        response = web.Response(status=408)
    response.force_close()
    return response
