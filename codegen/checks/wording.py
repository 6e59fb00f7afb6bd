"""Whether descriptions repeat what their docstrings say anyway."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codegen.checks.refusal import refuse
from codegen.source import Alias, Enum, Schema, Struct

# What `x-source` becomes in a docstring, in other words.
_SOURCE = re.compile(r"released SDK|no SDK|[Oo]bserved on|not documented")


def check_wording(schema: Schema) -> None:
    """Refuse descriptions that say where a fact is from beside `x-source`."""
    for definition in schema.definitions.values():
        match definition:
            case Struct():
                texts = _struct_texts(definition)
            case Enum(values=values):
                texts = (
                    (("oneOf", str(i)), value.description, value.source)
                    for i, value in enumerate(values)
                )
            case Alias():
                continue
        for where, text, source in texts:
            if source is not None and (found := _SOURCE.search(text)):
                reason = f"`x-source` says already: {found[0]!r}"
                refuse(definition, (*where, "description"), reason)


def _struct_texts(
    struct: Struct,
) -> Iterator[tuple[tuple[str, ...], str, str | None]]:
    yield (), struct.description, struct.source
    for prop in struct.properties:
        yield ("properties", prop.wire), prop.description, prop.source
