"""Base of what is opened by `async with`, with errors for what is written instead."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeVar

_T_co = TypeVar("_T_co", covariant=True)


class AsyncWithOnly:
    """An object for `async with`; `with` and `await` raise errors that say so."""

    _usage = "async with connect(...) as connection: ..."
    """What to write, for error messages."""

    # Type checkers are to see that there are no such methods.
    if not TYPE_CHECKING:

        def __enter__(self):
            raise TypeError(f"use `async with`, not `with`: {self._usage}")

        def __exit__(self, *_):
            """Exist, so that `with` gets as far as `__enter__`."""

        def __await__(self):
            raise TypeError(f"use `async with`, not `await`: {self._usage}")


class Opening(AsyncWithOnly, AbstractAsyncContextManager[_T_co, None]):
    """A connection that is not open yet, and so has nothing of a connection."""

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
