"""Modules and public names of the generated package that are not schema types."""

from __future__ import annotations

PACKAGE = "voicelive_protocol"

# Modules from the templates of this compiler, with their public names.
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
    # Not public: only a service builds errors, so importing the client skips it.
    "error_catalogue": (),
    # The part of the error catalogue that clients read.
    "retry": ("RETRYABLE_ERRORS",),
    # Not public: applications have `voicelive.audio` and `connect`.
    "audio_formats": (),
    "endpoint": (),
    "_codec": (
        "InvalidServerEvent",
        "ReceivedEvent",
        "UnknownServerEvent",
        "decode_client_event",
        "decode_server_event",
    ),
    "_meta": ("SCHEMA_DIGEST",),
}

# Module of the resource classes, which are public in addition to these names.
RESOURCES = "resources"
RESOURCE_NAMES = ("ClientMessage", "ConnectionResources", "Sender")

# Modules of the core package, with the names that the generated package re-exports.
CORE = "voicelive_core"
CORE_NAMES: dict[str, tuple[str, ...]] = {
    "codec": ("Frame", "InvalidClientEvent"),
    "convert": ("UnknownModel",),
    "json": ("parse",),
    "model": ("Event", "Model", "encode"),
    "outgoing": ("check_fields",),
    "peek": ("Peek", "peek"),
    "problems": ("FieldError", "FieldProblem"),
    "scalars": ("OpenEnum", "UnixTime"),
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
    """Return the module names that no topic can have."""
    return frozenset({*TEMPLATED, RESOURCES})


def taken_names() -> frozenset[str]:
    """Return the class names that no type can have."""
    tables = (*TEMPLATED.values(), *CORE_NAMES.values(), RESOURCE_NAMES, IMPORTED)
    return frozenset(name for names in tables for name in names)
