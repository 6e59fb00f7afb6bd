"""Guard around bookkeeping: failures are logged once and never cost the connection."""

from __future__ import annotations

from types import TracebackType

from voicelive_protocol._redaction import redacting_logger

_LOG = redacting_logger("voicelive")


class FailureGuard:
    """Context manager that swallows what the code inside raises.

    It is for code that only follows a conversation (memory, history, turns): when that
    fails, events still have to be delivered and sent. The first failure is logged with
    its traceback, further ones at DEBUG. It can be entered any number of times, also
    within itself.

    Args:
        what: What the code inside does, for the log.
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
        # Cancelling and the end of the program are no failures of what is inside.
        if not isinstance(error, Exception):
            return False
        if self._failed:
            _LOG.debug("%s failed again: %r", self._what, error)
            return True
        self._failed = True
        _LOG.error(
            "%s failed; the connection goes on, and further failures are logged at "
            "DEBUG only",
            self._what,
            exc_info=error,
        )
        return True
