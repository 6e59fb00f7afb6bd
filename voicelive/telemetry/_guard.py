"""Keeps what goes wrong in telemetry away from the application."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from voicelive_protocol._redaction import redacting_logger

_LOG = redacting_logger("voicelive")

_P = ParamSpec("_P")
_T = TypeVar("_T")


class _Complaints:
    made = False


def harmless(function: Callable[_P, _T]) -> Callable[_P, _T | None]:
    """Swallow the errors of a function, and log the first one in this process.

    The function returns None then.
    """

    @functools.wraps(function)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        try:
            return function(*args, **kwargs)
        except Exception:
            if not _Complaints.made:
                _Complaints.made = True
                _LOG.warning(
                    "telemetry failed; the application goes on, and further failures "
                    "are not logged",
                    exc_info=True,
                )
            return None

    return guarded
