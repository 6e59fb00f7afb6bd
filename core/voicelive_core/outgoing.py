"""Validation of values about to be sent."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args, get_origin

from msgspec import UNSET

from voicelive_core.convert import convert
from voicelive_core.model import Model
from voicelive_core.validation import CHECKS, is_union, prepare_checks


def check_fields(value: Any) -> None:
    """Validate what constructors and assignments cannot: elements of lists and dicts.

    Args:
        value: A model, or a mapping or list with models in it.

    Raises:
        FieldError: A value in it does not fit.
    """
    if isinstance(value, Model):
        for name, kind in _open_fields(type(value)):
            inner = getattr(value, name)
            if inner is not None and inner is not UNSET:
                if not isinstance(inner, Model):
                    convert(inner, kind, f"{type(value).__name__}.{name}")
                check_fields(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            check_fields(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            check_fields(inner)


@cache
def _open_fields(cls: type[Model]) -> list[tuple[str, Any]]:
    """Return the fields that can hold a list, a dict or a model, with annotations."""
    checks = CHECKS.get(cls) or prepare_checks(cls)
    return [(name, kind) for name, (_, kind) in checks.items() if _is_open(kind)]


def _is_open(kind: Any) -> bool:
    origin = get_origin(kind)
    if is_union(origin):
        return any(_is_open(arg) for arg in get_args(kind))
    if origin in (list, dict):
        return True
    return isinstance(kind, type) and issubclass(kind, Model | dict)
