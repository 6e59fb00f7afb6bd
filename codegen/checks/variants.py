"""Check that variants have bases and distinct tags."""

from __future__ import annotations

from codegen.checks.refusal import refuse
from codegen.source import Schema, Struct


def check_bases(schema: Schema) -> None:
    """Refuse an `x-extends` that leads to no base."""
    for struct in schema.structs():
        where = ("x-extends",)
        chain = [struct.name]
        base_name = struct.extends
        while base_name is not None:
            base = schema.definitions.get(base_name)
            if not isinstance(base, Struct):
                what = "not a type" if base is None else "not an object type"
                refuse(struct, where, f"{base_name} is {what}")
            if base.discriminator is None:
                refuse(struct, where, f"{base_name} has no x-discriminator")
            if base.topic != struct.topic:
                reason = f"its base is in another file, {base.topic}.json"
                refuse(struct, where, reason)
            if base_name in chain:
                refuse(struct, where, f"{struct.name} extends itself")
            chain.append(base_name)
            base_name = base.extends
        if len(chain) > 3:
            refuse(struct, where, "a variant of a variant cannot have variants")


def check_tags(schema: Schema) -> None:
    """Refuse variants without a tag, or with the tag of another one."""
    seen: dict[tuple[str, str], str] = {}
    for struct in schema.structs():
        if struct.extends is not None:
            key = schema.struct(struct.extends).discriminator
            missing = f"a variant of {struct.extends} needs a `const` property {key!r}"
            where: tuple[str, ...] = ("properties",)
        elif struct.tag is not None:
            key = struct.tag
            missing = f"{struct.name} has no `const` property {key!r}"
            where = ("x-tag",)
        else:
            continue
        tag = schema.tag(struct)
        if tag is None:
            refuse(struct, where, missing)
        if not any(p.wire == tag[0] and p.required for p in struct.properties):
            reason = f"{tag[0]!r} tells the variants apart, so it must be required"
            refuse(struct, ("properties", tag[0]), reason)
        if struct.extends is not None:
            other = seen.setdefault((struct.extends, tag[1]), struct.name)
            if other != struct.name:
                reason = f"{other} has the discriminator value {tag[1]!r} already"
                refuse(struct, ("properties", tag[0], "const"), reason)


def check_second_discriminators(schema: Schema) -> None:
    """Check a variant with a second discriminator, as messages have `role`.

    The decoder creates the first variant and then changes its class, so the second ones
    cannot have fields of their own.
    """
    for struct in schema.structs():
        if struct.extends is None or struct.discriminator is None:
            continue
        names = {prop.wire for prop in schema.all_properties(struct)}
        if struct.discriminator not in names:
            reason = f"{struct.name} has no property of that name"
            refuse(struct, ("x-discriminator",), reason)
        for variant in schema.subtypes(struct.name):
            for prop in variant.properties:
                if prop.wire not in names:
                    reason = (
                        f"{struct.name} has no such property, and a variant that "
                        f"{struct.discriminator!r} tells apart cannot add one"
                    )
                    refuse(variant, ("properties", prop.wire), reason)
