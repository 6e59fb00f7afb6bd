"""What goes wrong on purpose, from refused handshakes to broken frames.

Faults are data (`model`). Those of the handshake are decided by the `Faults` of a
server; all others by a `FaultStage` between the session and its socket.
"""

from voicelive_mockserver.faults.actions import (
    Action,
    AnswerPings,
    CloseConnection,
    LoseConnection,
    SendFrame,
)
from voicelive_mockserver.faults.model import (
    AnyFault,
    Close,
    Delay,
    Drop,
    Duplicate,
    EventFault,
    Expire,
    ExtraFields,
    FailResponse,
    Fault,
    IgnorePings,
    Inject,
    Malformed,
    Omit,
    PointFault,
    RateLimit,
    Refuse,
    Reorder,
    SendError,
    SessionFault,
    SlowHandshake,
    Stall,
)
from voicelive_mockserver.faults.registry import Faults, HandshakePlan
from voicelive_mockserver.faults.stage import FaultStage
from voicelive_mockserver.faults.text import (
    FaultSpec,
    parse_fault,
    read_fault,
    read_faults,
)

__all__ = [
    "Action",
    "AnswerPings",
    "AnyFault",
    "Close",
    "CloseConnection",
    "Delay",
    "Drop",
    "Duplicate",
    "EventFault",
    "Expire",
    "ExtraFields",
    "FailResponse",
    "Fault",
    "FaultSpec",
    "FaultStage",
    "Faults",
    "HandshakePlan",
    "IgnorePings",
    "Inject",
    "LoseConnection",
    "Malformed",
    "Omit",
    "PointFault",
    "RateLimit",
    "Refuse",
    "Reorder",
    "SendError",
    "SendFrame",
    "SessionFault",
    "SlowHandshake",
    "Stall",
    "parse_fault",
    "read_fault",
    "read_faults",
]
