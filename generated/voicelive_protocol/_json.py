# Generated from schema/ by `make generate`. Do not edit.
"""JSON text, also where msgspec is stricter than what is sent.

A text delta may end inside a character that JSON writes as two escapes. Half of such
a pair is not UTF-8, and msgspec refuses it; the standard library does not.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from voicelive_protocol._scalars import json_hook, plain_hook

_ENCODER = msgspec.json.Encoder(enc_hook=json_hook)


def parse(text: bytes | str) -> Any:
    """Read JSON text.

    Raises:
        ValueError: It is not JSON, or not UTF-8.
        RecursionError: It is nested too deeply.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return json.loads(text)


def encode_plain(value: Any) -> bytes:
    """Write a value as JSON text in UTF-8.

    Raises:
        TypeError: Something in it has no JSON form.
    """
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(value, enc_hook=plain_hook)
        return json.dumps(plain, separators=(",", ":")).encode()
    except NotImplementedError as error:
        raise TypeError(str(error)) from None
