"""Tool set: Python functions that the model can call."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar, overload

from msgspec import UNSET, UnsetType

from voicelive.turns._end_call import EndCallTool
from voicelive.turns._errors import ToolError
from voicelive.turns._invoke import invoke
from voicelive.turns._prompt import Prompt
from voicelive.turns._results import to_output
from voicelive.turns._signature import Signature, read_signature
from voicelive.turns._tool_options import (
    ProgressFunction,
    ResultDelivery,
    ToolOptions,
    check_options,
)
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import AnyTool, FunctionTool

logger = redacting_logger(__name__)

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class _RegisteredTool:
    function: Callable[..., Any]
    signature: Signature
    definition: FunctionTool
    options: ToolOptions


class ToolSet:
    """Python functions that the model can call.

    ```python
    tools = ToolSet()


    @tools.tool
    async def get_weather(city: str, unit: Literal["C", "F"] = "C") -> str:
        '''Return today's weather in a city.'''
    ```

    The JSON Schema is generated from the annotations and the docstring (Google, NumPy,
    reST or Epydoc style). Arguments are converted to the annotated types: numbers,
    strings, `Literal`, enums, `Optional`, lists, dataclasses, msgspec structs, and
    `Annotated[int, msgspec.Meta(ge=1, description="...")]`. A parameter without an
    annotation accepts any JSON. If arguments are invalid, the function is not called:
    the model gets the error as the output and can correct it.

    Coroutine functions run in the event loop, other functions in a thread of their own.
    A string result is sent unchanged, other values as JSON; pydantic models are
    accepted.

    Args:
        functions: Functions to add.
        parallel: Whether the calls of one response run concurrently; if false, they run
            sequentially in their order.
        timeout: Time limit of a call in seconds; None for no limit. A function in a
            thread cannot be stopped: its result is discarded.
    """

    def __init__(
        self,
        *functions: Callable[..., Any],
        parallel: bool = True,
        timeout: float | None = 30.0,
    ) -> None:
        self.parallel = parallel
        self._timeout = timeout
        self._tools: dict[str, _RegisteredTool] = {}
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
        delivery: ResultDelivery | str = ResultDelivery.WHEN_IDLE,
        progress: Prompt | ProgressFunction | None = None,
        progress_after: float = 3.0,
        progress_every: float | None = None,
    ) -> Callable[[_F], _F]: ...

    def tool(
        self,
        function: Any = None,
        **options: Any,
    ) -> Any:
        """Add a function, as a decorator that returns it unchanged.

        Use it without arguments or with the options of `add`.
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
        delivery: ResultDelivery | str = ResultDelivery.WHEN_IDLE,
        progress: Prompt | ProgressFunction | None = None,
        progress_after: float = 3.0,
        progress_every: float | None = None,
    ) -> None:
        """Add a function.

        Args:
            function: A sync or async function, a method, a `functools.partial`, or an
                object with `__call__`.
            name: Name for the model; the name of the function by default.
            description: Purpose of the function and when to call it, for the model; the
                docstring by default.
            timeout: Time limit of a call in seconds; None for no limit. By default that
                of the set.
            delivery: What follows the result if the user is speaking or a response is
                active then; a response when both are over by default. Of the calls that
                the model makes together, `interrupt` takes precedence over `when_idle`,
                and that over `silent`.
            progress: What the assistant says while the function runs: a text, the
                settings of a response, or a sync or async function that returns either
                of them, or None for nothing, and gets the seconds since the start of
                the call. Nothing by default. Functions that run at the same time are
                reported by one message.
            progress_after: Seconds from the start of the call to the first message; 3
                by default. It is delayed until nothing else is being said.
            progress_every: Seconds from the end of one message to the next; None (the
                default) for a single message.

        Raises:
            TypeError: It is not a function or has no name, a parameter is variadic
                (`*`, `**`) or has no JSON form, the return annotation has no JSON
                form, or an option has the wrong type.
            ValueError: A function of this name exists, or an option is invalid.
        """
        name = name or getattr(function, "__name__", None)
        if name is None or name == "<lambda>":
            raise TypeError(f"{function!r} has no name: give add() one")
        if name in self._tools:
            raise ValueError(f"there is a tool {name!r} already")
        signature = read_signature(function)
        definition = FunctionTool(name=name, parameters=signature.schema)
        if isinstance(function, EndCallTool):
            description = description or function.description
        if text := description or signature.description:
            definition.description = text
        options = check_options(
            timeout=self._timeout if timeout is UNSET else timeout,
            delivery=delivery,
            progress=progress,
            after=progress_after,
            every=progress_every,
        )
        if isinstance(function, EndCallTool):
            options = replace(options, end_call=function.options)
        self._tools[name] = _RegisteredTool(function, signature, definition, options)

    @property
    def definitions(self) -> list[AnyTool]:
        """The definitions of the functions, for `tools` of `RequestSession`."""
        return [tool.definition for tool in self._tools.values()]

    def __contains__(self, name: object) -> bool:
        """Return whether a function of this name exists."""
        return name in self._tools

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the functions."""
        return iter(self._tools)

    def __len__(self) -> int:
        """Return the number of functions."""
        return len(self._tools)

    def options(self, name: str) -> ToolOptions:
        """Return the options of a function; the defaults if there is no such function.

        For `TurnKeeper`; not part of the public interface.
        """
        tool = self._tools.get(name)
        return ToolOptions() if tool is None else tool.options

    async def call(self, name: str, arguments: str) -> str:
        """Call a function for the model.

        Failures are reported to the model as `{"error": ...}`: invalid arguments, an
        exception of the function (logged with its traceback), a timeout, a result
        without a JSON form.

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
            logger.info("the model called %s with wrong arguments", name)
            return error_output(f"the arguments do not fit: {error}")
        limit = asyncio.timeout(tool.options.timeout)
        try:
            async with limit:
                result = await invoke(tool.function, *args, **kwargs)
        except ToolError as error:
            return error_output(str(error))
        except TimeoutError as error:
            if limit.expired() and tool.options.timeout is not None:
                seconds = tool.options.timeout
                logger.warning("the tool %s took more than %g s", name, seconds)
                return error_output(f"{name} took too long")
            return _failed(name, error)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # The function raised it; this task was not cancelled.
            return _failed(name, error)
        except Exception as error:
            return _failed(name, error)
        return _encoded(name, result)


def error_output(message: str) -> str:
    """Return the output that reports an error to the model."""
    return to_output({"error": message})


def _encoded(name: str, result: object) -> str:
    try:
        return to_output(result)
    except Exception as error:
        # The message of msgspec names the type, which may be nested in the result.
        why = f"{name} returned a {type(result).__name__} that cannot be sent: {error}"
        logger.error("%s", why)
        return error_output(why)


def _failed(name: str, error: BaseException) -> str:
    logger.error("the tool %s has failed", name, exc_info=error)
    return error_output(f"{name} has failed ({type(error).__name__})")
