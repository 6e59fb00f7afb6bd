"""Merging of a typed value with the JSON that it was decoded from."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from voicelive_core.fields import defaults, python_names
from voicelive_core.problems import PartialDict, PartialList


def restore_object(
    original: dict[str, Any], plain: dict[str, Any], model: Struct
) -> dict[str, Any]:
    """Return a typed value as builtins, with everything else that its source has.

    The typed value takes precedence, so assignments to its fields are included.

    Args:
        original: The JSON object that the value was decoded from.
        plain: The value as builtins.
        model: The value.
    """
    names = python_names(type(model))
    # Fields that could not hold what the source has, unless they were assigned since.
    unread = {
        key
        for key, name in names.items()
        if name in (found := vars(model).get("_unread", {}))
        and getattr(model, name) is found[name]
    }
    restored: dict[str, Any] = {}
    for key, value in original.items():
        if key in unread:
            restored[key] = value
        elif key not in names:
            restored[key] = plain.get(key, value)
        elif key in plain:
            restored[key] = _restore(value, plain[key], getattr(model, names[key]))
    for key, value in plain.items():
        if key in original or key in unread:
            continue
        # An absent field was decoded as its default: None, 0 or "".
        empty = not value and value == defaults(type(model)).get(names.get(key, key))
        if value is not None and not empty:
            restored[key] = value
    return restored


def _restore(original: Any, plain: Any, model: Any) -> Any:
    if isinstance(original, dict) and isinstance(plain, dict):
        if isinstance(model, Struct):
            return restore_object(original, plain, model)
        if isinstance(model, PartialDict):
            return plain | {key: original[key] for key in model.left_out}
    if (
        isinstance(original, list)
        and isinstance(plain, list)
        and isinstance(model, list)
    ):
        return _restore_list(original, plain, model)
    return plain


def _restore_list(original: list[Any], plain: list[Any], model: list[Any]) -> list[Any]:
    kept = model.kept if isinstance(model, PartialList) else range(len(original))
    if len(kept) != len(plain):
        return plain
    restored = list(original)
    for index, value, item in zip(kept, plain, model, strict=True):
        restored[index] = _restore(original[index], value, item)
    return restored
