"""Base of the context managers that open a connection, with errors for misuse."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractAsyncContextManager
from typing import Any, NoReturn, TypeVar

_T_co = TypeVar("_T_co", covariant=True)


class Opening(AbstractAsyncContextManager[_T_co, None]):
    """A connection that is opened by `async with`, and by nothing else.

    What beginners try instead raises an error that says what to write.
    """

    _usage = "connect(...)"
    """The call that makes it, for error messages."""

    def __enter__(self) -> NoReturn:
        raise TypeError(f"use `async with`, not `with`: {self._example}")

    def __exit__(self, *_: object) -> None:
        """Exist, so that `with` gets as far as `__enter__`."""

    def __await__(self) -> Generator[Any, None, NoReturn]:
        raise TypeError(f"use `async with`, not `await`: {self._example}")

    def __aiter__(self) -> NoReturn:
        raise TypeError(
            f"iterate over the connection that `async with` gives: {self._example}"
        )

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
        raise AttributeError(
            f"{self._usage} is not a connection yet and has no {name!r}: use "
            f"`async with`, as in {self._example}"
        )

    @property
    def _example(self) -> str:
        return f"async with {self._usage} as connection: ..."
