"""Base classes of models and events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, dataclass_transform

import msgspec
from msgspec import UNSET, Struct

from voicelive_core.convert import convert
from voicelive_core.fields import defaults, python_names
from voicelive_core.json import encode_plain, parse
from voicelive_core.problems import FieldProblem
from voicelive_core.round_trip import restore_object
from voicelive_core.scalars import OpenEnum, UnixTime, plain_hook
from voicelive_core.validation import (
    CHECKS,
    fit,
    from_positional,
    no_field,
    prepare_checks,
    without_tag,
)

_M = TypeVar("_M")

# Bypasses `_ModelMeta.__call__` without the cost of `super()`.
_build = msgspec.StructMeta.__call__

if TYPE_CHECKING:

    @dataclass_transform(field_specifiers=(msgspec.field,))
    class _ModelMeta(msgspec.StructMeta):
        # Type checkers derive the constructor from the fields.
        def _construct(cls: type[_M], **fields: Any) -> _M:
            raise NotImplementedError

else:

    class _ModelMeta(msgspec.StructMeta):
        """Validation and conversion of constructor arguments.

        Decoding bypasses constructors, so it costs nothing there.
        """

        def __call__(cls, *args, **kwargs):
            if args:
                kwargs = from_positional(cls, args, kwargs)
            checks = CHECKS.get(cls) or prepare_checks(cls)
            for name, value in kwargs.items():
                if name not in checks:
                    return cls(**without_tag(cls, kwargs))
                accepted, kind = checks[name]
                if accepted is None or type(value) in accepted:
                    continue
                kwargs[name] = fit(cls, name, value, kind)
            try:
                return _build(cls, **kwargs)
            except TypeError as error:
                raise TypeError(f"{cls.__name__}: {error}") from None

        def _construct(cls, **fields):
            """Build without validation, from values that are known to fit."""
            return _build(cls, **fields)


class Model(Struct, kw_only=True, dict=True, metaclass=_ModelMeta):
    """A value of the protocol.

    Constructors take keywords only. They accept a dict where a model is expected, a
    string where an enum is, and base64 text where bytes are; a value that does not fit
    raises `FieldError` (a `ValueError`) that names the field, and an unknown or missing
    keyword raises `TypeError`. Assignment to a field is validated in the same way;
    other attributes cannot be assigned (`AttributeError`). Elements of a list or dict
    are validated when the value is sent.

    In types that a client sends, `UNSET` is "not in the message" and `None` is JSON
    null. In types that only the service sends, `None` stands for both.
    """

    if not TYPE_CHECKING:
        # Type checkers would allow assignment to any attribute.

        def __setattr__(self, name, value):
            cls = type(self)
            checks = CHECKS.get(cls) or prepare_checks(cls)
            if name not in checks:
                config = cls.__struct_config__
                if name == config.tag_field and value == config.tag:
                    return
                raise AttributeError(no_field(cls, name))
            accepted, kind = checks[name]
            if accepted is not None and type(value) not in accepted:
                value = fit(cls, name, value, kind)
            super().__setattr__(name, value)

    def as_dict(self) -> dict[str, Any]:
        """Return builtins with wire names: bytes as base64 text, no unset fields.

        An event from a frame, and a value of `from_dict()` or `from_json()`, keep what
        the types do not declare, at any depth: unknown fields, and explicit nulls. A
        value inside of them has no reference to its JSON: `event.item.as_dict()` has
        the declared fields only, `event.as_dict()["item"]` has all.
        """
        plain: dict[str, Any] = msgspec.to_builtins(self, enc_hook=plain_hook)
        source = vars(self).get("_source")
        if source is None:
            return plain
        original = source if isinstance(source, dict) else parse(source)
        return restore_object(original, plain, self)

    def to_json(self) -> bytes:
        """Return this value as JSON text in UTF-8, as `encode` writes it."""
        return encode_plain(self.as_dict() if "_source" in vars(self) else self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return a model of builtins with wire names, as `as_dict()` returns them.

        Unknown fields are kept for `as_dict()`.

        Raises:
            FieldError: A field is missing or does not fit.
        """
        model: Self = convert(data, cls, cls.__name__)
        vars(model)["_source"] = dict(data)
        return model

    @classmethod
    def from_json(cls, text: bytes | str) -> Self:
        """Return a model of JSON text, as `to_json()` returns it.

        Raises:
            FieldError: A field is missing or does not fit.
            ValueError: The text is not JSON.
        """
        return cls.from_dict(parse(text))

    def keys(self) -> list[str]:
        """Return the wire names of the fields that are neither `UNSET` nor `None`."""
        tag_field = self.__struct_config__.tag_field
        names = [] if tag_field is None else [tag_field]
        return names + [key for key in python_names(type(self)) if key in self]

    def __contains__(self, wire_name: str) -> bool:
        """Return whether a field is neither `UNSET` nor `None`."""
        return self.get(wire_name, UNSET) is not UNSET

    def __getitem__(self, wire_name: str) -> Any:
        """Return a field by its wire name; raise `KeyError` if it is absent."""
        value = self.get(wire_name, UNSET)
        if value is UNSET:
            raise KeyError(wire_name)
        return value

    def get(self, wire_name: str, default: Any = None) -> Any:
        """Return a field by its wire name, or `default` if it is absent."""
        name = python_names(type(self)).get(wire_name)
        if name is not None:
            value = getattr(self, name)
            return default if value is UNSET or value is None else value
        if wire_name == self.__struct_config__.tag_field:
            return self.__struct_config__.tag
        return default

    def __repr__(self) -> str:
        fields = ", ".join(f"{n}={_short(v)}" for n, v in self.__rich_repr__())
        return f"{type(self).__name__}({fields})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return names and values of the fields that differ from their defaults."""
        shown = []
        for name, default in defaults(type(self)).items():
            value = getattr(self, name)
            if value is not default and value is not UNSET:
                shown.append((name, value))
        return shown

    # msgspec's own copies lose the instance dict, which holds the source.
    def __reduce__(self) -> tuple[Any, ...]:
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return _rebuild, (type(self), fields, dict(vars(self)))

    def __copy__(self) -> Self:
        rebuild, arguments = self.__reduce__()
        copied: Self = rebuild(*arguments)
        return copied


def _rebuild(cls: type[_M], fields: dict[str, Any], notes: dict[str, Any]) -> _M:
    model: _M = cls._construct(**fields)  # type: ignore[attr-defined]
    vars(model).update(notes)
    return model


class ErrorDetails(Model, kw_only=True):
    """Base of models that describe an error, which are decoded from any JSON value."""

    _is_error: ClassVar[bool] = True

    def __str__(self) -> str:
        """Return code and message, as far as they are known."""
        parts = (self.get("code") or self.get("type"), self.get("message"))
        return ": ".join(text for text in parts if text) or "no details"


class Event(Model, kw_only=True):
    """Base of client and server events."""

    @property
    def raw(self) -> bytes | str | None:
        """The frame that the event was decoded from; None if it was constructed."""
        source = vars(self).get("_source")
        return None if isinstance(source, dict) else source

    @property
    def problems(self) -> tuple[FieldProblem, ...]:
        """Values in the frame that do not fit their fields, at most the first hundred.

        Such a field is decoded as None (or its default), such an element is left out,
        and such a variant is an `UnknownModel`. `as_dict()` and `to_json()` still have
        the values. Empty for constructed events and for client events, which are
        decoded strictly.
        """
        found: tuple[FieldProblem, ...] = vars(self).get("_problems", ())
        return found

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return names and values of the fields, and the problems if there are any."""
        shown = super().__rich_repr__()
        return [*shown, ("problems", self.problems)] if self.problems else shown


def specialize(model: Model, key: str, variants: Mapping[str, type[Model]]) -> None:
    """Change the class of a decoded value to the one for its second discriminator.

    msgspec dispatches on one field. Where the protocol has a second one (`role` of a
    message), `__post_init__` calls this. The classes have the same fields.
    """
    variant = variants.get(key)
    if variant is not None and not isinstance(model, variant):
        Struct.__setattr__(model, "__class__", variant)


def keep_source(event: Event, frame: bytes | str) -> None:
    """Attach the frame that an event was decoded from."""
    vars(event)["_source"] = frame


def keep_problems(event: Event, problems: tuple[FieldProblem, ...]) -> None:
    """Attach the values of the frame that do not fit the event."""
    if problems:
        vars(event)["_problems"] = problems


def encode(value: Any, *, indent: int = 0) -> bytes:
    r"""Return models, mappings of models, or builtins as JSON text in UTF-8.

    A lone surrogate, which UTF-8 cannot represent, is written as an escape: `\ud83d`.

    Args:
        value: The value.
        indent: Spaces for each level; 0 writes one line without spaces.

    Raises:
        TypeError: Something in it has no JSON form.
    """
    if isinstance(value, Model):
        text = value.to_json()
        return encode_plain(parse(text), indent) if indent else text
    try:
        return encode_plain(value, indent)
    except TypeError:
        if isinstance(value, dict) or not isinstance(value, Mapping):
            raise
        return encode_plain(dict(value), indent)


def _short(value: Any) -> str:
    if isinstance(value, bytes | bytearray) and len(value) > 16:
        return f"<{len(value)} bytes>"
    if isinstance(value, OpenEnum):
        return repr(value.value)
    if isinstance(value, UnixTime):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(_short(item) for item in value)}]"
    return repr(value)
