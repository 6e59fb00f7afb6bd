"""Built-in responder: small talk and tool calls by fixed rules, without a model.

It recognizes a few everyday requests, calls a function that matches the words of the
user by name or description, replies from function outputs, and otherwise echoes the
input, so that developers see what the service received.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicelive_mockserver.engine.interfaces import FunctionOutput, ReplyRequest
from voicelive_mockserver.engine.replies import (
    AgentEvent,
    CallFunction,
    CallMcp,
    Reply,
    Say,
)
from voicelive_mockserver.responder.arguments import arguments_for
from voicelive_mockserver.responder.small_talk import last_user_text, small_talk
from voicelive_protocol import parse

_WORD = re.compile(r"[a-z]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Stop words: they do not identify a function.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
        a about all an and any are as at be by call can could current do does
        fetch find for from function get give given have hear help how i if in
        into is it list look lookup make me my now of on or our please return
        returns right say search set so tell that the their there this to today
        up use used user want was we what when where which who will with would
        you your
        """,
    )
)
_MIN_SCORE = 3
# Synonyms of words in the names of tools.
_MEANINGS = {
    word: meaning
    for meaning, words in (
        ("weather", "cold forecast hot rain raining snow snowing sunny temperature"),
        ("weather", "umbrella warm"),
        ("agent", "human operator person representative"),
        ("call", "hang phone"),
        ("light", "lamp"),
    )
    for word in words.split()
}


def built_in_responder(request: ReplyRequest) -> Reply:
    """Return the reply of the built-in assistant.

    Args:
        request: The state of the session.

    Returns:
        One call of a tool, or one message.
    """
    outputs = request.function_outputs
    if outputs:
        return Reply((Say(_from_outputs(outputs)),))
    if request.refused_approval:
        return Reply((Say("All right, I will not use that tool."),))
    if request.invoke_input is not None:
        seen = AgentEvent({"type": "invocation", "input": request.invoke_input})
        return Reply((seen, Say(small_talk(request))))
    pending = _pending_call(request)
    if pending is not None:
        return Reply((Say(f"I am still waiting for the result of {pending}."),))
    tool = _matching_tool(request)
    if tool is not None:
        return Reply((_call(tool, last_user_text(request)),))
    return Reply((Say(small_talk(request)),))


def _pending_call(request: ReplyRequest) -> str | None:
    """Return the name of a function that was called in this turn, without output yet.

    Calls of earlier turns do not count: they must not block the current request.
    """
    answered = set()
    for item in reversed(request.history):
        data = item.data
        if data["type"] == "function_call_output":
            answered.add(data["call_id"])
        elif data["type"] == "function_call" and data["status"] == "completed":
            if data["call_id"] not in answered:
                name: str = data["name"]
                return name
        elif data.get("role") == "user":
            break
    return None


@dataclass(frozen=True, slots=True)
class _CallableTool:
    """A callable tool: a function or an MCP tool."""

    name: str
    description: str
    schema: object
    server: str = ""  # the label of the MCP server


def _candidates(request: ReplyRequest) -> list[_CallableTool]:
    functions = [
        _CallableTool(
            tool["name"], str(tool.get("description") or ""), tool.get("parameters")
        )
        for tool in request.tools
        if tool.get("type") == "function"
    ]
    return functions + [
        _CallableTool(tool.name, tool.description, tool.input_schema, tool.server)
        for tool in request.mcp_tools
    ]


def _call(tool: _CallableTool, text: str) -> CallFunction | CallMcp:
    arguments = arguments_for(tool.schema, text)
    if tool.server:
        return CallMcp(tool.name, arguments, tool.server)
    return CallFunction(tool.name, arguments)


def _matching_tool(request: ReplyRequest) -> _CallableTool | None:
    """Return the tool to call, if any."""
    tools = _candidates(request)
    choice = request.tool_choice
    if isinstance(choice, Mapping):
        choice = choice.get("name", "auto")
    if choice == "none" or not tools:
        return None
    text = last_user_text(request)
    ranked = max(tools, key=lambda tool: _score(tool, text))
    if choice == "required":
        return ranked
    if choice != "auto":
        return next((tool for tool in tools if tool.name == choice), None)
    return ranked if _score(ranked, text) >= _MIN_SCORE else None


def _score(tool: _CallableTool, text: str) -> int:
    """Return a score for the match of a tool and a text."""
    said = _stems(text)
    meant = {_MEANINGS[word] for word in said if word in _MEANINGS} - said
    name = _stems(_CAMEL.sub(" ", tool.name).replace("_", " "))
    described = _stems(tool.description) - name
    # Names weigh more than descriptions, words more than their synonyms.
    return (
        4 * len(said & name)
        + 3 * len(meant & name)
        + 2 * len(said & described)
        + len(meant & described)
    )


def _stems(text: str) -> set[str]:
    words = _WORD.findall(text.casefold())
    return {word.removesuffix("s") for word in words if word not in _COMMON}


def _from_outputs(outputs: tuple[FunctionOutput, ...]) -> str:
    return " ".join(_from_output(output.output) for output in outputs)


def _from_output(output: str) -> str:
    try:
        value = parse(output)
    except (ValueError, RecursionError):
        # Not JSON: plain text.
        return output.strip() or "Done."
    match value:
        case dict() if value:
            facts = ", ".join(
                f"{key.replace('_', ' ')} is {_spoken(item)}"
                for key, item in value.items()
            )
            return f"Here is what I found: {facts}."
        case dict() | None | "":
            return "Done."
        case str():
            return value
        case _:
            return f"The result is {_spoken(value)}."


def _spoken(value: Any) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case list():
            return " and ".join(_spoken(item) for item in value) or "nothing"
        case dict():
            return ", ".join(f"{key} {_spoken(item)}" for key, item in value.items())
        case _:
            return str(value)
