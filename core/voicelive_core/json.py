r"""The JSON codec: all of JSON, also where msgspec is stricter than what is sent.

A text may end inside a character that JSON writes as two escapes. Half of such a pair,
a lone surrogate, has no form in UTF-8, and msgspec neither reads nor writes it. Here it
is read into the string, and written as the escape that it came from: `\ud83d`.
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
    """Read JSON text.

    Args:
        text: The text.
        kind: The type to read it as, one that msgspec knows; by default as builtins.
        strict: Refuse numbers and booleans that are written as text.

    Returns:
        A value of that type.

    Raises:
        ValueError: It is not JSON, not UTF-8, or not of that type.
        RecursionError: It is nested too deeply.
    """
    try:
        return _decoder(kind, strict).decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        # Of builtins, only a number beyond a float is refused as not valid.
        if isinstance(error, msgspec.ValidationError) and kind is not Any:
            raise
        # Bytes are UTF-8: the standard library would guess.
        data = json.loads(text if isinstance(text, str) else bytes(text).decode())
    if kind is Any:
        return data
    try:
        return msgspec.convert(data, kind, strict=strict)
    except UnicodeEncodeError:
        # Fields are looked up in UTF-8, so a key must have a form there.
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
    """Write a value as JSON text in UTF-8.

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
    """Write a value as JSON text, with lone surrogates as escapes."""
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
    # Numbers and the like become text as the encoder writes it.
    return _ENCODER.encode({name: 0}).removeprefix(b"{").removesuffix(b":0}")
