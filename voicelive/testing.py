"""Tests of applications without a network: a transport in memory.

`MemoryTransport` takes the place of the WebSocket; the test plays the service:

```python
transport = MemoryTransport()
await transport.service.send({"type": "session.created", "session": {"id": "1"}})
async with connect(
    credential="key", endpoint="https://test", transport=transport
) as connection:
    ...
```

`Transport` is the interface between a connection and its WebSocket, which other
transports can implement. `voicelive_mockserver` is a mock of the whole service.
"""

from __future__ import annotations

from voicelive._transport.base import Handshake, Transport, TransportFactory
from voicelive._transport.memory import MemoryService, MemoryTransport, ServerMessage

__all__ = [
    "Handshake",
    "MemoryService",
    "MemoryTransport",
    "ServerMessage",
    "Transport",
    "TransportFactory",
]
