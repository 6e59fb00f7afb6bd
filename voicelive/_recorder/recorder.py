"""Recording proxy server: accepts applications and relays them to the service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from aiohttp import web

from voicelive._recorder.handshake import MAX_MSG_SIZE, UpgradeRefused, gateway_error
from voicelive._recorder.journal import Journal, new_file
from voicelive._recorder.masking import Masking
from voicelive._recorder.relay import Relay, Side
from voicelive._recorder.upstream import Upstream, UpstreamConnection
from voicelive_core.redaction import redacting_logger

logger = redacting_logger(__name__)

_STOP_SECONDS = 2.0
"""Time for sessions to close when the recorder stops."""

_CLEANUP_SECONDS = 0.3
# Tokens are long, and may be in the query.
_MAX_LINE_BYTES = 1 << 16

_STOPPED = "voicelive record was stopped"


class Recorder:
    """Records the sessions between applications and the service.

    Args:
        upstream: The service.
        folder: Existing directory for the recordings.
        host: The address to listen on.
        port: The port to listen on; 0 for a free one.
        keep_audio: Whether to record audio in full.
        notify: Called with a message for the user when a session begins or ends, and
            on errors.
    """

    def __init__(
        self,
        upstream: Upstream,
        folder: Path,
        *,
        host: str,
        port: int,
        keep_audio: bool,
        notify: Callable[[str], None],
    ) -> None:
        self._upstream = upstream
        self._folder = folder
        self._host = host
        self._port = port
        self._keep_audio = keep_audio
        self._notify = notify
        self._sessions = 0
        self._relays: set[Relay] = set()
        # Tasks of sessions that are not cleaned up yet.
        self._open: set[asyncio.Task[object]] = set()
        self._stopping = False
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port, final after `start`."""
        return self._port

    @property
    def endpoint(self) -> str:
        """The endpoint for applications."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def start(self) -> None:
        """Start the server.

        Raises:
            OSError: The address cannot be bound.
        """
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        app.on_shutdown.append(self._stop_sessions)
        runner = web.AppRunner(
            app,
            access_log=None,
            # aiohttp logs malformed requests, including their keys.
            logger=logger,
            max_field_size=_MAX_LINE_BYTES,
            max_line_size=_MAX_LINE_BYTES,
            shutdown_timeout=_CLEANUP_SECONDS,
        )
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, self._host, self._port).start()
        self._port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Close all sessions with code 1001 and stop the server."""
        if self._runner is None:
            return
        await self._runner.cleanup()
        # aiohttp waits for the applications only, not for the upstream connections.
        if self._open:
            _, late = await asyncio.wait(self._open, timeout=_CLEANUP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _stop_sessions(self, _app: web.Application) -> None:
        self._stopping = True
        await asyncio.gather(
            *(relay.stop(_STOPPED, within=_STOP_SECONDS) for relay in self._relays)
        )

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if not web.WebSocketResponse().can_prepare(request):
            text = "voicelive record forwards WebSocket connections only.\n"
            return web.Response(status=426, text=text)
        try:
            service = await self._upstream.connect(request)
        except UpgradeRefused as refusal:
            return self._refuse(refusal)
        try:
            journal = self._journal(service)
        except OSError as error:
            await service.release()
            text = f"cannot write to {self._folder}: {error.strerror or error}"
            return self._refuse(gateway_error(500, text))
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            return await self._relay(request, service, journal)
        finally:
            try:
                await service.release()
            finally:
                # Also when cancelled during `release`.
                self._end(journal)
                self._open.discard(task)

    def _refuse(self, refusal: UpgradeRefused) -> web.Response:
        self._notify(f"No session: {refusal}")
        response = web.Response(
            status=refusal.status, reason=refusal.reason or None, body=refusal.body
        )
        # Drop the default Content-Type: the upstream headers have their own.
        response.headers.clear()
        for name, value in refusal.headers:
            response.headers.add(name, value)
        response.force_close()
        return response

    def _journal(self, service: UpstreamConnection) -> Journal:
        self._sessions += 1
        number = self._sessions
        path = new_file(self._folder, number)

        def failed(error: OSError) -> None:
            reason = error.strerror or error
            self._notify(f"Session {number} continues without {path}: {reason}")

        masking = Masking(service.secrets, keep_audio=self._keep_audio)
        journal = Journal(number, path, masking, failed)
        self._notify(f"Session {number} begins: {path}")
        return journal

    def _end(self, journal: Journal) -> None:
        journal.end()
        frames = f"{journal.frames} frame{'' if journal.frames == 1 else 's'}"
        code = journal.close_code or "none"
        self._notify(
            f"Session {journal.number} ended: {frames} in {journal.seconds:.1f} s, "
            f"close code {code}, {journal.path}"
        )

    async def _relay(
        self, request: web.Request, service: UpstreamConnection, journal: Journal
    ) -> web.StreamResponse:
        protocol = service.ws.protocol
        ws: web.WebSocketResponse[Literal[False]] = web.WebSocketResponse(
            autoclose=False,
            autoping=False,
            compress=False,
            decode_text=False,
            max_msg_size=MAX_MSG_SIZE,
            protocols=() if protocol is None else (protocol,),
        )
        for name, value in service.headers:
            ws.headers.add(name, value)
        await ws.prepare(request)
        transport = request.transport
        if transport is None or self._stopping:
            return ws
        relay = Relay(
            Side(ws, transport, "sent"),
            Side(service.ws, service.transport, "received"),
            journal,
        )
        self._relays.add(relay)
        try:
            await relay.run()
        finally:
            self._relays.discard(relay)
            transport.close()
        return ws
