"""What an API version does not have is rejected in it.

The types of the protocol cover all API versions at once, and keep what they do not
know. The service does neither, so this looks again: at the fields that were sent, at
the values of enums, at the kinds of objects.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from msgspec import Struct, UnsetType
from msgspec.structs import astuple
from msgspec.structs import fields as fields_of

from voicelive_mockserver.engine.error_catalogue import (
    RequestError,
    invalid_value,
    missing,
    rejected,
)
from voicelive_protocol import OutputAudioFormat, UnknownModel, is_available
from voicelive_protocol.tools import ToolChoiceLiteral

# Any string is a tool choice: it may be the name of a function. Which output formats
# there are depends on the voice as well.
_FREE_TEXT = (ToolChoiceLiteral, OutputAudioFormat)
_CONSTANTS = ("type", "role", "model")
_PLAIN = frozenset({bool, bytes, float, int, str, type(None), UnsetType})


@dataclass(frozen=True, slots=True)
class _Problem:
    path: str
    value: Any
    supported: tuple[str, ...] | None = None  # for the value of an enum
    unknown_kind: bool = False
    is_missing: bool = False


def check_session(session: Any, sent: Mapping[str, Any], api_version: str) -> None:
    """Reject what a `session.update` must not contain in an API version.

    Args:
        session: The `session` of the event, decoded.
        sent: The same as it was sent.
        api_version: The API version of the connection.

    Raises:
        RequestError: The service does not know a field, a value or a kind of object.
    """
    problem = _first_problem(session, sent, "session", api_version)
    if problem is None:
        return
    if problem.unknown_kind:
        raise rejected("unknown_kind", place=problem.path)
    if problem.is_missing:
        text = "the field is required."
        raise rejected("invalid_field", param=problem.path, problem=text)
    if problem.supported is None:
        raise rejected("unexpected_field", param=problem.path)
    values = ", ".join(f"'{value}'" for value in problem.supported)
    raise rejected(
        "invalid_field",
        param=problem.path,
        problem=f"expected one of {values}, got '{problem.value}'.",
    )


def check_response(response: Any, sent: Mapping[str, Any], api_version: str) -> None:
    """Reject what a `response.create` must not contain in an API version.

    Args:
        response: The `response` of the event, decoded.
        sent: The same as it was sent.
        api_version: The API version of the connection.

    Raises:
        RequestError: The service does not know a field, a value or a kind of object.
    """
    problem = _first_problem(response, sent, "response", api_version)
    if problem is not None:
        raise _upstream_error(problem)


def check_item(item: Any, sent: Mapping[str, Any], api_version: str) -> None:
    """Reject an item that an API version does not have.

    Fields that nobody knows are left alone, unlike elsewhere: clients send items back
    as they have received them. So are kinds of content that nobody knows, since the
    service takes some spellings that are in no specification.

    Args:
        item: The `item` of a `conversation.item.create`, decoded.
        sent: The same as it was sent.
        api_version: The API version of the connection.

    Raises:
        RequestError: The API version does not have the kind of item, or of content.
    """
    if _has_known_kinds(item, api_version):
        return
    for problem in _problems(item, sent, "item", api_version):
        if problem.unknown_kind and isinstance(problem.value, Struct):
            raise _upstream_error(problem)


def _has_known_kinds(value: Any, api_version: str) -> bool:
    """Whether an API version has the kinds of all objects in a decoded value."""
    if isinstance(value, UnknownModel):
        return False
    if isinstance(value, Struct):
        if not _is_available(type(value).__name__, api_version):
            return False
        value = astuple(value)
    elif not isinstance(value, list):
        return True
    for item in value:
        if type(item) not in _PLAIN and not _has_known_kinds(item, api_version):
            return False
    return True


def _upstream_error(problem: _Problem) -> RequestError:
    if problem.unknown_kind:
        return RequestError(
            "invalid_value",
            f"Invalid value: the type of '{problem.path}' is missing or unknown.",
            param=f"{problem.path}.type",
        )
    if problem.is_missing:
        return missing(problem.path)
    if problem.supported is None:
        return rejected("unknown_parameter", param=problem.path)
    return invalid_value(problem.path, problem.value, problem.supported)


def _first_problem(
    value: Any, sent: Any, path: str, api_version: str
) -> _Problem | None:
    return next(_problems(value, sent, path, api_version), None)


def _problems(value: Any, sent: Any, path: str, api_version: str) -> Iterator[_Problem]:
    """Find what an API version does not have in a decoded value.

    Args:
        value: The value; what is neither an object of the protocol, nor a list, nor
            an enum is fine.
        sent: The same as it was sent.
        path: Where it is.
        api_version: The API version.
    """
    if isinstance(value, UnknownModel):
        yield _Problem(path, value, unknown_kind=True)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            # What is wrong with a plain value is said of the whole list.
            place = path if isinstance(item, str) else f"{path}[{index}]"
            yield from _problems(item, sent[index], place, api_version)
    elif isinstance(value, Struct):
        yield from _field_problems(value, sent, path, api_version)
    elif isinstance(value, str) and type(value) is not str:
        supported = _supported_values(type(value), api_version)
        if value not in supported and not isinstance(value, _FREE_TEXT):
            yield _Problem(path, str(value), supported)


def _field_problems(
    value: Struct, sent: Mapping[str, Any], path: str, api_version: str
) -> Iterator[_Problem]:
    kind = type(value)
    if not _is_available(kind.__name__, api_version):
        yield _Problem(path, value, unknown_kind=True)
        return
    for name, constant in _constant_fields(kind).items():
        if name not in sent:
            yield _Problem(f"{path}.{name}", None, is_missing=True)
        elif sent[name] != constant:
            yield _Problem(f"{path}.{name}", sent[name], (constant,))
    for name in _constants(kind):
        # Where there is only one kind of object, it can be read without.
        if name not in sent:
            yield _Problem(f"{path}.{name}", None, is_missing=True)
    fields = _fields(kind, api_version)
    for name, item in sent.items():
        if name == kind.__struct_config__.tag_field:
            continue
        field = fields.get(name)
        if field is None:
            yield _Problem(f"{path}.{name}", item)
            continue
        found = getattr(value, field)
        # Most of it is plain text and numbers, of which nothing can be said.
        if type(found) not in _PLAIN:
            yield from _problems(found, item, f"{path}.{name}", api_version)


@cache
def _fields(kind: type[Struct], api_version: str) -> Mapping[str, str]:
    """Return the Python name of every field of a version by its name on the wire."""
    own = zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True)
    known = {name: name for name in _constants(kind)} | dict(own)
    return {
        name: field
        for name, field in known.items()
        if _is_available(f"{kind.__name__}.{name}", api_version)
    }


@cache
def _constants(kind: type[Struct]) -> tuple[str, ...]:
    """Return the names of what tells the variants of an object apart.

    These are fields to a client, and constants of the struct.
    """
    return tuple(
        name
        for name in _CONSTANTS
        if hasattr(kind, name) and name not in kind.__struct_fields__
    )


@cache
def _constant_fields(kind: type[Struct]) -> Mapping[str, str]:
    """Return the fields that name the kind of an object of which there is one kind."""
    return {
        field.name: field.default
        for field in fields_of(kind)
        if field.name in _CONSTANTS and isinstance(field.default, str)
    }


@cache
def _supported_values(kind: type, api_version: str) -> tuple[str, ...]:
    members: dict[str, Any] = getattr(kind, "__members__", {})
    return tuple(
        str(member)
        for member in members.values()
        if _is_available(f"{kind.__name__}:{member}", api_version)
    )


@cache
def _is_available(name: str, api_version: str) -> bool:
    try:
        return is_available(name, api_version)
    except KeyError:
        return False
