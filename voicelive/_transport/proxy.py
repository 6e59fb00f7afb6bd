"""Selection of the HTTP proxy for a connection: option, environment, NO_PROXY.

Proxies are used for tunnels (CONNECT) only, with TLS to the service inside: the proxy
sees host and port, and neither the credential nor the session.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from voicelive._errors import ProxyError
from voicelive_core.redaction import redacting_logger, remember_secret

logger = redacting_logger(__name__)

_DEFAULT_PORTS = {"wss": 443, "ws": 80}
_SCHEMES = ("http", "https")


def proxy_for(url: str, proxy: str | None, *, trust_env: bool) -> str | None:
    """Return the URL of the proxy for a connection; None for a direct one.

    The environment variables are `HTTPS_PROXY`, then `ALL_PROXY` (or the proxy
    settings of macOS or Windows). `NO_PROXY` lists hosts to reach directly: names with
    their subdomains, addresses, networks (`10.0.0.0/8`), each with an optional port, or
    `*`.
    Hosts of this machine are reached directly in any case.

    A `ws` URL never goes through a proxy of the environment, which could read the
    credential.

    Args:
        url: The URL of the WebSocket, `ws` or `wss`.
        proxy: The checked proxy of the caller, which overrides the environment.
        trust_env: Whether the environment may name a proxy.

    Raises:
        ProxyError: The proxy that the environment names cannot be used.
    """
    if proxy is not None or not trust_env:
        return proxy
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    found = getproxies()
    if _is_loopback(host) or _is_excluded(host, port, found.get("no", "")):
        return None
    if parts.scheme == "ws":
        if found.get("http") or found.get("all"):
            logger.warning(
                "connecting to %s without the proxy of the environment, which could "
                "read the credential: a proxy needs an https:// endpoint",
                host,
            )
        return None
    for name in ("https", "all"):
        if named := found.get(name):
            try:
                return check_proxy(named)
            except ValueError as error:
                raise ProxyError(
                    f"{name.upper()}_PROXY of the environment: {error} "
                    "(connection_options['trust_env'] = False ignores it)",
                    retryable=False,
                ) from None
    return None


def check_proxy(proxy: str) -> str:
    """Return the URL of a proxy, with `http` added to a plain host and port.

    Raises:
        ValueError: The URL is invalid. The message omits it, as it may have a password.
    """
    text = proxy.strip()
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        valid = bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, valid = None, False
    if parts is None or not valid:
        raise ValueError("not the URL of a proxy, as in http://proxy.example:8080")
    if parts.scheme not in _SCHEMES:
        raise ValueError(
            f"a {parts.scheme} proxy is not supported, only http:// and https://"
        )
    if parts.password:
        remember_secret(unquote(parts.password))
    return text


def shown_proxy(proxy: str) -> str:
    """Return host and port of a checked proxy, without its user and password."""
    return urlsplit(proxy).netloc.rpartition("@")[2]


def _is_loopback(host: str) -> bool:
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and (address.is_loopback or address.is_unspecified)


def _is_excluded(host: str, port: int, no_proxy: str) -> bool:
    """Return whether NO_PROXY or the system settings exclude a host."""
    name = host.rstrip(".").lower()
    entries = re.split(r"[,\s]+", no_proxy.lower())
    # System settings apply only without NO_PROXY.
    return any(_matches(entry, name, port) for entry in entries if entry) or bool(
        not no_proxy and proxy_bypass(name)
    )


def _matches(entry: str, name: str, port: int) -> bool:
    if entry == "*":
        return True
    if limited := re.fullmatch(r"(\[[^]]*\]|[^:]*):([0-9]{1,5})", entry):
        entry = limited[1]
        if int(limited[2]) != port:
            return False
    entry = entry.strip("[]").removeprefix("*").lstrip(".").rstrip(".")
    address = _address(name)
    if address is None:
        return bool(entry) and (name == entry or name.endswith(f".{entry}"))
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _address(
    name: str,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
