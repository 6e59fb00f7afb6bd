"""Catalogue of models and pipelines.

The model determines the pipeline of a session. `PipelineTraits` has the differences
between the pipelines on the wire, so that the engine reads a trait instead of
comparing names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from voicelive_mockserver.engine.latency import (
    CASCADED_LATENCY,
    NATIVE_LATENCY,
    LatencyModel,
)


@dataclass(frozen=True, slots=True)
class PipelineTraits:
    """Differences between the sessions of the pipelines.

    Attributes:
        name: `native` (the model hears and speaks) or `cascaded` (speech to text,
            a text model, text to speech).
        default_voice: The default voice.
        started_message_status: The status of an assistant message when it is added.
        upstream_ids: Whether identifiers come from the model behind the service,
            which encodes the time of creation in them.
        transcribes_before_item: Whether the transcript of spoken input is ready
            before its conversation item is created, and is already in it.
        repeats_text_in_part: Whether `response.content_part.done` carries the text
            of a text part (native models leave it empty).
        compact_arguments: Whether the arguments of function calls are compact JSON,
            instead of JSON with the white space of a native model.
        transcribes_by_default: The default transcription model.
        local_speech_recognizer: Whether end-of-utterance detection is possible.
        speaks_itself: Whether the model produces speech itself, unless an Azure voice
            is set; it then answers either in text or in speech.
        delta_ms: The audio in one delta, in milliseconds, unless an Azure voice
            speaks.
        no_previous_item: The `previous_item_id` of an item of the assistant that is
            the first of the conversation.
        numbers_outputs: Whether each item of a response has a different
            `output_index`, instead of 0 for all of them.
        obeys_named_tool: Whether a `tool_choice` that names a function is honored.
        cancels_previous: Whether `cancel_previous` stops a running response.
        has_interim_responses: Whether interim responses are possible.
        caches_input: Whether the usage shows cached tokens.
        latency: The latency of each step.
    """

    name: str
    default_voice: dict[str, Any]
    started_message_status: str
    upstream_ids: bool
    transcribes_before_item: bool
    repeats_text_in_part: bool
    compact_arguments: bool
    transcribes_by_default: str | None
    local_speech_recognizer: bool
    speaks_itself: bool
    delta_ms: int
    no_previous_item: str | None
    numbers_outputs: bool
    obeys_named_tool: bool
    cancels_previous: bool
    has_interim_responses: bool
    caches_input: bool
    latency: LatencyModel


NATIVE = PipelineTraits(
    name="native",
    default_voice={"name": "alloy", "type": "openai"},
    started_message_status="in_progress",
    upstream_ids=True,
    transcribes_before_item=False,
    repeats_text_in_part=False,
    compact_arguments=False,
    transcribes_by_default=None,
    local_speech_recognizer=False,
    speaks_itself=True,
    delta_ms=250,
    no_previous_item=None,
    numbers_outputs=True,
    obeys_named_tool=False,
    cancels_previous=False,
    has_interim_responses=False,
    caches_input=True,
    latency=NATIVE_LATENCY,
)

CASCADED = PipelineTraits(
    name="cascaded",
    default_voice={"type": "azure-standard", "name": "en-US-AvaNeural"},
    started_message_status="incomplete",
    upstream_ids=False,
    transcribes_before_item=True,
    repeats_text_in_part=True,
    compact_arguments=True,
    transcribes_by_default="azure-speech",
    local_speech_recognizer=True,
    speaks_itself=False,
    delta_ms=100,
    no_previous_item="",
    numbers_outputs=False,
    obeys_named_tool=True,
    cancels_previous=True,
    has_interim_responses=True,
    caches_input=False,
    latency=CASCADED_LATENCY,
)


@dataclass(frozen=True, slots=True)
class ModelTraits:
    """Differences between the models of a pipeline.

    Attributes:
        takes_temperature: Whether responses can have a temperature. Those of the other
            models fail with one, unless the reasoning effort is `none`.
        takes_reasoning_effort: Whether responses can have a reasoning effort; those of
            the other models fail with one.
        takes_parallel_tool_calls: Whether `parallel_tool_calls: true` is accepted.
        takes_mcp: Whether MCP servers can be configured.
        voice_types: The types of voices that it can speak with; `None` for all of its
            pipeline.
        azure_speech_needs_semantic_vad: Whether transcription with `azure-speech` needs
            turn detection of a type `azure_semantic_vad*`.
        heard_token_ms: Milliseconds of input audio that count as one token.
    """

    takes_temperature: bool = True
    takes_reasoning_effort: bool = True
    takes_parallel_tool_calls: bool = True
    takes_mcp: bool = True
    voice_types: frozenset[str] | None = None
    azure_speech_needs_semantic_vad: bool = False
    heard_token_ms: int = 100


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """An entry of the catalogue.

    Attributes:
        family: The name of the model. It includes names that continue with `-` or `.`,
            since sizes, dates and `-datazone` forms appear without a new API version.
        pipeline: The pipeline; `None` for a model that is available only as a
            deployment of the user, with a profile.
        default_voice: The default voice, if it differs from that of the pipeline.
        traits: Differences from other models.
    """

    family: str
    pipeline: PipelineTraits | None
    default_voice: dict[str, Any] | None = None
    traits: ModelTraits = ModelTraits()


_MARIN = {"name": "marin", "type": "openai"}
_SECOND_REALTIME = ModelTraits(azure_speech_needs_semantic_vad=True)
_FIRST_REALTIME = ModelTraits(takes_parallel_tool_calls=False)
_NO_REASONING = ModelTraits(takes_reasoning_effort=False)
_REASONING = ModelTraits(takes_temperature=False)
_PHI = ModelTraits(takes_reasoning_effort=False, takes_mcp=False, heard_token_ms=80)

# The first matching family applies.
MODELS: tuple[ModelEntry, ...] = (
    ModelEntry("gpt-realtime-2.1", NATIVE, _MARIN, _SECOND_REALTIME),
    ModelEntry("gpt-realtime-2", NATIVE, traits=_SECOND_REALTIME),
    ModelEntry("gpt-realtime", NATIVE, traits=_FIRST_REALTIME),
    ModelEntry("gpt-4o-realtime-preview", NATIVE, traits=_FIRST_REALTIME),
    ModelEntry("gpt-4o-mini-realtime-preview", NATIVE, traits=_FIRST_REALTIME),
    ModelEntry(
        "azure-realtime",
        NATIVE,
        {"type": "azure-realtime-native", "name": "ava"},
        ModelTraits(voice_types=frozenset({"azure-realtime-native"})),
    ),
    ModelEntry("gpt-4o", CASCADED, traits=_NO_REASONING),
    ModelEntry("gpt-4.1", CASCADED, traits=_NO_REASONING),
    ModelEntry("gpt-5.5", None),
    ModelEntry("gpt-5.4-mini", None),
    ModelEntry("gpt-5.4-nano", None),
    ModelEntry("gpt-5", CASCADED, traits=_REASONING),
    ModelEntry("phi4-mini", CASCADED, traits=_PHI),
    ModelEntry("phi4-mm-realtime", CASCADED, traits=_PHI),
)

_DATAZONE = "-datazone"

OWN_RECOGNIZERS = ("azure-", "mai-")
"""Name prefixes of the recognizers of the service; the others belong to the models
behind the service."""

RECOGNIZERS = re.compile(r"whisper-.+|gpt-.*transcribe.*|(azure|mai)-.+")
"""Pattern of recognizer names. The list is open in every API version; other names are
unknown."""

AZURE_SPEECH = "azure-speech"
"""The default recognizer of models without audio input."""

PHRASE_LIST_RECOGNIZERS = (
    "azure-mrs",
    "mai-transcribe-1.5",
    "azure-fast-transcription",
    "mai-transcribe",
    "azure-speech",
)
"""The recognizers that take a phrase list, as the service lists them; documentation
adds later ones."""

LATER_PHRASE_LIST_RECOGNIZERS = ("mai-transcribe-2",)
"""Name prefixes of later recognizers that take a phrase list."""

LOGPROB_RECOGNIZERS = re.compile(r"gpt-4o(-mini)?-transcribe(-\d{4}-\d{2}-\d{2})?")
"""Pattern of the recognizers that return log probabilities."""

AZURE_VOICE_NAME = re.compile(
    # A language, a region (or a script and a region, or a dialect), and a name.
    r"[a-z]{2,3}(-[a-z]{2,8}){1,2}-[a-z0-9]+(neural|:[a-z0-9-]+)",
    re.IGNORECASE,
)
"""Pattern of Azure voice names. The service has hundreds of voices, and the list
changes; other names are unknown."""


BYOM_PROFILES = {
    "byom-azure-openai-realtime": NATIVE,
    "byom-azure-openai-chat-completion": CASCADED,
    "byom-foundry-anthropic-messages": CASCADED,
}
"""The pipeline of a deployment of the user, by profile."""


@dataclass(frozen=True, slots=True)
class ServiceModel:
    """A model as a session uses it.

    Attributes:
        name: The name that the client requested.
        deployment: The name in the session.
        pipeline: The pipeline that serves it.
        default_voice: The default voice.
        traits: Differences from other models.
    """

    name: str
    deployment: str
    pipeline: PipelineTraits
    default_voice: dict[str, Any]
    traits: ModelTraits = ModelTraits()


@lru_cache(maxsize=256)
def find_model(name: str) -> ServiceModel | None:
    """Look up a model by name.

    Args:
        name: The `model` of the connection.

    Returns:
        The model; `None` if the name is unknown, or available only as a deployment of
        the user.
    """
    entry = next((e for e in MODELS if _belongs(name, e.family)), None)
    if entry is None or entry.pipeline is None:
        return None
    zone = "" if name.endswith(_DATAZONE) else "-global"
    return ServiceModel(
        name=name,
        deployment=f"{name}{zone}-standard",
        pipeline=entry.pipeline,
        default_voice=entry.default_voice or entry.pipeline.default_voice,
        traits=entry.traits,
    )


def _belongs(name: str, family: str) -> bool:
    return name == family or name.startswith((f"{family}-", f"{family}."))


def byom_model(profile: str, deployment: str) -> ServiceModel | None:
    """Return a deployment of the user as a model.

    Args:
        profile: The `profile` of the connection.
        deployment: The `model` of the connection, an arbitrary name.

    Returns:
        The model; `None` if the profile is unknown.
    """
    pipeline = BYOM_PROFILES.get(profile)
    if pipeline is None:
        return None
    return ServiceModel(deployment, deployment, pipeline, pipeline.default_voice)
