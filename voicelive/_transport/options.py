"""Options of the WebSocket transport."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypedDict, get_type_hints

import aiohttp

from voicelive._transport.proxy import check_proxy
from voicelive_core.suggest import did_you_mean, snake_case

# Arguments of `ws_connect` that have an option of their own (the value), or that the
# client depends on (None).
_RESERVED = {
    "autoclose": "autoclose",
    "autoping": "autoping",
    "compress": "compression",
    "decode_text": None,
    "headers": "connect(headers=)",
    "heartbeat": "heartbeat",
    "max_msg_size": "max_msg_size",
    "method": None,
    "receive_timeout": "receive_timeout",
    "timeout": "close_timeout",
    "url": "connect(endpoint=)",
}


class WebsocketConnectionOptions(TypedDict, total=False):
    """Options of the connection, all with a default. Times are in seconds.

    An unknown key or a value out of range raises `ValueError` in `connect`. Arguments
    of `aiohttp.ClientSession.ws_connect`, which the official client accepts and does
    not use, are ignored with a warning; they belong in `vendor_options`.
    """

    compression: bool | int
    """Whether to offer compression (permessage-deflate); off by default, since audio
    hardly compresses. A number from 9 to 15 requests a window of that power of two in
    bytes from the service, which saves memory on this side; True means 15. Used only if
    the service agrees."""

    max_msg_size: int
    """Largest message to accept, in bytes after decompression; 256 MiB by default, 0
    for no limit. The default exceeds the largest event of the service, a retrieved item
    with an hour of audio. A larger message ends the connection with code 1009
    (`MessageTooLarge`)."""

    heartbeat: float | None
    """Idle time after which to ping the service; 30 by default, None or 0 for never. If
    nothing arrives within half of that time the connection ends (`ConnectionLost`).
    This requires that events are read: with more than about 512 KiB unread the client
    stops reading, pongs included."""

    autoclose: bool
    """Whether to answer a close of the service at once; on by default. If off, the
    answer is sent by `close()` or when the context is left."""

    autoping: bool
    """Whether to answer pings of the service; on by default."""

    receive_timeout: float | None
    """Timeout for one event in `recv()` or `async for`, which then raise
    `ReceiveTimeout`; None or 0 (the default) for no limit."""

    close_timeout: float
    """Timeout of closing, after which the socket is dropped; 10 by default, 0 for not
    waiting at all."""

    handshake_timeout: float | None
    """Timeout of the handshake: name lookup, TCP, TLS and the answer of the service,
    but not getting a token; 30 by default, None or 0 for no limit. `connect` then
    raises `ConnectionTimeout`."""

    proxy: str | None
    """URL of an HTTP proxy (`http://` or `https://`, with `user:password@` if
    required); None (the default) uses the environment. The proxy provides a tunnel
    (CONNECT) for the encrypted connection and cannot see the credential of the service.
    A service without TLS raises `ValueError`, since the proxy could read the
    credential."""

    trust_env: bool
    """Whether to take the proxy from the environment if `proxy` is not set:
    `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, or the settings of macOS and Windows; on
    by default. Connections to this machine and to services without TLS are direct."""

    vendor_options: Mapping[str, Any]
    """Further arguments for `aiohttp.ClientSession.ws_connect`, such as `ssl`. Those
    with an option above raise `ValueError`, unknown ones `TypeError`; a value that
    aiohttp rejects raises `ValueError` when the connection is opened. Not part of the
    stable interface."""


# A retrieved item can have the audio of the longest session, 60 minutes of pcm16 at
# 24 kHz, in one event: 230,400,000 bytes of base64.
DEFAULT_MAX_MSG_SIZE = 256 * 1024 * 1024
"""Default of `max_msg_size`, above the size of any event of the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOptions:
    """Validated options, in terms of aiohttp.

    Attributes:
        compress: Size of the deflate window as a power of two, 0 for no compression.
        max_msg_size: Bytes, 0 for no limit.
        heartbeat: Seconds, None for never.
        autoclose: Whether to answer a close at once.
        autoping: Whether to answer pings.
        receive_timeout: Seconds, None for no limit.
        close_timeout: Seconds.
        handshake_timeout: Seconds, None for no limit.
        proxy: URL of a proxy, with a scheme; None for that of the environment.
        trust_env: Whether to take the proxy from the environment.
        vendor: Further arguments of `ws_connect`.
    """

    compress: int = 0
    max_msg_size: int = DEFAULT_MAX_MSG_SIZE
    heartbeat: float | None = 30.0
    autoclose: bool = True
    autoping: bool = True
    receive_timeout: float | None = None
    close_timeout: float = 10.0
    handshake_timeout: float | None = 30.0
    proxy: str | None = None
    trust_env: bool = True
    vendor: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> TransportOptions:
        """Validate `WebsocketConnectionOptions`.

        Raises:
            TypeError: The options are not a mapping, or a vendor option is unknown.
            ValueError: A key is unknown or its value out of range.
        """
        if not isinstance(options, Mapping):
            kind = type(options).__name__
            raise TypeError(f"connection_options takes a mapping, not {kind}")
        read: dict[str, Any] = {}
        for name, value in options.items():
            match name:
                case "compression":
                    read["compress"] = _window(value)
                case "max_msg_size":
                    read[name] = _size(value)
                case "heartbeat" | "receive_timeout" | "handshake_timeout":
                    read[name] = (
                        None if value is None else _seconds(name, value) or None
                    )
                case "close_timeout":
                    read[name] = _seconds(name, value)
                case "autoclose" | "autoping" | "trust_env":
                    read[name] = bool(value)
                case "proxy":
                    if value is not None:
                        read[name] = _proxy(name, value)
                case "vendor_options":
                    vendor = _vendor(value)
                    # The only place for a proxy in the official client.
                    named = vendor.pop("proxy", None)
                    if named is not None and options.get("proxy") is None:
                        read["proxy"] = _proxy(name, str(named))
                    read["vendor"] = vendor
                case _:
                    _check_ignored(name)
        return cls(**read)

    def ws_connect_arguments(self) -> dict[str, Any]:
        """Return the arguments for `ws_connect`."""
        return {
            **self.vendor,
            "compress": self.compress,
            "max_msg_size": self.max_msg_size,
            "heartbeat": self.heartbeat,
            "autoping": self.autoping,
        }


def _fail(name: str, expected: str, value: object) -> ValueError:
    return ValueError(
        f"connection_options[{name!r}]: expected {expected}, got {value!r}"
    )


def _seconds(name: str, value: object) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or value < 0
    ):
        raise _fail(name, "seconds, 0 or more", value)
    return float(value)


def _size(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _fail("max_msg_size", "bytes, 0 or more", value)
    return value


def _window(value: object) -> int:
    if isinstance(value, bool):
        return 15 if value else 0
    if isinstance(value, int) and (value == 0 or 9 <= value <= 15):
        return value
    raise _fail("compression", "True, False or a number from 9 to 15", value)


def _proxy(name: str, value: object) -> str:
    try:
        return check_proxy(value if isinstance(value, str) else "")
    except ValueError as error:
        # Without the value, which may contain a password.
        raise ValueError(f"connection_options[{name!r}]: {error}") from None


def _check_ignored(name: str) -> None:
    """Warn about an option that the official client ignores; reject any other.

    Raises:
        ValueError: The option is unknown.
    """
    known = list(get_type_hints(WebsocketConnectionOptions))
    if name in _ws_connect_parameters():
        instead = _RESERVED.get(name, f"vendor_options={{{name!r}: ...}}")
        if name == "timeout":
            instead = "handshake_timeout, close_timeout or receive_timeout"
        warnings.warn(
            f"connection_options[{name!r}] is ignored, as the official client ignores "
            "it" + (f"; use {instead}" if instead else ""),
            stacklevel=_callers_level(),
        )
        return
    raise ValueError(
        f"connection_options has no key {name!r}, it knows {', '.join(known)}"
        + did_you_mean(snake_case(str(name)), known)
    )


def _vendor(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _fail("vendor_options", "a mapping", value)
    known = _ws_connect_parameters() - _RESERVED.keys()
    for name in value:
        if name in _RESERVED:
            instead = _RESERVED[name]
            raise ValueError(
                f"connection_options['vendor_options'] cannot set {name!r}"
                + (f"; use {instead}" if instead else "")
            )
        if name not in known:
            raise TypeError(
                f"connection_options['vendor_options'] has no {name!r}: it takes the "
                "arguments of aiohttp.ClientSession.ws_connect"
                + did_you_mean(snake_case(str(name)), known)
            )
    return dict(value)


@cache
def _ws_connect_parameters() -> frozenset[str]:
    """Return the names of the arguments of aiohttp's ws_connect."""
    parameters = inspect.signature(aiohttp.ClientSession.ws_connect).parameters
    return frozenset(parameters) - {"self"}


def _callers_level() -> int:
    """Return the `stacklevel` of the first frame outside of this package."""
    level, frame = 0, inspect.currentframe()
    while frame is not None and _is_ours(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    return level


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "voicelive"
