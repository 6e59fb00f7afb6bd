"""Loading of the schema folder, with all checks."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from codegen import naming
from codegen.checks import check_definitions, check_references
from codegen.docstrings import first_sentence
from codegen.documents import (
    CONNECTION_FILE,
    ERROR_CATALOGUE_FILE,
    META_SCHEMA_FILE,
    VERSIONS_FILE,
    read,
    read_meta_schema,
)
from codegen.error_catalogue import check_error_events, read_error_catalogue
from codegen.errors import SchemaError
from codegen.source import (
    Alias,
    Array,
    AudioFacts,
    ConnectionFact,
    ConnectionFacts,
    Const,
    Definition,
    Enum,
    EnumValue,
    ErrorGroup,
    Map,
    Property,
    Ref,
    Scalar,
    Schema,
    Span,
    Struct,
    Topic,
    Type,
    Union,
    target_name,
)


def load(folder: Path) -> Schema:
    """Load and check the annotated schema.

    Args:
        folder: The folder with `versions.json`, `meta-schema.json` and topic files.

    Raises:
        SchemaError: With file, JSON Pointer and reason of the first error.
    """
    meta_schema = read_meta_schema(folder)
    versions_document = read(folder / VERSIONS_FILE)
    meta_schema.check_versions(versions_document)
    versions, default = _versions(versions_document)
    digest = hashlib.sha256(json.dumps(versions_document, sort_keys=True).encode())

    documents: dict[str, dict[str, Any]] = {}
    error_groups: tuple[ErrorGroup, ...] = ()
    connection: dict[str, ConnectionFacts] = {}
    for path in sorted(folder.glob("*.json")):
        if path.name in (VERSIONS_FILE, META_SCHEMA_FILE):
            continue
        document = read(path)
        if path.name == ERROR_CATALOGUE_FILE:
            error_groups = read_error_catalogue(document, meta_schema)
            digest.update(json.dumps(document, sort_keys=True).encode())
            continue
        if path.name == CONNECTION_FILE:
            meta_schema.check_connection(document)
            connection = _connection(document, versions)
            continue
        meta_schema.check_topic(document, path.name)
        if document["title"] != path.stem:
            raise SchemaError(path.name, "/title", f"must be {json.dumps(path.stem)}")
        digest.update(json.dumps(document, sort_keys=True).encode())
        documents[path.stem] = document

    definitions: dict[str, Definition] = {}
    for topic, document in documents.items():
        for name, body in document["$defs"].items():
            if name in definitions:
                other = f"{definitions[name].topic}.json"
                reason = f"{name} is already defined in {other}"
                raise SchemaError(f"{topic}.json", f"/$defs/{name}", reason)
            definitions[name] = _definition(topic, name, body, versions)
    check_references(documents, definitions)

    topics = tuple(Topic(name, d["description"]) for name, d in documents.items())
    schema = Schema(
        versions_document["path"],
        versions,
        default,
        topics,
        definitions,
        error_groups,
        connection,
        digest.hexdigest(),
    )
    check_definitions(schema)
    check_error_events(schema)
    return _with_derived_enums(schema)


def _connection(document: Any, versions: tuple[str, ...]) -> dict[str, ConnectionFacts]:
    return {
        key: ConnectionFacts(
            group["title"],
            group["description"],
            tuple(
                ConnectionFact(
                    name,
                    fact["description"],
                    _span(
                        CONNECTION_FILE, f"/groups/{key}/facts/{name}", fact, versions
                    ),
                    fact.get("x-source"),
                )
                for name, fact in group["facts"].items()
            ),
        )
        for key, group in document["groups"].items()
    }


def _versions(document: Any) -> tuple[tuple[str, ...], str]:
    names = tuple(entry["name"] for entry in document["versions"])
    for index, (earlier, later) in enumerate(pairwise(names), 1):
        if later <= earlier:
            reason = f"{later} must be later than {earlier}, which is before it"
            raise SchemaError(VERSIONS_FILE, f"/versions/{index}/name", reason)
    if document["default"] not in names:
        reason = f"{document['default']} is not among the versions"
        raise SchemaError(VERSIONS_FILE, "/default", reason)
    return names, document["default"]


# --- one definition --------------------------------------------------------------


def _definition(
    topic: str, name: str, body: dict[str, Any], versions: tuple[str, ...]
) -> Definition:
    at = f"/$defs/{name}"
    file = f"{topic}.json"
    span = _span(file, at, body, versions)
    description = body["description"]
    if body.get("type") == "object":
        required = body.get("required", [])
        for index, wire in enumerate(required):
            if wire not in body["properties"]:
                reason = f"{name} has no property {wire!r} of its own to require"
                raise SchemaError(file, f"{at}/required/{index}", reason)
        properties = tuple(
            _property(file, at, wire, prop, wire in required, versions)
            for wire, prop in body["properties"].items()
        )
        return Struct(
            name,
            topic,
            description,
            span,
            body.get("x-source"),
            properties,
            body.get("x-extends"),
            body.get("x-discriminator"),
            body.get("x-direction"),
            body.get("x-tag"),
            body.get("x-handler"),
            body.get("x-error", False),
            body.get("x-disputed", False),
        )
    if "anyOf" in body:
        options = tuple(target_name(option["$ref"]) for option in body["anyOf"])
        return Alias(name, topic, description, span, options)
    listed = body.get("oneOf", [])
    _check_unique(file, at, listed, "const", "value")
    _check_unique(file, at, listed, "x-name", "name")
    values = tuple(
        EnumValue(
            value["const"],
            value["x-name"],
            value["description"],
            _span(file, f"{at}/oneOf/{index}", value, versions).within(span),
            value.get("x-source"),
            _audio(value),
            value.get("x-disputed", False),
        )
        for index, value in enumerate(listed)
    )
    return Enum(name, topic, description, span, values, body.get("x-tags-of"))


def _audio(value: dict[str, Any]) -> AudioFacts | None:
    if "x-encoding" not in value:
        return None
    return AudioFacts(
        value["x-encoding"],
        value["x-sample-rate"],
        value["x-bytes-per-sample"],
        value["x-silence"],
    )


def _check_unique(
    file: str, at: str, listed: list[dict[str, Any]], keyword: str, what: str
) -> None:
    seen: set[str] = set()
    for index, value in enumerate(listed):
        if value[keyword] in seen:
            reason = f"{what} {value[keyword]!r} is given twice"
            raise SchemaError(file, f"{at}/oneOf/{index}/{keyword}", reason)
        seen.add(value[keyword])


def _property(
    file: str,
    at: str,
    wire: str,
    body: dict[str, Any],
    required: bool,
    versions: tuple[str, ...],
) -> Property:
    at = f"{at}/properties/{wire}"
    return Property(
        wire=wire,
        python=body.get("x-python-name", naming.field_name(wire)),
        type=_type(file, at, body),
        required=required,
        description=body["description"],
        span=_span(file, at, body, versions),
        source=body.get("x-source"),
        nullable=body.get("x-nullable", False),
        may_be_absent=body.get("x-may-be-absent", False),
        disputed=body.get("x-disputed", False),
        schema=body,
    )


# Keywords that give the type of a value; each value has at most one.
_KINDS = ("$ref", "const", "anyOf", "oneOf", "type")

# The types that a keyword applies to.
_NUMBERS = ("integer", "number")
_FITS = {
    "items": ("array",),
    "minItems": ("array",),
    "maxItems": ("array",),
    "additionalProperties": ("object",),
    "contentEncoding": ("string",),
    "examples": ("string",),
    "minLength": ("string",),
    "pattern": ("string",),
    "minimum": _NUMBERS,
    "maximum": _NUMBERS,
}
_FORMATS = {
    "int32": ("integer",),
    "int64": ("integer",),
    "unix-time": ("integer",),
    "float32": ("number",),
    "float64": ("number",),
    "uri": ("string",),
}


def _type(file: str, at: str, body: dict[str, Any]) -> Type:
    _check_keywords(file, at, body)
    if "$ref" in body:
        return Ref(target_name(body["$ref"]))
    if "const" in body:
        return Const(body["const"])
    for keyword in ("anyOf", "oneOf"):
        if keyword in body:
            options = enumerate(body[keyword])
            return Union(
                tuple(
                    _type(file, f"{at}/{keyword}/{i}", option) for i, option in options
                )
            )
    match body.get("type"):
        case None:
            return Scalar("any")
        case "string" if body.get("contentEncoding") == "base64":
            return Scalar("bytes")
        case "integer" if body.get("format") == "unix-time":
            return Scalar("unix-time")
        case "string" | "integer" | "number" | "boolean" as kind:
            return Scalar(kind)
        case "array":
            if "items" not in body:
                raise SchemaError(file, at, "an array needs `items`")
            return Array(_type(file, f"{at}/items", body["items"]))
        case _:
            extra = body.get("additionalProperties")
            if extra is None:
                reason = (
                    "an object is a type of its own to refer to, or a map with "
                    "`additionalProperties`"
                )
                raise SchemaError(file, at, reason)
            if extra is True:
                return Map(Scalar("any"))
            return Map(_type(file, f"{at}/additionalProperties", extra))


def _check_keywords(file: str, at: str, body: dict[str, Any]) -> None:
    kinds = [keyword for keyword in _KINDS if keyword in body]
    if len(kinds) > 1:
        reason = f"`{kinds[0]}` and `{kinds[1]}` both give the type; keep one"
        raise SchemaError(file, f"{at}/{kinds[1]}", reason)
    for keyword in body:
        fits = _FITS.get(keyword)
        if keyword == "format":
            fits = _FORMATS[body["format"]]
        if fits is not None and body.get("type") not in fits:
            reason = f"only for `type` {' or '.join(fits)}"
            raise SchemaError(file, f"{at}/{keyword}", reason)


def _span(file: str, at: str, body: dict[str, Any], versions: tuple[str, ...]) -> Span:
    for keyword in ("x-since", "x-until"):
        if keyword in body and body[keyword] not in versions:
            reason = f"{body[keyword]} is not a known API version"
            raise SchemaError(file, f"{at}/{keyword}", reason)
    span = Span(body.get("x-since"), body.get("x-until"))
    if span.since and span.until and span.since > span.until:
        reason = f"{span.since} is later than x-until {span.until}"
        raise SchemaError(file, f"{at}/x-since", reason)
    return span


def _with_derived_enums(schema: Schema) -> Schema:
    """Fill the enums whose values are the tags of a union (`x-tags-of`)."""
    definitions = dict(schema.definitions)
    for enum in schema.definitions.values():
        if isinstance(enum, Enum) and enum.tags_of is not None:
            values = []
            for variant in schema.subtypes(enum.tags_of):
                tag = schema.tag(variant)
                assert tag is not None
                name = naming.member_name(tag[1])
                summary = first_sentence(variant.description)
                span = variant.span.within(enum.span)
                values.append(EnumValue(tag[1], name, summary, span, variant.source))
            definitions[enum.name] = replace(enum, values=(*values, *enum.values))
    return replace(schema, definitions=definitions)
