"""Control endpoint: routes, health, metrics, and answers for all workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from voicelive_mockserver.engine.handshake import is_key
from voicelive_mockserver.server.control_request import (
    NOT_FOUND,
    RequestFailed,
    UnknownSession,
)
from voicelive_mockserver.server.controlled import Controlled
from voicelive_mockserver.server.metrics import Metrics
from voicelive_mockserver.server.peers import PeerError, PeerResponse, WorkerPeers
from voicelive_mockserver.server.session_requests import SessionRequests
from voicelive_mockserver.server.settings_requests import SettingsRequests
from voicelive_mockserver.server.version import package_version
from voicelive_protocol import encode, parse

_OPENAPI = Path(__file__).with_name("openapi.json")
_WITHOUT_PROMETHEUS = "Metrics need prometheus-client: pip install 'voicelive[mock]'.\n"


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
        router.add_get("/mock/openapi.json", self._openapi)
        router.add_get("/health", self._answered(self._health, _merged_health))
        sessions, settings = (
            SessionRequests(self._server),
            SettingsRequests(self._server),
        )
        for method, path, handler, merge in (
            ("GET", "/mock/figures", self._figures, None),
            ("GET", "/mock/sessions", sessions.list, _merged_sessions),
            ("GET", "/mock/sessions/{id}/journal", sessions.journal, None),
            ("POST", "/mock/sessions/{id}/events", sessions.push, None),
            ("POST", "/mock/sessions/{id}/close", sessions.close, None),
            ("GET", "/mock/expectations", sessions.expectations, _merged_expectations),
            ("GET", "/mock/scenario", settings.scenario, None),
            ("PUT", "/mock/scenario", settings.set_scenario, _first),
            ("DELETE", "/mock/scenario", settings.clear_scenario, _first),
            ("GET", "/mock/transcript", settings.transcript, None),
            ("PUT", "/mock/transcript", settings.set_transcript, _first),
            ("DELETE", "/mock/transcript", settings.restore_transcript, _first),
            ("GET", "/mock/responder", settings.responder, None),
            ("PUT", "/mock/responder", settings.set_responder, _first),
            ("DELETE", "/mock/responder", settings.restore_responder, _first),
            ("GET", "/mock/faults", settings.faults, None),
            ("POST", "/mock/faults", settings.add_faults, _first),
            ("DELETE", "/mock/faults", settings.clear_faults, _first),
            ("POST", "/mock/reset", settings.reset, _first),
        ):
            router.add_route(
                method, path, self._guarded(self._answered(handler, merge))
            )

    def _guarded(self, handler: Handler) -> Handler:
        """Return a handler that requires the API key."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if not is_key(request.headers.get("api-key", ""), self._server.api_key()):
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
                except UnknownSession:
                    for reply in await self._ask(request):
                        if reply.status != NOT_FOUND:
                            return _raw(reply.status, reply.body)
                    raise
                if merge is None:
                    return _answer(200, own)
                others = [_decoded(reply) for reply in await self._ask(request)]
                return _answer(200, merge([own, *others]))
            except RequestFailed as problem:
                return _answer(problem.status, _error(problem.status, str(problem)))

        return answered

    async def _ask(
        self, request: web.Request, path: str | None = None
    ) -> list[PeerResponse]:
        if self._peers is None:
            return []
        headers = {
            "api-key": self._server.api_key(),
            **{
                name: value
                for name, value in request.headers.items()
                if name.casefold() in ("x-test-id", "content-type")
            },
        }
        body = await request.read()
        try:
            return await self._peers.ask(
                request.method, path or request.path_qs, headers, body
            )
        except PeerError as error:
            raise RequestFailed(503, str(error)) from None

    async def _health(self, _request: web.Request) -> Any:
        server = self._server
        return {
            "status": "ok",
            "version": package_version(),
            "worker": server.worker,
            "uptime_seconds": round(server.metrics.uptime, 3),
            "sessions": {
                "open": len(server.open_sessions),
                "total": server.metrics.sessions,
            },
        }

    async def _openapi(self, _request: web.Request) -> web.StreamResponse:
        document = parse(_OPENAPI.read_bytes())
        document["info"]["version"] = package_version()
        return _answer(200, document)

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
        except RequestFailed as problem:
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


def _merged_expectations(answers: list[Any]) -> Any:
    return {
        "met": all(answer["met"] for answer in answers),
        "expectations": [one for answer in answers for one in answer["expectations"]],
    }


def _first(answers: list[Any]) -> Any:
    """Return the answer of this worker; all answers are the same."""
    return answers[0]


def _decoded(reply: PeerResponse) -> Any:
    if reply.status != 200:
        raise RequestFailed(503, f"another worker responded with {reply.status}")
    return parse(reply.body)


def _error(status: int, message: str) -> dict[str, Any]:
    return {"error": {"code": str(status), "message": message}}


def _answer(status: int, body: Any) -> web.Response:
    return _raw(status, encode(body))


def _raw(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json")
