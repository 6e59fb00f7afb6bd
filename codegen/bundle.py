"""Plain JSON Schemas of the annotated schema, one per API version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codegen.source import Alias, Enum, Property, Schema, Struct, target_name

# Keywords that are copied unchanged.
_PLAIN_KEYWORDS = (
    "type",
    "const",
    "minimum",
    "maximum",
    "minLength",
    "pattern",
    "minItems",
    "maxItems",
    "format",
    "contentEncoding",
    "default",
)


def bundle(schema: Schema, version: str) -> dict[str, Any]:
    """Return one API version as closed JSON Schema without annotations.

    A field that the service sends may be null wherever it may be absent, since the
    service writes nulls; a field that only a client sends, only where that is known.
    """
    received = schema.reachable(schema.roots("server"))
    definitions: dict[str, Any] = {}
    for definition in schema.definitions.values():
        if not schema.includes(definition.span, version):
            continue
        match definition:
            case Enum(values=values):
                known = [v.wire for v in values if schema.includes(v.span, version)]
                body: dict[str, Any] = {"type": "string", "enum": known}
            case Alias(options=options):
                body = {"anyOf": _present(schema, list(options), version)}
            case Struct() as struct if struct.discriminator:
                names = [s.name for s in schema.subtypes(struct.name)]
                body = {"oneOf": _present(schema, names, version)}
            case Struct() as struct:
                lenient = struct.name in received
                body = _object(schema, struct, version, lenient=lenient)
        definitions[definition.name] = {"description": definition.description, **body}
    roots = [
        {"$ref": f"#/$defs/{name}"} for d in _DIRECTIONS for name in schema.roots(d)
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:voicelive:{version}",
        "title": f"Azure Voice Live API, version {version}",
        "anyOf": roots,
        "$defs": definitions,
    }


_DIRECTIONS: tuple[Any, Any] = ("client", "server")


def _present(schema: Schema, names: list[str], version: str) -> list[dict[str, str]]:
    return [
        {"$ref": f"#/$defs/{name}"}
        for name in names
        if schema.includes(schema.definitions[name].span, version)
    ]


def _object(
    schema: Schema, struct: Struct, version: str, *, lenient: bool
) -> dict[str, Any]:
    properties = {}
    required = []
    for prop in schema.all_properties(struct):
        if not schema.includes(prop.span, version):
            continue
        properties[prop.wire] = _property(prop, lenient=lenient)
        if prop.required and not (lenient and prop.may_be_absent):
            required.append(prop.wire)
    body: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        body["required"] = required
    return body


def _property(prop: Property, *, lenient: bool) -> dict[str, Any]:
    body = _plain(prop.schema)
    optional = not prop.required or prop.may_be_absent
    if prop.nullable or (lenient and optional):
        body = {"anyOf": [body, {"type": "null"}]} if body else {}
    return {"description": prop.description, **body}


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value as in the schema, without annotations."""
    plain = {k: body[k] for k in _PLAIN_KEYWORDS if k in body}
    if "$ref" in body:
        plain["$ref"] = f"#/$defs/{target_name(body['$ref'])}"
    if "items" in body:
        plain["items"] = _plain(body["items"])
    if "additionalProperties" in body:
        values = body["additionalProperties"]
        plain["additionalProperties"] = values is True or _plain(values) or True
    for keyword in ("anyOf", "oneOf"):
        if keyword in body:
            # Readers accept what fits several options, so no option excludes another.
            plain["anyOf"] = [_plain(option) for option in body[keyword]]
    return plain
