"""End of a connection: exception class, close code and reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from voicelive._errors import ConnectionClosed, SessionRejected, kind_of_close
from voicelive_core.close_codes import CloseCode
from voicelive_protocol import ServerEventErrorDetails


@dataclass(frozen=True, slots=True)
class ConnectionEnd:
    """How a connection ended.

    Attributes:
        kind: The exception to raise.
        code: Close code; 1005 for a close without one, 1006 for an end without a close.
        reason: Close reason, or what broke the connection.
        error: Details of the `error` event that preceded the end.
        by_us: Whether `close()` ended it.
    """

    kind: type[ConnectionClosed]
    code: int
    reason: str
    error: ServerEventErrorDetails | None = None
    by_us: bool = False

    @classmethod
    def of(cls, error: ConnectionClosed) -> Self:
        """Return the end that a transport has raised.

        A plain `ConnectionClosed` is a close of the service, classified by its code.
        """
        kind = type(error)
        if kind is ConnectionClosed:
            kind = kind_of_close(error.code)
        return cls(kind, error.code, error.reason)

    @property
    def normal(self) -> bool:
        """Whether it ends an iteration without an exception."""
        return self.by_us or (
            self.code == CloseCode.NORMAL and not issubclass(self.kind, SessionRejected)
        )

    def exception(self) -> ConnectionClosed:
        """Return a new exception for this end."""
        return self.kind(self.code, self.reason, self.error)
