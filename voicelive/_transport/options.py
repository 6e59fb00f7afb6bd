"""Options of the WebSocket transport."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict, get_type_hints

# Arguments of aiohttp's ws_connect that have an option of their own, or that the
# client depends on.
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

    An unknown key or a value out of range raises `ValueError` in `connect`.
    """

    compression: bool | int
    """Whether to offer compression of messages (permessage-deflate); off by default,
    since audio hardly shrinks. A number from 9 to 15 asks the service for a window of
    that power of two in bytes, which saves memory here; True means 15. Used only if the
    service agrees."""

    max_msg_size: int
    """Largest message to accept, in bytes, after decompression; 4 MiB by default, 0 for
    no limit. A larger one ends the connection with code 1009 (`ProtocolError`)."""

    heartbeat: float | None
    """Silence after which to ping the service; 30 by default, None or 0 for never. If
    nothing at all comes within half of that time the connection is given up
    (`ConnectionLost`). Events have to be read for that: with more than about 512 KiB of
    them unread the client stops listening, answers to pings included."""

    autoclose: bool
    """Whether to answer at once when the service closes; on by default. If off, the
    answer is sent by `close()` or when the context is left."""

    autoping: bool
    """Whether to answer pings of the service; on by default."""

    receive_timeout: float | None
    """Longest wait for one event in `recv()` or `async for`, which then raise
    `ReceiveTimeout`; None or 0 (the default) for no limit."""

    close_timeout: float
    """Longest time that closing may take, after which the socket is dropped; 10 by
    default, 0 for not waiting at all."""

    handshake_timeout: float | None
    """Longest time until the connection is open: name lookup, TCP, TLS and the answer
    of the service, but not getting a token; 30 by default, None or 0 for no limit.
    Then `connect` raises `ConnectionTimeout`."""

    vendor_options: Mapping[str, Any]
    """Further arguments for `aiohttp.ClientSession.ws_connect`, such as `ssl` or
    `proxy`; those that an option above covers are refused. Not part of the stable
    interface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOptions:
    """Checked options, in the terms of aiohttp.

    Attributes:
        compress: Size of the deflate window as a power of two, 0 for no compression.
        max_msg_size: Bytes, 0 for no limit.
        heartbeat: Seconds, None for never.
        autoclose: Whether to answer a close at once.
        autoping: Whether to answer pings.
        receive_timeout: Seconds, None for no limit.
        close_timeout: Seconds.
        handshake_timeout: Seconds, None for no limit.
        vendor: Further arguments of `ws_connect`.
    """

    compress: int = 0
    max_msg_size: int = 4 * 1024 * 1024
    heartbeat: float | None = 30.0
    autoclose: bool = True
    autoping: bool = True
    receive_timeout: float | None = None
    close_timeout: float = 10.0
    handshake_timeout: float | None = 30.0
    vendor: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> TransportOptions:
        """Read `WebsocketConnectionOptions`.

        Raises:
            ValueError: A key is unknown or its value out of range.
        """
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
                case "autoclose" | "autoping":
                    read[name] = bool(value)
                case "vendor_options":
                    read["vendor"] = _vendor(value)
                case _:
                    known = ", ".join(get_type_hints(WebsocketConnectionOptions))
                    raise ValueError(
                        f"connection_options has no key {name!r}; it knows {known}"
                    )
        return cls(**read)

    def ws_connect_arguments(self) -> dict[str, Any]:
        """Arguments for `ws_connect`."""
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


def _vendor(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _fail("vendor_options", "a mapping", value)
    for name in value:
        if name in _RESERVED:
            instead = _RESERVED[name]
            raise ValueError(
                f"connection_options['vendor_options'] cannot set {name!r}"
                + (f"; use {instead}" if instead else "")
            )
    return dict(value)
