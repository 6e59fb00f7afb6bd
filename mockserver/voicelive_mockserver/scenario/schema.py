"""The JSON Schema of scenario files, for editors.

`python -m voicelive_mockserver.scenario.schema` regenerates it after a change of the
structs; its descriptions are their docstrings.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from voicelive_mockserver.scenario.model import Scenario
from voicelive_protocol import encode

SCHEMA_FILE = Path(__file__).with_name("scenario.schema.json")
"""The path of the schema in the package."""

_ENTRY = re.compile(r"^    (\w+): ((?:.+\n?)(?:^     +.+\n?)*)", re.MULTILINE)


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario."""
    schema = msgspec.json.schema(Scenario)
    structs = {kind.__name__: kind for kind in _structs(Scenario, set())}
    for name, definition in schema["$defs"].items():
        kind = structs[name]
        definition["description"] = _summary(kind)
        texts = _field_texts(kind)
        for field, content in definition["properties"].items():
            if field in texts:
                # Older editors ignore keywords next to a `$ref`.
                description = {"description": texts[field]}
                definition["properties"][field] = description | content
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of the Voice Live mock service",
        **schema,
    }


def schema_text() -> str:
    """Return the content of the schema file."""
    return encode(scenario_schema(), indent=2).decode() + "\n"


def _structs(
    kind: type[msgspec.Struct], seen: set[type[msgspec.Struct]]
) -> Iterator[type[msgspec.Struct]]:
    """Yield a struct and all structs in its fields."""
    if kind in seen:
        return
    seen.add(kind)
    yield kind
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    waiting: list[Any] = [field.type for field in info.fields]
    while waiting:
        found = waiting.pop()
        if isinstance(found, msgspec.inspect.StructType):
            yield from _structs(found.cls, seen)
        for name in ("types", "item_type", "value_type"):
            inner = getattr(found, name, ())
            waiting += inner if isinstance(inner, tuple) else [inner]


def _doc(kind: type) -> str:
    return inspect.cleandoc(kind.__doc__ or "")


def _summary(kind: type) -> str:
    return " ".join(_doc(kind).partition("\nAttributes:")[0].split())


def _field_texts(kind: type) -> dict[str, str]:
    """Return the descriptions of fields in the docstrings of a struct and its bases."""
    texts: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        section = _doc(base).partition("\nAttributes:\n")[2]
        for name, text in _ENTRY.findall(section):
            texts[name] = " ".join(text.split())
    return texts


def main() -> None:
    """Write the schema to its file, or to a given path."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SCHEMA_FILE
    path.write_text(schema_text(), "utf-8")
    print(f"{path} written")


if __name__ == "__main__":
    main()
