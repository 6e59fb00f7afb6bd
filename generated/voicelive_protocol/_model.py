# Generated from schema/ by `make generate`. Do not edit.
"""The base of every generated type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Self,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from msgspec import UNSET, Struct

from voicelive_protocol._convert import UnknownModel, convert
from voicelive_protocol._json import encode_plain, parse
from voicelive_protocol._problems import FieldProblem, PartialDict, PartialList
from voicelive_protocol._scalars import Base64Bytes, OpenEnum, UnixTime, plain_hook

_M = TypeVar("_M")

# Called past `_ModelMeta.__call__`, without the detour through `super()`.
_build = msgspec.StructMeta.__call__

# Per class and field: the classes that need no look, and the annotation for the others.
_CHECKS: dict[type, dict[str, tuple[frozenset[type] | None, Any]]] = {}

if TYPE_CHECKING:

    @dataclass_transform(field_specifiers=(msgspec.field,))
    class _ModelMeta(msgspec.StructMeta):
        # Type checkers take the constructor from the fields.
        def _construct(cls: type[_M], **fields: Any) -> _M:
            raise NotImplementedError

else:

    class _ModelMeta(msgspec.StructMeta):
        """Checks and completes what Python code passes to a constructor.

        Decoding does not come this way, so it costs nothing there.
        """

        def __call__(cls, *args, **kwargs):
            if args:
                kwargs = _from_positional(cls, args, kwargs)
            checks = _CHECKS.get(cls) or _prepare_checks(cls)
            for name, value in kwargs.items():
                if name not in checks:
                    return cls(**_without_tag(cls, kwargs))
                accepted, kind = checks[name]
                if accepted is None or type(value) in accepted:
                    continue
                kwargs[name] = _fitting(cls, name, value, kind)
            try:
                return _build(cls, **kwargs)
            except TypeError as error:
                raise TypeError(f"{cls.__name__}: {error}") from None

        def _construct(cls, **fields):
            """Build without checks, for values that are known to fit."""
            return _build(cls, **fields)


class Model(Struct, kw_only=True, dict=True, metaclass=_ModelMeta):
    """A value of the protocol.

    Constructors take keywords only. They accept a dict where a model is expected, a
    string where an enum is, and base64 text where bytes are; a value that does not fit
    raises `FieldError` (a `ValueError`) that names the field, and an unknown or missing
    keyword raises `TypeError`. Assigning to a field does and raises the same; there are
    no other attributes to assign to (`AttributeError`). What is put into a list or dict
    is checked when the value is sent.

    In types that a client sends, `UNSET` is "not in the message" and `None` is JSON
    null. In types that only the service sends, both read as `None`.
    """

    if not TYPE_CHECKING:
        # Type checkers would take any attribute for one that can be assigned.

        def __setattr__(self, name, value):
            cls = type(self)
            checks = _CHECKS.get(cls) or _prepare_checks(cls)
            if name not in checks:
                config = cls.__struct_config__
                if name == config.tag_field and value == config.tag:
                    return
                raise AttributeError(_no_field(cls, name))
            accepted, kind = checks[name]
            if accepted is not None and type(value) not in accepted:
                value = _fitting(cls, name, value, kind)
            super().__setattr__(name, value)

    def as_dict(self) -> dict[str, Any]:
        """Plain builtins with wire names: bytes as base64 text, no unset fields.

        A value that was read from JSON keeps what its type does not know: unknown
        fields, and nulls that the service wrote out.
        """
        plain: dict[str, Any] = msgspec.to_builtins(self, enc_hook=plain_hook)
        source = vars(self).get("_source")
        if source is None:
            return plain
        original = source if isinstance(source, dict) else parse(source)
        return _restore_object(original, plain, self)

    def to_json(self) -> bytes:
        """Return this value as JSON text in UTF-8, as `encode` writes it."""
        return encode_plain(self.as_dict() if "_source" in vars(self) else self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read builtins with wire names, as `as_dict()` gives them.

        Unknown fields are kept for `as_dict()`.

        Raises:
            FieldError: A field is missing or does not fit.
        """
        model: Self = convert(data, cls, cls.__name__)
        vars(model)["_source"] = dict(data)
        return model

    @classmethod
    def from_json(cls, text: bytes | str) -> Self:
        """Read JSON text, as `to_json()` gives it.

        Raises:
            FieldError: A field is missing or does not fit.
            ValueError: The text is not JSON.
        """
        return cls.from_dict(parse(text))

    def keys(self) -> list[str]:
        """Wire names of the fields that say something: not `UNSET`, not `None`."""
        tag_field = self.__struct_config__.tag_field
        names = [] if tag_field is None else [tag_field]
        return names + [key for key in _python_names(type(self)) if key in self]

    def __contains__(self, wire_name: str) -> bool:
        """Whether a field says something."""
        return self.get(wire_name, UNSET) is not UNSET

    def __getitem__(self, wire_name: str) -> Any:
        """Read a field by its wire name; `KeyError` when it is not there."""
        value = self.get(wire_name, UNSET)
        if value is UNSET:
            raise KeyError(wire_name)
        return value

    def get(self, wire_name: str, default: Any = None) -> Any:
        """Read a field by its wire name, or `default` when it is not there."""
        name = _python_names(type(self)).get(wire_name)
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
        """Every field that says something."""
        shown = []
        for name, default in _defaults(type(self)).items():
            value = getattr(self, name)
            if value is not default and value is not UNSET:
                shown.append((name, value))
        return shown

    # msgspec's own copies leave out the source, and what is noted with it.
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
    """The base of what describes an error, which is read from any JSON."""

    _is_error: ClassVar[bool] = True

    def __str__(self) -> str:
        """Code and message, as far as there are any."""
        said = (self.get("code") or self.get("type"), self.get("message"))
        return ": ".join(text for text in said if text) or "no details"


class Event(Model, kw_only=True):
    """The base of both event families."""

    @property
    def raw(self) -> bytes | str | None:
        """The frame this event was read from; None for one made in Python."""
        source = vars(self).get("_source")
        return None if isinstance(source, dict) else source

    @property
    def problems(self) -> tuple[FieldProblem, ...]:
        """Values in the frame that do not fit their fields, at most the first hundred.

        Such a field reads as None (or its default), such an element is left out, and
        such a variant is an `UnknownModel`. `as_dict()` and `to_json()` still have the
        values. Empty for events made in Python and for what a client sent, which is
        read strictly.
        """
        found: tuple[FieldProblem, ...] = vars(self).get("_problems", ())
        return found

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Every field that says something, and the problems."""
        shown = super().__rich_repr__()
        return [*shown, ("problems", self.problems)] if self.problems else shown


def specialize(model: Model, key: str, variants: Mapping[str, type[Model]]) -> None:
    """Give a value the class that a second discriminator asks for.

    msgspec tells variants apart by one field. Where the protocol uses a second one
    (`role` of a message) the decoded value changes its class here; the classes have
    the same fields.
    """
    variant = variants.get(key)
    if variant is not None and not isinstance(model, variant):
        Struct.__setattr__(model, "__class__", variant)


def keep_source(event: Event, frame: bytes | str) -> None:
    """Remember the frame that an event was read from."""
    vars(event)["_source"] = frame


def keep_problems(event: Event, problems: tuple[FieldProblem, ...]) -> None:
    """Remember what of the frame does not fit the event."""
    if problems:
        vars(event)["_problems"] = problems


def encode(value: Any, *, indent: int = 0) -> bytes:
    r"""Write models, mappings of models, and builtins as JSON text in UTF-8.

    A lone surrogate, for which UTF-8 has no form, is written as an escape: `\ud83d`.

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


# --- constructors ----------------------------------------------------------------


def _prepare_checks(cls: type) -> dict[str, tuple[frozenset[type] | None, Any]]:
    hints = get_type_hints(cls)
    fields = cls.__struct_fields__  # type: ignore[attr-defined]
    _CHECKS[cls] = {name: (_accepted(hints[name]), hints[name]) for name in fields}
    return _CHECKS[cls]


def _fitting(cls: type, name: str, value: Any, kind: Any) -> Any:
    """Return what a field holds for a value that is given for it.

    Raises:
        FieldError: The value does not fit.
    """
    if kind is Base64Bytes and type(value) is bytes:
        return Base64Bytes(value)
    converted = convert(value, kind, f"{cls.__name__}.{name}")
    return value if _would_lose(value, converted) else converted


def _accepted(kind: Any) -> frozenset[type] | None:
    """Classes whose values fit as they are; None where anything does."""
    if kind is Any:
        return None
    if kind is None:
        return frozenset({NoneType})
    if kind is float:
        return frozenset({float, int})
    origin = get_origin(kind)
    if origin is None:
        return frozenset({kind})
    if origin in (list, dict) or not _is_union(origin):
        # Only a look at the elements can tell.
        return frozenset()
    parts = [_accepted(arg) for arg in get_args(kind)]
    if any(part is None for part in parts):
        return None
    return frozenset().union(*(part for part in parts if part is not None))


def _is_union(origin: Any) -> bool:
    return origin is Union or origin is UnionType


def _from_positional(
    cls: type[Model], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """`Model({"wire_name": ...})`, which people who move over may write."""
    if len(args) != 1 or kwargs or not isinstance(args[0], Mapping):
        raise TypeError(f"{cls.__name__} takes keyword arguments, or one mapping")
    names = _python_names(cls)
    fields = {str(key): value for key, value in args[0].items()}
    fields.pop(cls.__struct_config__.tag_field or "", None)
    return {names.get(key, key): value for key, value in fields.items()}


@cache
def _python_names(cls: type[Model]) -> dict[str, str]:
    return dict(zip(cls.__struct_encode_fields__, cls.__struct_fields__, strict=True))


def _defaults(cls: type[Model]) -> dict[str, Any]:
    fields = cls.__struct_fields__
    defaults = (*(msgspec.NODEFAULT for _ in fields), *cls.__struct_defaults__)
    return dict(zip(fields, defaults[-len(fields) :] if fields else (), strict=True))


def _without_tag(cls: type[Model], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Allow the discriminator to be repeated; refuse every other unknown name."""
    config = cls.__struct_config__
    known = {}
    for name, value in kwargs.items():
        if name in cls.__struct_fields__:
            known[name] = value
        elif name != config.tag_field or value != config.tag:
            raise TypeError(_no_field(cls, name))
    return known


def _no_field(cls: type[Model], name: str) -> str:
    """Return the message for a name that is no field, with a suggestion."""
    from difflib import get_close_matches

    # People who know the JavaScript SDK write `turnDetection`.
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    close = get_close_matches(snake, cls.__struct_fields__, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{cls.__name__} has no field {name!r}{hint}"


# --- before sending --------------------------------------------------------------


def check_fields(value: Any) -> None:
    """Check what a constructor and assignments cannot: lists, dicts, and all in them.

    Args:
        value: A model, or a mapping or list with models in it.

    Raises:
        FieldError: A value in it does not fit.
    """
    if isinstance(value, Model):
        for name, kind in _open_fields(type(value)):
            inner = getattr(value, name)
            if inner is not None and inner is not UNSET:
                if not isinstance(inner, Model):
                    convert(inner, kind, f"{type(value).__name__}.{name}")
                check_fields(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            check_fields(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            check_fields(inner)


@cache
def _open_fields(cls: type[Model]) -> list[tuple[str, Any]]:
    """The fields that can hold a list, a dict or a model, with their annotations."""
    checks = _CHECKS.get(cls) or _prepare_checks(cls)
    return [(name, kind) for name, (_, kind) in checks.items() if _is_open(kind)]


def _is_open(kind: Any) -> bool:
    origin = get_origin(kind)
    if _is_union(origin):
        return any(_is_open(arg) for arg in get_args(kind))
    if origin in (list, dict):
        return True
    return isinstance(kind, type) and issubclass(kind, Model | dict)


def _would_lose(given: Any, model: Any) -> bool:
    """Whether reading a mapping as a model would drop something it says.

    What a newer service understands must reach it, so such a mapping is sent as it is.
    """
    if isinstance(given, list | tuple) and isinstance(model, list):
        return any(_would_lose(g, m) for g, m in zip(given, model, strict=True))
    if not isinstance(given, Mapping):
        return False
    if isinstance(model, UnknownModel) or not isinstance(model, Model):
        if isinstance(model, dict):
            return any(_would_lose(given[key], value) for key, value in model.items())
        return False
    names = _python_names(type(model))
    for key, value in given.items():
        if key == model.__struct_config__.tag_field:
            continue
        if key not in names or _would_lose(value, getattr(model, names[key])):
            return True
    return False


# --- plain form ------------------------------------------------------------------


def _restore(original: Any, plain: Any, model: Any) -> Any:
    """The typed value as builtins, plus what only the original says.

    The typed value wins where it says something, so changes made to it show.
    """
    if isinstance(original, dict) and isinstance(plain, dict):
        if isinstance(model, Model):
            return _restore_object(original, plain, model)
        if isinstance(model, PartialDict):
            return plain | {key: original[key] for key in model.left_out}
    if (
        isinstance(original, list)
        and isinstance(plain, list)
        and isinstance(model, list)
    ):
        return _restore_list(original, plain, model)
    return plain


def _restore_list(original: list[Any], plain: list[Any], model: list[Any]) -> list[Any]:
    kept = model.kept if isinstance(model, PartialList) else range(len(original))
    if len(kept) != len(plain):
        return plain
    restored = list(original)
    for index, value, item in zip(kept, plain, model, strict=True):
        restored[index] = _restore(original[index], value, item)
    return restored


def _restore_object(
    original: dict[str, Any], plain: dict[str, Any], model: Model
) -> dict[str, Any]:
    names = _python_names(type(model))
    # Fields that do not say what the original says, unless they were set since.
    unread = {
        key
        for key, name in names.items()
        if name in (found := vars(model).get("_unread", {}))
        and getattr(model, name) is found[name]
    }
    restored: dict[str, Any] = {}
    for key, value in original.items():
        if key in unread:
            restored[key] = value
        elif key not in names:
            restored[key] = plain.get(key, value)
        elif key in plain:
            restored[key] = _restore(value, plain[key], getattr(model, names[key]))
    for key, value in plain.items():
        if key in original or key in unread:
            continue
        # A field that reads None, 0 or "" without having been there was absent.
        empty = not value and value == _defaults(type(model)).get(names.get(key, key))
        if value is not None and not empty:
            restored[key] = value
    return restored


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
