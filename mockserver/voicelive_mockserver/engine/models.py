"""The models that the mock service knows, as data.

A model decides which pipeline serves a session. What the pipelines do differently on
the wire is in `PipelineTraits`, so that the engine reads a trait instead of asking
for a name.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from voicelive_mockserver.engine.latency import (
    CASCADED_LATENCY,
    NATIVE_LATENCY,
    LatencyModel,
)


@dataclass(frozen=True, slots=True)
class PipelineTraits:
    """How sessions of one pipeline differ from those of the other.

    Attributes:
        name: `native` (the model hears and speaks) or `cascaded` (speech to text,
            a text model, text to speech).
        default_voice: The voice of a session that names none.
        started_message_status: The status of an assistant message when it is added.
        upstream_ids: Whether identifiers come from the model behind the service,
            which puts the time of making into them.
        transcribes_before_item: Whether the transcript of spoken input is ready
            before its conversation item is created, and is already in it.
        repeats_text_in_part: Whether `response.content_part.done` carries the text
            of a text part (native models leave it empty).
        compact_arguments: Whether the arguments of function calls are compact JSON,
            instead of JSON with the odd white space of a native model.
        transcribes_by_default: The transcription model of a session that names none.
        local_speech_recognizer: Whether end-of-utterance detection is possible.
        speaks_itself: Whether the model makes the voice, unless an Azure voice is
            set; it answers either in text or in speech then.
        delta_ms: How much audio one delta carries, in milliseconds, unless an Azure
            voice speaks.
        no_previous_item: The `previous_item_id` of an item of the assistant that is
            the first of the conversation.
        numbers_outputs: Whether the items of a response have an `output_index` of
            their own, instead of 0 for all of them.
        obeys_named_tool: Whether a `tool_choice` that names a function has effect.
        cancels_previous: Whether `cancel_previous` stops a running response.
        has_interim_responses: Whether interim responses are possible.
        caches_input: Whether the usage shows cached tokens.
        latency: How long each step takes.
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
class ModelEntry:
    """One line of the catalogue.

    Attributes:
        pattern: A model name; `*` stands for anything.
        pipeline: What serves it.
        deployment: What `session.model` shows; `{model}` is the name asked for.
        default_voice: The voice of a session that names none, when it is not the
            one of the pipeline.
        takes_temperature: Whether a response with a temperature does not fail.
        takes_mcp: Whether MCP servers can be configured.
        voice_types: The types of voices that it can speak with; `None` for all.
    """

    pattern: str
    pipeline: PipelineTraits
    deployment: str = "{model}-global-standard"
    default_voice: dict[str, Any] | None = None
    takes_temperature: bool = True
    takes_mcp: bool = True
    voice_types: frozenset[str] | None = None


MODELS: tuple[ModelEntry, ...] = (
    ModelEntry(
        "gpt-realtime-2.1", NATIVE, default_voice={"name": "marin", "type": "openai"}
    ),
    ModelEntry("gpt-realtime*", NATIVE),
    ModelEntry("gpt-4o-realtime-preview", NATIVE),
    ModelEntry("gpt-4o-mini-realtime-preview", NATIVE),
    ModelEntry(
        "azure-realtime",
        NATIVE,
        default_voice={"type": "azure-realtime-native", "name": "ava"},
        voice_types=frozenset({"azure-realtime-native"}),
    ),
    ModelEntry("gpt-4o", CASCADED),
    ModelEntry("gpt-4o-mini", CASCADED),
    ModelEntry("gpt-4.1", CASCADED),
    ModelEntry("gpt-4.1-mini", CASCADED),
    ModelEntry("gpt-4.1-nano", CASCADED),
    ModelEntry("gpt-5*", CASCADED, takes_temperature=False),
    ModelEntry("phi4-mini", CASCADED, takes_mcp=False),
    ModelEntry("phi4-mm-realtime", CASCADED, takes_mcp=False),
)


TRANSCRIPTION_MODELS = {
    "whisper-1": "",
    "gpt-4o-transcribe": "",
    "gpt-4o-mini-transcribe": "",
    "gpt-4o-transcribe-diarize": "2026-01-01-preview",
    "azure-speech": "",
    "mai-transcribe": "2026-01-01-preview",
    "mai-transcribe-1": "2026-01-01-preview",
    "mai-transcribe-2": "2026-01-01-preview",
}
"""The recognizers, with the first API version that has them; empty for all."""

OWN_RECOGNIZERS = ("azure-speech", "mai-")
"""How the names of the service's own recognizers begin; the others belong to the
models behind the service."""

AZURE_VOICE_NAME = re.compile(
    # A language, a region (or a script and a region, or a dialect), and a name.
    r"[a-z]{2,3}(-[a-z]{2,8}){1,2}-[a-z0-9]+(neural|:[a-z0-9-]+)",
    re.IGNORECASE,
)
"""What the name of an Azure voice looks like. The service has hundreds of them, which
come and go; a name that does not look like one is taken for unknown."""


BYOM_PROFILES = {
    "byom-azure-openai-realtime": NATIVE,
    "byom-azure-openai-chat-completion": CASCADED,
    "byom-foundry-anthropic-messages": CASCADED,
}
"""What serves a deployment of the user's own, by profile."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model as a session uses it.

    Attributes:
        name: The name that the client asked for.
        deployment: The name that the session shows.
        pipeline: What serves it.
        default_voice: The voice of a session that names none.
        takes_temperature: Whether a response with a temperature does not fail.
        takes_mcp: Whether MCP servers can be configured.
        voice_types: The types of voices that it can speak with; `None` for all.
    """

    name: str
    deployment: str
    pipeline: PipelineTraits
    default_voice: dict[str, Any]
    takes_temperature: bool = True
    takes_mcp: bool = True
    voice_types: frozenset[str] | None = None


@lru_cache(maxsize=256)
def find_model(name: str) -> Model | None:
    """Look a model up by its name.

    Args:
        name: The `model` of the connection.

    Returns:
        The model, or `None` when the service would not know the name.
    """
    for entry in MODELS:
        if fnmatchcase(name, entry.pattern):
            return Model(
                name=name,
                deployment=entry.deployment.format(model=name),
                pipeline=entry.pipeline,
                default_voice=entry.default_voice or entry.pipeline.default_voice,
                takes_temperature=entry.takes_temperature,
                takes_mcp=entry.takes_mcp,
                voice_types=entry.voice_types,
            )
    return None


def byom_model(profile: str, deployment: str) -> Model | None:
    """Return a deployment of the user's own as a model.

    Args:
        profile: The `profile` of the connection.
        deployment: The `model` of the connection, which any name can be.

    Returns:
        The model, or `None` when there is no such profile.
    """
    pipeline = BYOM_PROFILES.get(profile)
    if pipeline is None:
        return None
    return Model(deployment, deployment, pipeline, pipeline.default_voice)
