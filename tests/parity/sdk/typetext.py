"""Annotations as text that is the same for the same type, whoever wrote it.

Left out is what the comparison does not look at: whether null or absence is possible
(`required` says that), and that open enums also take any string.
"""

from __future__ import annotations

import datetime
import enum
import types
import typing
from collections.abc import Mapping
from typing import Any

_SCALARS = {
    Any: "any",
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    bytes: "bytes",
    type(None): "",
}


def type_text(annotation: Any, families: Mapping[str, frozenset[str]]) -> str:
    """Describe a type.

    Args:
        annotation: A resolved annotation.
        families: The variants of each discriminated base. All of them together are
            written as the base.
    """
    parts = set(_parts(annotation, families)) - {""}
    for base, variants in families.items():
        if variants and variants <= parts:
            parts = parts - variants | {base}
    if "str" in parts:
        parts = {part for part in parts if not part.startswith('"')}
    return " | ".join(sorted(parts))


def _parts(annotation: Any, families: Mapping[str, frozenset[str]]) -> list[str]:
    origin = typing.get_origin(annotation)
    args = typing.get_args(annotation)
    if origin is typing.Union or origin is types.UnionType:
        found = [part for arg in args for part in _parts(arg, families)]
        has_enum = any(isinstance(a, type) and issubclass(a, enum.Enum) for a in args)
        return [part for part in found if part != "str"] if has_enum else found
    if origin is typing.Literal:
        values = (v.value if isinstance(v, enum.Enum) else v for v in args)
        return [f'"{value}"' for value in values]
    if origin is list:
        return [f"list[{type_text(args[0], families)}]"]
    if origin is dict:
        return [f"dict[{type_text(args[1], families)}]"]
    if annotation in _SCALARS:
        return [_SCALARS[annotation]]
    if issubclass(annotation, datetime.datetime):
        return ["datetime"]
    if issubclass(annotation, bytes):
        return ["bytes"]
    name: str = annotation.__name__
    # Stand-ins of ours for "absent" and "a variant that came later".
    return [] if name in ("UnsetType", "UnknownModel") else [name]
