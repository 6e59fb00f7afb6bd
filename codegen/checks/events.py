"""Check of the bases, files and names of events."""

from __future__ import annotations

import keyword

from codegen import naming
from codegen.checks.refusal import refuse
from codegen.errors import SchemaError
from codegen.source import Direction, Schema, Struct

# The names that hand-written modules of the package import.
EVENT_BASES: dict[Direction, str] = {"client": "ClientEvent", "server": "ServerEvent"}


def check_events(schema: Schema) -> None:
    """Check the bases of events, and the names of their methods and handlers."""
    for direction, base in EVENT_BASES.items():
        file = f"{direction}_events.json"
        roots = schema.roots(direction)
        if not roots:
            reason = f"the base of {direction} events, with x-direction, is missing"
            raise SchemaError(file, f"/$defs/{base}", reason)
        for name in roots:
            if name != base:
                reason = f"the base of {direction} events is {base}"
                refuse(schema.definitions[name], ("x-direction",), reason)
        if f"{schema.struct(base).topic}.json" != file:
            refuse(schema.struct(base), (), f"it must be in {file}")
        if "event_id" not in {prop.wire for prop in schema.struct(base).properties}:
            reason = "an event needs an `event_id`"
            refuse(schema.struct(base), ("properties",), reason)
    _check_resources(schema)
    _check_handlers(schema)


def _check_handlers(schema: Schema) -> None:
    server_events = schema.events("server")
    handlers: dict[str, str] = {}
    for event in server_events:
        key, wire = _event_tag(schema, event)
        where = ("x-handler",) if event.handler else ("properties", key, "const")
        name = event.handler or naming.handler_name(wire)
        if name in naming.RESERVED_HANDLERS:
            reason = f"its handler would be called {name}, which has another meaning"
            refuse(event, where, f"{reason}: it needs another x-handler")
        other = handlers.setdefault(name, wire)
        if other != wire:
            reason = f"its handler would be called {name}, as that of {other!r} is"
            refuse(event, where, reason)
    for struct in schema.structs():
        if struct.handler and struct not in server_events:
            refuse(struct, ("x-handler",), "only server events have handlers")


def _check_resources(schema: Schema) -> None:
    resources: dict[tuple[str, ...], str] = {}
    classes: dict[str, tuple[str, ...]] = {}
    for event in schema.events("client"):
        key, wire = _event_tag(schema, event)
        where = ("properties", key, "const")
        path, method = naming.resource_path(wire)
        if not path:
            refuse(event, where, "a client event needs a name of two parts or more")
        for part in (*path, method):
            if not part.isidentifier() or keyword.iskeyword(part):
                refuse(event, where, f"{part!r} cannot be a name in Python")
        for depth in range(1, len(path) + 1):
            resources[path[:depth]] = wire
            name = naming.resource_class(path[:depth])
            other = classes.setdefault(name, path[:depth])
            if other != path[:depth]:
                reason = f"its class would be called {name}, as that of {other} is"
                refuse(event, where, reason)
    for event in schema.events("client"):
        key, wire = _event_tag(schema, event)
        longer = resources.get(tuple(wire.split(".")))
        if longer is not None:
            reason = f"{longer!r} makes it a resource, so it cannot be a method too"
            refuse(event, ("properties", key, "const"), reason)


def _event_tag(schema: Schema, event: Struct) -> tuple[str, str]:
    tag = schema.tag(event)
    assert tag is not None
    return tag
