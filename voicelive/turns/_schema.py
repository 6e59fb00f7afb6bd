"""JSON Schema normalization: explicit types, flat unions."""

from __future__ import annotations

from typing import Any

# Keywords with nested schemas: in a mapping, in a list, a single one.
_MAPPINGS = ("properties", "patternProperties", "$defs")
_LISTS = ("prefixItems", "oneOf", "allOf", "anyOf")
_SINGLE = ("items", "additionalProperties", "not", "propertyNames")

_TYPES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    list: "array",
    dict: "object",
}


def with_types(schema: Any, named: dict[str, Any] | None = None) -> Any:
    """Return a schema with a `type` next to each `enum`, and in each branch of `anyOf`.

    A schema without the type is valid, but some services refuse it, and models produce
    worse arguments. An enum of several types becomes one branch per type, and nested
    `anyOf` branches are flattened.

    Args:
        schema: The schema, with references into `$defs`.
        named: The definitions; by default those of the schema.
    """
    if not isinstance(schema, dict):
        return schema
    named = schema.get("$defs", {}) if named is None else named
    found = dict(schema)
    # A keyword of OpenAPI that refers to removed definitions.
    found.pop("discriminator", None)
    for key in _MAPPINGS:
        if isinstance(inner := found.get(key), dict):
            found[key] = {name: with_types(s, named) for name, s in inner.items()}
    for key in _LISTS:
        if isinstance(inner := found.get(key), list):
            found[key] = [with_types(s, named) for s in inner]
    for key in _SINGLE:
        if key in found:
            found[key] = with_types(found[key], named)
    if isinstance(branches := found.get("anyOf"), list):
        found["anyOf"] = _flat(branches, named)
    if "const" in found:
        found.setdefault("type", _TYPES[type(found["const"])])
    return _split(found) if "enum" in found and "type" not in found else found


def _split(schema: dict[str, Any]) -> dict[str, Any]:
    """Add the type to an enum, or split it into one branch per type."""
    values = schema["enum"]
    kinds = list(dict.fromkeys(_TYPES[type(value)] for value in values))
    if len(kinds) == 1:
        return {"type": kinds[0], **schema}
    branches = [_branch(kind, values) for kind in kinds]
    return {**{k: v for k, v in schema.items() if k != "enum"}, "anyOf": branches}


def _branch(kind: str, values: list[Any]) -> dict[str, Any]:
    if kind == "null":
        return {"type": "null"}
    return {"type": kind, "enum": [v for v in values if _TYPES[type(v)] == kind]}


def _flat(branches: list[Any], named: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for branch in branches:
        if isinstance(branch, dict) and branch.keys() == {"anyOf"}:
            found += branch["anyOf"]
        else:
            found.append(_typed_reference(branch, named))
    return [b for i, b in enumerate(found) if b not in found[:i]]


def _typed_reference(branch: Any, named: dict[str, Any]) -> Any:
    """Add the type of its target to a reference."""
    if not isinstance(branch, dict) or "$ref" not in branch or "type" in branch:
        return branch
    target = named.get(branch["$ref"].rpartition("/")[2], {})
    return {"type": target["type"], **branch} if "type" in target else branch
