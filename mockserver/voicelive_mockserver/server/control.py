"""Control endpoint: health, metrics, journals, injected events and faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from voicelive_core.close_codes import CloseCode
from voicelive_mockserver.engine.handshake import is_key
from voicelive_mockserver.faults import Close, read_faults
from voicelive_mockserver.journal.entry import JournalEntry
from voicelive_mockserver.server.controlled import Controlled, OpenSession
from voicelive_mockserver.server.metrics import Metrics
from voicelive_mockserver.server.peers import PeerError, PeerResponse, WorkerPeers
from voicelive_protocol import encode, parse

_NOT_FOUND = 404
_WITHOUT_PROMETHEUS = "Metrics need prometheus-client: pip install 'voicelive[mock]'.\n"


class _RequestFailed(Exception):
    """An error response of the control endpoint."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _UnknownSession(_RequestFailed):
    """This worker does not have the session; another one may."""

    def __init__(self, message: str) -> None:
        super().__init__(_NOT_FOUND, message)


_Merge = Callable[[list[Any]], Any]


class ControlRoutes:
    """The routes `/health`, `/metrics` and `/mock/…`.

    Args:
        server: The controlled server.
        peers: The other workers, whose state is included; `None` for this worker
            only.
    """

    def __init__(self, server: Controlled, peers: WorkerPeers | None) -> None:
        self._server = server
        self._peers = peers

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the routes to a router."""
        router.add_get("/metrics", self._metrics)
        router.add_get("/health", self._answered(self._health, _merged_health))
        for method, path, handler, merge in (
            ("GET", "/mock/figures", self._figures, None),
            ("GET", "/mock/sessions", self._sessions, _merged_sessions),
            ("GET", "/mock/sessions/{id}/journal", self._journal, None),
            ("POST", "/mock/sessions/{id}/events", self._push, None),
            ("POST", "/mock/sessions/{id}/close", self._close, None),
            ("GET", "/mock/faults", self._faults, None),
            ("POST", "/mock/faults", self._add_faults, _first),
            ("DELETE", "/mock/faults", self._clear_faults, _first),
            ("POST", "/mock/reset", self._reset, _first),
        ):
            router.add_route(
                method, path, self._guarded(self._answered(handler, merge))
            )

    def _guarded(self, handler: Handler) -> Handler:
        """Return a handler that requires the API key."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if not is_key(request.headers.get("api-key", ""), self._server.api_key):
                return _answer(
                    401, _error(401, "The header 'api-key' must have the API key.")
                )
            return await handler(request)

        return guarded

    def _answered(
        self, handler: Callable[[web.Request], Awaitable[Any]], merge: _Merge | None
    ) -> Handler:
        """Return a handler that responds with JSON, for all workers.

        Args:
            handler: Returns the answer of this worker.
            merge: Merges the answers of all workers, this one first. `None` queries
                the others only for a session that this worker does not have.
        """

        async def answered(request: web.Request) -> web.StreamResponse:
            try:
                try:
                    own = await handler(request)
                except _UnknownSession:
                    for reply in await self._ask(request):
                        if reply.status != _NOT_FOUND:
                            return _raw(reply.status, reply.body)
                    raise
                if merge is None:
                    return _answer(200, own)
                others = [_decoded(reply) for reply in await self._ask(request)]
                return _answer(200, merge([own, *others]))
            except _RequestFailed as problem:
                return _answer(problem.status, _error(problem.status, str(problem)))

        return answered

    async def _ask(
        self, request: web.Request, path: str | None = None
    ) -> list[PeerResponse]:
        if self._peers is None:
            return []
        headers = {"api-key": self._server.api_key}
        body = await request.read()
        try:
            return await self._peers.ask(
                request.method, path or request.path_qs, headers, body
            )
        except PeerError as error:
            raise _RequestFailed(503, str(error)) from None

    async def _health(self, _request: web.Request) -> Any:
        server = self._server
        return {
            "status": "ok",
            "version": server.version,
            "worker": server.worker,
            "uptime_seconds": round(server.metrics.uptime, 3),
            "sessions": {
                "open": len(server.open_sessions),
                "total": server.metrics.sessions,
            },
        }

    async def _figures(self, _request: web.Request) -> Any:
        """Return the metrics of this worker, for another worker."""
        server = self._server
        journals = server.sessions
        return {
            "metrics": server.metrics.state(),
            "gauges": {
                "open_sessions": len(server.open_sessions),
                "journal_frames": sum(journal.frames for journal in journals),
                "journal_bytes": sum(journal.size for journal in journals),
            },
        }

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        try:
            from voicelive_mockserver.server.prometheus import (
                CONTENT_TYPE,
                Gauges,
                exposition,
            )
        except ImportError:
            return web.Response(status=501, text=_WITHOUT_PROMETHEUS)
        try:
            replies = await self._ask(request, "/mock/figures")
        except _RequestFailed as problem:
            return web.Response(status=problem.status, text=str(problem))
        metrics = Metrics()
        gauges: Counter[str] = Counter()
        for figures in (await self._figures(request), *map(_decoded, replies)):
            metrics.add(figures["metrics"])
            gauges.update(figures["gauges"])
        return web.Response(
            body=exposition(metrics, Gauges(**gauges)),
            headers={"Content-Type": CONTENT_TYPE},
        )

    async def _sessions(self, _request: web.Request) -> Any:
        server = self._server
        opened = server.open_sessions
        # Open sessions are listed even after their journal was evicted.
        journals = {id(journal): journal for journal in server.sessions}
        for session in opened.values():
            journals.setdefault(id(session.journal), session.journal)
        return {
            "worker": server.worker,
            "sessions": [
                {
                    "id": journal.name,
                    "model": journal.model,
                    "api_version": journal.api_version,
                    "open": journal.session_id in opened,
                    "close_code": journal.close_code,
                    "frames": journal.frames,
                    "bytes": journal.size,
                }
                for journal in journals.values()
            ],
        }

    async def _journal(self, request: web.Request) -> Any:
        wanted = request.match_info["id"]
        for journal in self._server.sessions:
            if journal.name == wanted:
                break
        else:
            raise _UnknownSession(f"There is no session '{wanted}' in the journal.")
        sender = request.query.get("from")
        if sender not in (None, "client", "server"):
            raise _RequestFailed(400, "from: expected client or server")
        kind = request.query.get("type")
        entries = [
            shown
            for shown in map(_shown, journal.entries)
            if sender in (None, shown["from"]) and kind in (None, _type(shown))
        ]
        return {"id": wanted, "entries": entries}

    async def _push(self, request: web.Request) -> Any:
        session = self._open(request)
        body = await _body(request)
        events = body if isinstance(body, list) else [body]
        for event in events:
            if not (isinstance(event, dict) and isinstance(event.get("type"), str)):
                raise _RequestFailed(400, "an event must be an object with a `type`")
        for event in events:
            session.push(event)
        return {"sent": len(events)}

    async def _close(self, request: web.Request) -> Any:
        session = self._open(request)
        body = await _body(request, empty={})
        if not isinstance(body, dict) or body.keys() - {"code", "reason"}:
            raise _RequestFailed(400, "expected an object with code and reason")
        try:
            close = msgspec.convert(
                {"code": CloseCode.NORMAL.value} | body | {"type": "close"}, Close
            )
        except msgspec.ValidationError as error:
            raise _RequestFailed(400, str(error)) from None
        await session.close(close.code, close.reason)
        return {"closed": session.journal.session_id, "code": close.code}

    async def _faults(self, _request: web.Request) -> Any:
        server = self._server
        return {"worker": server.worker, "faults": list(server.faults)}

    async def _add_faults(self, request: web.Request) -> Any:
        body = await _body(request)
        try:
            # All or none of them are added.
            faults = read_faults(body)
        except (TypeError, ValueError) as error:
            raise _RequestFailed(400, str(error)) from None
        for fault in faults:
            self._server.faults.add(fault)
        return await self._faults(request)

    async def _clear_faults(self, request: web.Request) -> Any:
        self._server.faults.clear()
        return await self._faults(request)

    async def _reset(self, _request: web.Request) -> Any:
        await self._server.reset()
        return {"worker": self._server.worker, "reset": True}

    def _open(self, request: web.Request) -> OpenSession:
        wanted = request.match_info["id"]
        session = self._server.open_sessions.get(wanted)
        if session is None:
            raise _UnknownSession(f"No session '{wanted}' is open.")
        return session


async def _body(request: web.Request, *, empty: Any = None) -> Any:
    data = await request.read()
    if not data and empty is not None:
        return empty
    try:
        return parse(data)
    except (ValueError, RecursionError) as error:
        raise _RequestFailed(400, f"not valid JSON: {error}") from None


def _shown(entry: JournalEntry) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "time": round(entry.time, 6),
        "from": "client" if entry.from_client else "server",
        "size": entry.size,
    }
    event = entry.event
    if event is None:
        return shown | {"text": entry.frame.decode(errors="backslashreplace")}
    return shown | {"event": event}


def _type(shown: Mapping[str, Any]) -> Any:
    event = shown.get("event")
    return event.get("type") if isinstance(event, dict) else None


def _merged_health(answers: list[Any]) -> Any:
    if len(answers) == 1:
        return answers[0]
    sessions: Counter[str] = Counter()
    for answer in answers:
        sessions.update(answer["sessions"])
    uptime = max(answer["uptime_seconds"] for answer in answers)
    return answers[0] | {
        "workers": len(answers),
        "uptime_seconds": uptime,
        "sessions": sessions,
    }


def _merged_sessions(answers: list[Any]) -> Any:
    return answers[0] | {
        "sessions": [session for answer in answers for session in answer["sessions"]]
    }


def _first(answers: list[Any]) -> Any:
    """Return the answer of this worker; all answers are the same."""
    return answers[0]


def _decoded(reply: PeerResponse) -> Any:
    if reply.status != 200:
        raise _RequestFailed(503, f"another worker responded with {reply.status}")
    return parse(reply.body)


def _error(status: int, message: str) -> dict[str, Any]:
    return {"error": {"code": str(status), "message": message}}


def _answer(status: int, body: Any) -> web.Response:
    return _raw(status, encode(body))


def _raw(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json")
