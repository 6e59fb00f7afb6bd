"""What the generated package has besides the types of the schema."""

from __future__ import annotations

PACKAGE = "voicelive_protocol"

# Modules of our own templates, with what they add to the public names.
TEMPLATED = {
    "registry": ("CLIENT_EVENTS", "SERVER_EVENTS"),
    "handlers": (
        "HANDLER_NAMES",
        "HandlerResult",
        "ServerEventFunctions",
        "ServerEventHandlers",
    ),
    "availability": (
        "API_VERSIONS",
        "DEFAULT_API_VERSION",
        "is_available",
        "json_schema",
    ),
    "retry": ("RETRYABLE_ERRORS",),
    "_meta": ("SCHEMA_DIGEST",),
}

# The module of the resource classes; those are added to its public names.
RESOURCES = "resources"
RESOURCE_NAMES = ("ClientMessage", "ConnectionResources", "Sender")

# Modules copied from `support/`, with their public names.
COPIED: dict[str, tuple[str, ...]] = {
    "json": ("parse",),
    "scalars": ("OpenEnum", "UnixTime"),
    "problems": ("FieldError", "FieldProblem"),
    "lenient_errors": (),
    "convert": ("UnknownModel",),
    "model": ("Event", "Model", "check_fields", "encode"),
    "codec": (
        "Frame",
        "InvalidClientEvent",
        "InvalidServerEvent",
        "ReceivedEvent",
        "UnknownServerEvent",
        "decode_client_event",
        "decode_server_event",
    ),
    "peek": ("Peek", "peek"),
    "redaction": (),
}

# Names that generated modules import, so no type in them can have them.
IMPORTED = (
    "Any",
    "Awaitable",
    "Callable",
    "ClassVar",
    "Literal",
    "Mapping",
    "MappingProxyType",
    "Protocol",
    "Sequence",
    "TypeAlias",
    "TypedDict",
    "UNSET",
    "UnsetType",
)


def taken_modules() -> frozenset[str]:
    """Module names that no topic can have."""
    return frozenset({*TEMPLATED, RESOURCES})


def taken_names() -> frozenset[str]:
    """Class names that no type can have."""
    tables = (*TEMPLATED.values(), *COPIED.values(), RESOURCE_NAMES, IMPORTED)
    return frozenset(name for names in tables for name in names)
