"""What is left to do for the one who owns the socket."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SendFrame:
    """A frame goes out.

    Attributes:
        frame: Its payload.
        is_binary: Whether it is a binary frame instead of text.
    """

    frame: bytes
    is_binary: bool = False


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """The connection is closed, with a close frame. Nothing follows.

    Attributes:
        code: The close code.
        reason: Why; what does not fit in a close frame is left out.
    """

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class AbortConnection:
    """The connection is lost without a word. Nothing follows.

    Attributes:
        frame: The payload of the frame in the middle of which that happens, if any:
            its header and its first half still go out.
    """

    frame: bytes | None = None


@dataclass(frozen=True, slots=True)
class AnswerPings:
    """From now on, the pings of the client are answered, or they are not.

    Attributes:
        answers: Whether they are.
    """

    answers: bool


Action = SendFrame | CloseConnection | AbortConnection | AnswerPings
