"""Tools that a client offers to the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from voicelive_mockserver.engine.errors import rejected

_FIRST_KEYS = ("name", "description", "type")


def checked_tools(
    tools: Sequence[Mapping[str, Any]], param: str
) -> list[dict[str, Any]]:
    """Return tools with their keys in the order of the service.

    Args:
        tools: The tools as sent.
        param: The path of the tools, for the error.

    Raises:
        RequestError: Two functions have the same name.
    """
    names: set[str] = set()
    for index, tool in enumerate(tools):
        if tool["type"] != "function":
            continue
        name = tool["name"]
        if name in names:
            place = f"{param}[{index}].name"
            raise rejected("duplicate_tool_name", param=place, tool=name)
        names.add(name)
    return [_ordered(tool) for tool in tools]


def _ordered(tool: Mapping[str, Any]) -> dict[str, Any]:
    first = {key: tool[key] for key in _FIRST_KEYS if key in tool}
    return first | {key: tool[key] for key in tool if key not in _FIRST_KEYS}
