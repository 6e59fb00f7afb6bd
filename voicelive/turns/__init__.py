"""Turns of a conversation: responses, function calls, interruptions.

`TurnKeeper` stands between an application and its connection and does what the service
leaves to the client. `ToolSet` has the functions that the model can call,
`PlaybackClock` knows what the listener has heard.
"""

from voicelive.turns._errors import HarmlessReason, NoResponse, ToolError
from voicelive.turns._keeper import TurnKeeper
from voicelive.turns._playback import PlaybackClock
from voicelive.turns._tool_calls import ToolCall
from voicelive.turns._tools import ToolSet

__all__ = [
    "HarmlessReason",
    "NoResponse",
    "PlaybackClock",
    "ToolCall",
    "ToolError",
    "ToolSet",
    "TurnKeeper",
]
