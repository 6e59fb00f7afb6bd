"""Validation of plain values against structs, with all problems and suggestions.

msgspec converts valid values. For others it would name the first problem only, without
suggestions, so all problems are collected here. Structs forbid unknown fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from voicelive_mockserver.scenario.problems import FieldPath, Problem
from voicelive_mockserver.suggest import did_you_mean

_T = TypeVar("_T")
_AT = re.compile(r"^(?s:(.*)) - at `\$(.*)`$")
_STEP = re.compile(r"\[(\d+)\]|\.([^.\[]+)|\[\.\.\.\]")
_FIELD = re.compile(r"(\w+): (?s:(.*))")


def convert(value: Any, kind: type[_T]) -> _T | list[Problem]:
    """Convert plain values to a struct.

    Args:
        value: The plain values.
        kind: The struct.

    Returns:
        The struct, or the problems.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problems = list(_problems(value, inspect.type_info(kind), ()))
        # Without any, `__post_init__` of a struct has raised.
        return problems or [_problem(str(error), value)]


def _problem(text: str, value: Any) -> Problem:
    """Return the problem of a msgspec error, with the path of its field."""
    found = _AT.match(text)
    message, where = (found[1], found[2]) if found else (text, "")
    path: FieldPath = tuple(
        int(step[1]) if step[1] else step[2]
        for step in _STEP.finditer(where)
        if step[1] or step[2]
    )
    # Messages of `__post_init__` start with the name of the field.
    named = _FIELD.match(message)
    if named:
        for key in path:
            value = value[key]
        if isinstance(value, dict) and named[1] in value:
            path, message = (*path, named[1]), named[2]
    return Problem(message, path)


def _problems(value: Any, kind: inspect.Type, path: FieldPath) -> Iterator[Problem]:
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    fitting = [item for item in kinds if _may_be(value, item)]
    structs = [item for item in fitting if isinstance(item, inspect.StructType)]
    if len(structs) > 1 or (structs and structs[0].tag_field):
        yield from _variant_problems(value, structs, path)
    elif structs:
        yield from _struct_problems(value, structs[0], path)
    elif not fitting:
        yield Problem(_expected(value, kinds), path)
    else:
        match fitting[0]:
            case (
                inspect.ListType(item_type=item_type)
                | inspect.VarTupleType(item_type=item_type)
            ):
                for index, item in enumerate(value):
                    yield from _problems(item, item_type, (*path, index))
            case inspect.DictType(value_type=value_type):
                for key, item in value.items():
                    yield from _problems(item, value_type, (*path, key))
            case _:
                pass


def _struct_problems(
    value: dict[str, Any], kind: inspect.StructType, path: FieldPath
) -> Iterator[Problem]:
    fields = {field.encode_name: field for field in kind.fields}
    known = [*fields, kind.tag_field] if kind.tag_field else list(fields)
    for key, item in value.items():
        if key in fields:
            yield from _problems(item, fields[key].type, (*path, key))
        elif key not in known:
            yield Problem(f"unknown key{_suggestion(key, known)}", (*path, key))
    for name, field in fields.items():
        if field.required and name not in value:
            yield Problem(f'"{name}" is missing', path)


def _variant_problems(
    value: dict[str, Any], kinds: Sequence[inspect.StructType], path: FieldPath
) -> Iterator[Problem]:
    tag_field = kinds[0].tag_field
    assert tag_field is not None
    tags = {str(kind.tag): kind for kind in kinds}
    if tag_field not in value:
        yield Problem(f'"{tag_field}" is missing; {_one_of(tags)}', path)
        return
    tag = value[tag_field]
    place = (*path, tag_field)
    if not isinstance(tag, str):
        yield Problem(f"expected text, not {_shown(tag)}", place)
    elif tag in tags:
        yield from _struct_problems(value, tags[tag], path)
    else:
        yield Problem(f'unknown {tag_field} "{tag}"{_suggestion(tag, tags)}', place)


def _may_be(value: Any, kind: inspect.Type) -> bool:
    """Return whether a value has the JSON type of a struct field."""
    match kind:
        case inspect.AnyType():
            return True
        case inspect.NoneType():
            return value is None
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool)
        case inspect.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case inspect.StrType():
            return isinstance(value, str)
        case inspect.LiteralType(values=values):
            return value in values
        case inspect.ListType() | inspect.VarTupleType():
            return isinstance(value, list | tuple)
        case inspect.DictType() | inspect.StructType():
            return isinstance(value, dict)
        case _:
            raise NotImplementedError(kind)


def _expected(value: Any, kinds: Sequence[inspect.Type]) -> str:
    names: list[str] = []
    words: list[str] = []
    for kind in kinds:
        if isinstance(kind, inspect.LiteralType):
            words += [str(word) for word in kind.values]
            names += [f'"{word}"' for word in kind.values]
        else:
            names.append(_NAMES[type(kind)])
    # Null is accepted for every optional key, so it is not listed.
    shown = [name for name in dict.fromkeys(names) if name != "null"] or names
    listed = " or ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
    suggestion = did_you_mean(value, words) if isinstance(value, str) else ""
    return f"expected {listed}, not {_shown(value)}{suggestion}"


def _suggestion(key: Any, known: Sequence[str] | dict[str, Any]) -> str:
    return did_you_mean(str(key), known) or f"; {_one_of(known)}"


def _one_of(known: Sequence[str] | dict[str, Any]) -> str:
    return f"expected one of {', '.join(sorted(known))}"


def _shown(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"' if len(value) <= 40 else f'"{value[:37]}..."'
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return str(value)


_NAMES: dict[type[inspect.Type], str] = {
    inspect.NoneType: "null",
    inspect.BoolType: "true or false",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.StrType: "text",
    inspect.ListType: "a list",
    inspect.VarTupleType: "a list",
    inspect.DictType: "a mapping",
    inspect.StructType: "a mapping",
}
