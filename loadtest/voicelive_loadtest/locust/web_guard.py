"""Protection of the web interface against cross-site requests and DNS rebinding."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Response, jsonify, request
from locust.env import Environment
from locust.web import WebUI

from voicelive_core.redaction import redacting_logger
from voicelive_loadtest.locust.target import Target, TargetError

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Removed, since Locust allows all origins.
_CORS = "access-control-"
_HEADERS = (
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

logger = redacting_logger(__name__)

_StartResponse = Callable[..., Any]
_Application = Callable[[dict[str, Any], _StartResponse], Iterable[bytes]]


def guard_web_ui(web_ui: WebUI, environment: Environment, target: Target) -> None:
    """Refuse cross-site requests, and forms that change the host.

    The `Host` header must name this machine (no DNS rebinding). Requests other than
    GET, HEAD and OPTIONS must come from the web interface or from a program.

    Args:
        web_ui: The web interface.
        environment: The environment of Locust.
        target: The endpoint, the only host that a form may name.
    """
    app: Any = web_ui.app
    names = _own_names(web_ui, environment)
    app.wsgi_app = _SameOriginMiddleware(app.wsgi_app, names)

    def refuse_other_host() -> Response | None:
        if request.method in _SAFE_METHODS:
            return None
        try:
            target.check(request.form.get("host"))
        except TargetError as error:
            return jsonify(
                {"success": False, "message": str(error), "host": environment.host}
            )
        return None

    app.before_request(refuse_other_host)
    if web_ui.host not in _LOOPBACK and not web_ui.web_login:
        logger.warning(
            "the web interface listens on %s without a login: everyone who can reach "
            "it can start and stop calls",
            web_ui.host or "all addresses",
        )


def _own_names(web_ui: WebUI, environment: Environment) -> frozenset[str]:
    options = environment.parsed_options
    display_name: str = getattr(options, "web_host_display_name", None) or ""
    shown = urlsplit(display_name if "//" in display_name else f"//{display_name}")
    names = {
        *_LOOPBACK,
        web_ui.host,
        shown.hostname or "",
        socket.gethostname(),
        socket.getfqdn(),
    }
    return frozenset(name.lower() for name in names if name)


class _SameOriginMiddleware:
    """WSGI middleware that refuses cross-site requests.

    Args:
        app: The application.
        names: Host names of this machine, in lower case. IP addresses and names without
            a dot, which cannot be public, are accepted too.
    """

    def __init__(self, app: _Application, names: frozenset[str]) -> None:
        self._app = app
        self._names = names

    def __call__(
        self, environ: dict[str, Any], start_response: _StartResponse
    ) -> Iterable[bytes]:
        problem = self._problem(environ)
        if problem is not None:
            text = f"{problem}\n".encode()
            start_response(
                "403 Forbidden",
                [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))],
            )
            return [text]

        def start(status: str, headers: list[tuple[str, str]], *further: Any) -> Any:
            kept = [pair for pair in headers if not pair[0].lower().startswith(_CORS)]
            return start_response(status, [*kept, *_HEADERS], *further)

        return self._app(environ, start)

    def _problem(self, environ: dict[str, Any]) -> str | None:
        host: str = environ.get("HTTP_HOST", "")
        name = _host_name(f"//{host}")
        if name is None or not self._is_own(name):
            return (
                "unknown Host: open the page by IP address or by the name of this "
                "machine, or set --web-host-display-name"
            )
        if environ["REQUEST_METHOD"] in _SAFE_METHODS:
            return None
        # Browsers send at least one of these headers.
        origin = environ.get("HTTP_ORIGIN") or environ.get("HTTP_REFERER")
        if origin is not None:
            same = _authority(origin) == _authority(f"//{host}")
        else:
            site = environ.get("HTTP_SEC_FETCH_SITE", "none")
            same = site in ("same-origin", "none")
        return None if same else "cross-site request"

    def _is_own(self, name: str) -> bool:
        return name in self._names or _is_address(name) or "." not in name


def _authority(url: str) -> tuple[str, int | None] | None:
    """Return host name and port of a URL; None if it has none."""
    try:
        parts = urlsplit(url)
        port, name = parts.port, parts.hostname
    except ValueError:
        return None
    if not name:
        return None
    # Default ports may be omitted.
    return name.lower(), None if port in (80, 443) else port


def _host_name(url: str) -> str | None:
    authority = _authority(url)
    return None if authority is None else authority[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
