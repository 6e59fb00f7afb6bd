"""Print the public surface of the installed SDK as JSON.

Run in a process of its own with the SDK on the path: `python -m tests.parity.sdk.dump`.
It reads what the SDK's models know about themselves at run time.
"""

from __future__ import annotations

import enum
import inspect
import json
import sys
import typing
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

from tests.parity.sdk.behaviour import behaviour
from tests.parity.sdk.typetext import type_text

_NO_DEFAULT = inspect.Parameter.empty


def main() -> None:
    """Write the dump to standard output."""
    package = import_module("azure.ai.voicelive")
    models = import_module("azure.ai.voicelive.models")
    aio = import_module("azure.ai.voicelive.aio")
    base = import_module("azure.ai.voicelive._utils.model_base").Model
    public = {name: getattr(models, name) for name in models.__all__}
    structs = {n: c for n, c in public.items() if issubclass(c, base)}
    enums = {n: c for n, c in public.items() if issubclass(c, enum.Enum)}
    families = {
        name: frozenset(sub.__name__ for sub in _variants(cls).values())
        for name, cls in structs.items()
    }
    names = _forward_names(models)
    dump = {
        "version": package.__version__,
        "models": {
            name: _model(cls, structs, families, names) for name, cls in structs.items()
        },
        "enums": {
            name: {member: value.value for member, value in cls.__members__.items()}
            for name, cls in enums.items()
        },
        "client_events": _events(models.ClientEvent),
        "server_events": _events(models.ServerEvent),
        "other": sorted(public.keys() - structs.keys() - enums.keys()),
        **_client({name: getattr(aio, name) for name in aio.__all__}),
        "behaviour": behaviour(models),
    }
    json.dump(dump, sys.stdout)


# --- models ----------------------------------------------------------------------


def _forward_names(models: ModuleType) -> dict[str, Any]:
    """What the names in the SDK's quoted annotations stand for."""
    generated = import_module(f"{models.__name__}._models")
    everything = SimpleNamespace(**{**vars(generated), **vars(models)})
    found: dict[str, Any] = {"_models": everything}
    for alias in ("_types", "_unions"):
        try:
            found[alias] = import_module(f"azure.ai.voicelive.{alias}")
        except ModuleNotFoundError:
            continue
    return found


def _variants(cls: Any) -> dict[str, Any]:
    return dict(cls.__dict__.get("__mapping__", {}))


def _events(base: Any) -> dict[str, str]:
    return {wire: cls.__name__ for wire, cls in _variants(base).items()}


def _model(
    cls: Any,
    structs: dict[str, Any],
    families: dict[str, frozenset[str]],
    names: dict[str, Any],
) -> dict[str, Any]:
    hints = typing.get_type_hints(cls, localns=names)
    # The SDK fills this table when it makes the first instance.
    cls.__new__(cls)
    fields = {}
    for attribute, rest in cls._attr_to_rest_field.items():
        hint = hints[attribute]
        optional = type(None) in typing.get_args(hint)
        constant = None
        if typing.get_origin(hint) is typing.Literal:
            (value,) = typing.get_args(hint)
            constant = value.value if isinstance(value, enum.Enum) else value
        fields[attribute] = {
            "wire": rest._rest_name,
            "required": not optional,
            "type": type_text(hint, families),
            "constant": constant,
            "selects": rest._is_discriminator and constant is None,
        }
    _check_constructor(cls, fields)
    return {
        "bases": [
            base.__name__
            for base in cls.__mro__[1:]
            if base.__name__ in structs and base.__name__ != cls.__name__
        ],
        "fields": fields,
        "variants": _events(cls),
    }


def _check_constructor(cls: Any, fields: dict[str, dict[str, Any]]) -> None:
    """Required by the annotation must mean required by the constructor."""
    for keyword, parameter in _constructor_keywords(cls):
        required = parameter.default is _NO_DEFAULT
        if fields[keyword]["required"] != required:
            raise AssertionError(f"{cls.__name__}.{keyword}: the SDK disagrees")


def _constructor_keywords(cls: Any) -> Iterator[tuple[str, inspect.Parameter]]:
    for owner in cls.__mro__:
        constructor = vars(owner).get("__init__")
        if not inspect.isfunction(constructor):
            continue
        for overload in typing.get_overloads(constructor):
            for name, parameter in inspect.signature(overload).parameters.items():
                if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                    yield name, parameter


# --- client ----------------------------------------------------------------------


def _client(public: dict[str, Any]) -> dict[str, Any]:
    classes = {n: c for n, c in public.items() if isinstance(c, type)}
    return {
        "functions": {
            name: signature(found)
            for name, found in public.items()
            if name not in classes
        },
        "classes": {
            name: describe_class(cls, classes) for name, cls in classes.items()
        },
    }


def describe_class(cls: Any, public: dict[str, Any]) -> dict[str, Any]:
    """A class of a client.

    Args:
        cls: The class.
        public: The public classes of its package.
    """
    methods = {}
    for name in dir(cls):
        wanted = not name.startswith("_") or name == "__aiter__"
        wanted |= name == "__init__" and issubclass(cls, Exception)
        if wanted and inspect.isfunction(getattr(cls, name)):
            methods[name] = signature(getattr(cls, name))
    return {
        "bases": [b.__name__ for b in cls.__mro__[1:] if b.__name__ in public],
        "methods": methods,
        "attributes": dict(_attributes(cls)),
    }


def _attributes(cls: Any) -> Iterator[tuple[str, str]]:
    name = cls.__name__
    for key in dir(cls):
        found = inspect.getattr_static(cls, key)
        if not key.startswith("_") and isinstance(found, property):
            yield key, ""
    # A TypedDict says what keys it has, a connection what resources.
    if hasattr(cls, "__required_keys__") or name == "VoiceLiveConnection":
        for base in reversed(cls.__mro__):
            for key, value in inspect.get_annotations(base).items():
                if not key.startswith("_"):
                    yield key, "" if name != "VoiceLiveConnection" else str(value)
        return
    if name.endswith("Resource"):
        instance = cls(None)
    elif name == "ConnectionClosed":
        instance = cls(1000, "done")
    else:
        return
    for key in dir(instance):
        if key.startswith("_") or hasattr(OSError, key):
            continue
        value = getattr(instance, key)
        if not callable(value):
            yield key, type(value).__name__


def signature(function: Any) -> dict[str, Any]:
    """How a function is called by keyword."""
    named = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = inspect.signature(function).parameters
    return {
        "is_async": inspect.iscoroutinefunction(function),
        "parameters": {
            name: {
                "required": parameter.default is _NO_DEFAULT,
                "default": ""
                if parameter.default is _NO_DEFAULT
                else repr(parameter.default),
            }
            for name, parameter in found.items()
            if parameter.kind in named and name != "self"
        },
        "takes_more": any(
            p.kind is inspect.Parameter.VAR_KEYWORD for p in found.values()
        ),
    }


if __name__ == "__main__":
    main()
