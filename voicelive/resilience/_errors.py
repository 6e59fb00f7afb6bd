"""Errors of staying connected.

```
VoiceLiveError
├── ConnectionClosed
│   └── ReconnectFailed    a lost connection could not be replaced
└── SendQueueFull          too much is waiting to be sent
```
"""

from __future__ import annotations

from voicelive._errors import ConnectionClosed, VoiceLiveError


class ReconnectFailed(ConnectionClosed):
    """The connection was lost and could not be replaced.

    `code`, `reason` and `error` are those of the loss; the cause (`__cause__`) is what
    the last attempt failed with, and its text is part of this one's.

    Attributes:
        attempts: How many attempts were made since a connection counted as a success
            (`ReconnectPolicy.stable_seconds`).
    """

    def __init__(
        self, loss: ConnectionClosed, attempts: int, last: BaseException
    ) -> None:
        self.attempts = attempts
        self._loss = loss
        self._last = last
        super().__init__(loss.code, loss.reason, loss.error)
        # That was tried.
        self.retryable = False
        self.__cause__: BaseException | None = last

    def _message(self) -> str:
        count = "1 attempt" if self.attempts == 1 else f"{self.attempts} attempts"
        if self._last is self._loss:
            return f"{self._loss}; given up after {count} without a stable connection"
        return f"{self._loss}; no new connection after {count}: {self._last}"

    def __reduce__(self) -> tuple[type[ReconnectFailed], tuple[object, ...]]:
        return type(self), (self._loss, self.attempts, self._last)


class SendQueueFull(VoiceLiveError):
    """Too many events are waiting to be sent; this one was not accepted.

    Audio never causes it: old audio makes room for new audio.
    """
