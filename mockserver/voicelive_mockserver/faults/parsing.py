"""Parser of fault specifications: short form, JSON, mapping, or a fault.

The short form has the type of the fault, positional values in the order of its fields,
and named values: `close:1011:after=5`, `refuse:429:retry_after=3`,
`delay:0.2:event=response.audio.delta`. A string that starts with `{` is a JSON object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, get_args

import msgspec

from voicelive_mockserver.faults.model import AnyFault, Fault
from voicelive_mockserver.suggest import did_you_mean
from voicelive_protocol import parse

_TYPES: dict[str, type[Fault]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(AnyFault)
}


FaultSpec: TypeAlias = AnyFault | str | Mapping[str, Any]
"""A fault, its short form or JSON, or a mapping with `type` and fields."""


def read_faults(faults: Iterable[FaultSpec] | FaultSpec) -> list[AnyFault]:
    """Return faults from specifications.

    Args:
        faults: The specifications, or a single one.

    Raises:
        TypeError: One is not a fault, a string or a mapping.
        ValueError: The fault is unknown, or a value is invalid.
    """
    several: Any = [faults] if isinstance(faults, (Fault, str, Mapping)) else faults
    if not isinstance(several, Iterable):
        raise TypeError(f"faults: expected a list of faults, not {faults!r}")
    return [read_fault(fault) for fault in several]


def read_fault(fault: FaultSpec) -> AnyFault:
    """Return a fault from a specification.

    Args:
        fault: The specification.

    Raises:
        TypeError: It is not a fault, a string or a mapping.
        ValueError: The fault is unknown, or a value is invalid.
    """
    if isinstance(fault, str):
        return parse_fault(fault)
    if isinstance(fault, Mapping):
        return _converted(fault)
    if not isinstance(fault, tuple(_TYPES.values())):
        raise TypeError(
            f"faults: expected a fault, a text such as 'close:1011', or a mapping "
            f"with its type, not {fault!r}"
        )
    # Attributes may have been assigned after construction.
    fault.__post_init__()
    return fault


def _converted(fault: Mapping[str, Any]) -> AnyFault:
    """Return the fault that a mapping describes."""
    values = dict(fault)
    name = values.get("type")
    if name is None:
        raise ValueError(f'fault {values!r}: "type" is missing{_known_types()}')
    kind = _kind(name, values)
    for field in values:
        if field != "type" and field not in kind.__struct_fields__:
            known = did_you_mean(str(field), kind.__struct_fields__)
            raise ValueError(f"fault {values!r}: unknown field {field!r}{known}")
    try:
        converted: AnyFault = msgspec.convert(values, AnyFault)
    except ValueError as error:
        raise ValueError(f"fault {values!r}: {error}") from None
    return converted


def _kind(name: Any, fault: object) -> type[Fault]:
    kind = _TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        suggestion = did_you_mean(str(name), _TYPES) or _known_types()
        raise ValueError(f"fault {fault!r}: unknown type{suggestion}")
    return kind


def _known_types() -> str:
    return f"; expected one of {', '.join(sorted(_TYPES))}"


def parse_fault(text: str) -> AnyFault:
    """Return a fault from its short form or from JSON.

    Args:
        text: The specification.

    Raises:
        ValueError: The fault is unknown, or a value is invalid.
    """
    if text.startswith("{"):
        try:
            decoded: dict[str, Any] = parse(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"fault {text!r}: {error}") from None
        return _converted(decoded)
    name, *values = text.split(":")
    kind = _kind(name, text)
    try:
        fields = _fields(kind, values)
        fault: AnyFault = msgspec.convert(
            {"type": name} | fields, AnyFault, strict=False
        )
    except ValueError as error:
        # The path that msgspec appends has no meaning in the short form.
        message = str(error).partition(" - at `$")[0]
        raise ValueError(f"fault {text!r}: {message}") from None
    return fault


def _fields(kind: type[Fault], values: list[str]) -> dict[str, Any]:
    # Fields of base classes are not positional.
    own = [field for field in kind.__struct_fields__ if field in kind.__annotations__]
    fields: dict[str, Any] = {}
    for position, value in enumerate(values):
        field, equals, content = value.partition("=")
        if not equals:
            if fields.keys() - own[:position] or position >= len(own):
                raise ValueError(f"{value!r} needs a field name: field=value")
            field, content = own[position], value
        elif field not in kind.__struct_fields__:
            known = did_you_mean(field, kind.__struct_fields__)
            raise ValueError(f"unknown field {field!r}{known}")
        fields[field] = content.split(",") if field == "connection" else content
    return fields
