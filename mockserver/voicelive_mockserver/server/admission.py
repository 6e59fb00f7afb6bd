"""Admission of connections: API key, host policy, rate limit, handshake faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import ceil

from aiohttp import web
from aiohttp.typedefs import Handler

from voicelive_core.close_codes import CloseCode
from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.defaults import DEFAULT_API_KEY
from voicelive_mockserver.engine.handshake import (
    PATHS,
    AcceptedHandshake,
    FailedHandshake,
    RejectedHandshake,
    answer_handshake,
)
from voicelive_mockserver.faults import HandshakePlan, SlidingWindow
from voicelive_mockserver.server.host_policy import HostPolicy, is_loopback
from voicelive_mockserver.server.metrics import Metrics
from voicelive_mockserver.server.options import check_number
from voicelive_mockserver.server.scopes import Scope, Scopes, named_test
from voicelive_mockserver.server.session_registry import SessionRegistry
from voicelive_mockserver.websocket import (
    NonUpgrade,
    PendingUpgrade,
    UpgradeRequest,
    upgrade_problem,
)
from voicelive_protocol import encode
from voicelive_protocol.endpoint import PATH

logger = redacting_logger(__name__)

_WINDOW_SECONDS = 60.0


def connection_window(limit: int | None) -> SlidingWindow | None:
    """Return the limit of new connections per minute; `None` for no limit.

    Args:
        limit: The maximum number of connections; the real service allows 30.

    Raises:
        TypeError: `limit` is not an integer.
        ValueError: `limit` is negative.
    """
    if limit is None:
        return None
    check_number("new_sessions_per_minute", limit, least=0, whole=True)
    return SlidingWindow(limit, _WINDOW_SECONDS)


class Admission:
    """Accepts or refuses connections; the `UpgradeHandler` of a server.

    Args:
        api_key: Returns the key that clients must present.
        policy: The hosts and sites from which requests are served.
        window: The limit of new connections; `None` for no limit.
        scopes: The scenario and the faults, which apply to handshakes.
        sessions: Opens the sessions of accepted connections.
        metrics: Counts handshakes by status.
        clock: Returns the time in Unix seconds.
    """

    def __init__(
        self,
        api_key: Callable[[], str],
        policy: HostPolicy,
        window: SlidingWindow | None,
        scopes: Scopes,
        sessions: SessionRegistry,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._api_key = api_key
        self._policy = policy
        self._window = window
        self._scopes = scopes
        self._sessions = sessions
        self._metrics = metrics
        self._clock = clock

    def warn_about_default_key(self, host: str) -> None:
        """Log a warning if the default key protects more than this machine.

        Args:
            host: The address that the server listens on.
        """
        if self._api_key() == DEFAULT_API_KEY and not is_loopback(host):
            logger.warning(
                "the mock service listens on %s with the default key: anyone who can "
                "reach it can use it",
                host or "all addresses",
            )

    def serves(self, path: str) -> bool:
        """Return whether there is a WebSocket endpoint at a path."""
        return path in PATHS

    def handle(self, request: UpgradeRequest, upgrade: PendingUpgrade) -> None:
        """Accept or refuse an upgrade request.

        Args:
            request: The request.
            upgrade: The connection to answer on.
        """
        problem = self._policy.problem(request.headers)
        if problem is not None:
            # Not counted as a connection: faults apply to the intended clients only.
            self._refuse(RejectedHandshake(403, problem), upgrade)
            return
        loop = asyncio.get_running_loop()
        scope = self._scopes.find(named_test(request.query, request.headers))
        plan = scope.factory.plan_handshake(loop.time())
        if plan.seconds:
            loop.call_later(plan.seconds, self._answer, plan, request, upgrade, scope)
        else:
            self._answer(plan, request, upgrade, scope)

    def handle_unreadable(self, kind: NonUpgrade, upgrade: PendingUpgrade) -> None:
        """Refuse a malformed or a chunked request.

        Its content is neither logged nor sent back, as it may contain a key.

        Args:
            kind: `NonUpgrade.MALFORMED` or `NonUpgrade.CHUNKED`.
            upgrade: The connection to answer on.
        """
        if kind is NonUpgrade.CHUNKED:
            refused = RejectedHandshake(
                411, "Send the body with a header 'Content-Length'."
            )
        else:
            refused = RejectedHandshake(400, "Malformed HTTP request.")
        self._refuse(refused, upgrade)

    async def handle_plain(self, request: web.Request) -> web.StreamResponse:
        """Refuse a request to a WebSocket endpoint that is not a valid upgrade."""
        scope = self._scopes.find(named_test(request.query, request.headers))
        plan = scope.factory.plan_handshake(asyncio.get_running_loop().time())
        if plan.seconds:
            await asyncio.sleep(plan.seconds)
        answer = self._decide(
            plan, UpgradeRequest(request.path, request.query, request.headers), scope
        )
        if isinstance(answer, RejectedHandshake):
            return self._response(answer)
        problem = upgrade_problem(
            request.method, tuple(request.version), request.headers
        )
        assert problem is not None
        return self._response(
            RejectedHandshake(problem.status, problem.message, headers=problem.headers)
        )

    async def handle_unknown_path(self, _request: web.Request) -> web.StreamResponse:
        """Answer a request to an unknown path with 404."""
        text = f"Not found; the WebSocket endpoint is {PATH}."
        return self._response(RejectedHandshake(404, text))

    @web.middleware
    async def check_host(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Apply the host policy to an HTTP request, as a middleware of aiohttp."""
        problem = self._policy.problem(request.headers)
        if problem is not None:
            return self._response(RejectedHandshake(403, problem))
        return await handler(request)

    def _answer(
        self,
        plan: HandshakePlan,
        request: UpgradeRequest,
        upgrade: PendingUpgrade,
        scope: Scope,
    ) -> None:
        try:
            answer = self._decide(plan, request, scope)
        except Exception:
            logger.exception("a handshake failed")
            answer = RejectedHandshake(500, "The mock service has failed; see its log.")
        if isinstance(answer, RejectedHandshake):
            self._refuse(answer, upgrade)
            return
        websocket = upgrade.accept()
        if websocket is None:
            # The client disconnected before the upgrade.
            return
        self._metrics.handshakes[101] += 1
        test = named_test(request.query, request.headers)
        try:
            if isinstance(answer, FailedHandshake):
                self._sessions.fail(answer, plan, request, websocket, test)
            else:
                self._sessions.open(answer, plan, websocket, scope, test)
        except Exception:
            logger.exception("a session could not be opened")
            websocket.close(CloseCode.INTERNAL_ERROR, "The service has failed.")

    def _decide(
        self, plan: HandshakePlan, request: UpgradeRequest, scope: Scope
    ) -> AcceptedHandshake | RejectedHandshake | FailedHandshake:
        if plan.refusal is not None:
            return plan.refusal
        factory = scope.factory
        answer = factory.adapt_answer(
            answer_handshake(
                factory.adapt_query(request.query),
                request.headers,
                self._api_key(),
                request.path,
            )
        )
        if isinstance(answer, RejectedHandshake):
            return answer
        if self._window is not None:
            now = self._clock()
            wait = self._window.wait(now)
            if wait is not None:
                text = "Too many new connections; see Retry-After."
                return RejectedHandshake(429, text, retry_after=max(1, ceil(wait)))
            self._window.add(now)
        return answer

    def _refuse(self, refused: RejectedHandshake, upgrade: PendingUpgrade) -> None:
        headers = self._record(refused)
        upgrade.refuse(refused.status, encode(refused.body()), headers)

    def _response(self, refused: RejectedHandshake) -> web.Response:
        headers = self._record(refused)
        return web.json_response(refused.body(), status=refused.status, headers=headers)

    def _record(self, refused: RejectedHandshake) -> dict[str, str]:
        """Count and log a refusal; return the headers of the response."""
        self._metrics.handshakes[refused.status] += 1
        logger.info(
            "connection refused",
            extra={"status": refused.status, "reason": refused.message},
        )
        headers = dict(refused.headers)
        if refused.retry_after is not None:
            headers["Retry-After"] = str(refused.retry_after)
        return headers
