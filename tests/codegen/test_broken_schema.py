"""A broken schema stops the build with file, JSON pointer and reason."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen.documents import walk
from codegen.errors import SchemaError, json_pointer
from codegen.load import load
from tests.codegen.minimal_schema import (
    SCHEMA,
    alias,
    at,
    base,
    enum,
    minimal_documents,
    put,
    read_folder,
    ref,
    struct,
    topic,
    value,
    variant,
    write,
)
from tools.paths import ROOT

THINGS = "things.json#/$defs"
CLIENT = "client_events.json#/$defs"
SERVER = "server_events.json#/$defs"
VERSIONS = "versions.json#"

# Places with their new values (`...` takes away), and the error that this makes.
CASES: dict[str, tuple[dict[str, Any], str]] = {
    # Files
    "not JSON": (
        {"things.json": '{"title":'},
        "things.json#: not JSON: Expecting value: line 1 column 10 (char 9)",
    ),
    "text that is not a string": (
        {"things.json": '{"title": "\\ud8"}'},
        "things.json#: not JSON: Invalid \\uXXXX escape: line 1 column 13 (char 12)",
    ),
    "number that JSON does not have": (
        {"things.json": '{"title": NaN}'},
        "things.json#: not JSON: NaN is not a JSON value",
    ),
    "key twice": (
        {"things.json": '{"$defs": {"A": {"type": "object", "type": "string"}}}'},
        "things.json#/$defs/A/type: the key is given twice",
    ),
    "not an object": ({"things.json": []}, "things.json#: [] is not of type 'object'"),
    "title of another file": (
        {"things.json#/title": "other"},
        'things.json#/title: must be "things"',
    ),
    "no types": (
        {"discriminators.json#/$defs": {}},
        "discriminators.json#/$defs: {} should be non-empty",
    ),
    "versions missing": ({"versions.json": ...}, "versions.json#: the file is missing"),
    # Unknown keywords
    "unknown keyword of a file": (
        {"things.json#/version": "1"},
        "things.json#/version: unknown keyword",
    ),
    "unknown keyword of a type": (
        {f"{THINGS}/Thing/x-sinse": "2025-02-02"},
        f"{THINGS}/Thing/x-sinse: unknown keyword",
    ),
    "unknown keyword of a property": (
        {f"{THINGS}/Thing/properties/size/maximun": 3},
        f"{THINGS}/Thing/properties/size/maximun: unknown keyword",
    ),
    "unknown keyword of a nested value": (
        {f"{THINGS}/Thing/properties/shapes/items/description": "A shape."},
        f"{THINGS}/Thing/properties/shapes/items/description: unknown keyword",
    ),
    "unknown keyword of the values of a map": (
        {
            f"{THINGS}/Thing/properties/size": value(
                type="object", additionalProperties={"type": "string", "x": 1}
            )
        },
        f"{THINGS}/Thing/properties/size/additionalProperties/x: unknown keyword",
    ),
    "unknown keyword of an enum": (
        {f"{THINGS}/Color/enum": ["red"]},
        f"{THINGS}/Color/enum: unknown keyword",
    ),
    "unknown keyword of an enum value": (
        {f"{THINGS}/Color/oneOf/0/title": "Red"},
        f"{THINGS}/Color/oneOf/0/title: unknown keyword",
    ),
    "unknown keyword of a named union": (
        {f"{THINGS}/Paint/x-discriminator": "type"},
        f"{THINGS}/Paint/x-discriminator: unknown keyword",
    ),
    # Keywords with the wrong value, or none
    "no description of a type": (
        {f"{THINGS}/Thing/description": ...},
        f"{THINGS}/Thing: `description` is missing",
    ),
    "no description of a property": (
        {f"{THINGS}/Thing/properties/size/description": ...},
        f"{THINGS}/Thing/properties/size: `description` is missing",
    ),
    "no description of an enum value": (
        {f"{THINGS}/Color/oneOf/1/description": ...},
        f"{THINGS}/Color/oneOf/1: `description` is missing",
    ),
    "description without its full stop": (
        {f"{THINGS}/Thing/description": "What there is"},
        f'{THINGS}/Thing/description: "What there is" is not a text of whole '
        "sentences, with a full stop at its end",
    ),
    "kind of type that does not exist": (
        {f"{THINGS}/Thing/type": "array"},
        f"{THINGS}/Thing/type: 'array' is not one of ['object', 'string']",
    ),
    "enum without values": (
        {f"{THINGS}/Color/oneOf": ...},
        f"{THINGS}/Color: `oneOf` is missing",
    ),
    "base that is not open": (
        {f"{THINGS}/Shape/x-open": ...},
        f"{THINGS}/Shape: `x-open` is missing, which another keyword here needs",
    ),
    "false where only true has a meaning": (
        {f"{THINGS}/Thing/properties/size/x-nullable": False},
        f"{THINGS}/Thing/properties/size/x-nullable: must be true",
    ),
    "map without values": (
        {
            f"{THINGS}/Thing/properties/size": value(
                type="object", additionalProperties=False
            )
        },
        f"{THINGS}/Thing/properties/size/additionalProperties: must be true",
    ),
    "name of a type": (
        {f"{THINGS}/thing": struct(properties={})},
        f"{THINGS}/thing: the name is not a type name in camel case",
    ),
    "name of a field": (
        {f"{THINGS}/Thing/properties/itemId": value(type="string")},
        f"{THINGS}/Thing/properties/itemId: the name is not a field name in snake case",
    ),
    "value that breaks out of its quotes": (
        {f"{THINGS}/Color/oneOf/0/const": 'red"'},
        f'{THINGS}/Color/oneOf/0/const: "red\\"" is not a value without spaces, '
        "quotes, backslashes and control characters",
    ),
    "reference of another form": (
        {f"{THINGS}/Thing/properties/color/$ref": "Color"},
        f'{THINGS}/Thing/properties/color/$ref: "Color" is not a reference '
        "(`#/$defs/Name`, or `topic.json#/$defs/Name` for another file)",
    ),
    # Types of values
    "two types for one value": (
        {f"{THINGS}/Thing/properties/color/type": "string"},
        f"{THINGS}/Thing/properties/color/type: `$ref` and `type` both give the type; "
        "keep one",
    ),
    "array of nothing": (
        {f"{THINGS}/Thing/properties/shapes/items": ...},
        f"{THINGS}/Thing/properties/shapes: an array needs `items`",
    ),
    "object of nothing": (
        {f"{THINGS}/Thing/properties/size": value(type="object")},
        f"{THINGS}/Thing/properties/size: an object is a type of its own to refer to, "
        "or a map with `additionalProperties`",
    ),
    "bound of a text": (
        {f"{THINGS}/Thing/properties/name/minimum": 1},
        f"{THINGS}/Thing/properties/name/minimum: only for `type` integer or number",
    ),
    "format of another type": (
        {f"{THINGS}/Thing/properties/name/format": "int32"},
        f"{THINGS}/Thing/properties/name/format: only for `type` integer",
    ),
    "default of another type": (
        {f"{THINGS}/Thing/properties/size/default": "1"},
        f"{THINGS}/Thing/properties/size/default: the default is not of the "
        "property's type",
    ),
    "default that is not a value of the enum": (
        {f"{THINGS}/Thing/properties/color/default": "blue"},
        f"{THINGS}/Thing/properties/color/default: the default is not of the "
        "property's type",
    ),
    "default out of bounds": (
        {f"{THINGS}/Thing/properties/size/default": -1},
        f"{THINGS}/Thing/properties/size/default: the default is below the minimum",
    ),
    "required but no property": (
        {f"{THINGS}/Thing/required": ["name", "weight"]},
        f"{THINGS}/Thing/required/1: Thing has no property 'weight' of its own to "
        "require",
    ),
    # References
    "reference to nothing": (
        {f"{THINGS}/Thing/properties/shapes/items/$ref": ref("Shapes")},
        f"{THINGS}/Thing/properties/shapes/items/$ref: there is no type Shapes",
    ),
    "reference to the wrong file": (
        {f"{CLIENT}/ClientEventThingCreate/properties/thing/$ref": ref("Thing")},
        f"{CLIENT}/ClientEventThingCreate/properties/thing/$ref: "
        "Thing is in things.json, not in client_events.json",
    ),
    "union of nothing": (
        {f"{THINGS}/Paint/anyOf/1/$ref": ref("Pen")},
        f"{THINGS}/Paint/anyOf/1/$ref: there is no type Pen",
    ),
    "union of the wrong file": (
        {f"{THINGS}/Paint/anyOf/1/$ref": ref("server_events:Brush")},
        f"{THINGS}/Paint/anyOf/1/$ref: Brush is in things.json, "
        "not in server_events.json",
    ),
    "one type in two files": (
        {"discriminators.json#/$defs/Thing": struct(properties={})},
        f"{THINGS}/Thing: Thing is already defined in discriminators.json",
    ),
    "files that need each other": (
        {
            f"{THINGS}/Thing/properties/size": value(ref=ref("more:More")),
            "more.json": topic(
                "more", More=struct(properties={"of": {"ref": ref("things:Color")}})
            ),
        },
        f"{THINGS}/Thing: files cannot need each other: Thing needs More, "
        "More needs Color",
    ),
    "variant in another file than its base": (
        {"more.json": topic("more", More=variant("Shape", "more"))},
        "more.json#/$defs/More/x-extends: its base is in another file, things.json",
    ),
    # Variants
    "base that does not exist": (
        {f"{THINGS}/Circle/x-extends": "Form"},
        f"{THINGS}/Circle/x-extends: Form is not a type",
    ),
    "base that is an enum": (
        {f"{THINGS}/Circle/x-extends": "Color"},
        f"{THINGS}/Circle/x-extends: Color is not an object type",
    ),
    "base without variants": (
        {f"{THINGS}/Circle/x-extends": "Thing"},
        f"{THINGS}/Circle/x-extends: Thing has no x-discriminator",
    ),
    "base of itself": (
        {f"{THINGS}/Shape/x-extends": "Shape"},
        f"{THINGS}/Shape/x-extends: Shape extends itself",
    ),
    "variant without a tag": (
        {f"{THINGS}/Circle/properties/type": value(type="string")},
        f"{THINGS}/Circle/properties: a variant of Shape needs a `const` "
        "property 'type'",
    ),
    "tag that may be absent": (
        {f"{THINGS}/Circle/required": ...},
        f"{THINGS}/Circle/properties/type: 'type' tells the variants apart, "
        "so it must be required",
    ),
    "one tag twice": (
        {f"{THINGS}/Square/properties/type/const": "circle"},
        f"{THINGS}/Square/properties/type/const: "
        "Circle has the discriminator value 'circle' already",
    ),
    "tag that is not a constant": (
        {f"{THINGS}/Brush/x-tag": "width"},
        f"{THINGS}/Brush/x-tag: Brush has no `const` property 'width'",
    ),
    "second discriminator that is not a property": (
        {f"{THINGS}/Circle/x-discriminator": "size", f"{THINGS}/Circle/x-open": True},
        f"{THINGS}/Circle/x-discriminator: Circle has no property of that name",
    ),
    "field of a second variant": (
        {
            f"{THINGS}/Circle/x-discriminator": "radius",
            f"{THINGS}/Circle/x-open": True,
            f"{THINGS}/Unit": variant(
                "Circle", "1", key="radius", properties={"more": {"type": "string"}}
            ),
        },
        f"{THINGS}/Unit/properties/more: Circle has no such property, and a variant "
        "that 'radius' tells apart cannot add one",
    ),
    "third discriminator": (
        {
            f"{THINGS}/Circle/x-discriminator": "radius",
            f"{THINGS}/Circle/x-open": True,
            f"{THINGS}/Unit": base(
                "side", properties={"radius": {"const": "1"}}, x_extends="Circle"
            ),
            f"{THINGS}/Third": variant("Unit", "1", key="side"),
        },
        f"{THINGS}/Third/x-extends: a variant of a variant cannot have variants",
    ),
    # Unions
    "two objects that look the same": (
        {f"{THINGS}/Paint": alias("Thing", "Brush")},
        f"{THINGS}/Paint/anyOf: nothing tells Thing and Brush apart",
    ),
    "object without a tag among some with": (
        {f"{THINGS}/Paint": alias("Shape", "Brush")},
        f"{THINGS}/Paint/anyOf: Brush needs an x-tag to be told apart",
    ),
    "two enums": (
        {
            f"{THINGS}/Paint": alias("Color", "Shade"),
            f"{THINGS}/Shade": enum("dark"),
        },
        f"{THINGS}/Paint/anyOf: nothing tells Color and Shade apart",
    ),
    "text and constants": (
        {
            f"{THINGS}/Thing/properties/size": value(
                anyOf=[{"const": "big"}, {"type": "string"}]
            )
        },
        f"{THINGS}/Thing/properties/size: any string includes the constants already",
    ),
    "source given twice": (
        {
            f"{THINGS}/Thing/properties/size": value(
                type="integer", x_source="observed"
            )
            | {"description": "A size. Observed on the service."},
        },
        f"{THINGS}/Thing/properties/size/description: "
        "`x-source` already gives the source: 'Observed on the service.'",
    ),
    "audio format without all its facts": (
        {f"{THINGS}/Color/oneOf/0/x-encoding": "pcm16"},
        f"{THINGS}/Color/oneOf/0: `x-sample-rate` is missing, which another keyword "
        "here needs",
    ),
    "sample rate of something else than audio": (
        {f"{THINGS}/Color/oneOf/0/x-sample-rate": 8000},
        f"{THINGS}/Color/oneOf/0: `x-encoding` is missing, which another keyword "
        "here needs",
    ),
    "path that is a URL": (
        {"versions.json#/path": "https://example.com/live"},
        'versions.json#/path: "https://example.com/live" is not a path (`/` and names '
        "between slashes)",
    ),
    "sentence given twice": (
        {f"{THINGS}/Circle/description": "A circle. It is round. It is round."},
        f"{THINGS}/Circle/description: "
        "the docstring would have the same sentence twice: 'It is round.'",
    ),
    "sentence that an annotation adds": (
        {
            f"{THINGS}/Thing/properties/color/description": (
                "A color. Since API version 2025-02-02."
            )
        },
        f"{THINGS}/Thing/properties/color/description: the docstring would have the "
        "same sentence twice: 'Since API version 2025-02-02.'",
    ),
    "two sentences with the same source": (
        {
            f"{THINGS}/Circle/description": (
                "A circle. Documented, but in no released SDK. Documented by the "
                "vendor; no SDK declares it."
            )
        },
        f"{THINGS}/Circle/description: the source is given twice: "
        "'Documented, but in no released SDK.' and "
        "'Documented by the vendor; no SDK declares it.'",
    ),
    "API version given twice": (
        {
            f"{THINGS}/Thing/properties/color/description": (
                "A color, known only in 2025-02-02."
            )
        },
        f"{THINGS}/Thing/properties/color/description: "
        "`x-since` already gives the API version: 'only in 2025-02-02'",
    ),
    "default of what a client has to send": (
        {f"{THINGS}/Thing/properties/name/default": "thing"},
        f"{THINGS}/Thing/properties/name/default: "
        "a required field of a client has no default",
    ),
    "lenient reading of what a client sends": (
        {f"{THINGS}/Thing/properties/name/x-reads-as": ""},
        f"{THINGS}/Thing/properties/name/x-reads-as: "
        "only for required properties of server events",
    ),
    "lenient reading as another type": (
        {f"{SERVER}/ServerEventThingCreated/properties/thing/x-reads-as": 0},
        f"{SERVER}/ServerEventThingCreated/properties/thing/x-reads-as: "
        "the value is not of the property's type",
    ),
    "error that a client sends": (
        {f"{THINGS}/Thing/x-error": True},
        f"{THINGS}/Thing/x-error: only for what the service alone sends",
    ),
    "error with more than text": (
        {f"{THINGS}/Brush/x-error": True},
        f"{THINGS}/Brush/properties/width: a field of an error is a string",
    ),
    "time among other types": (
        {
            f"{THINGS}/Thing/properties/size": value(
                anyOf=[{"type": "integer", "format": "unix-time"}, {"const": "never"}]
            )
        },
        f"{THINGS}/Thing/properties/size: a Unix time cannot be one of several types",
    ),
    "base64 among other types": (
        {
            f"{THINGS}/Thing/properties/size": value(
                anyOf=[
                    {"type": "string", "contentEncoding": "base64"},
                    {"type": "number"},
                ]
            )
        },
        f"{THINGS}/Thing/properties/size: base64 text cannot be one of several types",
    ),
    "union of itself": (
        {f"{THINGS}/Paint": alias("Color", "Paint")},
        f"{THINGS}/Paint/anyOf: the union Paint contains itself",
    ),
    "one tag twice in a union": (
        {
            f"{THINGS}/Paint": alias("Shape", "Disc"),
            f"{THINGS}/Disc": struct(
                "type", properties={"type": {"const": "circle"}}, x_tag="type"
            ),
        },
        f"{THINGS}/Paint/anyOf: nothing tells Circle and Disc apart",
    ),
    # Names
    "two properties of one name": (
        {f"{THINGS}/Thing/properties/size/x-python-name": "name"},
        f"{THINGS}/Thing/properties/size: it would be called 'name' in Python, "
        "as 'name' is",
    ),
    "property with the name of an inherited one": (
        {f"{THINGS}/Circle/properties/radius/x-python-name": "id"},
        f"{THINGS}/Circle/properties/radius: it would be called 'id' in Python, "
        "as 'id' is",
    ),
    "property with the name that a keyword gets": (
        {
            f"{THINGS}/Thing/properties/class": value(type="string"),
            f"{THINGS}/Thing/properties/class_": value(type="string"),
        },
        f"{THINGS}/Thing/properties/class_: it would be called 'class_' in Python, "
        "as 'class' is",
    ),
    "Python name that is a keyword": (
        {f"{THINGS}/Thing/properties/size/x-python-name": "from"},
        f"{THINGS}/Thing/properties/size/x-python-name: 'from' has another meaning "
        "in Python",
    ),
    "type with the name of a union": (
        {f"{THINGS}/AnyShape": struct(properties={})},
        f"{THINGS}/AnyShape: the union of Shape is called that",
    ),
    "type with a name of the package": (
        {f"{THINGS}/Model": struct(properties={})},
        f"{THINGS}/Model: the package itself has one",
    ),
    "type with the name of a resource": (
        {f"{THINGS}/ThingPartResource": struct(properties={})},
        f"{THINGS}/ThingPartResource: the methods of 'thing.part.drop' are in a class "
        "of that name",
    ),
    "file with the name of a module": (
        {"registry.json": topic("registry", Entry=struct(properties={}))},
        "registry.json#/title: the package has a module of that name already",
    ),
    "enum value twice": (
        {f"{THINGS}/Color/oneOf/1/const": "red"},
        f"{THINGS}/Color/oneOf/1/const: value 'red' is given twice",
    ),
    "enum name twice": (
        {f"{THINGS}/Color/oneOf/1/x-name": "RED"},
        f"{THINGS}/Color/oneOf/1/x-name: name 'RED' is given twice",
    ),
    "values of no union": (
        {"discriminators.json#/$defs/ServerEventType/x-tags-of": "Thing"},
        "discriminators.json#/$defs/ServerEventType/x-tags-of: "
        "Thing is not a type with an x-discriminator",
    ),
    "value that a variant has": (
        {
            "discriminators.json#/$defs/ServerEventType/oneOf": [
                {"const": "thing.gone", "x-name": "GONE", "description": "No more."}
            ]
        },
        "discriminators.json#/$defs/ServerEventType/oneOf/0/const: "
        "'thing.gone' is a tag of ServerEvent already",
    ),
    "tags of one name": (
        {f"{SERVER}/ServerEventThingGone/properties/type/const": "thing_created"},
        f"{SERVER}/ServerEventThingGone/properties/type/const: in ServerEventType it "
        "would be called THING_CREATED, as 'thing.created' is",
    ),
    # Events
    "event base of another name": (
        {f"{THINGS}/Shape/x-direction": "client"},
        f"{THINGS}/Shape/x-direction: the base of client events is ClientEvent",
    ),
    "no base of events": (
        {f"{SERVER}/ServerEvent/x-direction": ...},
        f"{SERVER}/ServerEvent: the base of server events, with x-direction, "
        "is missing",
    ),
    "event in another file": (
        {
            f"{SERVER}/ServerEvent": ...,
            f"{SERVER}/ServerEventThingCreated": ...,
            f"{SERVER}/ServerEventThingGone": ...,
            f"{SERVER}/Rest": struct(properties={}),
            "more.json": topic(
                "more",
                ServerEvent=base(
                    properties={"event_id": {"type": "string"}}, x_direction="server"
                ),
                Lost=variant("ServerEvent", "thing.lost"),
            ),
        },
        "more.json#/$defs/ServerEvent: it must be in server_events.json",
    ),
    "event without an id": (
        {f"{SERVER}/ServerEvent/properties/event_id": ...},
        f"{SERVER}/ServerEvent/properties: an event needs an `event_id`",
    ),
    "event without a place": (
        {f"{CLIENT}/ClientEventThingCreate/properties/type/const": "create"},
        f"{CLIENT}/ClientEventThingCreate/properties/type/const: "
        "a client event needs a name of two parts or more",
    ),
    "event that makes no method": (
        {f"{CLIENT}/ClientEventThingCreate/properties/type/const": "thing.import"},
        f"{CLIENT}/ClientEventThingCreate/properties/type/const: "
        "'import' cannot be a name in Python",
    ),
    "event that is method and resource": (
        {f"{CLIENT}/ClientEventThingCreate/properties/type/const": "thing.part"},
        f"{CLIENT}/ClientEventThingCreate/properties/type/const: "
        "'thing.part.drop' makes it a resource, so it cannot be a method too",
    ),
    "handler that means something else": (
        {f"{SERVER}/ServerEventThingGone/properties/type/const": "error"},
        f"{SERVER}/ServerEventThingGone/properties/type/const: its handler would be "
        "called on_error, which has another meaning: it needs another x-handler",
    ),
    "handler name that means something else": (
        {f"{SERVER}/ServerEventThingGone/x-handler": "on_server_event"},
        f"{SERVER}/ServerEventThingGone/x-handler: its handler would be called "
        "on_server_event, which has another meaning: it needs another x-handler",
    ),
    "handler of two events": (
        {f"{SERVER}/ServerEventThingGone/x-handler": "on_thing_created"},
        f"{SERVER}/ServerEventThingGone/x-handler: its handler would be called "
        "on_thing_created, as that of 'thing.created' is",
    ),
    "handler of a client event": (
        {f"{CLIENT}/ClientEventThingCreate/x-handler": "on_thing_create"},
        f"{CLIENT}/ClientEventThingCreate/x-handler: only server events have handlers",
    ),
    "handler that is not a name": (
        {f"{SERVER}/ServerEventThingGone/x-handler": "gone"},
        f'{SERVER}/ServerEventThingGone/x-handler: "gone" is not '
        "a handler's name (`on_` and a name in snake case)",
    ),
    # Versions
    "unknown version": (
        {f"{THINGS}/Thing/properties/color/x-since": "2025-02-03"},
        f"{THINGS}/Thing/properties/color/x-since: "
        "2025-02-03 is not a known API version",
    ),
    "unknown version of a type": (
        {f"{THINGS}/Thing/x-until": "2024-01-01"},
        f"{THINGS}/Thing/x-until: 2024-01-01 is not a known API version",
    ),
    "unknown version of an enum value": (
        {f"{THINGS}/Color/oneOf/0/x-since": "2025-02-02-preview"},
        f"{THINGS}/Color/oneOf/0/x-since: "
        "2025-02-02-preview is not a known API version",
    ),
    "not a version": (
        {f"{THINGS}/Thing/x-since": "v2"},
        f'{THINGS}/Thing/x-since: "v2" is not an API version '
        "(YYYY-MM-DD or YYYY-MM-DD-preview)",
    ),
    "gone before it came": (
        {f"{THINGS}/Thing/properties/color/x-until": "2025-01-01"},
        f"{THINGS}/Thing/properties/color/x-since: "
        "2025-02-02 is later than x-until 2025-01-01",
    ),
    "gone before its type came": (
        {
            f"{THINGS}/Brush/x-since": "2025-02-02",
            f"{THINGS}/Brush/properties/width/x-until": "2025-01-01",
        },
        f"{THINGS}/Brush/properties/width: "
        "there is no API version that has both Brush and this",
    ),
    "field of a type that comes later": (
        {f"{THINGS}/Color/x-since": "2025-03-03-preview", f"{THINGS}/Paint": ...},
        f"{THINGS}/Thing/properties/color: "
        "Color does not exist in 2025-02-02, but this does",
    ),
    "variant of a base that comes later": (
        {
            f"{THINGS}/Shape/x-since": "2025-02-02",
            f"{THINGS}/Thing/properties/shapes": ...,
        },
        f"{THINGS}/Circle/x-extends: "
        "Shape does not exist in 2025-01-01, but its variant does",
    ),
    "base whose variants come later": (
        {
            f"{THINGS}/Circle/x-since": "2025-02-02",
            f"{THINGS}/Square/x-since": "2025-03-03-preview",
        },
        f"{THINGS}/Shape/x-discriminator: no variant of Shape exists in 2025-01-01",
    ),
    "enum whose values come later": (
        {
            f"{THINGS}/Color/oneOf/0/x-since": "2025-02-02",
            f"{THINGS}/Color/oneOf/1/x-since": "2025-02-02",
        },
        f"{THINGS}/Color/oneOf: none of them exists in 2025-01-01",
    ),
    "versions out of order": (
        {f"{VERSIONS}/versions/1/name": "2024-12-31"},
        f"{VERSIONS}/versions/1/name: "
        "2024-12-31 must be later than 2025-01-01, which is before it",
    ),
    "version twice": (
        {f"{VERSIONS}/versions/1/name": "2025-01-01"},
        f"{VERSIONS}/versions/1/name: "
        "2025-01-01 must be later than 2025-01-01, which is before it",
    ),
    "default version unknown": (
        {f"{VERSIONS}/default": "2025-04-04"},
        f"{VERSIONS}/default: 2025-04-04 is not among the versions",
    ),
    "no default version": (
        {f"{VERSIONS}/default": ...},
        f"{VERSIONS}: `default` is missing",
    ),
    "version without a name": (
        {f"{VERSIONS}/versions/0/name": ...},
        f"{VERSIONS}/versions/0: `name` is missing",
    ),
    "stable version that is a preview": (
        {f"{VERSIONS}/versions/2/status": "stable"},
        f'{VERSIONS}/versions/2/status: must be "preview"',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_error_names_place_and_reason(case: str, tmp_path: Path) -> None:
    """Each way to break the schema is refused where it is broken."""
    changes, message = CASES[case]
    documents = minimal_documents()
    for place, new in changes.items():
        if "#" in place:
            put(documents, place, new)
        elif new is ...:
            del documents[place]
        else:
            documents[place] = new
    with pytest.raises(SchemaError) as raised:
        load(write(tmp_path, documents))
    assert str(raised.value) == message


def test_tiny_schema_is_valid(tmp_path: Path) -> None:
    """What the cases above start from has nothing wrong with it."""
    schema = load(write(tmp_path, minimal_documents()))
    assert schema.versions == ("2025-01-01", "2025-02-02", "2025-03-03-preview")


@pytest.mark.parametrize("file", ["versions.json", "server_events.json", "things.json"])
def test_nothing_else_comes_out(file: str, tmp_path: Path) -> None:
    """Whatever is missing or misplaced, loading succeeds or names a place there is."""
    folder = write(tmp_path, minimal_documents())
    places = [
        json_pointer(where) for where, _ in walk(minimal_documents()[file]) if where
    ]
    refused = 0
    for place in places:
        for new in (..., "Shape"):
            documents = minimal_documents()
            put(documents, f"{file}#{place}", new)
            (folder / file).write_text(json.dumps(documents[file]), "utf-8")
            try:
                load(folder)
            except SchemaError as error:
                refused += 1
                at(documents, f"{error.file}#{error.pointer}")
    assert refused > len(places)


@pytest.mark.parametrize(
    ("place", "new", "message"),
    [
        (
            "session.json#/$defs/RequestSession/properties/voice/$ref",
            "voices.json#/$defs/Voices",
            "/properties/voice/$ref: there is no type Voices",
        ),
        (
            "server_events.json#/$defs/ServerEventResponseDone/properties/type/const",
            "response.created",
            "/properties/type/const: ServerEventResponseCreated has the discriminator "
            "value 'response.created' already",
        ),
        (
            "items.json#/$defs/UserMessageItem/properties/role/const",
            "assistant",
            "/properties/role/const: AssistantMessageItem has the discriminator value "
            "'assistant' already",
        ),
        (
            "tools.json#/$defs/MCPServer/x-since",
            "2030-01-01",
            "/x-since: 2030-01-01 is not a known API version",
        ),
    ],
)
def test_real_schema_broken(place: str, new: str, message: str, tmp_path: Path) -> None:
    """A single wrong value in the real schema is found."""
    documents = read_folder(SCHEMA)
    put(documents, place, new)
    with pytest.raises(SchemaError, match=r"^[a-z_]+\.json#/\$defs/") as raised:
        load(write(tmp_path, documents))
    assert str(raised.value).endswith(message)


def test_key_given_twice_in_real_file(tmp_path: Path) -> None:
    """A repeated key deep in a real file is found where it is."""
    folder = tmp_path / "schema"
    shutil.copytree(SCHEMA, folder)
    target = folder / "tools.json"
    text = target.read_text("utf-8")
    first = json.dumps(json.loads(text)["$defs"]["Tool"]["description"])
    assert text.count(first) == 1
    again = f'{first},\n "description": {first}'
    target.write_text(text.replace(first, again), "utf-8")
    with pytest.raises(SchemaError) as raised:
        load(folder)
    assert str(raised.value) == (
        "tools.json#/$defs/Tool/description: the key is given twice"
    )


def test_meta_schema_that_is_no_schema(tmp_path: Path) -> None:
    """The meta-schema itself is checked first."""
    folder = write(tmp_path, minimal_documents())
    (folder / "meta-schema.json").write_text('{"$defs": {}, "type": "objekt"}')
    with pytest.raises(SchemaError, match=r"^meta-schema\.json#/type: 'objekt'"):
        load(folder)


@pytest.mark.parametrize("command", [["--check"], [], ["diff", "A", "B"]])
def test_command_stops(command: list[str], tmp_path: Path) -> None:
    """The command line says where the schema is broken, and fails."""
    documents = minimal_documents()
    put(documents, f"{THINGS}/Thing/properties/size/type", "int")
    folder = write(tmp_path / "facts", documents)
    done = subprocess.run(
        [sys.executable, "-m", "codegen", "--schema", folder, *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(
        "facts/things.json#/$defs/Thing/properties/size/type: 'int' is not one of"
    )
    assert done.stderr.count("\n") == 1
