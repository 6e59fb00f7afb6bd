"""Context manager for the span of one operation of a connection."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.trace import Span


class SpanScope:
    """Starts a span when entered and ends it when left.

    Args:
        begin: Starts the span, or returns None; must not raise.
        end: Ends the span, with the exception if there was one; must not raise.
    """

    __slots__ = ("_begin", "_end", "_span")

    def __init__(
        self,
        begin: Callable[[], Span | None],
        end: Callable[[Span | None, BaseException | None], object],
    ) -> None:
        self._begin = begin
        self._end = end
        self._span: Span | None = None

    def __enter__(self) -> None:
        self._span = self._begin()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end(self._span, exc)
