"""Target of a load test: the endpoint and its API key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from voicelive.aio import connect
from voicelive_core.command_line.variables import API_KEY, DEFAULT_MODEL, ENDPOINT
from voicelive_core.redaction import is_secret_parameter, remember_secret
from voicelive_loadtest.variables import PROXY

_SCHEMES = {"http": "http", "ws": "http", "https": "https", "wss": "https"}
_PORTS = {"http": 80, "https": 443}


class TargetError(ValueError):
    """The endpoint or its key is missing or invalid, or another host was requested."""


class Target:
    """An endpoint and its API key, which is sent to no other host.

    The key is read from the environment of this process. It is not an option of Locust,
    since options are shown in the web interface, can be changed by its forms, and are
    sent from a master to its workers.

    Args:
        endpoint: Endpoint that the operator of this process configured.
        api_key: API key; empty in a process without callers.
        proxy: URL of an HTTP proxy; None for the proxy of the environment.

    Raises:
        TargetError: The endpoint is missing, not a URL, or contains a secret; or the
            proxy cannot be used.
    """

    def __init__(self, endpoint: str, api_key: str, proxy: str | None = None) -> None:
        if not endpoint:
            raise TargetError(f"no endpoint: pass --endpoint or set {ENDPOINT}")
        self.endpoint = endpoint
        """Endpoint that the operator of this process configured."""
        self._address = _normalized(endpoint)
        self._api_key = api_key
        self.proxy = proxy
        """URL of an HTTP proxy; None for the proxy of the environment."""
        if proxy is not None:
            _check_proxy(endpoint, proxy)
        remember_secret(api_key)

    @classmethod
    def of_process(
        cls, host: str | None, environment: Mapping[str, str] = os.environ
    ) -> Target:
        """Read the target from the options and the environment of this process.

        Args:
            host: Value of Locust's `--host`; overrides the variable.
            environment: Environment variables.

        Raises:
            TargetError: See `Target`.
        """
        return cls(
            host or environment.get(ENDPOINT, ""),
            environment.get(API_KEY, "").strip(),
            environment.get(PROXY) or None,
        )

    @property
    def has_key(self) -> bool:
        """Whether there is an API key."""
        return bool(self._api_key)

    def require_key(self) -> None:
        """Check that there is an API key.

        Raises:
            TargetError: The API key is missing.
        """
        if not self._api_key:
            raise TargetError(
                f"no API key: set {API_KEY} in the environment of each process with "
                "callers, including workers"
            )

    def check(self, host: str | None) -> None:
        """Check that a host is the endpoint.

        Args:
            host: URL from the web interface, a locustfile or a message of a master;
                None or "" for the endpoint itself.

        Raises:
            TargetError: The host is another one.
        """
        if not host:
            return
        try:
            same = _normalized(host) == self._address
        except TargetError:
            same = False
        if not same:
            raise TargetError(
                f"the API key of this process belongs to {self.endpoint} only: restart "
                "the load test with --endpoint to call another host"
            )

    def key_for(self, host: str | None) -> str:
        """Return the API key for a host.

        Args:
            host: URL to call; see `check`.

        Raises:
            TargetError: The host is not the endpoint, or there is no key.
        """
        self.check(host)
        self.require_key()
        return self._api_key

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint!r})"


_NOT_A_URL = "the endpoint must be a URL such as https://my-resource.example.com"


def _normalized(endpoint: str) -> tuple[str, str, int, str, str]:
    """Return a form in which equivalent spellings of an endpoint are equal."""
    text = endpoint.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise TargetError(_NOT_A_URL) from None
    if not host or parts.scheme not in _SCHEMES:
        raise TargetError(_NOT_A_URL)
    query = parse_qsl(parts.query, keep_blank_values=True)
    has_secret = any(is_secret_parameter(name) for name, _ in query)
    if parts.username is not None or has_secret:
        raise TargetError(
            "the endpoint must not contain a user name, password or key: the web "
            "interface and the reports show it"
        )
    scheme = _SCHEMES[parts.scheme]
    path = parts.path.rstrip("/")
    return scheme, host.lower(), port or _PORTS[scheme], path, parts.query


def _check_proxy(endpoint: str, proxy: str) -> None:
    """Check that the endpoint can be called through a proxy.

    Raises:
        TargetError: The proxy is not a URL, or the endpoint has no TLS.
    """
    try:
        connect(
            endpoint=endpoint,
            credential="",
            model=DEFAULT_MODEL,
            connection_options={"proxy": proxy},
        )
    except ValueError as error:
        message = str(error).replace("connection_options['proxy']", PROXY)
        raise TargetError(message) from None
