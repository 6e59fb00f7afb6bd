"""Fault injection, from rejected handshakes to malformed frames.

Faults are data (`model`): `Faults` of a server applies those of the handshake, a
`FaultStage` between a session and its socket all others. May import the engine and the
helpers `suggest` and `wire_type`.
"""

from __future__ import annotations

from voicelive_mockserver.faults.actions import (
    AbortConnection,
    AnswerPings,
    CloseConnection,
    SendFrame,
    StageAction,
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
    LimitRate,
    Malformed,
    Omit,
    PointFault,
    Refuse,
    Reorder,
    SendError,
    SessionFault,
    SlowHandshake,
    Stall,
)
from voicelive_mockserver.faults.parsing import (
    FaultSpec,
    parse_fault,
    read_fault,
    read_faults,
)
from voicelive_mockserver.faults.registry import Faults, HandshakePlan
from voicelive_mockserver.faults.sliding_window import SlidingWindow
from voicelive_mockserver.faults.stage import FaultStage

__all__ = [
    "AbortConnection",
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
    "LimitRate",
    "Malformed",
    "Omit",
    "PointFault",
    "Refuse",
    "Reorder",
    "SendError",
    "SendFrame",
    "SessionFault",
    "SlidingWindow",
    "SlowHandshake",
    "StageAction",
    "Stall",
    "parse_fault",
    "read_fault",
    "read_faults",
]
