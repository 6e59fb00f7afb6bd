"""All fuzz targets, by name."""

from __future__ import annotations

from tests.fuzz.client_layers import (
    ConnectionTarget,
    ReconnectingTarget,
    SessionTarget,
    TurnsTarget,
)
from tests.fuzz.engine import EngineTarget
from tests.fuzz.handshakes import HandshakeTarget
from tests.fuzz.sockets import SocketTarget
from tests.fuzz.target import Target
from tests.fuzz.wire import ClientWireTarget, ServerWireTarget

_ALL: tuple[Target, ...] = (
    EngineTarget(),
    SocketTarget(),
    ConnectionTarget(),
    ReconnectingTarget(),
    TurnsTarget(),
    SessionTarget(),
    ServerWireTarget(),
    ClientWireTarget(),
    HandshakeTarget(),
)

TARGETS: dict[str, Target] = {target.name: target for target in _ALL}
