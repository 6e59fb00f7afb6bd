"""Rules that turn wire names into Python names."""

from __future__ import annotations

import keyword
import re

# Names that a field must not shadow: methods of `Model`, and functions that the body of
# a generated class calls.
RESERVED_FIELDS = frozenset(
    {"as_dict", "to_json", "from_dict", "from_json", "get", "raw"}
    | {"field", "specialize"}
)


def field_name(wire: str) -> str:
    """Return the Python attribute for a wire name: snake case, never a keyword."""
    name = re.sub(r"\W", "_", wire)
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED_FIELDS else name


def member_name(wire: str) -> str:
    """Return the enum member for a wire value, such as `RESPONSE_AUDIO_DELTA`."""
    name = re.sub(r"\W+", "_", wire).strip("_").upper()
    return f"_{name}" if name[:1].isdigit() else name


def union_name(base: str) -> str:
    """Return the alias of a union of the variants of `base`, unknown ones included."""
    return f"Any{base.removesuffix('Base')}"


def lenient_enum_name(enum: str) -> str:
    """Return the alias of a union of `enum` and `str`."""
    return f"{enum}OrStr"


def resource_path(event_type: str) -> tuple[tuple[str, ...], str]:
    """Return the resource path and the method of a client event.

    `conversation.item.create` is method `create` of resource `conversation.item`.
    """
    *path, method = event_type.split(".")
    return tuple(path), method


def resource_class(path: tuple[str, ...]) -> str:
    """Return the class name of a resource, such as `ConversationItemResource`."""
    words = "_".join(path).split("_")
    return "".join(word.title() for word in words) + "Resource"


# Handlers of all events, of the connection, and of failures of other handlers.
RESERVED_HANDLERS = frozenset(
    {"on_server_event", "on_connected", "on_disconnected", "on_error"}
)


def handler_name(event_type: str) -> str:
    """Return the handler name of a server event, such as `on_response_done`."""
    return "on_" + re.sub(r"\W+", "_", event_type)
