"""What two packages are compared by: names, fields, values and signatures."""

from __future__ import annotations

from msgspec import Struct


class Field(Struct, frozen=True, kw_only=True):
    """A field of a model, under its Python name."""

    wire: str
    required: bool
    """Whether a message without it is invalid."""

    type: str
    """See `tests.parity.sdk.typetext`."""

    constant: str | None = None
    """The one value it always has."""

    selects: bool = False
    """Whether it tells the variants of a base apart."""


class ModelShape(Struct, frozen=True, kw_only=True):
    """A public model."""

    bases: list[str]
    """Public models that an instance is also an instance of."""

    fields: dict[str, Field]
    variants: dict[str, str]
    """Of a base: the class for each value of the discriminator."""


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter that can be given by name."""

    required: bool
    default: str


class Signature(Struct, frozen=True, kw_only=True):
    """How something is called."""

    is_async: bool
    parameters: dict[str, Parameter]
    takes_more: bool
    """Whether unknown keywords are accepted."""


class ClassShape(Struct, frozen=True, kw_only=True):
    """A public class of the client."""

    bases: list[str]
    methods: dict[str, Signature]
    attributes: dict[str, str]


class Shape(Struct, frozen=True, kw_only=True):
    """The whole public surface of a package."""

    version: str
    models: dict[str, ModelShape]
    enums: dict[str, dict[str, str]]
    client_events: dict[str, str]
    server_events: dict[str, str]
    functions: dict[str, Signature]
    classes: dict[str, ClassShape]
    behaviour: dict[str, str]
    """What `tests.parity.sdk.behaviour` finds out by trying."""

    other: list[str] = []
    """Further public names of the models module."""
