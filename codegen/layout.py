"""Layout of the generated package besides the types of the schema."""

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
    # Not public: only a service builds errors, so importing the client skips it.
    "error_catalogue": (),
    # Also from the error catalogue: the part of it that clients read.
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

# The module of the resource classes; those are added to its public names.
RESOURCES = "resources"
RESOURCE_NAMES = ("ClientMessage", "ConnectionResources", "Sender")

# Hand-written modules of the core package, with the names that are public here too.
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
    """Module names that no topic can have."""
    return frozenset({*TEMPLATED, RESOURCES})


def taken_names() -> frozenset[str]:
    """Class names that no type can have."""
    tables = (*TEMPLATED.values(), *CORE_NAMES.values(), RESOURCE_NAMES, IMPORTED)
    return frozenset(name for names in tables for name in names)
