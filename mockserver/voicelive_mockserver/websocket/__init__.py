"""WebSocket server with callbacks instead of tasks. Imports nothing of this package.

aiohttp parses the frames, in C. There is neither a queue nor a task per connection:
messages are delivered while they are read, which makes a thousand spoken conversations
affordable.
"""

from __future__ import annotations

from voicelive_mockserver.websocket.acceptor import (
    Acceptor,
    PendingUpgrade,
    UpgradeHandler,
)
from voicelive_mockserver.websocket.frames import (
    BINARY,
    TEXT,
    frame_header,
    text_header,
)
from voicelive_mockserver.websocket.upgrade import (
    LINE_LIMIT_BYTES,
    NonUpgrade,
    UpgradeRequest,
    upgrade_problem,
)
from voicelive_mockserver.websocket.websocket import Delegate, WebSocket

__all__ = [
    "BINARY",
    "LINE_LIMIT_BYTES",
    "TEXT",
    "Acceptor",
    "Delegate",
    "NonUpgrade",
    "PendingUpgrade",
    "UpgradeHandler",
    "UpgradeRequest",
    "WebSocket",
    "frame_header",
    "text_header",
    "upgrade_problem",
]
