"""Production of the output items of a response: messages, calls, searches.

May import the rest of the engine; `engine.response_run` and `engine.mcp_calls` use it.
"""

from __future__ import annotations

from voicelive_mockserver.engine.outputs.base import Place, Steps, Stream
from voicelive_mockserver.engine.outputs.calls import (
    FunctionStream,
    McpApprovalStream,
    McpStream,
)
from voicelive_mockserver.engine.outputs.messages import SpeechStream, TextStream
from voicelive_mockserver.engine.outputs.searches import SearchStream

__all__ = [
    "FunctionStream",
    "McpApprovalStream",
    "McpStream",
    "Place",
    "SearchStream",
    "SpeechStream",
    "Steps",
    "Stream",
    "TextStream",
]
