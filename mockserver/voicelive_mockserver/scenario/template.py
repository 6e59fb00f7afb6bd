"""Templates: texts with placeholders such as `{text}` or `{output.temperature}`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from voicelive_mockserver.engine.interfaces import FunctionOutput
from voicelive_mockserver.scenario.pattern import RegexMatch
from voicelive_protocol import encode, parse

_PLACEHOLDER = re.compile(r"\{(\w+(?:\.\w+)*)\}")
_Value = TypeVar("_Value")


class Placeholders:
    """The placeholder values of one response.

    Args:
        text: The last text of the user.
        number: The number of the response in its session, counted from 1.
        outputs: The function outputs that await a reply.
        found: The match of the regular expression, if the turn has one.
    """

    def __init__(
        self,
        text: str,
        number: int,
        outputs: Sequence[FunctionOutput],
        found: RegexMatch | None,
    ) -> None:
        self._values = {"text": text, "number": str(number)}
        self._values["output"] = " ".join(output.output for output in outputs)
        self._outputs = outputs
        if found is not None:
            groups = dict(enumerate(found.groups, 1)) | dict(found.named)
            self._values |= {str(name): group or "" for name, group in groups.items()}

    def fill(self, value: _Value) -> _Value:
        """Return a value with the placeholders in its texts replaced.

        Args:
            value: A text, an output, or a mapping or list of them. Other values and
                unknown placeholders are unchanged.
        """
        filled: Any = value
        if isinstance(value, str):
            filled = _PLACEHOLDER.sub(self._replacement, value)
        elif isinstance(value, msgspec.Struct):
            fields = {
                name: self.fill(getattr(value, name))
                for name in value.__struct_fields__
            }
            filled = msgspec.structs.replace(value, **fields)
        elif isinstance(value, Mapping):
            filled = {key: self.fill(item) for key, item in value.items()}
        elif isinstance(value, list | tuple):
            filled = type(value)(self.fill(item) for item in value)
        result: _Value = filled
        return result

    def _replacement(self, found: re.Match[str]) -> str:
        name = found[1]
        if name in self._values:
            return self._values[name]
        head, _, path = name.partition(".")
        if head == "output" and path:
            for output in self._outputs:
                value = _inside(output.output, path)
                if value is not None:
                    return value
        return found[0]


def _inside(output: str, path: str) -> str | None:
    """Return a value inside a JSON text, as text; `None` if it is missing."""
    try:
        value = parse(output)
    except (ValueError, RecursionError):
        return None
    for key in path.split("."):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value if isinstance(value, str) else encode(value).decode()
