"""Reading of schema files, and their validation against the meta-schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError as BrokenMetaSchema
from jsonschema.exceptions import ValidationError

from codegen.errors import SchemaError, json_pointer

META_SCHEMA_FILE = "meta-schema.json"
VERSIONS_FILE = "versions.json"
ERROR_CATALOGUE_FILE = "error_catalogue.json"
CONNECTION_FILE = "connection.json"


def read(path: Path) -> Any:
    """Read one JSON file without duplicate keys.

    Raises:
        SchemaError: The file is missing, not JSON, or repeats a key.
    """
    repeated: list[tuple[dict[str, Any], str]] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                repeated.append((found, key))
            found[key] = value
        return found

    try:
        text = path.read_text("utf-8")
        document = json.loads(
            text, object_pairs_hook=collect, parse_constant=_refuse_constant
        )
    except FileNotFoundError:
        raise SchemaError(path.name, "", "the file is missing") from None
    except ValueError as error:
        raise SchemaError(path.name, "", f"not JSON: {error}") from None
    if repeated:
        for where, value in walk(document):
            for holder, key in repeated:
                if holder is value:
                    at = json_pointer((*where, key))
                    raise SchemaError(path.name, at, "the key is given twice")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def walk(
    value: Any, where: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield path and value of a JSON value and of all values in it, outermost first."""
    yield where, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*where, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*where, index))


@dataclass(frozen=True, slots=True)
class MetaSchema:
    """Validators of the schema files, from the meta-schema."""

    topic: Draft202012Validator
    versions: Draft202012Validator
    error_catalogue: Draft202012Validator
    connection: Draft202012Validator

    def check_topic(self, document: Any, file: str) -> None:
        """Reject a topic file that does not match the meta-schema."""
        _check(self.topic, document, file)

    def check_versions(self, document: Any) -> None:
        """Reject a list of versions that does not match the meta-schema."""
        _check(self.versions, document, VERSIONS_FILE)

    def check_error_catalogue(self, document: Any) -> None:
        """Reject an error catalogue that does not match the meta-schema."""
        _check(self.error_catalogue, document, ERROR_CATALOGUE_FILE)

    def check_connection(self, document: Any) -> None:
        """Reject facts of connections that do not match the meta-schema."""
        _check(self.connection, document, CONNECTION_FILE)


def read_meta_schema(folder: Path) -> MetaSchema:
    """Read the meta-schema of a schema folder.

    Raises:
        SchemaError: It is missing, or not a JSON Schema.
    """
    return _meta_schema(json.dumps(read(folder / META_SCHEMA_FILE)))


@lru_cache(maxsize=1)
def _meta_schema(text: str) -> MetaSchema:
    meta = json.loads(text)
    try:
        Draft202012Validator.check_schema(meta)
    except BrokenMetaSchema as error:
        at = json_pointer(error.absolute_path)
        raise SchemaError(META_SCHEMA_FILE, at, error.message) from None

    def validator(definition: str) -> Draft202012Validator:
        root = {"$ref": f"#/$defs/{definition}", "$defs": meta["$defs"]}
        return Draft202012Validator(root)

    return MetaSchema(
        Draft202012Validator(meta),
        validator("versions_file"),
        validator("error_catalogue_file"),
        validator("connection_file"),
    )


def _check(validator: Draft202012Validator, document: Any, file: str) -> None:
    errors = list(validator.iter_errors(document))
    if errors:
        # Errors of the enclosing values follow from the deepest one.
        error = max(errors, key=lambda e: len(e.absolute_path))
        where, reason = _explain(error)
        raise SchemaError(file, json_pointer(where), reason)


def _explain(error: ValidationError) -> tuple[list[str | int], str]:
    """Return the place of an error and the reason."""
    where = list(error.absolute_path)
    named = re.search(r"'([^']+)'", error.message)
    schema = error.schema if isinstance(error.schema, dict) else {}
    if schema.get("type") == "string" and "description" in schema:
        wanted = schema["description"]
        if "propertyNames" in error.absolute_schema_path:
            return [*where, str(error.instance)], f"the name is not {wanted}"
        return where, f"{json.dumps(error.instance)} is not {wanted}"
    match str(error.validator):
        case "additionalProperties" | "unevaluatedProperties" if named:
            return [*where, named[1]], "unknown keyword"
        case "required" if named:
            return where, f"`{named[1]}` is missing"
        case "dependentRequired" if named:
            return where, f"`{named[1]}` is missing, which another keyword here needs"
        case "const":
            return where, f"must be {json.dumps(error.validator_value)}"
        case _:
            return where, error.message
