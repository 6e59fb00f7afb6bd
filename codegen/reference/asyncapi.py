"""AsyncAPI 3 documents of the protocol, one per API version.

A document describes the client: it sends client events and receives server events.
"""

from __future__ import annotations

from typing import Any

from codegen.bundle import bundle
from codegen.docstrings import first_sentence
from codegen.reference.markdown import PageLocations
from codegen.reference.relations import answers
from codegen.reference.values import Examples
from codegen.source import Schema, Struct

_CHANNEL = "session"
_VERSION = "api-version"


def asyncapi(schema: Schema, version: str) -> dict[str, Any]:
    """Return the AsyncAPI document of an API version."""
    present = [
        (direction, event)
        for direction in ("client", "server")
        for event in schema.events(direction)
        if schema.includes(event.span, version)
    ]
    replies = answers(schema, PageLocations(schema))
    examples = Examples(schema)
    names = {event.name for _, event in present}
    channel = {"$ref": f"#/channels/{_CHANNEL}"}
    received = [_reference(e.name) for direction, e in present if direction == "server"]
    operations: dict[str, Any] = {
        "receive": {
            "action": "receive",
            "channel": channel,
            "summary": "Receive the events of the service, in one ordered stream.",
            "messages": received,
        }
    }
    for direction, event in present:
        if direction == "server":
            continue
        operation: dict[str, Any] = {
            "action": "send",
            "channel": channel,
            "summary": first_sentence(event.description),
            "messages": [_reference(event.name)],
        }
        known = [name for name in replies.get(event.name, []) if name in names]
        if known:
            messages = [_reference(name) for name in known]
            operation["reply"] = {"channel": channel, "messages": messages}
        operations[event.name] = operation
    schemas = _moved(bundle(schema, version)["$defs"])
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Azure Voice Live API, as a client sees it",
            "version": version,
            "description": (
                "Events of one WebSocket, JSON objects in text frames. Generated from "
                "the schema of the project voicelive."
            ),
            "license": {
                "name": "MIT",
                "url": "https://opensource.org/license/mit",
            },
        },
        "defaultContentType": "application/json",
        "servers": {"resource": _server(schema)},
        "channels": {_CHANNEL: _channel(schema, version, sorted(names))},
        "operations": operations,
        "components": {
            "messages": {
                event.name: _message(schema, event, version, examples)
                for _, event in present
            },
            "schemas": schemas,
            "securitySchemes": {
                "key": {
                    "type": "httpApiKey",
                    "in": "header",
                    "name": "api-key",
                    "description": "API key of the resource.",
                },
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Microsoft Entra ID token; agents need one.",
                },
            },
        },
    }


def _server(schema: Schema) -> dict[str, Any]:
    return {
        "host": schema.connection["hosts"].facts[0].name,
        "protocol": "wss",
        "description": "Endpoint of a resource.",
        "variables": {"resource": {"description": "Name of the resource."}},
        "security": [
            {"$ref": "#/components/securitySchemes/key"},
            {"$ref": "#/components/securitySchemes/token"},
        ],
    }


def _channel(schema: Schema, version: str, names: list[str]) -> dict[str, Any]:
    return {
        "address": schema.path,
        "description": "A session: one WebSocket, from `session.created` to its close.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "required": [_VERSION],
                    "properties": {
                        fact.name: {"type": "string", "description": fact.description}
                        | ({"const": version} if fact.name == _VERSION else {})
                        for fact in schema.connection["query"].facts
                        if schema.includes(fact.span, version)
                    },
                },
                "bindingVersion": "0.1.0",
            }
        },
    }


def _message(
    schema: Schema, event: Struct, version: str, examples: Examples
) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": schema.event_type(event),
        "title": schema.event_type(event),
        "summary": first_sentence(event.description),
        "description": event.description,
        "payload": {"$ref": f"#/components/schemas/{event.name}"},
    }
    if examples.version(event) == version:
        message["examples"] = [{"name": "example", "payload": examples.of(event)}]
    return message


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{_CHANNEL}/messages/{name}"}


def _moved(value: Any) -> Any:
    """Return JSON Schema with references to where AsyncAPI keeps schemas."""
    if isinstance(value, dict):
        return {
            key: item.replace("#/$defs/", "#/components/schemas/")
            if key == "$ref"
            else _moved(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_moved(item) for item in value]
    return value
