"""Intermediate representation (IR): names, types and docstrings of the package."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.source import ErrorGroup


@dataclass(frozen=True, slots=True)
class FieldIR:
    """One attribute of a struct.

    Attributes:
        name: Python name.
        suffix: End of the annotation, after the type of the value (` | None`).
        default: Text of the default, or None when the field is required.
        doc: Docstring text, without quotes.
    """

    name: str
    suffix: str
    default: str | None
    doc: str


@dataclass(frozen=True, slots=True)
class TagIR:
    """The discriminating constant of a variant.

    Attributes:
        name: Attribute.
        annotation: Its annotation.
        value: Its value, as text.
        with_text: Annotation that includes the plain string, for tags that applications
            compare with one; None for others. The template uses it for pyright.
    """

    name: str
    annotation: str
    value: str
    with_text: str | None = None


@dataclass(frozen=True, slots=True)
class VariantIR:
    """The class for one value of a second discriminator."""

    value: str
    class_name: str


@dataclass(frozen=True, slots=True)
class StructIR:
    """A class made from an object type.

    Attributes:
        name: Class name.
        module: Module it is in.
        base: Name of the base in the protocol, if it has one.
        keywords: Class keywords, as text.
        doc: Docstring text.
        tag: The discriminating constant of a variant.
        tag_property: Name of the discriminator that a base declares.
        fields: Attributes in order, inherited ones left out.
        narrowed_by: Attribute of a second discriminator.
        variants: Classes for its values.
    """

    name: str
    module: str
    base: str | None
    keywords: str
    doc: str
    tag: TagIR | None
    tag_property: str | None
    fields: tuple[FieldIR, ...]
    narrowed_by: str | None
    variants: tuple[VariantIR, ...]


@dataclass(frozen=True, slots=True)
class MemberIR:
    """A value of an enum."""

    name: str
    value: str
    doc: str


@dataclass(frozen=True, slots=True)
class EnumIR:
    """An open enum."""

    name: str
    module: str
    doc: str
    members: tuple[MemberIR, ...]


@dataclass(frozen=True, slots=True)
class UnionIR:
    """A named union.

    Attributes:
        name: Alias name.
        module: Module it is in.
        doc: Docstring text.
        checked: Further options that only type checkers see, as text; the fallback for
            what is unknown is added by the slow path, not by the decoder.
    """

    name: str
    module: str
    doc: str
    checked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParameterIR:
    """An argument of a resource method.

    Attributes:
        name: Argument name, which is also the event's field.
        annotation: Type text.
        default: Default text, or None when it is required.
        doc: Description.
    """

    name: str
    annotation: str
    default: str | None
    doc: str


@dataclass(frozen=True, slots=True)
class MethodIR:
    """A client event as a method."""

    name: str
    event: str
    doc: str
    parameters: tuple[ParameterIR, ...]

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """Names and descriptions of the parameters."""
        return [(parameter.name, parameter.doc) for parameter in self.parameters]


@dataclass(frozen=True, slots=True)
class ResourceIR:
    """A node of the resource tree.

    Attributes:
        class_name: Name of the class.
        attribute: Name under its parent.
        path: Dotted path from the connection.
        methods: The client events it sends.
        children: Nested resources.
    """

    class_name: str
    attribute: str
    path: str
    methods: tuple[MethodIR, ...]
    children: tuple[ResourceIR, ...]


@dataclass(frozen=True, slots=True)
class HandlerIR:
    """A server event as a handler method."""

    name: str
    event: str
    wire: str
    doc: str


@dataclass(frozen=True, slots=True)
class EventIR:
    """A row of the registry."""

    wire: str
    event: str


@dataclass(frozen=True, slots=True)
class NamesIR:
    """A type, with its fields as `.field` or its enum values as `:value`."""

    type_name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpanIR:
    """API versions of a name that is not in all versions, or in fewer than its type."""

    name: str
    since: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class AudioFormatIR:
    """A row of the table of audio formats."""

    name: str
    encoding: str
    sample_rate: int
    bytes_per_sample: int
    silence: str


@dataclass(frozen=True, slots=True)
class RetryIR:
    """A row of the retry table: an error code, and whether a new session may work."""

    code: str
    retry: bool


@dataclass(frozen=True, slots=True)
class ModuleIR:
    """A generated module of types and the public names in it."""

    name: str
    doc: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackageIR:
    """The whole package."""

    path: str
    versions: tuple[str, ...]
    default_version: str
    digest: str
    modules: tuple[ModuleIR, ...]
    structs: tuple[StructIR, ...]
    enums: tuple[EnumIR, ...]
    unions: tuple[UnionIR, ...]
    resources: tuple[ResourceIR, ...]
    handlers: tuple[HandlerIR, ...]
    client_events: tuple[EventIR, ...]
    server_events: tuple[EventIR, ...]
    names: tuple[NamesIR, ...]
    spans: tuple[SpanIR, ...]
    retries: tuple[RetryIR, ...]
    error_groups: tuple[ErrorGroup, ...]
    audio_formats: tuple[AudioFormatIR, ...]
