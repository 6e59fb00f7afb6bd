"""The mock service as a server: aiohttp around the engine."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import msgspec
from aiohttp import WSCloseCode, web

from .connection import Connection, text_header
from .engine import EngineSources, SessionEngine
from .engine.errors import error_body
from .engine.ports import HeardAudio, Responder, Transcriber
from .handshake import PATH, Accepted, Failed, Refused, answer_handshake
from .journal import SessionJournal
from .pacer import Pacer
from .responder import built_in_responder
from .speech import SyntheticSpeech

DEFAULT_TRANSCRIPT = "Hello, can you hear me?"
"""What the user is taken to have said unless told otherwise."""

_LARGEST_MESSAGE = 21 << 20  # 15 MiB of audio in base64, and a little JSON
_CLOSE_SECONDS = 2.0
_REASON_BYTES = 123
_FATAL_ERROR = 1008
_SESSIONS_REMEMBERED = 100


class MockServer:
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
            ten times as fast, infinity without any waiting.
        seed: Makes identifiers and chance reproducible.
        responder: Decides what is answered; by default small talk and calls of the
            functions that are offered.
        transcript: What the user is taken to have said: a text for every spoken turn,
            or a function that is given the audio of a turn.
        journal_limit: How many frames of each session are remembered, 0 for none.
        clock: Returns the time in Unix seconds.

    Raises:
        ValueError: `speed` is not above 0.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = "test-key",
        *,
        speed: float = 1.0,
        seed: int = 0,
        responder: Responder = built_in_responder,
        transcript: str | Transcriber = DEFAULT_TRANSCRIPT,
        journal_limit: int = 1000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self.api_key = api_key
        """The key that clients must present."""
        self._host = host
        self._port = port
        self._speed = speed
        self._seed = seed
        self._clock = clock
        self._journal_limit = journal_limit
        self._sources = EngineSources(
            responder=responder,
            transcriber=_always(transcript)
            if isinstance(transcript, str)
            else transcript,
            keeps_audio=not isinstance(transcript, str),
            speech=SyntheticSpeech(),
        )
        self._ordinal = 0
        self._journals: deque[SessionJournal] = deque(maxlen=_SESSIONS_REMEMBERED)
        self._connections: set[Connection] = set()
        self._runner: web.AppRunner | None = None
        self._pacer: Pacer | None = None

    @property
    def endpoint(self) -> str:
        """The address to connect to, as the endpoint of a resource: `http://…`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def url(self) -> str:
        """The address of the WebSocket, without a query: `ws://…`."""
        return f"ws{self.endpoint.removeprefix('http')}{PATH}"

    @property
    def sessions(self) -> Sequence[SessionJournal]:
        """The newest 100 connections and what went over them, oldest first."""
        return tuple(self._journals)

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
        app = web.Application()
        app.router.add_get(PATH, self._serve)
        app.router.add_route("*", "/{rest:.*}", _not_found)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_SECONDS)
        await runner.setup()
        site = web.TCPSite(runner, self._host, self._port)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._pacer = Pacer(asyncio.get_running_loop())
        self._port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop serving: end all sessions with close code 1001, then free the port."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        for site in list(runner.sites):
            await site.stop()
        closings = [
            connection.close(WSCloseCode.GOING_AWAY, "The server is shutting down.")
            for connection in self._connections
        ]
        await asyncio.gather(*closings, return_exceptions=True)
        if self._pacer is not None:
            self._pacer.stop()
        await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        answer = answer_handshake(request.query, request.headers, self.api_key)
        if isinstance(answer, Refused):
            return _json_error(answer)
        websocket = web.WebSocketResponse(
            timeout=_CLOSE_SECONDS,
            # Deflating costs a core many more than it saves the wire.
            compress=False,
            max_msg_size=_LARGEST_MESSAGE,
            decode_text=False,
        )
        if not websocket.can_prepare(request):
            return _json_error(Refused(426, "This address speaks WebSocket only."))
        await websocket.prepare(request)
        transport = request.transport
        # The connection may have been lost during the upgrade.
        if isinstance(transport, asyncio.Transport):
            if isinstance(answer, Failed):
                await self._fail(answer, request, websocket, transport)
            else:
                await self._run(answer, websocket, transport)
        return websocket

    async def _run(
        self,
        accepted: Accepted,
        websocket: "web.WebSocketResponse[bool]",
        transport: asyncio.Transport,
    ) -> None:
        assert self._pacer is not None
        engine = SessionEngine(
            accepted.model,
            accepted.api_version,
            self._sources,
            seed=self._seed,
            ordinal=self._ordinal,
            started_at=self._clock(),
        )
        self._ordinal += 1
        journal = SessionJournal(
            session_id=engine.id,
            model=accepted.model.name,
            api_version=accepted.api_version,
            limit=self._journal_limit,
        )
        self._journals.append(journal)
        connection = Connection(
            engine, websocket, transport, self._pacer, journal, self._speed
        )
        self._connections.add(connection)
        try:
            await connection.serve()
        finally:
            self._connections.discard(connection)

    async def _fail(
        self,
        failed: Failed,
        request: web.Request,
        websocket: "web.WebSocketResponse[bool]",
        transport: asyncio.Transport,
    ) -> None:
        """Say what is wrong, instead of creating a session, and close."""
        error = failed.error
        # No session, so no identifier either.
        frame = msgspec.json.encode(
            {"event_id": None, "type": "error", **error_body(error, None)}
        )
        journal = SessionJournal(
            session_id="",
            model=request.query.get("model", ""),
            api_version=request.query.get("api-version", ""),
            limit=self._journal_limit,
        )
        self._journals.append(journal)
        journal.record(0.0, frame, from_client=False)
        transport.write(text_header(len(frame)) + frame)
        await websocket.close(
            code=_FATAL_ERROR, message=error.message.encode()[:_REASON_BYTES]
        )
        journal.close_code = _FATAL_ERROR


def _always(transcript: str) -> Transcriber:
    def transcriber(_audio: HeardAudio) -> str:
        return transcript

    return transcriber


async def _not_found(_request: web.Request) -> web.StreamResponse:
    return _json_error(Refused(404, f"Nothing here; the service is at {PATH}."))


def _json_error(refused: Refused) -> web.Response:
    return web.json_response(refused.body(), status=refused.status)
