"""Validation of events in tests, whose cache must not accept invalid events."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.support.engine_driver import Session, respond, update, user
from tests.support.schema_check import check_event
from voicelive_protocol import SERVER_EVENTS, json_schema

VERSION = "2026-07-15"
TYPES = ("error", "conversation.item.created", "response.done", "session.created")
VALUES: tuple[Any, ...] = (None, -1, 1.5, 3000, "x y", "text", [])


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container in a value with each of its keys."""
    if isinstance(value, dict | list):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in list(keys):
            yield value, key
            yield from places(value[key])


@pytest.mark.slow
def test_the_cache_agrees_with_the_schema() -> None:
    """Changes of every value are accepted exactly if the schema accepts them."""
    session = Session(api_version=VERSION)
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}}
    session.ask(update(tools=[tool], modalities=["text"]), user("Hello"), respond())
    session.ask({"type": "response.cancel", "event_id": "mine"})
    verdicts = set()
    last = {event["type"]: event for event in session.events}
    for event in (last[name] for name in TYPES):
        reference = {"$ref": f"#/$defs/{SERVER_EVENTS[event['type']].__name__}"}
        schema = reference | {"$defs": json_schema(VERSION)["$defs"]}
        validator = jsonschema.Draft202012Validator(schema)
        changed = copy.deepcopy(event)
        for container, key in places(changed):
            original = container[key]
            if container is changed and key == "type":
                continue
            for value in VALUES:
                container[key] = value
                try:
                    check_event(changed, VERSION)
                except jsonschema.ValidationError:
                    accepted = False
                else:
                    accepted = True
                assert accepted is validator.is_valid(changed), json.dumps(changed)
                verdicts.add(accepted)
            container[key] = original
    assert verdicts == {True, False}
