"""Host policy: validation of the headers Host and Origin, against pages of other sites.

A browser lets any page connect to this machine. Cross-site requests are recognized by
their `Origin`, DNS rebinding by the `Host`. Clients other than browsers send no
`Origin`, and a `Host` that is this machine, an address or a name of the local network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from voicelive_mockserver.server.options import check_type, shown

ANY_HOST = "*"
"""Wildcard in the list of allowed hosts."""

_LOCALHOST = "localhost"


class HostPolicy:
    """Decides which hosts and origins are accepted.

    Accepted hosts are this machine, IP addresses, names without a dot (no public site
    has one), and the allowed names. Accepted origins are this machine, the requested
    host, and the allowed names.

    Args:
        host: The address or name that the server listens on.
        allowed: Additional names: `mock.example.com`, `*.example.com` for all
            subdomains, or `*` for any.

    Raises:
        TypeError: A name is not a string, or `allowed` is a single name.
        ValueError: A name has a scheme, a port or a path.
    """

    def __init__(self, host: str, allowed: Iterable[str]) -> None:
        check_type("host", host, str, "a text")
        if isinstance(allowed, str) or not isinstance(allowed, Iterable):
            raise TypeError(
                f"allowed_hosts: expected a list of names, not {shown(allowed)}; did "
                f"you mean [{shown(allowed)}]?"
            )
        names = [_checked(name) for name in allowed]
        self._accepts_all = ANY_HOST in names
        self._allowed = frozenset({host.casefold(), *names})
        self._below = tuple(name[1:] for name in names if name.startswith("*."))

    def problem(self, headers: Mapping[str, str]) -> str | None:
        """Return why a request is rejected; `None` if it is accepted.

        Args:
            headers: The headers; names may be repeated, in any case.
        """
        if self._accepts_all:
            return None
        given = [(name.casefold(), value.strip()) for name, value in headers.items()]
        hosts = [value for name, value in given if name == "host"]
        origins = [value for name, value in given if name == "origin"]
        requested = {_hostname(f"//{value}") for value in hosts}
        for host in requested:
            if host is None or not self._accepts(host):
                return f"The host {shown(hosts[0])} is not allowed; see allowed_hosts."
        for origin in origins:
            name = _hostname(origin)
            if name is None or not (
                _is_this_machine(name) or name in requested or self._is_allowed(name)
            ):
                return f"Pages of {shown(origin)} are not allowed; see allowed_hosts."
        return None

    def _accepts(self, host: str) -> bool:
        return (
            _is_this_machine(host)
            or _is_address(host)
            or "." not in host
            or self._is_allowed(host)
        )

    def _is_allowed(self, host: str) -> bool:
        return host in self._allowed or host.endswith(self._below)


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine only.

    Args:
        host: An IP address or a name.
    """
    return _is_this_machine(host.casefold())


def _checked(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"allowed_hosts: expected a name, not {shown(name)}")
    plain = name.casefold().removeprefix("*.")
    if name != ANY_HOST and (_hostname(f"//{plain}") != plain or "*" in plain):
        known = _hostname(name if "//" in name else f"//{name}")
        suggestion = f"; did you mean {known!r}?" if known else ""
        raise ValueError(
            f"allowed_hosts: expected a name without scheme, port and path, not "
            f"{shown(name)}{suggestion}"
        )
    return name.casefold()


def _hostname(address: str) -> str | None:
    """Return the host of an address in lower case; `None` without one."""
    if not address.isascii() or "@" in address:
        return None
    try:
        parts = urlsplit(address)
        # Raises if the port is invalid.
        _ = parts.port
    except ValueError:
        return None
    host = parts.hostname
    return host.rstrip(".") or None if host else None


def _is_this_machine(host: str) -> bool:
    if host == _LOCALHOST or host.endswith(f".{_LOCALHOST}"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
