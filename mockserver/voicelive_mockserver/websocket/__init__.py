"""WebSockets on the side of the server, with callbacks instead of tasks.

aiohttp reads the frames, in C. Around it there is neither a queue nor a task for each
connection: what arrives is handed on while it is read. That is what makes a thousand
spoken conversations affordable.
"""

from voicelive_mockserver.websocket.acceptor import (
    Acceptor,
    PendingUpgrade,
    UpgradeHandler,
)
from voicelive_mockserver.websocket.frames import (
    BINARY,
    TEXT,
    frame_header,
    is_close_code,
    split_frames,
    text_header,
)
from voicelive_mockserver.websocket.upgrade import (
    LINE_LIMIT,
    NonUpgrade,
    UpgradeRequest,
    upgrade_problem,
)
from voicelive_mockserver.websocket.websocket import Delegate, WebSocket

__all__ = [
    "BINARY",
    "LINE_LIMIT",
    "TEXT",
    "Acceptor",
    "Delegate",
    "NonUpgrade",
    "PendingUpgrade",
    "UpgradeHandler",
    "UpgradeRequest",
    "WebSocket",
    "frame_header",
    "is_close_code",
    "split_frames",
    "text_header",
    "upgrade_problem",
]
