r"""JSON codec: msgspec, with a slower path for lone surrogates.

A lone surrogate is half of a character that JSON writes as two escapes. UTF-8 cannot
represent it, and msgspec rejects it in both directions. This codec decodes it into the
string and encodes it as an escape: `\ud83d`.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, TypeVar, overload

import msgspec

from voicelive_core.scalars import json_hook, plain_hook

_T = TypeVar("_T")

_ENCODER = msgspec.json.Encoder(enc_hook=json_hook)


@overload
def parse(text: bytes | str, kind: type[_T], *, strict: bool = True) -> _T: ...


@overload
def parse(text: bytes | str, kind: Any = Any, *, strict: bool = True) -> Any: ...


def parse(text: bytes | str, kind: Any = Any, *, strict: bool = True) -> Any:
    """Decode JSON text.

    Args:
        text: The text.
        kind: The type to decode it as, one that msgspec supports; builtins by default.
        strict: Reject numbers and booleans that are written as text.

    Returns:
        A value of that type.

    Raises:
        ValueError: It is not JSON, not UTF-8, or not of that type.
        RecursionError: It is nested too deeply.
    """
    try:
        return _decoder(kind, strict).decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        # For builtins, only a number outside the range of a float fails validation.
        if isinstance(error, msgspec.ValidationError) and kind is not Any:
            raise
        # The standard library would guess the encoding of bytes.
        data = json.loads(text if isinstance(text, str) else bytes(text).decode())
    if kind is Any:
        return data
    try:
        return msgspec.convert(data, kind, strict=strict)
    except UnicodeEncodeError:
        # msgspec looks fields up in UTF-8, which keys with surrogates lack.
        return msgspec.convert(_with_escaped_keys(data), kind, strict=strict)


def _with_escaped_keys(data: Any) -> Any:
    if isinstance(data, dict):
        return {
            name.encode(errors="backslashreplace").decode(): _with_escaped_keys(item)
            for name, item in data.items()
        }
    return list(map(_with_escaped_keys, data)) if isinstance(data, list) else data


@lru_cache(maxsize=256)
def _decoder(kind: Any, strict: bool) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=strict)


def encode_plain(value: Any, indent: int = 0) -> bytes:
    """Return a value as JSON text in UTF-8.

    Args:
        value: The value.
        indent: Spaces for each level; 0 writes one line without spaces.

    Raises:
        TypeError: Something in it has no JSON form.
    """
    try:
        text = _ENCODER.encode(value)
    except UnicodeEncodeError:
        text = _escaped(value)
    return text if not indent else _indented(text, indent)


def _indented(text: bytes, indent: int) -> bytes:
    try:
        return msgspec.json.format(text, indent=indent)
    except msgspec.DecodeError:
        spaced = json.dumps(json.loads(text), ensure_ascii=False, indent=indent)
        return spaced.encode(errors="backslashreplace")


def _escaped(value: Any) -> bytes:
    """Return a value as JSON text with lone surrogates as escapes."""
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return text.encode(errors="backslashreplace")
    if isinstance(value, dict):
        pairs = [
            b"%b:%b" % (_key(name), _escaped(item)) for name, item in value.items()
        ]
        return b"{%b}" % b",".join(pairs)
    if isinstance(value, list | tuple):
        return b"[%b]" % b",".join(map(_escaped, value))
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        return _escaped(msgspec.to_builtins(value, str_keys=True, enc_hook=plain_hook))


def _key(name: Any) -> bytes:
    if isinstance(name, str):
        return _escaped(name)
    # The encoder writes keys such as numbers as text.
    return _ENCODER.encode({name: 0}).removeprefix(b"{").removesuffix(b":0}")
