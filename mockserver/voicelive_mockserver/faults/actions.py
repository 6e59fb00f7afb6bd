"""Actions that a fault stage requests from the owner of the socket."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SendFrame:
    """Send a frame.

    Attributes:
        frame: The payload.
        is_binary: Whether to send a binary frame instead of a text frame.
    """

    frame: bytes
    is_binary: bool = False


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Close the connection with a close frame. No action follows.

    Attributes:
        code: The close code.
        reason: The close reason, truncated to the size of a close frame.
    """

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class AbortConnection:
    """Abort the connection without a close frame. No action follows.

    Attributes:
        frame: The payload of a frame to interrupt, if any: its header and first half
            are sent before.
    """

    frame: bytes | None = None


@dataclass(frozen=True, slots=True)
class AnswerPings:
    """Start or stop answering pings of the client.

    Attributes:
        answers: Whether pings are answered from now on.
    """

    answers: bool


StageAction = SendFrame | CloseConnection | AbortConnection | AnswerPings
"""Action of a fault on a frame or a connection."""
