"""Prompts: speech of the assistant at the request of the application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from voicelive_protocol import (
    AssistantMessageItem,
    ClientEventResponseCreate,
    OutputTextContentPart,
    ResponseCreateParams,
)

Prompt: TypeAlias = str | ResponseCreateParams | Mapping[str, Any]
"""Text for the assistant to speak, or settings of a response.

A string is spoken word for word, without asking the model: API versions from
2026-01-01-preview on have `pre_generated_assistant_message` for it. Settings of a
response, such as `{"instructions": "Ask if the caller is still there."}`, leave the
words to the model.
"""


def prompt_event(name: str, prompt: object) -> ClientEventResponseCreate:
    """Return the `response.create` of a prompt.

    Args:
        name: Name of the argument, for errors.
        prompt: The prompt.

    Raises:
        TypeError: It is not a prompt.
        ValueError: The text is empty, or the settings are invalid.
    """
    if isinstance(prompt, str):
        if not prompt.strip():
            raise ValueError(f"{name} must not be empty")
        message = AssistantMessageItem(content=[OutputTextContentPart(text=prompt)])
        prompt = ResponseCreateParams(pre_generated_assistant_message=message)
    if not isinstance(prompt, ResponseCreateParams | Mapping):
        raise TypeError(
            f"{name} takes a text or the settings of a response, not {prompt!r}"
        )
    return ClientEventResponseCreate(response=cast(Any, prompt))
