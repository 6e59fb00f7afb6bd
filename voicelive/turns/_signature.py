"""Signatures of tools: JSON Schema of the parameters, conversion of arguments."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Union, get_type_hints

import msgspec
from msgspec import UNSET, UnsetType

from voicelive.turns._arguments import ArgumentsReader
from voicelive.turns._results import without_json_form
from voicelive.turns._schema import with_types

_POSITIONAL = inspect.Parameter.POSITIONAL_ONLY
_COLLECTING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature of a tool.

    Attributes:
        description: The docstring without its parameters; None without a docstring.
        schema: JSON Schema of the arguments, of type object.
    """

    description: str | None
    schema: dict[str, Any]
    _positional: tuple[inspect.Parameter, ...]
    _reader: ArgumentsReader

    def read(self, arguments: str) -> tuple[list[Any], dict[str, Any]]:
        """Convert arguments from JSON text.

        Returns:
            Positional arguments and keyword arguments.

        Raises:
            ValueError: The arguments are invalid; the message has the path.
        """
        found = self._reader.read(arguments)
        given = {
            name: value
            for name in found.__struct_fields__
            if (value := getattr(found, name)) is not UNSET
        }
        # Omitted positional-only arguments need the default of the function.
        first = [given.pop(p.name, p.default) for p in self._positional]
        return first, given


def read_signature(function: Callable[..., Any]) -> Signature:
    """Return the signature of a function.

    Raises:
        TypeError: The function cannot be called with JSON arguments.
    """
    if inspect.isclass(function):
        raise TypeError(f"{function.__name__} is a class: a tool is a function")
    target = _annotated(function)
    name = getattr(target, "__name__", type(function).__name__)
    try:
        parameters = inspect.signature(function).parameters
        hints = get_type_hints(target, include_extras=True)
    except (NameError, ValueError) as error:
        raise TypeError(f"{name}: {error}") from None
    for parameter in parameters.values():
        if parameter.kind in _COLLECTING:
            raise TypeError(f"{name}: a tool has no * or ** parameters ({parameter})")
    description, described = _read_docstring(_docstring(function, target))
    fields = [_field(p, hints.get(p.name, Any)) for p in parameters.values()]
    try:
        arguments = msgspec.defstruct(
            "Arguments", fields, kw_only=True, forbid_unknown_fields=True
        )
        schema = _schema(arguments, described)
        reader = ArgumentsReader(arguments)
    except (TypeError, ValueError) as error:
        misfit = next(filter(_has_no_schema, fields), None)
        where = f"the type of {misfit[0]} has no JSON Schema: " if misfit else ""
        raise TypeError(f"{name}: {where}{_last_line(error)}") from None
    if (misfit := without_json_form(hints.get("return"))) is not None:
        raise TypeError(f"{name}: it returns a {misfit}, which has no JSON form")
    for parameter in parameters.values():
        if parameter.default is not parameter.empty and parameter.default is not None:
            _show_default(schema["properties"][parameter.name], parameter.default)
    positional = tuple(p for p in parameters.values() if p.kind is _POSITIONAL)
    return Signature(description, schema, positional, reader)


def _annotated(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the object that has the annotations and docstring of a callable."""
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    if inspect.isroutine(function):
        return function
    called: Callable[..., Any] = type(function).__call__
    return called


def _docstring(function: Callable[..., Any], target: Callable[..., Any]) -> str | None:
    if target.__name__ == "__call__" and not target.__doc__:
        # Fall back to the docstring of the class.
        return inspect.getdoc(type(function))
    return inspect.getdoc(target)


def _has_no_schema(field: Any) -> bool:
    try:
        msgspec.json.schema_components([field[1]])
    except (TypeError, ValueError):
        return True
    return False


def _last_line(error: Exception) -> str:
    # The lines before are advice for users of msgspec.
    return str(error).splitlines()[-1]


def _field(parameter: inspect.Parameter, kind: Any) -> Any:
    kind = Any if kind is object else kind
    if parameter.default is parameter.empty:
        return (parameter.name, kind)
    # Defaults stay in the function, because they may have no JSON form.
    return (parameter.name, Union[kind, UnsetType], UNSET)  # noqa: UP007


def _read_docstring(text: str | None) -> tuple[str | None, Mapping[str, str]]:
    if not text:
        return None, {}
    import docstring_parser

    parsed = docstring_parser.parse(text)
    described = {
        param.arg_name: " ".join(param.description.split())
        for param in parsed.params
        if param.description
    }
    description = parsed.description
    return description.strip() if description else None, described


def _schema(arguments: type, described: Mapping[str, str]) -> dict[str, Any]:
    """Return the schema of a struct with its references inlined."""
    (own,), named = msgspec.json.schema_components([arguments], ref_template="{name}")
    schema: dict[str, Any] = named.pop(own["$ref"])
    # Titles are class names, which are noise for the model.
    del schema["title"]
    _describe(schema, described)
    for inner in named.values():
        inner.pop("title", None)
        text, described = _read_docstring(
            inspect.cleandoc(inner.get("description", ""))
        )
        if text:
            inner["description"] = text
            _describe(inner, described)
    used: dict[str, Any] = {}
    schema = _inlined(schema, named, (), used)
    typed: dict[str, Any] = with_types(schema | ({"$defs": used} if used else {}))
    return typed


def _describe(schema: dict[str, Any], described: Mapping[str, str]) -> None:
    for name, description in described.items():
        if name in schema.get("properties", ()):
            # A description in the annotation takes precedence over the docstring.
            schema["properties"][name].setdefault("description", description)


def _inlined(
    node: Any, named: Mapping[str, Any], outer: tuple[str, ...], used: dict[str, Any]
) -> Any:
    if isinstance(node, list):
        return [_inlined(item, named, outer, used) for item in node]
    if not isinstance(node, dict):
        return node
    name = node.get("$ref")
    if not isinstance(name, str) or name not in named:
        return {key: _inlined(value, named, outer, used) for key, value in node.items()}
    rest = {key: value for key, value in node.items() if key != "$ref"}
    if name not in outer:
        return _inlined(named[name], named, (*outer, name), used) | rest
    # A recursive type cannot be inlined.
    if name not in used:
        used[name] = {}
        used[name] = _inlined(named[name], named, (*outer, name), used)
    return {"$ref": f"#/$defs/{name}"} | rest


def _show_default(shown: dict[str, Any], default: object) -> None:
    # Defaults without a JSON form are left out of the schema.
    with contextlib.suppress(TypeError, NotImplementedError):
        shown.setdefault("default", msgspec.to_builtins(default))
