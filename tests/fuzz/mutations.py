"""Mutations of JSON values, of JSON text and of bytes."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

Json = Any
Place = tuple[Any, Any]
"""A container and the key or index of a value in it."""

_HUGE = 10**400

STRANGE: tuple[Json, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    -0.0,
    1e308,
    2**31,
    2**63,
    2**64,
    10**30,
    _HUGE,
    "",
    "x",
    "\0",
    "\ud800",
    "Hi \ud83d",
    "😀" * 50,
    "x" * 5000,
    "null",
    "__class__",
    "../../etc/passwd",
    "%s %d {0} {type}",
    [],
    [[]],
    [None],
    ["x", 1, None],
    {},
    {"": {}},
    {"type": None},
    {"type": []},
    {"type": "message"},
    {"type": "function_call"},
    {"type": "azure-standard"},
    {"type": "\ud800"},
    {"id": None},
)


def mutate(value: Json, chance: Random) -> Json:
    """Return a copy of a value in which one thing or two are wrong."""
    result = copy.deepcopy(value)
    for _ in range(chance.choice((1, 1, 1, 2))):
        places = _places(result)
        if places:
            _spoil(*chance.choice(places), places, chance)
    return result


def mutate_text(text: str, chance: Random) -> str:
    """Return JSON text with something in it that no encoder writes."""
    at = chance.randrange(len(text) + 1)
    match chance.randrange(7):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + chance.choice('{}[],:"\\\0 é') + text[at:]
        case 2:
            return text[:at] + text[at + chance.randint(1, 5) :]
        case 3:  # a repeated key
            return text[:-1] + ',"type":"error","event_id":null}'
        case 4:
            return _replace_number(text, chance)
        case 5:
            depth = chance.choice((50, 900, 3000))
            nested = chance.choice(("[" * depth + "]" * depth, '{"a":' * depth))
            return text[:-1] + f',"x":{nested}}}'
        case _:
            return text.replace('":"', '":"' + chance.choice(_ESCAPES), 3)


def mutate_bytes(data: bytes, chance: Random) -> bytes:
    """Return bytes with a few of them changed, missing, repeated or added."""
    result = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(result) + 1)
        size = chance.choice((1, 1, 2, 8))
        match chance.randrange(5):
            case 0:
                result[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del result[at : at + size]
            case 2:
                result[at:at] = result[at : at + size]
            case 3:
                result[at:at] = chance.randbytes(size)
            case _:
                flipped = bytes(b ^ 1 << chance.randrange(8) for b in result[at:][:1])
                result[at : at + 1] = flipped
    return bytes(result)


_ESCAPES = ("\\ud800", "\\udc00\\ud800", "\\u0000", "\\x", "\x01", "\\ud83d\\ude00")
_NUMBERS = ("1e999", "-1e999", "NaN", "Infinity", "1" * 4500, "0.1e-400", "01", "-")


def _replace_number(text: str, chance: Random) -> str:
    starts = [i for i, c in enumerate(text) if c.isdigit() and text[i - 1] == ":"]
    if not starts:
        return text.replace("null", chance.choice(_NUMBERS), 1)
    start = end = chance.choice(starts)
    while end < len(text) and text[end] in "0123456789.eE+-":
        end += 1
    return text[:start] + chance.choice(_NUMBERS) + text[end:]


def dump(value: Json) -> str:
    """Write JSON in ASCII, lone surrogates as escapes."""
    return json.dumps(value, separators=(",", ":"))


def _places(value: Json) -> list[Place]:
    """Return every place in a value, outermost first."""
    found: list[Place] = []
    waiting = [value]
    while waiting:
        container = waiting.pop(0)
        keys = container if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], dict | list) and container[key]:
                waiting.append(container[key])
    return found


def _spoil(container: Any, key: Any, places: list[Place], chance: Random) -> None:
    match chance.randrange(8):
        case 0:
            del container[key]
        case 1:
            container[key] = None
        case 2 if isinstance(container, dict):
            container[chance.choice(("x", "", "\ud800", "id", "extra_body"))] = 1
        case 2:
            container.append(copy.deepcopy(container[key]))
        case 3:
            other, name = chance.choice(places)
            container[key] = copy.deepcopy(other[name]) if name in _keys(other) else 0
        case 4:
            container[key] = [container[key]]
        case 5:
            container[key] = {"type": "x", "value": container[key]}
        case _:
            container[key] = copy.deepcopy(chance.choice(STRANGE))


def _keys(container: Any) -> Any:
    return container if isinstance(container, dict) else range(len(container))
