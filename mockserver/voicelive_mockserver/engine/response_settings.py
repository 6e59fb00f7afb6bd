"""Settings of a response: those of the session, overridden by the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.interim import Interim, interim_response
from voicelive_mockserver.engine.json_templates import VALUE, json_form
from voicelive_mockserver.engine.session import check_modalities
from voicelive_mockserver.engine.tools import checked_tools
from voicelive_mockserver.engine.usage import count_text, usage_form
from voicelive_mockserver.engine.voices import (
    check_output_format,
    check_voice,
    is_azure_voice,
    normalized_voice,
)

_AZURE_DELTA_MS = 100
_MAX_METADATA_PAIRS = 16
_MAX_METADATA_KEY_CHARACTERS = 64
_MAX_METADATA_VALUE_CHARACTERS = 512


class ResponseSettings(Struct, frozen=True):
    """Effective settings of one response.

    Attributes:
        modalities: The modalities of its output.
        voice: The voice, in the form of the session.
        output_audio_format: An output audio format of the protocol.
        delta_ms: The audio in one delta, in milliseconds.
        marks: The speech marks of the audio: `word`, `viseme_id`, `blendshapes`.
        instructions: The instructions for the model.
        tools: The available tools.
        tool_choice: The tool choice.
        temperature: Shown in the response; models without temperature reject it.
        reasoning_effort: Rejected by models without reasoning.
        max_output_tokens: The limit of the output, or `inf`.
        metadata: Shown in the response, without effect.
        interim: The interim response for a slow reply.
        invoke_input: The client's input to a hosted agent.
        in_conversation: Whether the response belongs to the conversation, which has
            only one at a time.
        is_kept: Whether the output becomes part of the conversation.
        form: JSON template of the response; `id`, `status`, `status_details`, `output`
            and `usage` are open.
        usage_form: JSON template of its usage; the numbers are open.
        input_tokens: Tokens of the instructions and the tools.
    """

    modalities: list[str]
    voice: Any
    output_audio_format: str
    delta_ms: int
    marks: tuple[str, ...]
    instructions: str
    tools: list[dict[str, Any]]
    tool_choice: Any
    temperature: float | None
    reasoning_effort: str | None
    max_output_tokens: int | str
    metadata: dict[str, str] | None
    interim: Interim | None
    invoke_input: dict[str, Any] | None
    in_conversation: bool
    is_kept: bool
    form: bytes
    usage_form: bytes
    input_tokens: int


def response_settings(
    context: SessionContext,
    params: Mapping[str, Any],
    additional_instructions: str = "",
) -> ResponseSettings:
    """Return the effective settings of a response.

    Args:
        context: The session.
        params: The `response` of a `response.create`, as sent.
        additional_instructions: Instructions in addition to those that apply.

    Raises:
        RequestError: A parameter is invalid, or not supported by this session.
    """
    session = context.session
    given = {key: value for key, value in params.items() if value is not None}
    if given:
        _check(given, context)
    voice = normalized_voice(given.get("voice", session["voice"]))
    audio_format = given.get(
        "output_audio_format", session["output_audio_format"] or "pcm16"
    )
    if "voice" in given:
        check_voice(voice, context.model, "response.voice")
    from_azure = is_azure_voice(voice)
    if "voice" in given or "output_audio_format" in given:
        check_output_format(
            audio_format, voice, context.api_version, "response.output_audio_format"
        )
    tools = given.get("tools")
    instructions = given.get("instructions") or session["instructions"]
    if additional_instructions:
        instructions = f"{instructions}\n{additional_instructions}"
    pipeline = context.model.pipeline
    in_conversation = given.get("conversation") != "none"
    modalities = given.get("modalities", session["modalities"])
    tools = (
        session["tools"] if tools is None else checked_tools(tools, "response.tools")
    )
    temperature = given.get("temperature", session.get("temperature"))
    max_output_tokens = given.get(
        "max_output_tokens", session["max_response_output_tokens"] or "inf"
    )
    metadata = given.get("metadata")
    shown: dict[str, Any] = {
        "object": "realtime.response",
        "id": VALUE,
        "status": VALUE,
        "status_details": VALUE,
        "output": VALUE,
        "usage": VALUE,
        "conversation_id": context.conversation.id if in_conversation else None,
        "modalities": modalities,
        "voice": voice,
        "output_audio_format": audio_format,
        "temperature": temperature,
        "max_output_tokens": max_output_tokens,
    }
    if context.has("Response.metadata"):
        shown["metadata"] = metadata
    return ResponseSettings(
        modalities=modalities,
        voice=voice,
        output_audio_format=audio_format,
        delta_ms=_AZURE_DELTA_MS if from_azure else pipeline.delta_ms,
        marks=_marks(given, session) if from_azure else (),
        instructions=instructions,
        tools=tools,
        tool_choice=given.get("tool_choice", session["tool_choice"]),
        temperature=temperature,
        reasoning_effort=given.get("reasoning_effort", session.get("reasoning_effort")),
        max_output_tokens=max_output_tokens,
        metadata=metadata,
        interim=(
            interim_response(
                given.get("interim_response", session.get("interim_response"))
            )
            if from_azure and (pipeline.has_interim_responses or context.agent)
            else None
        ),
        invoke_input=given.get("invoke_input"),
        in_conversation=in_conversation,
        is_kept=in_conversation and given.get("commit") is not False,
        form=json_form(shown),
        usage_form=usage_form(
            images=context.has("InputTokenDetails.image_tokens"),
            reasoning=context.has("OutputTokenDetails.reasoning_tokens"),
        ),
        input_tokens=count_text(instructions)
        + sum(count_text(str(tool)) for tool in tools),
    )


class SettingsCache:
    """The settings of the last response of a session.

    Most clients repeat the same request in a session that rarely changes.

    Args:
        context: The session.
    """

    __slots__ = ("_context", "_instructions", "_params", "_session", "_settings")

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._session: dict[str, Any] | None = None
        self._params: Mapping[str, Any] = {}
        self._instructions = ""
        self._settings: ResponseSettings | None = None

    def get(
        self, params: Mapping[str, Any], additional_instructions: str
    ) -> ResponseSettings:
        """Return the effective settings of a response; see `response_settings`."""
        session = self._context.session
        settings = self._settings
        if (
            settings is None
            or self._session is not session
            or (params is not self._params and (params or self._params))
            or additional_instructions != self._instructions
        ):
            settings = response_settings(self._context, params, additional_instructions)
            self._settings = settings
            self._session = session
            self._params = params
            self._instructions = additional_instructions
        return settings


def _marks(given: Mapping[str, Any], session: Mapping[str, Any]) -> tuple[str, ...]:
    kinds = list(session["output_audio_timestamp_types"] or ())
    animation = given.get("animation", session["animation"])
    if animation is not None:
        outputs = animation.get("outputs")
        kinds += ["blendshapes"] if outputs is None else outputs
    return tuple(kinds)


def _check(given: Mapping[str, Any], context: SessionContext) -> None:
    if context.agent is not None and "instructions" in given:
        raise rejected("agent_response_instructions")
    if context.agent is None and "invoke_input" in given:
        raise rejected("invoke_input_without_agent")
    _check_modalities(given, context)
    limit = given.get("max_output_tokens")
    if isinstance(limit, int) and limit < 1:
        raise rejected("max_output_tokens", limit=limit)
    metadata = given.get("metadata") or {}
    if len(metadata) > _MAX_METADATA_PAIRS or any(
        len(key) > _MAX_METADATA_KEY_CHARACTERS
        or len(value) > _MAX_METADATA_VALUE_CHARACTERS
        for key, value in metadata.items()
    ):
        raise rejected("response_metadata")


def _check_modalities(given: Mapping[str, Any], context: SessionContext) -> None:
    modalities = given.get("modalities")
    check_modalities(modalities, "response.modalities")
    voice = normalized_voice(given.get("voice", context.session["voice"]))
    if (
        modalities is not None
        and {"text", "audio"} <= set(modalities)
        and context.model.pipeline.speaks_itself
        and not is_azure_voice(voice)
    ):
        raise rejected("response_modalities", modalities=modalities)
