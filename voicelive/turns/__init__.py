"""Turn management: response queue, function calls, interruptions.

`TurnKeeper` wraps a connection, `ToolSet` holds the functions that the model can call,
and `PlaybackClock` tracks the playback position. Imports `voicelive._connection`,
`voicelive.conversation`, `voicelive._errors` and the protocol.
"""

from __future__ import annotations

from voicelive.turns._end_call import EndCallTool, end_call_tool
from voicelive.turns._errors import HarmlessReason, NoResponse, ToolError
from voicelive.turns._hang_up import CallEnd, EndedBy
from voicelive.turns._keeper import TurnKeeper
from voicelive.turns._playback import PlaybackClock
from voicelive.turns._silence_watch import SilenceWatch
from voicelive.turns._tool_calls import ToolCall
from voicelive.turns._tool_options import ResultDelivery
from voicelive.turns._tools import ToolSet

__all__ = [
    "CallEnd",
    "EndCallTool",
    "EndedBy",
    "HarmlessReason",
    "NoResponse",
    "PlaybackClock",
    "ResultDelivery",
    "SilenceWatch",
    "ToolCall",
    "ToolError",
    "ToolSet",
    "TurnKeeper",
    "end_call_tool",
]
