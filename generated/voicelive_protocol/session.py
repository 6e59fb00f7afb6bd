# Generated from schema/ by `make generate`. Do not edit.
"""Settings of a session, as the client requests them and as the service reports them
back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from voicelive_core.model import Model
from voicelive_core.scalars import OpenEnum, UnixTime

from .audio import (
    AudioEchoCancellation,
    AudioInputTranscriptionOptions,
    AudioNoiseReduction,
    AudioTimestampType,
    AudioTimestampTypeOrStr,
    InputAudioFormat,
    InputAudioFormatOrStr,
    Modality,
    ModalityOrStr,
    OutputAudioFormat,
    OutputAudioFormatOrStr,
)
from .avatar import Animation, AvatarConfig
from .interim_response import InterimResponseConfig
from .tools import AnyTool, ToolChoice
from .turn_detection import AnyTurnDetection
from .voices import Voice


class AgentConfig(Model, kw_only=True):
    """The Foundry agent that answers in this session.

    Sent by the service only, in agent mode.
    """

    type: str = "agent"
    """Always `agent`."""

    name: str | None = None
    """Name of the agent."""

    description: str | None = None
    """Description of the agent; it may be empty."""

    agent_id: str | None = None
    """Identifier of the agent; `null` for the agents of 2026, which are known by their
    name.
    """

    thread_id: str | None = None
    """Identifier of the agent's conversation thread, where the history is kept; `null`
    or absent for the agents of 2026.
    """


class ReasoningEffort(OpenEnum):
    """How much a reasoning model thinks before it answers.

    Each model supports only some of the values.
    """

    NONE = "none"
    """Answer without reasoning, for the lowest latency.

    Since API version 2026-01-01-preview.
    """

    MINIMAL = "minimal"
    """Reason as little as possible.

    Since API version 2026-01-01-preview.
    """

    LOW = "low"
    """Reason briefly; fast answers with few reasoning tokens.

    Since API version 2026-01-01-preview.
    """

    MEDIUM = "medium"
    """Balance speed against depth of reasoning.

    Since API version 2026-01-01-preview.
    """

    HIGH = "high"
    """Reason thoroughly; answers take longer.

    Since API version 2026-01-01-preview.
    """

    XHIGH = "xhigh"
    """Reason as deeply as the model can, at the highest latency and token use.

    Since API version 2026-01-01-preview.
    """


if TYPE_CHECKING:
    ReasoningEffortOrStr: TypeAlias = ReasoningEffort | str
else:
    ReasoningEffortOrStr = ReasoningEffort
"""A member of `ReasoningEffort`, or its string."""


class RequestSession(Model, kw_only=True):
    """Settings that a client sends in `session.update` to configure the conversation.
    Keys left out keep their value, nested objects are replaced as a whole, and an
    unknown key is rejected with an `error`.
    """

    model: str | None | UnsetType = UNSET
    """Model that answers; it is fixed by the `model` query parameter of the connection.
    Some integrations saw an `error` when it was sent here, so leave it out. Known
    values: `gpt-realtime`, `gpt-realtime-1.5`, `gpt-realtime-2.1`, `gpt-
    realtime-2.1-mini`, `gpt-5.4`, `gpt-5.6-terra`, `gpt-5.6-luna`, `phi4-mm-realtime`,
    `azure-realtime`.
    """

    modalities: list[ModalityOrStr] | None | UnsetType = UNSET
    """Kinds of output the assistant produces.

    Use `text` alone or `text` with `audio`; audio alone is documented as not allowed,
    yet native realtime models report `["audio"]` as their initial value.
    """

    animation: Animation | None | UnsetType = UNSET
    """Requests facial animation data along with the speech.

    Needs an Azure voice.
    """

    voice: Voice | None | UnsetType = UNSET
    """Voice the assistant speaks with: an OpenAI voice name or a voice object.

    It cannot change once the session has produced audio or an avatar is configured; a
    bad Azure voice name ends the session.
    """

    instructions: str | None | UnsetType = UNSET
    """System prompt that steers the model.

    An empty string does not clear it: the service keeps the prompt it had. Not
    supported when a Foundry agent answers.
    """

    input_audio_sampling_rate: int | None | UnsetType = UNSET
    """Sampling rate in Hz of the audio the client sends.

    `pcm16` takes 8000, 16000 or 24000 (44100 was accepted too), G.711 takes 8000. A
    wrong rate is no error: speech is just never recognised. Fixed once audio has
    started. Default: 24000.
    """

    input_audio_format: InputAudioFormatOrStr | None | UnsetType = UNSET
    """Encoding of the audio the client sends.

    Fixed once audio has started. Default: "pcm16".
    """

    output_audio_format: OutputAudioFormatOrStr | None | UnsetType = UNSET
    """Encoding of the audio the assistant sends back.

    `pcm16` is 24000 Hz mono. OpenAI voices take only `pcm16` and the two G.711 formats.
    Default: "pcm16".
    """

    turn_detection: AnyTurnDetection | None | UnsetType = UNSET
    """Decides when the user starts and stops speaking; default `server_vad`.

    `null` turns it off: the client then commits audio and asks for responses itself.
    """

    input_audio_noise_reduction: AudioNoiseReduction | None | UnsetType = UNSET
    """Filters background noise out of the microphone audio before detection and the
    model. `null` (the default) turns it off.
    """

    input_audio_echo_cancellation: AudioEchoCancellation | None | UnsetType = UNSET
    """Removes the assistant's own voice from the microphone audio.

    `null` (the default) turns it off.
    """

    avatar: AvatarConfig | None | UnsetType = UNSET
    """Adds a talking avatar whose video follows the speech.

    Changing the video settings later in the session is accepted but has no effect.
    """

    input_audio_transcription: AudioInputTranscriptionOptions | None | UnsetType = UNSET
    """Transcription of the user's speech.

    `null` disables it, which is the default on native realtime models; other models
    need the transcript and always transcribe, by default with `azure-speech`.
    """

    output_audio_timestamp_types: list[AudioTimestampTypeOrStr] | None | UnsetType = (
        UNSET
    )
    """Timing marks to send along with the assistant's speech, such as one for each
    word. Needs an Azure voice; none by default.
    """

    tools: list[AnyTool] | None | UnsetType = UNSET
    """Tools the model may call.

    The list replaces the previous one as a whole and applies from the next response.
    """

    tool_choice: ToolChoice | None | UnsetType = UNSET
    """Whether and which tool the model calls.

    Forcing a named function is reported not to work on native realtime models. Default:
    "auto".
    """

    parallel_tool_calls: bool | None | UnsetType = UNSET
    """Whether the model may call several tools in one response.

    `gpt-realtime` refuses an explicit `true`. Default: true. Since API version
    2026-06-01-preview.
    """

    temperature: float | None | UnsetType = UNSET
    """Randomness of the model's words.

    Documents disagree (0 to 1 with default 0.7, or 0.6 to 1.2 with default 0.8); 0 to 2
    was accepted. A model that does not support it fails each response rather than the
    update.
    """

    max_response_output_tokens: int | Literal["inf"] | None | UnsetType = UNSET
    """Most tokens one response may use, tool calls included.

    1 to 4096, or `inf` for no limit. A response that hits the limit ends as
    `incomplete`. Default: "inf".
    """

    reasoning_effort: ReasoningEffortOrStr | None | UnsetType = UNSET
    """How much a reasoning model thinks before it answers.

    Less effort means faster answers and fewer tokens; only reasoning models support it:
    others accept it and fail each response. Since API version 2026-01-01-preview.
    """

    interim_response: InterimResponseConfig | None | UnsetType = UNSET
    """Fills silence with a short phrase while the real answer is late or a tool runs.
    Not available on native realtime models. Since API version 2026-01-01-preview.
    """

    include: list[SessionIncludeOptionOrStr] | None | UnsetType = UNSET
    """Extra data the service should add to its events, such as log probabilities of the
    transcript. None by default. Since API version 2026-04-10.
    """

    metadata: dict[str, str] | None | UnsetType = UNSET
    """Labels attached to the session for tracing, also written to the resource logs.

    At most 16 pairs; keys up to 64 characters, values up to 512. Since API version
    2026-04-10.
    """

    truncation_strategy: Any | None | UnsetType = UNSET
    """How old content leaves a full context.

    `auto` and `last_messages` were accepted, as text or as the `type` of an object.
    Seen on the service; no SDK declares it.
    """


class ResponseSession(Model, kw_only=True):
    """Effective settings of the session, as reported in `session.created` and
    `session.updated`. Always the whole configuration, with `null` for disabled
    features; new keys may appear without a new API version.
    """

    model: str | None = None
    """Internal name of the model deployment, for example `gpt-realtime-global-
    standard`. Do not compare it with the name you asked for.
    """

    modalities: list[Modality] | None = None
    """Kinds of output in effect.

    The order you sent is not kept; native realtime models start with `["audio"]`.
    """

    animation: Animation | None = None
    """Animation output in effect, or `null` when none was requested."""

    voice: Voice | None = None
    """Voice in effect; seen only in object form.

    Initially OpenAI `alloy` on `gpt-realtime` and the Azure voice `en-US-AvaNeural` on
    models without speech output of their own.
    """

    instructions: str | None = None
    """System prompt in effect.

    Until the client sets one, native realtime models report a stock prompt of the
    service.
    """

    input_audio_sampling_rate: int | None = None
    """Sampling rate in Hz expected for input audio; 24000 unless changed.

    Default: 24000.
    """

    input_audio_format: InputAudioFormat | None = None
    """Encoding expected for input audio; `pcm16` unless changed.

    Default: "pcm16".
    """

    output_audio_format: OutputAudioFormat | None = None
    """Encoding of output audio; `pcm16` unless changed.

    May be `null` in `session.created`. Default: "pcm16".
    """

    turn_detection: AnyTurnDetection | None = None
    """Turn detection in effect with all defaults filled in, or `null` when it is off.
    `session.created` may show other values than the ones a `session.update` without
    them leads to.
    """

    input_audio_noise_reduction: AudioNoiseReduction | None = None
    """Noise reduction in effect, or `null` when it is off."""

    input_audio_echo_cancellation: AudioEchoCancellation | None = None
    """Echo cancellation in effect, or `null` when it is off."""

    avatar: AvatarConfig | None = None
    """Avatar in effect, or `null`.

    If the client named no `ice_servers`, this holds the ones of the service, with the
    credentials to use for WebRTC.
    """

    input_audio_transcription: AudioInputTranscriptionOptions | None = None
    """Transcription in effect with every key present, or `null` when it is off."""

    output_audio_timestamp_types: list[AudioTimestampType] | None = None
    """Timing marks in effect, or `null` when none were requested."""

    tools: list[AnyTool] | None = None
    """Tools in effect; an empty list if there are none."""

    tool_choice: ToolChoice | None = None
    """Tool choice in effect; `auto` unless changed."""

    parallel_tool_calls: bool | None = None
    """Whether several tools may be called in one response.

    Absent from the recorded sessions; the documented default is `true`. Default: true.
    Since API version 2026-06-01-preview.
    """

    temperature: float | None = None
    """Randomness of the model's words.

    Absent from the recorded sessions, where it had not been set.
    """

    max_response_output_tokens: int | Literal["inf"] | None = None
    """Most tokens one response may use, or `inf` for no limit.

    Default: "inf".
    """

    reasoning_effort: ReasoningEffort | None = None
    """Reasoning effort in effect.

    Reported only after the client has set it. Since API version 2026-01-01-preview.
    """

    interim_response: InterimResponseConfig | None = None
    """Interim responses in effect.

    Reported only after the client has set them. Since API version 2026-01-01-preview.
    """

    include: list[SessionIncludeOption] | None = None
    """Extra data in effect, or `null` when none was requested.

    Since API version 2026-04-10.
    """

    metadata: dict[str, str] | None = None
    """Labels attached to the session.

    Absent if none were set; at most 16 pairs, keys up to 64 characters, values up to
    512. Since API version 2026-04-10.
    """

    agent: AgentConfig | None = None
    """Foundry agent that answers.

    Present only in sessions connected to an agent.
    """

    id: str | None = None
    """Identifier of the session, for example `sess_E4BArhaTppDgIp3phZDcf`.

    It never changes.
    """

    expires_at: UnixTime | None = None
    """Moment the service ends the session, in Unix seconds.

    Observed as 3600 s after creation; it never changes and a session cannot be resumed.
    Since API version 2026-04-10.
    """

    object: str | None = None
    """Marks the object as a session; always `realtime.session`.

    Recorded from the service; no SDK declares it.
    """

    truncation_strategy: Any | None = None
    """How old content leaves a full context; only `null` was recorded.

    Recorded from the service; no SDK declares it.
    """

    greeting: Any | None = None
    """Presumably an opening message of the assistant; only `null` has been seen, since
    August 2026. Recorded from the service; no SDK declares it.
    """

    handoff: Any | None = None
    """Presumably a transfer of the conversation; only `null` has been seen, since
    August 2026. Recorded from the service; no SDK declares it.
    """


class SessionBase(Model, kw_only=True):
    """Common ancestor of the two session shapes.

    It has no properties of its own.
    """


class SessionIncludeOption(OpenEnum):
    """Extra data that a session can ask for.

    Without it the service leaves the data out.
    """

    ITEM_INPUT_AUDIO_TRANSCRIPTION_LOGPROBS = "item.input_audio_transcription.logprobs"
    """Adds `logprobs`, the log probability of each token, to transcription events.

    Since API version 2026-04-10.
    """

    ITEM_INPUT_AUDIO_TRANSCRIPTION_PHRASES = "item.input_audio_transcription.phrases"
    """Adds `phrases`, the timed phrases and words, to the completed transcription.

    Since API version 2026-04-10.
    """

    FILE_SEARCH_CALL_RESULTS = "file_search_call.results"
    """Adds the passages that were found to `file_search_call` items.

    Since API version 2026-04-10.
    """


if TYPE_CHECKING:
    SessionIncludeOptionOrStr: TypeAlias = SessionIncludeOption | str
else:
    SessionIncludeOptionOrStr = SessionIncludeOption
"""A member of `SessionIncludeOption`, or its string."""


__all__ = [
    "AgentConfig",
    "ReasoningEffort",
    "ReasoningEffortOrStr",
    "RequestSession",
    "ResponseSession",
    "SessionBase",
    "SessionIncludeOption",
    "SessionIncludeOptionOrStr",
]
