"""The responder that needs no configuration: sensible small talk and tool calls.

It is no language model. It recognises a few everyday requests, calls a function when
the words of the user fit one, answers from the output of a function, and otherwise
repeats what it understood, which is what a developer wants to see.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from voicelive_mockserver.engine.ports import (
    AgentEvent,
    CallFunction,
    CallMcp,
    FunctionOutput,
    Reply,
    ReplyRequest,
    Say,
)

from .arguments import arguments_for

_LONGEST_TEXT = 2000
_WORD = re.compile(r"[a-z]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Words that say nothing about which function is meant.
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


def built_in_responder(request: ReplyRequest) -> Reply:
    """Answer as a friendly assistant would, without a model.

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
        return Reply((seen, Say(_small_talk(request))))
    tool = _fitting_tool(request)
    if tool is not None:
        return Reply((_call(tool, _asked(request)),))
    return Reply((Say(_small_talk(request)),))


def _asked(request: ReplyRequest) -> str:
    """Return what the user said last, as far as anybody would listen."""
    return request.text[:_LONGEST_TEXT]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A tool that could be called, of either kind."""

    name: str
    description: str
    schema: object
    server: str = ""  # the label of the MCP server


def _candidates(request: ReplyRequest) -> list[_Candidate]:
    functions = [
        _Candidate(
            tool["name"], str(tool.get("description") or ""), tool.get("parameters")
        )
        for tool in request.tools
        if tool.get("type") == "function"
    ]
    return functions + [
        _Candidate(tool.name, tool.description, tool.input_schema, tool.server)
        for tool in request.mcp_tools
    ]


def _call(tool: _Candidate, text: str) -> CallFunction | CallMcp:
    arguments = arguments_for(tool.schema, text)
    if tool.server:
        return CallMcp(tool.name, arguments, tool.server)
    return CallFunction(tool.name, arguments)


def _fitting_tool(request: ReplyRequest) -> _Candidate | None:
    """Return the tool to call, if any."""
    tools = _candidates(request)
    choice = request.tool_choice
    if isinstance(choice, Mapping):
        choice = choice.get("name", "auto")
    if choice == "none" or not tools:
        return None
    text = _asked(request)
    ranked = max(tools, key=lambda tool: _fit(tool, text))
    if choice == "required":
        return ranked
    if choice != "auto":
        return next((tool for tool in tools if tool.name == choice), None)
    return ranked if _fit(ranked, text) >= 2 else None


def _fit(tool: _Candidate, text: str) -> int:
    """Rate how well a tool fits a text; from 2 on it is worth a call."""
    said = _stems(text)
    name = _stems(_CAMEL.sub(" ", tool.name).replace("_", " "))
    described = _stems(tool.description)
    return 2 * len(said & name) + len(said & described - name)


def _stems(text: str) -> set[str]:
    words = _WORD.findall(text.casefold())
    return {word.removesuffix("s") for word in words if word not in _COMMON}


def _from_outputs(outputs: tuple[FunctionOutput, ...]) -> str:
    return " ".join(_from_output(output.output) for output in outputs)


def _from_output(output: str) -> str:
    try:
        value = msgspec.json.decode(output)
    except msgspec.DecodeError:
        # Not JSON: the function answered in words.
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


def _small_talk(request: ReplyRequest) -> str:
    text = _asked(request).strip()
    words = set(_WORD.findall(text.casefold()))
    if not text:
        return "Hello! How can I help you today?"
    repeated = re.match(
        r"(?:please )?(?:say|repeat)[:,]?\s+[\"'“](.+)[\"'”]", text, re.I
    )
    if repeated:
        return repeated[1]
    introduced = re.search(r"\bmy name is (\w+)", text, re.I)
    if introduced:
        return f"Nice to meet you, {introduced[1]}! How can I help you today?"
    if {"my", "name"} <= words:
        return _recalled_name(request)
    if "story" in words:
        return _story(text)
    if "joke" in words:
        return "Why did the microphone go to school? To get a little feedback."
    if words & {"thanks", "thank"}:
        return "You're welcome! Is there anything else I can do for you?"
    if words & {"bye", "goodbye"}:
        return "Goodbye! It was nice talking to you."
    if "hear" in words:
        return "Hello! Yes, I can hear you. How can I help you today?"
    if words & {"hi", "hello", "hey", "greeting", "greet"}:
        return (
            "Hello there!" if "short" in words else "Hello there! How can I help you?"
        )
    if text.endswith("?"):
        return (
            f"You asked: {text} I am a mock service, so I can only repeat the question."
        )
    return f"You said: {text}"


def _recalled_name(request: ReplyRequest) -> str:
    for item in reversed(request.history):
        found = re.search(r"\bmy name is (\w+)", item.said, re.I)
        if found:
            return f"Your name is {found[1]}."
    return "You have not told me your name yet."


def _story(text: str) -> str:
    found = re.search(r"\babout\s+(.+?)[.?!]*$", text, re.I)
    topic = found[1] if found else "a small microphone"
    return (
        f"Once upon a time there was a story about {topic}. It began on a quiet "
        "morning, when nobody was listening yet. Then somebody asked a question, and "
        "an answer came back, and after the answer came another question. So they went "
        "on, all morning and all afternoon, and neither of them grew tired. In the "
        "evening they counted the words they had spoken, and there were more of them "
        f"than anybody could remember. And that is how {topic} came to be told. "
        "The end."
    )
