"""Validation of requests against the API version of the connection.

The types of the protocol cover all API versions at once and keep unknown content. The
service does neither, so this module checks the sent fields, the enum values and the
kinds of objects once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any

from msgspec import Struct, UnsetType
from msgspec.structs import astuple
from msgspec.structs import fields as fields_of

from voicelive_mockserver.engine.errors import (
    RequestError,
    invalid_value,
    missing,
    rejected,
)
from voicelive_mockserver.engine.voices import is_azure_voice_name
from voicelive_protocol import (
    API_VERSIONS,
    OutputAudioFormat,
    UnknownModel,
    is_available,
    json_schema,
)
from voicelive_protocol.tools import ToolChoiceLiteral

# A tool choice may be the name of a function, so every string is valid. The valid
# output formats depend on the voice as well.
_FREE_TEXT = (ToolChoiceLiteral, OutputAudioFormat)
_CONSTANTS = ("type", "role", "model")
_TAG = "type"
"""The discriminator of nearly all objects."""
_TAGGED_BY_MODEL = ".end_of_utterance_detection"
_PLAIN = frozenset({bool, bytes, float, int, str, type(None), UnsetType})


class _MismatchKind(Enum):
    """Kinds of validation errors."""

    UNKNOWN_FIELD = auto()
    UNKNOWN_VALUE = auto()
    UNKNOWN_KIND = auto()
    NO_KIND = auto()
    MISSING = auto()
    OTHER_VERSION = auto()
    PATTERN = auto()


@dataclass(frozen=True, slots=True)
class _Mismatch:
    kind: _MismatchKind
    path: str
    value: Any
    supported: tuple[str, ...] = ()  # the known values
    pattern: str = ""  # that the value must match


def check_session(session: Any, sent: Mapping[str, Any], api_version: str) -> None:
    """Reject content of a `session.update` that an API version does not support.

    Args:
        session: The decoded `session` of the event.
        sent: The same object as sent.
        api_version: The API version of the connection.

    Raises:
        RequestError: The service does not know a field, a value or a kind of object.
    """
    problem = _first_problem(session, sent, "session", api_version)
    if problem is not None:
        raise _session_error(problem, api_version)


def _session_error(problem: _Mismatch, api_version: str) -> RequestError:
    path = problem.path
    match problem.kind:
        case _MismatchKind.UNKNOWN_FIELD:
            return rejected("unexpected_field", param=path)
        case _MismatchKind.NO_KIND:
            return rejected("missing_tag", place=path, tag=_tag_of(path))
        case _MismatchKind.UNKNOWN_KIND:
            return rejected("unknown_kind", place=path, problem="unknown")
        case _MismatchKind.MISSING:
            reason = "the field is required."
            return rejected("invalid_field", param=path, problem=reason)
        case _MismatchKind.OTHER_VERSION if isinstance(problem.value, Struct):
            reason = f"not available in API version {api_version}"
            return rejected("unknown_kind", place=path, problem=reason)
        case _MismatchKind.OTHER_VERSION:
            reason = f"'{problem.value}' is not available in API version {api_version}."
            return rejected("invalid_field", param=path, problem=reason)
        case _MismatchKind.PATTERN:
            return rejected("pattern_mismatch", param=path, pattern=problem.pattern)
        case _MismatchKind.UNKNOWN_VALUE if _is_misplaced_voice(problem):
            return _misplaced_voice(problem)
        case _MismatchKind.UNKNOWN_VALUE:
            values = ", ".join(f"'{value}'" for value in problem.supported)
            reason = f"expected one of {values}, got '{problem.value}'."
            return rejected("invalid_field", param=path, problem=reason)


def check_response(response: Any, sent: Mapping[str, Any], api_version: str) -> None:
    """Reject content of a `response.create` that an API version does not support.

    Args:
        response: The decoded `response` of the event.
        sent: The same object as sent.
        api_version: The API version of the connection.

    Raises:
        RequestError: The service does not know a field, a value or a kind of object.
    """
    problem = _first_problem(response, sent, "response", api_version)
    if problem is not None:
        raise _upstream_error(problem, api_version)


def check_item(item: Any, sent: Mapping[str, Any], api_version: str) -> None:
    """Reject an item with an unavailable type or a malformed identifier.

    Unlike elsewhere, unknown fields are ignored: clients send items back as they have
    received them. Unknown kinds of content are ignored as well, since the service
    accepts some undocumented spellings.

    Args:
        item: The decoded `item` of a `conversation.item.create`.
        sent: The same object as sent.
        api_version: The API version of the connection.

    Raises:
        RequestError: The API version does not have the kind of item or of content, or
            an identifier contains invalid characters.
    """
    problem = next(_mismatches(item, sent, "item"), None)
    if problem is not None:
        raise _upstream_error(problem, api_version)
    if _has_known_kinds(item, api_version):
        return
    for problem in _problems(item, sent, "item", api_version):
        if problem.kind is _MismatchKind.OTHER_VERSION and _is_kind(problem.value):
            raise _upstream_error(problem, api_version)


def _has_known_kinds(value: Any, api_version: str) -> bool:
    """Return whether an API version has the kinds of all objects in a decoded value."""
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


def _is_kind(value: Any) -> bool:
    return isinstance(value, Struct)


def _upstream_error(problem: _Mismatch, api_version: str) -> RequestError:
    path = problem.path
    match problem.kind:
        case _MismatchKind.UNKNOWN_FIELD:
            return rejected("unknown_parameter", param=path)
        case _MismatchKind.NO_KIND | _MismatchKind.UNKNOWN_KIND:
            return RequestError(
                "invalid_value",
                f"Invalid value: the type of '{path}' is missing or unknown.",
                param=f"{path}.{_TAG}",
            )
        case _MismatchKind.MISSING:
            return missing(path)
        case _MismatchKind.OTHER_VERSION:
            is_kind = _is_kind(problem.value)
            what = f"the type of '{path}'" if is_kind else f"'{problem.value}'"
            return RequestError(
                "invalid_value",
                f"Invalid value: {what} is not available in API version {api_version}.",
                param=f"{path}.{_TAG}" if is_kind else path,
            )
        case _MismatchKind.PATTERN:
            return rejected("pattern_mismatch", param=path, pattern=problem.pattern)
        case _MismatchKind.UNKNOWN_VALUE if _is_misplaced_voice(problem):
            return _misplaced_voice(problem)
        case _MismatchKind.UNKNOWN_VALUE:
            return invalid_value(path, problem.value, problem.supported)


def _is_misplaced_voice(problem: _Mismatch) -> bool:
    """Return whether an Azure voice was named where only OpenAI voices are valid."""
    return problem.path.endswith((".voice", ".voice.name")) and is_azure_voice_name(
        problem.value
    )


def _misplaced_voice(problem: _Mismatch) -> RequestError:
    return rejected("azure_voice_as_text", voice=problem.value, param=problem.path)


def _tag_of(path: str) -> str:
    """Return the discriminator key of the object at a path."""
    return "model" if path.endswith(_TAGGED_BY_MODEL) else _TAG


def _first_problem(
    value: Any, sent: Any, path: str, api_version: str
) -> _Mismatch | None:
    return next(_problems(value, sent, path, api_version), None)


def _problems(
    value: Any, sent: Any, path: str, api_version: str
) -> Iterator[_Mismatch]:
    """Yield the parts of a decoded value that an API version does not support.

    Args:
        value: The value; only protocol objects, lists and enums are checked.
        sent: The same value as sent.
        path: The path of the value, for errors.
        api_version: The API version.
    """
    if isinstance(value, UnknownModel):
        has_kind = not isinstance(sent, Mapping) or _tag_of(path) in sent
        mismatch = _MismatchKind.UNKNOWN_KIND if has_kind else _MismatchKind.NO_KIND
        yield _Mismatch(mismatch, path, value)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            # An error in a plain string is reported for the whole list.
            place = path if isinstance(item, str) else f"{path}[{index}]"
            yield from _problems(item, sent[index], place, api_version)
    elif isinstance(value, Struct):
        yield from _field_problems(value, sent, path, api_version)
    elif isinstance(value, str) and type(value) is not str:
        kind = type(value)
        supported = _supported_values(kind, api_version)
        if value not in supported and not isinstance(value, _FREE_TEXT):
            is_listed = value in _known_values(kind)
            mismatch = (
                _MismatchKind.OTHER_VERSION
                if is_listed
                else _MismatchKind.UNKNOWN_VALUE
            )
            yield _Mismatch(mismatch, path, str(value), supported)


def _field_problems(
    value: Struct, sent: Mapping[str, Any], path: str, api_version: str
) -> Iterator[_Mismatch]:
    kind = type(value)
    if not _is_available(kind.__name__, api_version):
        yield _Mismatch(_MismatchKind.OTHER_VERSION, path, value)
        return
    for name in (*_constant_fields(kind), *_constants(kind)):
        # An object with only one kind can be decoded without its discriminator.
        if name not in sent:
            yield _Mismatch(_MismatchKind.MISSING, f"{path}.{name}", None)
    for name, constant in _constant_fields(kind).items():
        if name in sent and sent[name] != constant:
            place = f"{path}.{name}"
            yield _Mismatch(_MismatchKind.UNKNOWN_VALUE, place, sent[name], (constant,))
    yield from _mismatches(value, sent, path)
    fields = _fields(kind, api_version)
    for name, item in sent.items():
        if name == kind.__struct_config__.tag_field:
            continue
        field = fields.get(name)
        if field is None:
            yield _Mismatch(_MismatchKind.UNKNOWN_FIELD, f"{path}.{name}", item)
            continue
        found = getattr(value, field)
        # Most values are plain text and numbers, which need no check.
        if type(found) not in _PLAIN:
            yield from _problems(found, item, f"{path}.{name}", api_version)


def _mismatches(value: Any, sent: Mapping[str, Any], path: str) -> Iterator[_Mismatch]:
    """Yield the strings of an object that do not match their pattern in the schema."""
    kind: type = type(value)
    for name, pattern in _patterns(kind).items():
        text = sent.get(name)
        if isinstance(text, str) and pattern.fullmatch(text) is None:
            yield _Mismatch(
                _MismatchKind.PATTERN, f"{path}.{name}", text, pattern=pattern.pattern
            )


@cache
def _definition(kind: type) -> Mapping[str, Any]:
    """Return the newest schema definition of a type; empty if there is none."""
    for version in reversed(API_VERSIONS):
        found: Mapping[str, Any] | None = json_schema(version)["$defs"].get(
            kind.__name__
        )
        if found is not None:
            return found
    return {}


@cache
def _patterns(kind: type) -> Mapping[str, re.Pattern[str]]:
    """Return the patterns of the fields of a type, by wire name."""
    fields: Mapping[str, Mapping[str, Any]] = _definition(kind).get("properties", {})
    return {
        name: re.compile(field["pattern"])
        for name, field in fields.items()
        if "pattern" in field
    }


@cache
def _fields(kind: type[Struct], api_version: str) -> Mapping[str, str]:
    """Return the Python name of each field that a version has, by its wire name."""
    own = zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True)
    known = {name: name for name in _constants(kind)} | dict(own)
    return {
        name: field
        for name, field in known.items()
        if _is_available(f"{kind.__name__}.{name}", api_version)
    }


@cache
def _constants(kind: type[Struct]) -> tuple[str, ...]:
    """Return the names of the discriminators of a type.

    They are fields on the wire and constants of the struct.
    """
    return tuple(
        name
        for name in _CONSTANTS
        if hasattr(kind, name) and name not in kind.__struct_fields__
    )


@cache
def _constant_fields(kind: type[Struct]) -> Mapping[str, str]:
    """Return the discriminator fields of a type that has only one kind."""
    return {
        field.name: field.default
        for field in fields_of(kind)
        if field.name in _CONSTANTS and isinstance(field.default, str)
    }


def _known_values(kind: type) -> tuple[str, ...]:
    """Return the values of an enum in all API versions."""
    members: dict[str, Any] = getattr(kind, "__members__", {})
    return tuple(str(member) for member in members.values())


@cache
def _supported_values(kind: type, api_version: str) -> tuple[str, ...]:
    return tuple(
        value
        for value in _known_values(kind)
        if _is_available(f"{kind.__name__}:{value}", api_version)
    )


@cache
def _is_available(name: str, api_version: str) -> bool:
    try:
        return is_available(name, api_version)
    except KeyError:
        return False
