"""What changed between two API versions, and what of it breaks a client."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from codegen.source import (
    Alias,
    Array,
    Const,
    Enum,
    Map,
    Ref,
    Scalar,
    Schema,
    Struct,
    Type,
    Union,
)

Kind: TypeAlias = Literal["event", "type", "field", "enum value", "union member"]
Action: TypeAlias = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        action: Whether something came, went, or is different.
        kind: What it is.
        name: `Type`, `Type.field`, `Enum:value`, or the wire name of an event.
        detail: What it is, or how it changed.
        breaking: Whether a client that was right before may fail now.
    """

    action: Action
    kind: Kind
    name: str
    detail: str
    breaking: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: Kind
    detail: str
    owner: str | None = None
    required_of_client: bool = False


_NOTHING = _Entry("type", "")


def diff(schema: Schema, old: str, new: str) -> list[Change]:
    """Compare two API versions.

    What a client may send or read and then cannot any more breaks it; so does a new
    field that it must send. What comes in addition does not, since readers keep what
    they do not know.
    """
    before, after = _inventory(schema, old), _inventory(schema, new)
    changes = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        owner = (now or was or _NOTHING).owner
        if owner is not None and (owner in before) is not (owner in after):
            # The type itself came or went; that says it all.
            continue
        if was is None and now is not None:
            breaking = now.required_of_client
            changes.append(Change("added", now.kind, name, now.detail, breaking))
        elif now is None and was is not None:
            changes.append(Change("removed", was.kind, name, was.detail, True))
        elif was is not None and now is not None and was != now:
            detail = f"{was.detail} -> {now.detail}"
            changes.append(Change("changed", now.kind, name, detail, True))
    return changes


def as_text(changes: list[Change]) -> str:
    """One line a change, breaking ones marked, then the totals."""
    signs = {"added": "+", "removed": "-", "changed": "~"}
    lines = []
    for change in changes:
        mark = "  BREAKING" if change.breaking else ""
        detail = f": {change.detail}" if change.detail else ""
        lines.append(
            f"{signs[change.action]} {change.kind} {change.name}{detail}{mark}"
        )
    breaking = sum(change.breaking for change in changes)
    lines.append(f"{len(changes)} changes, {breaking} of them breaking")
    return "\n".join(lines)


def as_json(changes: list[Change]) -> str:
    """The same as JSON."""
    return json.dumps({"changes": [asdict(change) for change in changes]}, indent=2)


def _inventory(schema: Schema, version: str) -> dict[str, _Entry]:
    """Everything that a version has, by name."""
    sent = schema.reachable(schema.roots("client"))
    found: dict[str, _Entry] = {}
    for definition in schema.definitions.values():
        if not schema.includes(definition.span, version):
            continue
        name = definition.name
        match definition:
            case Enum(tags_of=None, values=values):
                found[name] = _Entry("type", "enum")
                for value in values:
                    if schema.includes(value.span, version):
                        found[f"{name}:{value.wire}"] = _Entry("enum value", "", name)
            case Enum():
                # Its values are the variants, which are listed themselves.
                found[name] = _Entry("type", "enum")
            case Alias(options=options):
                found[name] = _Entry("type", "union")
                for option in options:
                    if schema.includes(schema.definitions[option].span, version):
                        found[f"{name}|{option}"] = _Entry("union member", "", name)
            case Struct():
                found |= _struct(schema, definition, version, sent=name in sent)
    return found


def _struct(
    schema: Schema, struct: Struct, version: str, *, sent: bool
) -> dict[str, _Entry]:
    found = {struct.name: _Entry("type", "object")}
    root = _root(schema, struct)
    tag = schema.tag(struct)
    if tag is not None and root.direction is not None:
        found[tag[1]] = _Entry("event", f"{root.direction} event {struct.name}")
    for prop in schema.all_properties(struct):
        if not schema.includes(prop.span, version):
            continue
        detail = describe(prop.type)
        if prop.required:
            detail += ", required"
        must_send = sent and prop.required and not isinstance(prop.type, Const)
        entry = _Entry("field", detail, struct.name, must_send)
        found[f"{struct.name}.{prop.wire}"] = entry
    return found


def _root(schema: Schema, struct: Struct) -> Struct:
    parent = schema.parent(struct)
    return struct if parent is None else _root(schema, parent)


def describe(kind: Type) -> str:
    """A type in words."""
    match kind:
        case Scalar(name):
            return name
        case Ref(name):
            return name
        case Const(value):
            return repr(value)
        case Array(item):
            return f"array of {describe(item)}"
        case Map(value):
            return f"map of {describe(value)}"
        case Union(options):
            return " | ".join(describe(option) for option in options)
