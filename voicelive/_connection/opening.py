"""Base classes for objects used with `async with`, with errors for other uses."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeVar

_T_co = TypeVar("_T_co", covariant=True)


class AsyncWithOnly:
    """Object for `async with`; `with` and `await` raise a TypeError that says so."""

    _usage = "async with connect(...) as connection: ..."
    """The correct usage, for error messages."""

    # Hidden from type checkers, which should report these uses themselves.
    if not TYPE_CHECKING:

        def __enter__(self):
            raise TypeError(f"use `async with`, not `with`: {self._usage}")

        def __exit__(self, *_):
            """Satisfy `with`, which looks this up before it calls `__enter__`."""

        def __await__(self):
            raise TypeError(f"use `async with`, not `await`: {self._usage}")


class Opening(AsyncWithOnly, AbstractAsyncContextManager[_T_co, None]):
    """Connection that is not open yet; using it raises an error."""

    if not TYPE_CHECKING:

        def __aiter__(self):
            raise TypeError(
                f"iterate over the connection that `async with` gives: {self._usage}"
            )

        def __getattr__(self, name):
            if name.startswith("_"):
                kind = type(self).__name__
                raise AttributeError(f"{kind!r} object has no attribute {name!r}")
            raise AttributeError(
                f"the connection is not open and has no {name!r}: use `async with`, as "
                f"in {self._usage}"
            )
