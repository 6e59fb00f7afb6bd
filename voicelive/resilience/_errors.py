"""Errors of reconnecting and of send queues.

```
VoiceLiveError
├── ConnectionClosed
│   └── ReconnectFailed    a lost connection could not be replaced
└── SendQueueFull          too many events are queued
```
"""

from __future__ import annotations

from voicelive._errors import ConnectionClosed, VoiceLiveError


class ReconnectFailed(ConnectionClosed):
    """The connection was lost and could not be replaced.

    `code`, `reason` and `error` are those of the loss. The cause (`__cause__`) is the
    error of the last attempt, which the message includes.

    Attributes:
        attempts: Number of attempts since the last stable connection
            (`ReconnectPolicy.stable_seconds`).
    """

    def __init__(
        self, loss: ConnectionClosed, attempts: int, last: BaseException
    ) -> None:
        self.attempts = attempts
        self._loss = loss
        self._last = last
        super().__init__(loss.code, loss.reason, loss.error)
        # Retries are exhausted.
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
    """The queue of events to send is full; this event was not accepted.

    Audio never raises it: the oldest audio is dropped instead.
    """
