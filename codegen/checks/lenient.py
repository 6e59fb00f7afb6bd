"""Check of the keywords of lenient decoding."""

from __future__ import annotations

from codegen.checks.defaults import fits
from codegen.checks.refusal import refuse
from codegen.source import Property, Scalar, Schema, Struct


def check_lenient(schema: Schema) -> None:
    """Refuse `x-reads-as` and `x-error` where they cannot apply."""
    sent = schema.reachable(schema.roots("client"))
    for struct in schema.structs():
        read = struct.name not in sent
        if struct.is_error and not read:
            refuse(struct, ("x-error",), "only for what the service alone sends")
        for prop in struct.properties:
            if struct.is_error and prop.type != Scalar("string"):
                reason = "a field of an error is a string"
                refuse(struct, ("properties", prop.wire), reason)
            if "x-reads-as" in prop.schema:
                event = read and schema.is_event(struct)
                _check_value(schema, struct, prop, event=event)


def _check_value(
    schema: Schema, struct: Struct, prop: Property, *, event: bool
) -> None:
    where = ("properties", prop.wire, "x-reads-as")
    value = prop.schema["x-reads-as"]
    if not event or not prop.required:
        refuse(struct, where, "only for required properties of server events")
    if value is not None and not fits(schema, prop.type, value):
        refuse(struct, where, "the value is not of the property's type")
