"""Typed representation of the annotated schema, as `load` returns it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

ScalarKind: TypeAlias = Literal[
    "string", "integer", "number", "boolean", "any", "bytes", "unix-time"
]

Direction: TypeAlias = Literal["client", "server"]
"""The side that sends an event."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range of API versions, both ends included; None is open."""

    since: str | None = None
    until: str | None = None

    def within(self, outer: Span) -> Span:
        """Return the intersection with the span of an outer definition."""
        starts = [s for s in (self.since, outer.since) if s is not None]
        ends = [u for u in (self.until, outer.until) if u is not None]
        return Span(max(starts, default=None), min(ends, default=None))


@dataclass(frozen=True, slots=True)
class Scalar:
    """A JSON scalar, or any JSON value."""

    kind: ScalarKind


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to another definition, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Array:
    """A list of one type."""

    item: Type


@dataclass(frozen=True, slots=True)
class Map:
    """A JSON object with free keys."""

    value: Type


@dataclass(frozen=True, slots=True)
class Const:
    """A constant string."""

    value: str


@dataclass(frozen=True, slots=True)
class Union:
    """One of several types."""

    options: tuple[Type, ...]


Type: TypeAlias = Scalar | Ref | Array | Map | Const | Union


@dataclass(frozen=True, slots=True)
class Property:
    """One field of a struct."""

    wire: str
    python: str
    type: Type
    required: bool
    description: str
    span: Span
    source: str | None
    nullable: bool
    may_be_absent: bool
    disputed: bool
    """Whether sources contradict each other; the description gives the difference."""
    schema: Mapping[str, Any]
    """The property as in the schema, for keywords that only validators use."""


@dataclass(frozen=True, slots=True)
class Struct:
    """An object type; with `discriminator` it is the base of a tagged union."""

    name: str
    topic: str
    description: str
    span: Span
    source: str | None
    properties: tuple[Property, ...]
    extends: str | None
    discriminator: str | None
    direction: Direction | None
    tag: str | None
    """Discriminator of a struct without a base that is in a named union."""
    handler: str | None
    """Name of the handler method of a server event, if it has one of its own."""
    is_error: bool
    """Whether it describes an error, which is decoded from any JSON value."""
    disputed: bool
    """Whether sources contradict each other; the description gives the difference."""


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """Encoding of an audio format; `silence` is one sample, in hexadecimal digits."""

    encoding: str
    sample_rate: int
    bytes_per_sample: int
    silence: str


@dataclass(frozen=True, slots=True)
class EnumValue:
    """A known value of an enum, with the name of its member."""

    wire: str
    name: str
    description: str
    span: Span
    source: str | None
    audio: AudioFacts | None = None
    """For the name of an audio format: its encoding."""
    disputed: bool = False
    """Whether sources contradict each other; the description gives the difference."""


@dataclass(frozen=True, slots=True)
class Enum:
    """An open set of strings."""

    name: str
    topic: str
    description: str
    span: Span
    values: tuple[EnumValue, ...]
    tags_of: str | None
    """The base whose variants' tags are the values, for derived enums."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A named union of other definitions."""

    name: str
    topic: str
    description: str
    span: Span
    options: tuple[str, ...]


Definition: TypeAlias = Struct | Enum | Alias


@dataclass(frozen=True, slots=True)
class Topic:
    """A schema file, which becomes a Python module."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class KnownError:
    """An error of the service: code, message template and consequence."""

    name: str
    code: str | None
    message: str
    param: str | None
    type: str
    fatal: bool
    close_code: int | None
    retry: bool | None
    """Whether a new session may work after an error with this code."""
    example: Mapping[str, Any]
    """A value for each placeholder of `message` and `param`."""
    events: tuple[str, ...]
    """Wire names of the client events that it answers; empty for any, or none."""


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Errors of the catalogue that share an occasion."""

    description: str
    errors: tuple[KnownError, ...]


@dataclass(frozen=True, slots=True)
class ConnectionFact:
    """A fact about connections: a parameter, a limit, a close code."""

    name: str
    description: str
    span: Span
    source: str | None


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """Facts about connections under one heading."""

    title: str
    description: str
    facts: tuple[ConnectionFact, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """The whole annotated schema."""

    path: str
    versions: tuple[str, ...]
    default_version: str
    topics: tuple[Topic, ...]
    definitions: Mapping[str, Definition]
    error_groups: tuple[ErrorGroup, ...]
    connection: Mapping[str, ConnectionFacts]
    digest: str
    _subtypes: dict[str, list[Struct]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, list[Struct]] = {}
        for struct in self.structs():
            if struct.extends:
                found.setdefault(struct.extends, []).append(struct)
        object.__setattr__(self, "_subtypes", found)

    def structs(self) -> Iterator[Struct]:
        """Yield all object types, in the order of the files."""
        return (d for d in self.definitions.values() if isinstance(d, Struct))

    def enum_values(self) -> Iterator[EnumValue]:
        """Yield all values of all enums, in the order of the files."""
        for definition in self.definitions.values():
            if isinstance(definition, Enum):
                yield from definition.values

    def retryable_errors(self) -> dict[str, bool]:
        """Return whether a new session may work, by error code."""
        return {
            error.code: error.retry
            for group in self.error_groups
            for error in group.errors
            if error.code is not None and error.retry is not None
        }

    def struct(self, name: str) -> Struct:
        """Return the object type of a name."""
        found = self.definitions[name]
        assert isinstance(found, Struct), name
        return found

    def parent(self, struct: Struct) -> Struct | None:
        """Return the base that a variant extends."""
        return self.struct(struct.extends) if struct.extends else None

    def subtypes(self, name: str) -> list[Struct]:
        """Return the direct variants of a base, in the order of the schema."""
        return list(self._subtypes.get(name, ()))

    def leaves(self, name: str) -> list[Struct]:
        """Return the concrete variants of a base; the struct itself if it has none."""
        struct = self.struct(name)
        if struct.discriminator is None:
            return [struct]
        return [leaf for s in self.subtypes(name) for leaf in self.leaves(s.name)]

    def tag(self, struct: Struct) -> tuple[str, str] | None:
        """Return the discriminator of a variant and its value; None without one."""
        base = self.parent(struct)
        wire = base.discriminator if base else struct.tag
        for prop in struct.properties:
            if prop.wire == wire and isinstance(prop.type, Const):
                return prop.wire, prop.type.value
        return None

    def all_properties(self, struct: Struct) -> list[Property]:
        """Return own and inherited properties; own ones override those of the base."""
        base = self.parent(struct)
        merged = {p.wire: p for p in self.all_properties(base)} if base else {}
        merged |= {p.wire: p for p in struct.properties}
        return list(merged.values())

    def includes(self, span: Span, version: str) -> bool:
        """Return whether a span includes an API version."""
        position = self.versions.index(version)
        after = span.since is None or self.versions.index(span.since) <= position
        before = span.until is None or position <= self.versions.index(span.until)
        return after and before

    def events(self, direction: Direction) -> list[Struct]:
        """Return all events that one side sends, in the order of the schema."""
        return [leaf for r in self.roots(direction) for leaf in self.leaves(r)]

    def event_type(self, event: Struct) -> str:
        """Return the wire name of an event."""
        tag = self.tag(event)
        assert tag is not None, event.name
        return tag[1]

    def is_event(self, struct: Struct) -> bool:
        """Return whether a struct is an event of either side."""
        base = self.parent(struct)
        return base is not None and base.direction is not None

    def roots(self, direction: Direction) -> list[str]:
        """Return the bases of the events that one side sends."""
        return [s.name for s in self.structs() if s.direction == direction]

    def reachable(self, roots: list[str]) -> set[str]:
        """Return the names of all definitions that values of these types can hold."""
        seen: set[str] = set()
        todo = list(roots)
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            match self.definitions[name]:
                case Alias(options=options):
                    todo += options
                case Struct() as struct:
                    todo += [s.name for s in self.subtypes(name)]
                    for prop in self.all_properties(struct):
                        todo += references(prop.type)
                case Enum():
                    pass
        return seen


def references(kind: Type) -> list[str]:
    """Return the names of the definitions that a type refers to."""
    match kind:
        case Ref(name):
            return [name]
        case Array(inner) | Map(inner):
            return references(inner)
        case Union(options):
            return [name for option in options for name in references(option)]
        case Scalar() | Const():
            return []


def target_name(ref: str) -> str:
    """Return the name of the definition that a `$ref` refers to."""
    return ref.rpartition("/")[2]
