"""Guard around bookkeeping: failures are logged once and never cost the connection."""

from __future__ import annotations

from types import TracebackType

from voicelive_core.redaction import redacting_logger

logger = redacting_logger(__name__)


class FailureGuard:
    """Context manager that logs and suppresses exceptions.

    For code that only tracks a conversation (snapshot, history, turns): when it fails,
    events must still be delivered and sent. The first failure is logged with its
    traceback, further ones at DEBUG. Reusable and reentrant.

    Args:
        what: Name of the guarded activity, for the log.
    """

    __slots__ = ("_failed", "_what")

    def __init__(self, what: str) -> None:
        self._what = what
        self._failed = False

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        # Cancellation and interpreter exit have to pass.
        if not isinstance(error, Exception):
            return False
        self.failed(error)
        return True

    def failed(self, error: Exception) -> None:
        """Log a failure that was caught without the context manager."""
        if self._failed:
            logger.debug("%s failed again: %r", self._what, error)
            return
        self._failed = True
        logger.error(
            "%s failed; the connection goes on, and further failures are logged at "
            "DEBUG only",
            self._what,
            exc_info=error,
        )
