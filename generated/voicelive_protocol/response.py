# Generated from schema/ by `make generate`. Do not edit.
"""One reply of the assistant: the settings to ask for it, its state, its result and the
tokens it used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from voicelive_core.convert import UnknownModel
from voicelive_core.model import Model
from voicelive_core.scalars import OpenEnum

from .audio import Modality, ModalityOrStr, OutputAudioFormat, OutputAudioFormatOrStr
from .avatar import Animation
from .errors import VoiceLiveErrorDetails
from .interim_response import InterimResponseConfig
from .items import AnyConversationRequestItem, AnyResponseItem, AssistantMessageItem
from .session import ReasoningEffortOrStr
from .tools import AnyTool, ToolChoice
from .voices import Voice


class CachedTokenDetails(Model, kw_only=True):
    """Input tokens that were served from the prompt cache, by kind."""

    text_tokens: int | None = None
    """Cached text tokens."""

    audio_tokens: int | None = None
    """Cached audio tokens."""

    image_tokens: int | None = None
    """Cached image tokens.

    May be absent. Since API version 2026-01-01-preview.
    """


class InputTokenDetails(Model, kw_only=True):
    """Input tokens of a response, by kind."""

    cached_tokens: int | None = None
    """Input tokens served from the prompt cache; seen only in multiples of 64."""

    text_tokens: int | None = None
    """Text tokens, including instructions, tools and history.

    Native models count the cached ones here too.
    """

    audio_tokens: int | None = None
    """Audio tokens; about 10 per second of user audio on native models."""

    image_tokens: int | None = None
    """Image tokens.

    May be absent. Since API version 2026-01-01-preview.
    """

    cached_tokens_details: CachedTokenDetails | None = None
    """The cached tokens by kind.

    May be absent.
    """


class OutputTokenDetails(Model, kw_only=True):
    """Output tokens of a response, by kind."""

    text_tokens: int | None = None
    """Text tokens, including the transcript of spoken output and function arguments."""

    audio_tokens: int | None = None
    """Audio tokens; 20 per second of speech on native models."""

    reasoning_tokens: int | None = None
    """Tokens that a reasoning model spent on thinking before it answered.

    Since API version 2026-04-10.
    """


class RateLimit(Model, kw_only=True):
    """A limit of the service and its remainder.

    Since API version 2026-07-15. Documented by the vendor; no SDK declares it.
    """

    name: str | None = None
    """The limited quantity, for example `tokens`."""

    limit: int | None = None
    """The most that is allowed."""

    remaining: int | None = None
    """The remainder of the limit."""

    reset_seconds: float | None = None
    """Time in seconds until all of it is available again."""


class Response(Model, kw_only=True):
    """One reply of the assistant, as reported by `response.created` and
    `response.done`.
    """

    id: str | None = None
    """Identifier of the response, of the form `resp_...`; every event of the response
    carries it as `response_id`.
    """

    object: str | None = None
    """Always `realtime.response`."""

    status: ResponseStatus | None = None
    """State of the response.

    `in_progress` in `response.created`, final in `response.done`.
    """

    status_details: AnyResponseStatusDetails | None = None
    """Why the response ended as it did.

    `null` while it runs and when it completed.
    """

    output: list[AnyResponseItem] | None = None
    """Items that the response produced.

    Empty in `response.created`; may be `null` after an abnormal end.
    """

    usage: TokenUsage | None = None
    """Tokens that the response used.

    `null` until `response.done`.
    """

    conversation_id: str | None = None
    """Identifier of the conversation that the response belongs to.

    `null` when it is kept out of the history.
    """

    voice: Voice | None = None
    """Voice that speaks the response."""

    modalities: list[Modality] | None = None
    """Kinds of output allowed for the response.

    With both text and audio there is one audio part, whose transcript is the text.
    """

    output_audio_format: OutputAudioFormat | None = None
    """Format of the spoken output.

    `pcm16` is 24000 Hz mono. Default: "pcm16".
    """

    temperature: float | None = None
    """Sampling temperature, from 0.6 to 1.2.

    The stated default is 0.8, but the service was recorded sending `null`.
    """

    max_output_tokens: int | Literal["inf"] | None = None
    """Most tokens the response may produce, function calls included; `inf` means no
    limit.
    """

    metadata: dict[str, str] | None = None
    """Your own key-value pairs from `response.create`, returned unchanged; `null` if
    none. At most 16 pairs, keys up to 64 and values up to 512 characters. Since API
    version 2026-01-01-preview.
    """


class ResponseConversation(OpenEnum):
    """Whether a response joins the history: values of `conversation` of
    `response.create`.
    """

    AUTO = "auto"
    """It joins the history.

    Documented by the vendor; no SDK declares it.
    """

    NONE = "none"
    """It is not added to the history, and may run concurrently with the response of the
    conversation. Documented by the vendor; no SDK declares it.
    """


class ResponseCreateParams(Model, kw_only=True):
    """Settings for one response, sent in `response.create`.

    Omitted settings are those of the session.
    """

    commit: bool | None | UnsetType = UNSET
    """Whether the response becomes part of the conversation history.

    Default: true.
    """

    cancel_previous: bool | None | UnsetType = UNSET
    """Whether to stop a running response first.

    By specification it does by default, but native models refuse with
    `conversation_already_has_active_response` instead. Default: true.
    """

    append_input_items: list[AnyConversationRequestItem] | None | UnsetType = UNSET
    """Items to add to the conversation before the response is generated."""

    input_items: list[AnyConversationRequestItem] | None | UnsetType = UNSET
    """Items to use as context for this response in place of the history.

    An empty list means no earlier context.
    """

    modalities: list[ModalityOrStr] | None | UnsetType = UNSET
    """Kinds of output allowed for this response; `["text"]` turns audio off.

    Native voices refuse `["text", "audio"]` here: send `["audio"]`.
    """

    instructions: str | None | UnsetType = UNSET
    """System instructions for this response, in place of the session's.

    Refused in agent sessions.
    """

    voice: Voice | None | UnsetType = UNSET
    """Voice for this response.

    It cannot change after the model has produced audio in the session.
    """

    output_audio_format: OutputAudioFormatOrStr | None | UnsetType = UNSET
    """Format of the spoken output of this response.

    Left out, the session's format applies, which is `pcm16` (24000 Hz mono) by default.
    Default: "pcm16".
    """

    tools: list[AnyTool] | None | UnsetType = UNSET
    """Tools the model may use for this response, in place of the session's."""

    tool_choice: ToolChoice | None | UnsetType = UNSET
    """Whether and which tool the model must use: `auto`, `none`, `required` or a
    function name. Cascaded models also take a function object; naming a function does
    not work on native ones.
    """

    temperature: float | None | UnsetType = UNSET
    """Sampling temperature, from 0.6 to 1.2.

    A value the model does not support can make the response fail. Default: 0.8.
    """

    max_output_tokens: int | Literal["inf"] | None | UnsetType = UNSET
    """Most tokens the response may produce, function calls included: 1 to 4096, or
    `inf` for no limit. Reaching it ends the response as `incomplete`. Default: "inf".
    """

    pre_generated_assistant_message: AssistantMessageItem | None | UnsetType = UNSET
    """Fixed text for the assistant to speak, without asking the model.

    The message is added to the history. Since API version 2026-01-01-preview.
    """

    reasoning_effort: ReasoningEffortOrStr | None | UnsetType = UNSET
    """How much a reasoning model thinks before it answers.

    Less is faster and uses fewer tokens. Since API version 2026-01-01-preview.
    """

    metadata: dict[str, str] | None | UnsetType = UNSET
    """Your own key-value pairs, returned with the response.

    At most 16 pairs, keys up to 64 and values up to 512 characters. Since API version
    2026-01-01-preview.
    """

    interim_response: InterimResponseConfig | None | UnsetType = UNSET
    """Filler speech to bridge a slow answer or a tool call.

    For cascaded models with an Azure voice, and for agents. Since API version
    2026-04-10.
    """

    invoke_input: dict[str, Any] | None | UnsetType = UNSET
    """Input for the hosted agent that the session uses, as a JSON object whose keys
    depend on the agent. Since API version 2026-06-01-preview.
    """

    conversation: str | None | UnsetType = UNSET
    """Whether the response joins the history: `auto` adds it, `none` keeps it out.

    Documented by the vendor; no SDK declares it.
    """

    animation: Animation | None | UnsetType = UNSET
    """Animation data to produce with this response.

    Documented by the vendor; no SDK declares it.
    """


class ResponseStatus(OpenEnum):
    """State of a response, or how it ended."""

    COMPLETED = "completed"
    """The response ended normally and is whole."""

    CANCELLED = "cancelled"
    """The response was stopped, by the user speaking or by `response.cancel`."""

    FAILED = "failed"
    """The response ended with an error; see `status_details.error`.

    The session usually continues.
    """

    INCOMPLETE = "incomplete"
    """The response was cut off by a token limit or a content filter."""

    IN_PROGRESS = "in_progress"
    """The response is still being produced."""


class ResponseStatusDetails(Model, kw_only=True):
    """Base of the reasons why a response did not complete.

    `type` repeats the status and selects the concrete details.
    """

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""


class ResponseCancelledDetails(
    ResponseStatusDetails, kw_only=True, tag_field="type", tag="cancelled"
):
    """The cause of a cancellation."""

    type: ClassVar[Literal["cancelled"]] = "cancelled"

    reason: str | None = None
    """`turn_detected` when the user spoke over it, `client_cancelled` after
    `response.cancel`.
    """


class ResponseFailedDetails(
    ResponseStatusDetails, kw_only=True, tag_field="type", tag="failed"
):
    """Says why a response failed."""

    type: ClassVar[Literal["failed"]] = "failed"

    error: VoiceLiveErrorDetails | None = None
    """The error.

    Usually with `type`, `code` and `message`, but any of them may be missing.
    """


class ResponseIncompleteDetails(
    ResponseStatusDetails, kw_only=True, tag_field="type", tag="incomplete"
):
    """Says why a response was cut off."""

    type: ClassVar[Literal["incomplete"]] = "incomplete"

    reason: str | None = None
    """`max_output_tokens` when the token limit was reached, `content_filter` when the
    content was blocked.
    """


if TYPE_CHECKING:
    AnyResponseStatusDetails: TypeAlias = (
        ResponseCancelledDetails
        | ResponseFailedDetails
        | ResponseIncompleteDetails
        | UnknownModel
    )
else:
    AnyResponseStatusDetails = (
        ResponseCancelledDetails | ResponseFailedDetails | ResponseIncompleteDetails
    )
"""Any variant of `ResponseStatusDetails`, known or not."""


class TokenUsage(Model, kw_only=True):
    """Tokens that one response used, the basis of billing.

    The history counts as input again in every response.
    """

    total_tokens: int | None = None
    """Input plus output tokens."""

    input_tokens: int | None = None
    """Tokens the model read: instructions, tools, history and the new turn."""

    output_tokens: int | None = None
    """Tokens the model produced, as text and audio."""

    input_token_details: InputTokenDetails | None = None
    """The input tokens by kind.

    May be absent.
    """

    output_token_details: OutputTokenDetails | None = None
    """The output tokens by kind.

    May be absent.
    """


__all__ = [
    "AnyResponseStatusDetails",
    "CachedTokenDetails",
    "InputTokenDetails",
    "OutputTokenDetails",
    "RateLimit",
    "Response",
    "ResponseCancelledDetails",
    "ResponseConversation",
    "ResponseCreateParams",
    "ResponseFailedDetails",
    "ResponseIncompleteDetails",
    "ResponseStatus",
    "ResponseStatusDetails",
    "TokenUsage",
]
