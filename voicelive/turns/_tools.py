"""Python functions that the model can call."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from msgspec import UNSET, UnsetType

from voicelive.turns._errors import ToolError
from voicelive.turns._invoke import invoke
from voicelive.turns._results import to_output
from voicelive.turns._signature import Signature, read_signature
from voicelive_protocol import AnyTool, FunctionTool
from voicelive_protocol._redaction import redacting_logger

_LOG = redacting_logger("voicelive.turns")

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class _Tool:
    function: Callable[..., Any]
    signature: Signature
    definition: FunctionTool
    timeout: float | None


class ToolSet:
    """Python functions that the model can call.

    ```python
    tools = ToolSet()


    @tools.tool
    async def get_weather(city: str, unit: Literal["C", "F"] = "C") -> str:
        '''Tell today's weather in a city.'''
    ```

    The schema that the model sees comes from the annotations and the docstring (in the
    style of Google, NumPy, reST or Epydoc). Arguments are read as annotated: numbers,
    texts, `Literal`, enums, `Optional`, lists, dataclasses, msgspec structs, and
    `Annotated[int, msgspec.Meta(ge=1, description="...")]`. What has no annotation
    takes any JSON. Arguments that do not fit are not passed on: the model gets the
    error as the output, and can mend them.

    A coroutine function runs in the event loop, any other function in a thread of its
    own. What it returns is sent as it is if it is text, else as JSON; models of
    pydantic are accepted.

    Args:
        functions: Functions to add at once.
        parallel: Whether the calls of one response run at the same time, or one after
            another in their order.
        timeout: Seconds that a call may take; None for no limit. A function in a thread
            cannot be stopped, so it goes on unheard.
    """

    def __init__(
        self,
        *functions: Callable[..., Any],
        parallel: bool = True,
        timeout: float | None = 30.0,
    ) -> None:
        self.parallel = parallel
        self._timeout = timeout
        self._tools: dict[str, _Tool] = {}
        for function in functions:
            self.add(function)

    @overload
    def tool(self, function: _F, /) -> _F: ...

    @overload
    def tool(
        self,
        *,
        name: str | None = None,
        description: str | None = None,
        timeout: float | UnsetType | None = UNSET,
    ) -> Callable[[_F], _F]: ...

    def tool(
        self,
        function: Any = None,
        **options: Any,
    ) -> Any:
        """Add a function, as a decorator; it stays what it is.

        Use it bare or with the options of `add`.
        """
        if function is None:
            return functools.partial(self.tool, **options)
        self.add(function, **options)
        return function

    def add(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        description: str | None = None,
        timeout: float | UnsetType | None = UNSET,
    ) -> None:
        """Add a function.

        Args:
            function: The function, sync or async; or a method, a `functools.partial`,
                an object with `__call__`.
            name: How the model calls it; the name of the function by default.
            description: Tells the model what it does and when to call it; the docstring
                by default.
            timeout: Seconds that a call may take; None for no limit. Left out, the
                limit of the set applies.

        Raises:
            TypeError: It is no function; the parameters have no JSON form, or collect
                arguments (`*`, `**`); the annotation of the result shows that it has no
                JSON form; or the function has no name.
            ValueError: There is a function of this name.
        """
        name = name or getattr(function, "__name__", None)
        if name is None or name == "<lambda>":
            raise TypeError(f"{function!r} has no name: give add() one")
        if name in self._tools:
            raise ValueError(f"there is a tool {name!r} already")
        signature = read_signature(function)
        definition = FunctionTool(name=name, parameters=signature.schema)
        if text := description or signature.description:
            definition.description = text
        limit = self._timeout if timeout is UNSET else timeout
        self._tools[name] = _Tool(function, signature, definition, limit)

    @property
    def definitions(self) -> list[AnyTool]:
        """What the model is told of the functions: `tools` of `RequestSession`."""
        return [tool.definition for tool in self._tools.values()]

    def __contains__(self, name: object) -> bool:
        """Whether there is a function of this name."""
        return name in self._tools

    def __iter__(self) -> Iterator[str]:
        """The names of the functions."""
        return iter(self._tools)

    def __len__(self) -> int:
        """How many functions there are."""
        return len(self._tools)

    async def call(self, name: str, arguments: str) -> str:
        """Call a function as the model asks for it.

        What goes wrong is part of the output, `{"error": ...}`: arguments that do not
        fit, a function that raises (logged with its traceback) or takes too long, a
        result without a JSON form.

        Args:
            name: Name of the function.
            arguments: The arguments as JSON text.

        Returns:
            The output for the model.

        Raises:
            LookupError: There is no such function.
        """
        tool = self._tools.get(name)
        if tool is None:
            raise LookupError(f"there is no tool {name!r}")
        try:
            args, kwargs = tool.signature.read(arguments)
        except (ValueError, RecursionError) as error:
            _LOG.info("the model called %s with wrong arguments", name)
            return error_output(f"the arguments do not fit: {error}")
        limit = asyncio.timeout(tool.timeout)
        try:
            async with limit:
                result = await invoke(tool.function, *args, **kwargs)
        except ToolError as error:
            return error_output(str(error))
        except TimeoutError as error:
            if limit.expired() and tool.timeout is not None:
                _LOG.warning("the tool %s took more than %g s", name, tool.timeout)
                return error_output(f"{name} took too long")
            return _failed(name, error)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # The function's own affair.
            return _failed(name, error)
        except Exception as error:
            return _failed(name, error)
        return _encoded(name, result)


def error_output(message: str) -> str:
    """Return the output that tells the model of an error."""
    return to_output({"error": message})


def _encoded(name: str, result: object) -> str:
    try:
        return to_output(result)
    except Exception as error:
        # What msgspec says names the type, which may be one within the result.
        why = f"{name} returned a {type(result).__name__} that cannot be sent: {error}"
        _LOG.error("%s", why)
        return error_output(why)


def _failed(name: str, error: BaseException) -> str:
    _LOG.error("the tool %s has failed", name, exc_info=error)
    return error_output(f"{name} has failed ({type(error).__name__})")
