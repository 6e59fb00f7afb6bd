"""Error catalogue of the schema folder: reading and checks."""

from __future__ import annotations

import string
from typing import Any

from codegen.documents import ERROR_CATALOGUE_FILE, MetaSchema
from codegen.errors import SchemaError, json_pointer
from codegen.source import ErrorGroup, KnownError, Schema

_DEFAULT_TYPE = "invalid_request_error"


def read_error_catalogue(
    document: Any, meta_schema: MetaSchema
) -> tuple[ErrorGroup, ...]:
    """Return the groups of the error catalogue.

    Args:
        document: The parsed file.
        meta_schema: The meta-schema.

    Raises:
        SchemaError: The document does not match the meta-schema, a name occurs twice,
            an example does not match the placeholders, or entries of one code have
            different values of `retry`.
    """
    meta_schema.check_error_catalogue(document)
    names: set[str] = set()
    retries: dict[str, bool] = {}
    groups = []
    for index, group in enumerate(document["groups"]):
        errors = []
        for name, body in group["errors"].items():
            where = ("groups", index, "errors", name)
            if name in names:
                raise _error(where, f"{name} is already in the catalogue")
            names.add(name)
            error = _known_error(name, body, where)
            if error.code is not None and error.retry is not None:
                known = retries.setdefault(error.code, error.retry)
                if known != error.retry:
                    reason = f"an earlier error has the code {error.code} and differs"
                    raise _error((*where, "retry"), reason)
            errors.append(error)
        groups.append(ErrorGroup(group["description"], tuple(errors)))
    return tuple(groups)


def check_error_events(schema: Schema) -> None:
    """Refuse an error that answers an unknown event.

    Raises:
        SchemaError: With the place in the catalogue.
    """
    known = {schema.event_type(event) for event in schema.events("client")}
    for index, group in enumerate(schema.error_groups):
        for error in group.errors:
            for event in error.events:
                if event not in known:
                    where = ("groups", index, "errors", error.name, "events")
                    raise _error(where, f"there is no client event {event}")


def _known_error(
    name: str, body: dict[str, Any], where: tuple[str | int, ...]
) -> KnownError:
    example = body.get("example", {})
    placeholders: set[str] = set()
    for key in ("message", "param"):
        try:
            placeholders |= _placeholders(body.get(key, ""))
            body.get(key, "").format(**dict(example))
        except KeyError as error:
            reason = f"the placeholder {error} has no value in `example`"
            raise _error((*where, key), reason) from None
        except ValueError as error:
            raise _error((*where, key), f"not a format string: {error}") from None
    for key in example:
        if key not in placeholders:
            reason = f"{key} is not a placeholder of `message` or `param`"
            raise _error((*where, "example", key), reason)
    return KnownError(
        name,
        body["code"],
        body["message"],
        body.get("param"),
        body.get("type", _DEFAULT_TYPE),
        body.get("fatal", False),
        body.get("close_code"),
        body.get("retry"),
        example,
        tuple(body.get("events", ())),
    )


def _placeholders(template: str) -> set[str]:
    return {
        field
        for _, field, _, _ in string.Formatter().parse(template)
        if field is not None
    }


def _error(where: tuple[str | int, ...], reason: str) -> SchemaError:
    return SchemaError(ERROR_CATALOGUE_FILE, json_pointer(where), reason)
