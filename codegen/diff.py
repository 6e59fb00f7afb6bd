"""Differences between two API versions, and which of them break clients.

A client of the old version connects to the new one. Its events must still be accepted,
and the fields that it reads must still be there, so a change may break one direction
only: a client field that becomes optional breaks nothing, a server field that becomes
optional does. Additions break nothing, since types, unions and enums are open.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

from codegen.source import (
    Alias,
    Array,
    Const,
    Definition,
    Enum,
    Map,
    Property,
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
        action: Kind of the change.
        kind: Kind of the definition or member that changed.
        name: `Type`, `Type.field`, `Enum:value`, `Union|member`, or the wire name of an
            event.
        detail: Description of the member, or of the change.
        breaking: Whether a client that was correct before may fail now.
        reason: Reason why it may fail; "" if it cannot.
    """

    action: Action
    kind: Kind
    name: str
    detail: str
    breaking: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _Member:
    """A definition or member in an API version.

    Attributes:
        kind: Its kind.
        detail: Description.
        owner: The type that it is a member of; None for a definition.
        sent: Whether clients send it.
        received: Whether the service sends it.
        prop: The property, for a field.
    """

    kind: Kind
    detail: str
    owner: str | None
    sent: bool = field(compare=False)
    received: bool = field(compare=False)
    prop: Property | None = field(default=None, compare=False)


def diff(old_schema: Schema, old: str, new_schema: Schema, new: str) -> list[Change]:
    """Compare two API versions, of one schema or of two states of it."""
    before, after = _inventory(old_schema, old), _inventory(new_schema, new)
    changes = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        entry = now or was
        assert entry is not None
        if entry.owner is not None and (entry.owner in before) is not (
            entry.owner in after
        ):
            # The type itself was added or removed; its members are implied.
            continue
        if was is None:
            change = _change("added", entry, name, entry.detail, _why_added(entry))
        elif now is None:
            change = _change("removed", entry, name, entry.detail, _why_removed(entry))
        elif was != now:
            detail = f"{was.detail} -> {now.detail}"
            change = _change("changed", now, name, detail, _why_changed(was, now))
        else:
            continue
        changes.append(change)
    return changes


def _change(
    action: Action, entry: _Member, name: str, detail: str, reason: str
) -> Change:
    return Change(action, entry.kind, name, detail, bool(reason), reason)


def as_text(changes: list[Change]) -> str:
    """Return one line per change, breaking ones marked, then the totals."""
    signs = {"added": "+", "removed": "-", "changed": "~"}
    lines = []
    for change in changes:
        mark = f"  BREAKING: {change.reason}" if change.breaking else ""
        detail = f": {change.detail}" if change.detail else ""
        lines.append(
            f"{signs[change.action]} {change.kind} {change.name}{detail}{mark}"
        )
    breaking = sum(change.breaking for change in changes)
    total = "1 change" if len(changes) == 1 else f"{len(changes)} changes"
    lines.append(f"{total}, {breaking} of them breaking")
    return "\n".join(lines)


def as_json(changes: list[Change]) -> str:
    """Return the changes as JSON."""
    return json.dumps({"changes": [asdict(change) for change in changes]}, indent=2)


# --- judgement -------------------------------------------------------------------


def _why_added(entry: _Member) -> str:
    if entry.sent and entry.prop is not None and entry.prop.required:
        return "clients must send it now"
    return ""


def _why_removed(entry: _Member) -> str:
    if entry.sent:
        return "clients can no longer send it"
    return "the service no longer sends it" if entry.received else ""


def _why_changed(was: _Member, now: _Member) -> str:
    sent, received = was.sent and now.sent, was.received and now.received
    if was.prop is None or now.prop is None:
        # A type of another kind, or an event of another class.
        return "it is something else now" if sent or received else ""
    old, new = was.prop, now.prop
    if sent and new.required and not old.required:
        return "clients must send it now"
    if sent and old.nullable and not new.nullable:
        return "clients can no longer send null"
    if sent and not _covers(new.type, old.type):
        return "clients can no longer send what they did"
    if received and _always_there(old) and not _always_there(new):
        return "it may be absent or null now"
    if received and not _covers(old.type, new.type):
        return "readers may get what they do not expect"
    return ""


def _always_there(prop: Property) -> bool:
    return prop.required and not prop.may_be_absent and not prop.nullable


def _covers(wide: Type, narrow: Type) -> bool:
    """Return whether every value of `narrow` is one of `wide`."""
    match wide, narrow:
        case _, Union(options):
            return all(_covers(wide, option) for option in options)
        case Union(options), _:
            return any(_covers(option, narrow) for option in options)
        case (Scalar("any"), _) | (Scalar("number"), Scalar("integer")):
            return True
        case Scalar("string"), Const():
            return True
        case (Array(a), Array(b)) | (Map(a), Map(b)):
            return _covers(a, b)
        case _:
            return wide == narrow


# --- inventory -------------------------------------------------------------------


def _inventory(schema: Schema, version: str) -> dict[str, _Member]:
    """Return the definitions and members of an API version, by name."""
    sent = schema.reachable(schema.roots("client"))
    received = schema.reachable(schema.roots("server"))
    found: dict[str, _Member] = {}
    for definition in schema.definitions.values():
        if not schema.includes(definition.span, version):
            continue
        name = definition.name
        ways = name in sent, name in received
        found[name] = _Member("type", _describe(schema, definition), None, *ways)
        match definition:
            case Enum(values=values):
                # Tags are listed with their variants.
                tags = _tags(schema, definition)
                for value in values:
                    if value.wire not in tags and schema.includes(value.span, version):
                        entry = _Member("enum value", "", name, *ways)
                        found[f"{name}:{value.wire}"] = entry
            case Alias(options=options):
                for option in options:
                    if schema.includes(schema.definitions[option].span, version):
                        entry = _Member("union member", "", name, *ways)
                        found[f"{name}|{option}"] = entry
            case Struct(properties=properties):
                for prop in properties:
                    if schema.includes(prop.span, version):
                        detail = _describe_property(prop)
                        entry = _Member("field", detail, name, *ways, prop)
                        found[f"{name}.{prop.wire}"] = entry
    for direction in ("client", "server"):
        for event in schema.events(direction):
            tag = schema.tag(event)
            if tag is not None and schema.includes(event.span, version):
                detail = f"{direction} event {event.name}"
                way = direction == "client", direction == "server"
                found[tag[1]] = _Member("event", detail, None, *way)
    return found


def _tags(schema: Schema, enum: Enum) -> set[str]:
    variants = schema.subtypes(enum.tags_of) if enum.tags_of else []
    return {tag[1] for variant in variants if (tag := schema.tag(variant)) is not None}


def _describe(schema: Schema, definition: Definition) -> str:
    match definition:
        case Enum():
            return "enum"
        case Alias():
            return "union"
        case Struct(extends=None):
            return "object"
        case Struct(extends=base) as struct:
            tag = schema.tag(struct)
            return f"{base}" if tag is None else f"{base} {tag[1]!r}"


def _describe_property(prop: Property) -> str:
    notes = [_describe_type(prop.type)]
    notes += ["required"] if prop.required else []
    notes += ["may be absent"] if prop.may_be_absent else []
    notes += ["may be null"] if prop.nullable else []
    return ", ".join(notes)


def _describe_type(kind: Type) -> str:
    match kind:
        case Scalar(name) | Ref(name):
            return name
        case Const(value):
            return repr(value)
        case Array(item):
            return f"array of {_describe_type(item)}"
        case Map(value):
            return f"map of {_describe_type(value)}"
        case Union(options):
            return " | ".join(_describe_type(option) for option in options)
