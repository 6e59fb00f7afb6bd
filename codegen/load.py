"""Read the schema folder, refuse what is broken, return typed values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from codegen import naming
from codegen.errors import SchemaError
from codegen.source import (
    Alias,
    Array,
    Const,
    Definition,
    Enum,
    EnumValue,
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
    references,
)
from codegen.text import first_sentence

VERSIONS_FILE = "versions.json"
META_SCHEMA_FILE = "meta-schema.json"


def load(folder: Path) -> Schema:
    """Read and check the annotated schema.

    Args:
        folder: The folder with `versions.json`, `meta-schema.json` and topic files.

    Raises:
        SchemaError: With file, JSON Pointer and reason of the first thing wrong.
    """
    versions_document = _read(folder / VERSIONS_FILE)
    versions, default = _versions(versions_document)
    meta = _read(folder / META_SCHEMA_FILE)
    digest = hashlib.sha256(json.dumps(versions_document, sort_keys=True).encode())

    topics: list[Topic] = []
    definitions: dict[str, Definition] = {}
    for path in sorted(folder.glob("*.json")):
        if path.name in (VERSIONS_FILE, META_SCHEMA_FILE):
            continue
        document = _read(path)
        _check_shape(meta, document, path.name)
        if document["title"] != path.stem:
            raise SchemaError(path.name, "/title", f"must be {path.stem!r}")
        digest.update(json.dumps(document, sort_keys=True).encode())
        topics.append(Topic(path.stem, document["description"]))
        for name, body in document["$defs"].items():
            if name in definitions:
                other = f"{definitions[name].topic}.json"
                reason = f"{name} is already defined in {other}"
                raise SchemaError(path.name, f"/$defs/{name}", reason)
            definitions[name] = _definition(path.stem, name, body, versions)

    schema = Schema(versions, default, tuple(topics), definitions, digest.hexdigest())
    for check in (
        _check_references,
        _check_variants,
        _check_fields,
        _check_topic_order,
    ):
        check(schema)
    return _with_derived_enums(schema)


# --- reading ---------------------------------------------------------------------


def _read(path: Path) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise SchemaError(path.name, "", f"key {key!r} is given twice")
            found[key] = value
        return found

    try:
        return json.loads(path.read_text("utf-8"), object_pairs_hook=unique)
    except FileNotFoundError:
        raise SchemaError(path.name, "", "file is missing") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SchemaError(path.name, "", f"not JSON: {error}") from None


def _versions(document: Any) -> tuple[tuple[str, ...], str]:
    names = tuple(entry["name"] for entry in document["versions"])
    if list(names) != sorted(set(names)):
        reason = "versions must be unique and in order of time"
        raise SchemaError(VERSIONS_FILE, "/versions", reason)
    if document["default"] not in names:
        reason = f"{document['default']!r} is not among the versions"
        raise SchemaError(VERSIONS_FILE, "/default", reason)
    return names, document["default"]


@lru_cache(maxsize=1)
def _validator(meta_text: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(meta_text))


def _check_shape(meta: Any, document: Any, file: str) -> None:
    validator = _validator(json.dumps(meta, sort_keys=True))
    errors = list(validator.iter_errors(document))
    if errors:
        error = _most_specific(errors)
        raise SchemaError(file, _pointer(error.absolute_path), _reason(error))


def _most_specific(errors: Iterable[ValidationError]) -> ValidationError:
    """The deepest error, since the branches above it only say that it exists."""
    flat: list[ValidationError] = []
    todo = list(errors)
    while todo:
        error = todo.pop(0)
        flat.append(error)
        todo += error.context or []
    return max(flat, key=lambda e: (len(e.absolute_path), not e.context))


def _reason(error: ValidationError) -> str:
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        return f"unknown keyword: {error.message}"
    return str(error.message)


def _pointer(parts: Iterable[str | int]) -> str:
    escaped = (str(p).replace("~", "~0").replace("/", "~1") for p in parts)
    return "".join(f"/{part}" for part in escaped)


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
                reason = f"{wire!r} is required but not a property"
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
        )
    if "anyOf" in body:
        options = tuple(_target(option["$ref"]) for option in body["anyOf"])
        return Alias(name, topic, description, span, options)
    values = tuple(
        EnumValue(
            value["const"],
            value["x-name"],
            value["description"],
            _span(file, f"{at}/oneOf/{index}", value, versions).within(span),
        )
        for index, value in enumerate(body.get("oneOf", []))
    )
    _unique(file, at, "enum value", [value.wire for value in values])
    _unique(file, at, "enum name", [value.name for value in values])
    return Enum(name, topic, description, span, values, body.get("x-tags-of"))


def _unique(file: str, at: str, what: str, values: list[str]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise SchemaError(file, at, f"{what} {value!r} is given twice")


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
        schema=body,
    )


def _type(file: str, at: str, body: dict[str, Any]) -> Type:
    if "$ref" in body:
        return Ref(_target(body["$ref"]))
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
                reason = "an object needs a definition of its own, or a value type"
                raise SchemaError(file, at, reason)
            if extra is True:
                return Map(Scalar("any"))
            return Map(_type(file, f"{at}/additionalProperties", extra))


def _target(ref: str) -> str:
    return ref.rpartition("/")[2]


def _span(file: str, at: str, body: dict[str, Any], versions: tuple[str, ...]) -> Span:
    for keyword in ("x-since", "x-until"):
        if keyword in body and body[keyword] not in versions:
            reason = f"{body[keyword]!r} is no known API version"
            raise SchemaError(file, f"{at}/{keyword}", reason)
    span = Span(body.get("x-since"), body.get("x-until"))
    if span.since and span.until and span.since > span.until:
        raise SchemaError(file, at, "x-since is later than x-until")
    return span


# --- the whole -------------------------------------------------------------------


def _at(definition: Definition, *rest: str) -> tuple[str, str]:
    return f"{definition.topic}.json", _pointer(("$defs", definition.name, *rest))


def _check_references(schema: Schema) -> None:
    for definition in schema.definitions.values():
        match definition:
            case Alias(options=options):
                for option in options:
                    if option not in schema.definitions:
                        where = _at(definition, "anyOf")
                        raise SchemaError(*where, f"dangling $ref to {option}")
            case Struct(properties=properties):
                for prop in properties:
                    for name in references(prop.type):
                        _check_reference(schema, definition, prop, name)
            case Enum():
                pass


def _check_reference(schema: Schema, owner: Struct, prop: Property, name: str) -> None:
    where = _at(owner, "properties", prop.wire)
    target = schema.definitions.get(name)
    if target is None:
        raise SchemaError(*where, f"dangling $ref to {name}")
    written = [ref for ref in _written_refs(prop.schema) if _target(ref) == name]
    for ref in written:
        topic = ref.partition("#")[0].removesuffix(".json") or owner.topic
        if topic != target.topic:
            reason = f"dangling $ref: {name} is in {target.topic}.json, not in {topic}"
            raise SchemaError(*where, reason)


def _written_refs(body: Any) -> list[str]:
    if isinstance(body, list):
        return [ref for item in body for ref in _written_refs(item)]
    if isinstance(body, dict):
        own = [body["$ref"]] if "$ref" in body else []
        return own + [ref for item in body.values() for ref in _written_refs(item)]
    return []


def _check_variants(schema: Schema) -> None:
    for struct in schema.structs():
        if struct.tag is not None and schema.tag(struct) is None:
            reason = f"x-tag names no `const` property: {struct.tag!r}"
            raise SchemaError(*_at(struct, "x-tag"), reason)
        if struct.extends is None:
            continue
        where = _at(struct, "x-extends")
        base = schema.definitions.get(struct.extends)
        if not isinstance(base, Struct):
            raise SchemaError(*where, f"dangling base {struct.extends}")
        if base.discriminator is None:
            raise SchemaError(*where, f"{base.name} has no x-discriminator")
        if schema.tag(struct) is None:
            reason = f"a variant of {base.name} needs a `const` {base.discriminator}"
            raise SchemaError(*_at(struct, "properties"), reason)
    for base in schema.structs():
        if base.discriminator is None:
            continue
        seen: dict[str, str] = {}
        for variant in schema.subtypes(base.name):
            tag = schema.tag(variant)
            assert tag is not None
            if tag[1] in seen:
                reason = (
                    f"duplicate discriminator value {tag[1]!r}: {seen[tag[1]]} has it"
                )
                raise SchemaError(*_at(variant, "properties", tag[0]), reason)
            seen[tag[1]] = variant.name


def _check_fields(schema: Schema) -> None:
    for struct in schema.structs():
        seen: dict[str, str] = {}
        for prop in schema.all_properties(struct):
            if prop.python in seen:
                reason = (
                    f"properties {seen[prop.python]!r} and {prop.wire!r} "
                    f"would both be called {prop.python!r} in Python"
                )
                raise SchemaError(*_at(struct, "properties", prop.wire), reason)
            seen[prop.python] = prop.wire


def _check_topic_order(schema: Schema) -> None:
    """Topics become modules, so they must not need each other in a circle."""
    needs: dict[str, set[str]] = {topic.name: set() for topic in schema.topics}
    for definition in schema.definitions.values():
        match definition:
            case Alias(options=options):
                used = list(options)
            case Struct():
                used = [n for p in definition.properties for n in references(p.type)]
                used += [definition.extends] if definition.extends else []
            case Enum():
                used = []
        needs[definition.topic] |= {schema.definitions[name].topic for name in used}

    def visit(topic: str, path: tuple[str, ...]) -> None:
        if topic in path:
            circle = " -> ".join((*path[path.index(topic) :], topic))
            raise SchemaError(f"{topic}.json", "", f"topics need each other: {circle}")
        for other in sorted(needs[topic] - {topic}):
            visit(other, (*path, topic))

    for topic in needs:
        visit(topic, ())


def _with_derived_enums(schema: Schema) -> Schema:
    """Fill the enums whose values are the tags of a union (`x-tags-of`)."""
    definitions = dict(schema.definitions)
    for enum in schema.definitions.values():
        if not isinstance(enum, Enum) or enum.tags_of is None:
            continue
        if not isinstance(definitions.get(enum.tags_of), Struct):
            raise SchemaError(*_at(enum, "x-tags-of"), f"dangling base {enum.tags_of}")
        values = []
        for variant in schema.subtypes(enum.tags_of):
            tag = schema.tag(variant)
            assert tag is not None
            summary = first_sentence(variant.description)
            name = naming.member_name(tag[1])
            values.append(EnumValue(tag[1], name, summary, variant.span))
        for extra in enum.values:
            if extra.wire in [value.wire for value in values]:
                reason = f"{extra.wire!r} is a tag of {enum.tags_of} already"
                raise SchemaError(*_at(enum, "oneOf"), reason)
            values.append(extra)
        definitions[enum.name] = replace(enum, values=tuple(values))
    return replace(schema, definitions=definitions)
