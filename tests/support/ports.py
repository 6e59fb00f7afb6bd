"""Ports that are free, and stay so."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def hold_port() -> Iterator[int]:
    """Return a free port of 127.0.0.1.

    It is held until the end, or another process could be given it in the meantime. Who
    wants to listen there by its number still can.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
