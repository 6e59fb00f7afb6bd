"""Decorator that keeps exceptions of telemetry away from the application."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from voicelive_core.redaction import redacting_logger

logger = redacting_logger(__name__)

_P = ParamSpec("_P")
_T = TypeVar("_T")


class _FirstFailure:
    warned = False


def never_raise(function: Callable[_P, _T]) -> Callable[_P, _T | None]:
    """Make a function return None instead of raising.

    The first exception of the process is logged.
    """

    @functools.wraps(function)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        try:
            return function(*args, **kwargs)
        except Exception:
            if not _FirstFailure.warned:
                _FirstFailure.warned = True
                logger.warning(
                    "telemetry failed; the application goes on, and further failures "
                    "are not logged",
                    exc_info=True,
                )
            return None

    return guarded
