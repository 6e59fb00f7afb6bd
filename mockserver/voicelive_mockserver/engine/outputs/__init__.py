"""The output items of a response, each while it is produced."""

from .base import Place, Steps, Stream
from .calls import FunctionStream, McpApprovalStream, McpStream
from .messages import SpeechStream, TextStream
from .searches import SearchStream

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
