"""A minimal schema folder for tests that break one thing at a time."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any, TypeAlias

from tools.paths import ROOT

SCHEMA = ROOT / "schema"
GENERATED = ROOT / "generated"

Documents: TypeAlias = dict[str, Any]
"""JSON values or raw text, valid or not, by file name."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

VERSIONS = {
    "path": "/things/live",
    "default": "2025-02-02",
    "versions": [
        {"name": "2025-01-01", "status": "stable"},
        {"name": "2025-02-02", "status": "stable"},
        {"name": "2025-03-03-preview", "status": "preview"},
    ],
}


def topic(name: str, **definitions: Any) -> dict[str, Any]:
    """Return a topic file."""
    return {
        "$schema": _DIALECT,
        "title": name,
        "description": f"The topic {name}.",
        "$defs": definitions,
    }


def struct(
    *required: str, properties: dict[str, Any], **keywords: Any
) -> dict[str, Any]:
    """Return an object type; keywords such as `x_since` become `x-since`."""
    body: dict[str, Any] = {"description": "An object.", "type": "object"}
    body |= _annotations(keywords)
    body["properties"] = {name: value(**p) for name, p in properties.items()}
    return body | ({"required": list(required)} if required else {})


def variant(
    base: str, tag: str, *required: str, key: str = "type", **keywords: Any
) -> dict[str, Any]:
    """Return a variant of a base, with its tag."""
    properties = {key: {"const": tag}, **keywords.pop("properties", {})}
    return struct(key, *required, properties=properties, x_extends=base, **keywords)


def base(key: str = "type", **keywords: Any) -> dict[str, Any]:
    """Return a base of variants."""
    properties = keywords.pop("properties", {})
    return struct(properties=properties, x_discriminator=key, x_open=True, **keywords)


def enum(*values: str, **keywords: Any) -> dict[str, Any]:
    """Return an enum with these values."""
    body: dict[str, Any] = {"description": "A choice.", "type": "string"}
    body |= {"x-open": True, **_annotations(keywords)}
    if values:
        body["oneOf"] = [
            {"const": text, "x-name": text.upper(), "description": "One choice."}
            for text in values
        ]
    return body


def alias(*names: str, **keywords: Any) -> dict[str, Any]:
    """Return a named union of types of the same file."""
    options = [{"$ref": ref(name)} for name in names]
    return {
        "description": "One of several.",
        "anyOf": options,
        "x-open": True,
        **_annotations(keywords),
    }


def value(**keywords: Any) -> dict[str, Any]:
    """Return a property."""
    return {"description": "A field.", **_annotations(keywords)}


def ref(name: str) -> str:
    """Return a reference to a type; `file:Name` for another file."""
    file, _, bare = name.rpartition(":")
    return f"{file}.json#/$defs/{bare}" if file else f"#/$defs/{bare}"


def _annotations(keywords: dict[str, Any]) -> dict[str, Any]:
    names = {"ref": "$ref"}
    return {
        names.get(key, key.replace("_", "-") if key.startswith("x_") else key): item
        for key, item in keywords.items()
    }


_DOCUMENTS: Documents = {
    "versions.json": VERSIONS,
    "client_events.json": topic(
        "client_events",
        ClientEvent=base(
            properties={"event_id": {"type": "string"}}, x_direction="client"
        ),
        ClientEventThingCreate=variant(
            "ClientEvent",
            "thing.create",
            "thing",
            properties={"thing": {"ref": ref("things:Thing")}},
        ),
        ClientEventThingPartDrop=variant("ClientEvent", "thing.part.drop"),
    ),
    "server_events.json": topic(
        "server_events",
        ServerEvent=base(
            properties={"event_id": {"type": "string"}}, x_direction="server"
        ),
        ServerEventThingCreated=variant(
            "ServerEvent",
            "thing.created",
            "thing",
            properties={"thing": {"ref": ref("things:Thing")}},
        ),
        ServerEventThingGone=variant("ServerEvent", "thing.gone", x_since="2025-02-02"),
    ),
    "discriminators.json": topic(
        "discriminators", ServerEventType=enum(x_tags_of="ServerEvent")
    ),
    "things.json": topic(
        "things",
        Thing=struct(
            "name",
            properties={
                "name": {"type": "string"},
                "size": {"type": "integer", "minimum": 0, "default": 1},
                "color": {"ref": ref("Color"), "x_since": "2025-02-02"},
                "shapes": {"type": "array", "items": {"$ref": ref("Shape")}},
            },
        ),
        Color=enum("red", "green"),
        Shape=base(properties={"id": {"type": "string"}}),
        Circle=variant("Shape", "circle", properties={"radius": {"type": "number"}}),
        Square=variant("Shape", "square", properties={"side": {"type": "number"}}),
        Paint=alias("Color", "Brush"),
        Brush=struct(properties={"width": {"type": "number"}}),
    ),
}


def minimal_documents() -> Documents:
    """Return a small valid schema: a thing with shapes, and events with a thing."""
    return copy.deepcopy(_DOCUMENTS)


def write(folder: Path, documents: Documents) -> Path:
    """Write a schema folder with the real meta-schema; strings unchanged."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SCHEMA / "meta-schema.json", folder)
    for name, document in documents.items():
        text = document if isinstance(document, str) else json.dumps(document)
        (folder / name).write_text(text, "utf-8")
    return folder


def read_folder(folder: Path) -> Documents:
    """Return the JSON files of a schema folder, without the meta-schema."""
    paths = sorted(folder.glob("*.json"))
    return {
        path.name: json.loads(path.read_text("utf-8"))
        for path in paths
        if path.name != "meta-schema.json"
    }


def at(documents: Documents, place: str) -> Any:
    """Return the value at `file.json#/pointer`."""
    file, _, pointer = place.partition("#")
    found: Any = documents[file]
    for part in pointer.split("/")[1:]:
        found = found[int(part)] if isinstance(found, list) else found[part]
    return found


def put(documents: Documents, place: str, new: Any) -> None:
    """Set the value at `file.json#/pointer`; `...` removes it."""
    parent, _, key = place.rpartition("/")
    holder = at(documents, parent)
    index: Any = int(key) if isinstance(holder, list) else key
    if new is ...:
        del holder[index]
    else:
        holder[index] = new
