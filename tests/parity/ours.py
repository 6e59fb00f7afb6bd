"""The public surface of this project, in the terms in which the SDK's is read."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, NamedTuple

import msgspec
from msgspec import NODEFAULT

import voicelive.aio
import voicelive.models
from tests.parity.sdk.behaviour import behaviour
from tests.parity.sdk.dump import describe_class, signature
from tests.parity.sdk.typetext import type_text
from tests.parity.shape import Shape
from voicelive import __version__
from voicelive.models import (
    API_VERSIONS,
    CLIENT_EVENTS,
    SERVER_EVENTS,
    Model,
    json_schema,
)


def our_shape() -> Shape:
    """Read our packages."""
    public = {n: getattr(voicelive.models, n) for n in voicelive.models.__all__}
    # An alias stands for types that have other names.
    named = {
        name: found
        for name, found in public.items()
        if not isinstance(found, UnionType) and getattr(found, "__name__", name) == name
    }
    classes = {n: c for n, c in named.items() if isinstance(c, type)}
    models = {n: c for n, c in classes.items() if issubclass(c, Model)}
    enums = {n: c for n, c in classes.items() if issubclass(c, Enum)}
    families = {
        name: frozenset(v.__name__ for v in _variants(cls).classes.values())
        for name, cls in models.items()
    }
    client = {name: getattr(voicelive.aio, name) for name in voicelive.aio.__all__}
    client_classes = {n: c for n, c in client.items() if isinstance(c, type)}
    plain = {
        "version": __version__,
        "models": {n: _model(c, models, families) for n, c in models.items()},
        "enums": {
            name: {member: value.value for member, value in cls.__members__.items()}
            for name, cls in enums.items()
        },
        "client_events": {wire: cls.__name__ for wire, cls in CLIENT_EVENTS.items()},
        "server_events": {wire: cls.__name__ for wire, cls in SERVER_EVENTS.items()},
        "functions": {
            name: signature(found)
            for name, found in client.items()
            if name not in client_classes
        },
        "classes": {
            name: describe_class(cls, client_classes)
            for name, cls in client_classes.items()
        },
        "behaviour": behaviour(voicelive.models),
        "other": sorted(named.keys() - models.keys() - enums.keys()),
    }
    return msgspec.convert(plain, Shape)


def _model(
    cls: type[Model],
    models: Mapping[str, type[Model]],
    families: Mapping[str, frozenset[str]],
) -> dict[str, Any]:
    fields = _fields(cls, families)
    variants = _variants(cls)
    if variants and variants.selector not in fields:
        # Each variant has it as a constant; the base only says so to type checkers.
        fields[variants.selector] = {
            "wire": variants.selector,
            "required": True,
            "type": "str",
        }
    if variants:
        fields[variants.selector]["selects"] = True
    return {
        "bases": [b.__name__ for b in cls.__mro__[1:] if b.__name__ in models],
        "fields": fields,
        "variants": {tag: v.__name__ for tag, v in variants.classes.items()},
    }


def _fields(
    cls: type[Model], families: Mapping[str, frozenset[str]]
) -> dict[str, dict[str, Any]]:
    hints = typing.get_type_hints(cls)
    constants = _constants(cls)
    names = list(zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True))
    defaults = _defaults(cls)
    own = {wire for name, wire in names if name not in defaults}
    declared = _declared_required().get(cls.__name__, own)
    fields: dict[str, dict[str, Any]] = {
        name: {
            "wire": wire,
            "required": name in constants or wire in declared,
            "type": type_text(hints[name], families),
            "constant": constants.get(name),
        }
        for name, wire in names
    }
    tag = cls.__struct_config__.tag_field
    if tag is not None:
        # Readable on every value as well.
        assert getattr(cls, tag) == constants[tag]
        fields[tag] = {
            "wire": tag,
            "required": True,
            "type": f'"{constants[tag]}"',
            "constant": constants[tag],
        }
    return fields


@cache
def _declared_required() -> dict[str, set[str]]:
    """The required fields of each model that messages can have, by our JSON Schemas.

    Models do not tell: fields of what only the service sends have defaults, so that an
    event without them is read.
    """
    required: dict[str, set[str]] = {}
    for version in API_VERSIONS:
        for name, body in json_schema(version)["$defs"].items():
            if "properties" not in body:
                continue
            required.setdefault(name, set()).update(body.get("required", ()))
    return required


def _defaults(cls: type[Model]) -> dict[str, Any]:
    """The fields that can be left out, and what they are then."""
    values = cls.__struct_defaults__
    names = cls.__struct_fields__[len(cls.__struct_fields__) - len(values) :]
    return {n: v for n, v in zip(names, values, strict=True) if v is not NODEFAULT}


def _constants(cls: type[Model]) -> dict[str, str]:
    """The fields that always have the same value."""
    found = {name: v for name, v in _defaults(cls).items() if v and isinstance(v, str)}
    config = cls.__struct_config__
    if config.tag_field is not None:
        found[config.tag_field] = str(config.tag)
    return found


class _Variants(NamedTuple):
    selector: str
    classes: dict[str, type[Model]]

    def __bool__(self) -> bool:
        return bool(self.classes)


def _variants(cls: type[Model]) -> _Variants:
    """Subclasses that differ in the value of one field, by that value."""
    if cls is Model:
        return _Variants("", {})
    own = _constants(cls)
    constants = {v: _constants(v) for v in cls.__subclasses__()}
    constants = {v: c for v, c in constants.items() if c.keys() - own.keys()}
    if not constants:
        return _Variants("", {})
    (selector,) = set.intersection(*(c.keys() - own.keys() for c in constants.values()))
    return _Variants(selector, {c[selector]: v for v, c in constants.items()})
