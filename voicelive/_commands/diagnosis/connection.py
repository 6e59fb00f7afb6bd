"""Checks of a service: name lookup, TCP, TLS, handshake, session."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from urllib.parse import urlsplit

from voicelive._commands.diagnosis.check import Check, Status
from voicelive._commands.runner import TokenUnavailable, UsageError, with_option_names
from voicelive._commands.service import ServiceOptions, connect_to
from voicelive._connection.connection import VoiceLiveConnection
from voicelive._errors import (
    AuthenticationError,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionTimeout,
    ProxyError,
    SessionRejected,
    VoiceLiveError,
)
from voicelive._threads import call_in_thread
from voicelive._transport.proxy import check_proxy, proxy_for, shown_proxy
from voicelive._transport.url import build_url
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.redaction import printable
from voicelive_protocol import ServerEventError, ServerEventSessionCreated

_GROUP = "service"
_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
_SOON_DAYS = 14

_PROXY_ADVICE = (
    "check HTTPS_PROXY, ALL_PROXY and --proxy; NO_PROXY lists hosts to reach directly"
)
_NAME_ADVICE = (
    "check the host name for typing errors (https://<resource>.services.ai.azure.com), "
    "the name servers, and the VPN of a private endpoint"
)
_TCP_ADVICE = "check the port, the network, the firewall and the VPN"
_PROXY_HINT = "; behind a company proxy, set HTTPS_PROXY"
_TLS_ADVICE = (
    "if a proxy of the company replaces certificates, set SSL_CERT_FILE to a file with "
    "its certificate; otherwise check the host name and the clock of this machine"
)
_NOT_TLS_ADVICE = "a service without TLS has an http:// endpoint"
_KEY_ADVICE = (
    "use a key of this resource, or a token for it, and an identity with the role "
    "Cognitive Services User"
)
_HANDSHAKE_ADVICE = "check the endpoint and --api-version"
_SESSION_ADVICE = "check --model, or --agent and --project, and the region"
_TIMEOUT_ADVICE = "try again, with a longer --timeout"

_NAMES = ("name lookup", "TCP", "TLS", "handshake", "session")


class _Failure(Exception):
    """A check failed."""

    def __init__(self, detail: str, advice: str, code: ExitCode) -> None:
        super().__init__(detail)
        self.advice = advice
        self.code = code


class ServiceChecks:
    """Checks whether a service can be used, step by step.

    Args:
        service: Options with an endpoint and a credential.
        timeout_seconds: Time limit of each step.
    """

    def __init__(self, service: ServiceOptions, timeout_seconds: float) -> None:
        assert service.endpoint is not None
        self._service = service
        self._timeout_seconds = timeout_seconds
        parts = urlsplit(service.endpoint)
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._has_tls = parts.scheme in ("https", "wss")
        self._url = build_url(service.endpoint, {}, {})
        self._proxy: str | None = None
        self._connection: VoiceLiveConnection | None = None
        self._stack = AsyncExitStack()

    async def run(self) -> AsyncIterator[Check]:
        """Yield the checks; after a failure the others are skipped."""
        steps = (
            self._look_up,
            self._connect,
            self._check_certificate,
            self._shake_hands,
            self._begin_session,
        )
        try:
            for number, (name, step) in enumerate(zip(_NAMES, steps, strict=True)):
                check = await self._check(name, step)
                yield check
                if check.status is Status.FAILED:
                    for rest in _NAMES[number + 1 :]:
                        yield Check(_GROUP, rest, Status.SKIPPED, "not tried")
                    return
        finally:
            await self._stack.aclose()

    async def _check(
        self, name: str, step: Callable[[], Awaitable[tuple[str, str]]]
    ) -> Check:
        loop = asyncio.get_running_loop()
        began = loop.time()

        def check(
            status: Status, detail: str, advice: str = "", code: ExitCode = ExitCode.OK
        ) -> Check:
            took_ms = (loop.time() - began) * 1000
            detail = with_option_names(printable(detail))
            return Check(_GROUP, name, status, detail, advice, took_ms, code)

        limit = asyncio.timeout(self._timeout_seconds)
        try:
            async with limit:
                detail, warning = await step()
        except _Failure as failure:
            return check(Status.FAILED, str(failure), failure.advice, failure.code)
        except TimeoutError:
            if not limit.expired():
                raise
            detail = f"no answer within {self._timeout_seconds:g} s"
            advice = _TIMEOUT_ADVICE
            if name == "TCP":
                advice = f"{_TCP_ADVICE}{self._proxy_hint()}"
            return check(Status.FAILED, detail, advice, ExitCode.TIMEOUT)
        return check(Status.WARNING if warning else Status.OK, detail, warning)

    async def _look_up(self) -> tuple[str, str]:
        try:
            given = self._service.proxy
            proxy = check_proxy(given) if given is not None else None
            self._proxy = proxy_for(self._url, proxy, trust_env=True)
        except (ProxyError, ValueError) as error:
            raise _Failure(str(error), _PROXY_ADVICE, ExitCode.USAGE) from None
        host, port = self._target()
        try:
            # The thread pool of the event loop would delay the exit after a timeout.
            found = await call_in_thread(
                socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            advice = _NAME_ADVICE if self._proxy is None else _PROXY_ADVICE
            detail = f"{host}: {reason}"
            raise _Failure(detail, advice, ExitCode.NO_CONNECTION) from None
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        if addresses == [host]:
            return f"{self._role()}{host} is an address", ""
        return f"{self._role()}{host} is {', '.join(addresses)}", ""

    async def _connect(self) -> tuple[str, str]:
        host, port = self._target()
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError as error:
            advice = _PROXY_ADVICE
            if self._proxy is None:
                advice = f"{_TCP_ADVICE}{self._proxy_hint()}"
            detail = f"{host}:{port}: {_reason(error)}"
            raise _Failure(detail, advice, ExitCode.NO_CONNECTION) from None
        writer.transport.abort()
        return f"{self._role()}{host}:{port} accepts connections", ""

    async def _check_certificate(self) -> tuple[str, str]:
        if not self._has_tls:
            return "none: the endpoint is http://", ""
        if self._proxy is not None:
            return "inside the tunnel of the proxy, part of the handshake", ""
        context = ssl.create_default_context()
        try:
            _, writer = await asyncio.open_connection(
                self._host, self._port, ssl=context, server_hostname=self._host
            )
        except ssl.SSLCertVerificationError as error:
            detail = f"the certificate is not valid: {error.verify_message}"
            raise _Failure(detail, _TLS_ADVICE, ExitCode.NO_CONNECTION) from None
        except OSError as error:
            detail = f"the port does not speak TLS: {_reason(error)}"
            raise _Failure(detail, _NOT_TLS_ADVICE, ExitCode.NO_CONNECTION) from None
        tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        version, certificate = tls.version(), tls.getpeercert() or {}
        writer.transport.abort()
        seconds = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
        expiry = datetime.fromtimestamp(seconds, UTC)
        detail = f"{version}, certificate valid until {expiry:%Y-%m-%d}"
        if (expiry - datetime.now(UTC)).days < _SOON_DAYS:
            return detail, "the certificate expires soon"
        return detail, ""

    async def _shake_hands(self) -> tuple[str, str]:
        try:
            connecting = connect_to(self._service)
            self._connection = await self._stack.enter_async_context(connecting)
        except UsageError as error:
            raise _Failure(str(error), "", ExitCode.USAGE) from None
        except (AuthenticationError, TokenUnavailable) as error:
            raise _Failure(str(error), _KEY_ADVICE, ExitCode.UNAUTHORIZED) from None
        except ProxyError as error:
            raise _Failure(str(error), _PROXY_ADVICE, ExitCode.NO_CONNECTION) from None
        except ConnectionTimeout as error:
            raise _Failure(str(error), _TIMEOUT_ADVICE, ExitCode.TIMEOUT) from None
        except ConnectionFailed as error:
            advice = _HANDSHAKE_ADVICE
            if error.retry_after is not None:
                advice = f"try again in {error.retry_after:g} s"
            raise _Failure(str(error), advice, ExitCode.NO_CONNECTION) from None
        return "WebSocket open, credential accepted", ""

    async def _begin_session(self) -> tuple[str, str]:
        assert self._connection is not None
        try:
            event = await self._connection.recv()
        except SessionRejected as error:
            raise _Failure(str(error), _SESSION_ADVICE, ExitCode.FAILED) from None
        except ConnectionClosed as error:
            detail = str(error)
            raise _Failure(detail, _SESSION_ADVICE, ExitCode.NO_CONNECTION) from None
        except VoiceLiveError as error:
            raise _Failure(str(error), "", ExitCode.FAILED) from None
        if isinstance(event, ServerEventError):
            detail = str(event.error)
            raise _Failure(detail, _SESSION_ADVICE, ExitCode.FAILED)
        if not isinstance(event, ServerEventSessionCreated):
            detail = f"the first event is {event.type or 'unreadable'}"
            advice = f"expected session.created: {_HANDSHAKE_ADVICE}"
            raise _Failure(detail, advice, ExitCode.FAILED)
        return f"session.created, model {event.session.model}", ""

    def _target(self) -> tuple[str, int]:
        """Return host and port that this machine connects to."""
        if self._proxy is None:
            return self._host, self._port
        parts = urlsplit(self._proxy)
        return parts.hostname or "", parts.port or _PORTS[parts.scheme]

    def _role(self) -> str:
        return "" if self._proxy is None else f"proxy {shown_proxy(self._proxy)}: "

    def _proxy_hint(self) -> str:
        return _PROXY_HINT if self._has_tls and self._proxy is None else ""


def _reason(error: OSError) -> str:
    """Return the reason, without the address that asyncio repeats."""
    if isinstance(error, ssl.SSLError) or not error.errno or error.errno < 0:
        return error.strerror or str(error)
    return os.strerror(error.errno)
