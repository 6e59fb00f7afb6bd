# Generated from schema/ by `make generate`. Do not edit.
"""Detection of the start and the end of the user's speech, and the reaction to both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from voicelive_core.convert import UnknownModel
from voicelive_core.model import Model
from voicelive_core.scalars import MYPY, OpenEnum
from voicelive_protocol.discriminators import TurnDetectionType


class EouDetection(Model, kw_only=True):
    """A model that judges whether the user has finished a thought.

    Unlike other objects it is distinguished by `model`, not `type`.
    """

    if TYPE_CHECKING:
        model: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""


class AzureSemanticDetection(
    EouDetection, kw_only=True, tag_field="model", tag="semantic_detection_v1"
):
    """Judges completeness from the recognised words, in its standard variant.

    Not available on native realtime models.
    """

    model: ClassVar[Literal["semantic_detection_v1"]] = "semantic_detection_v1"

    threshold_level: EouThresholdLevelOrStr | None | UnsetType = UNSET
    """How sure the model must be that the user has finished.

    Default: "medium".
    """

    timeout_ms: int | None | UnsetType = UNSET
    """Longest time in ms to wait for more speech before the turn ends anyway.

    Default: 1000. Bounds: at least 0.
    """


class AzureSemanticDetectionEn(
    EouDetection, kw_only=True, tag_field="model", tag="semantic_detection_v1_en"
):
    """Judges completeness from the recognised words, tuned for English.

    Not available on native realtime models.
    """

    model: ClassVar[Literal["semantic_detection_v1_en"]] = "semantic_detection_v1_en"

    threshold_level: EouThresholdLevelOrStr | None | UnsetType = UNSET
    """How sure the model must be that the user has finished.

    Default: "medium".
    """

    timeout_ms: int | None | UnsetType = UNSET
    """Longest time in ms to wait for more speech before the turn ends anyway.

    Default: 1000. Bounds: at least 0.
    """


class AzureSemanticDetectionMultilingual(
    EouDetection,
    kw_only=True,
    tag_field="model",
    tag="semantic_detection_v1_multilingual",
):
    """Judges completeness from the recognised words in many languages.

    Not available on native realtime models.
    """

    model: ClassVar[Literal["semantic_detection_v1_multilingual"]] = (
        "semantic_detection_v1_multilingual"
    )

    threshold_level: EouThresholdLevelOrStr | None | UnsetType = UNSET
    """How sure the model must be that the user has finished.

    Default: "medium".
    """

    timeout_ms: int | None | UnsetType = UNSET
    """Longest time in ms to wait for more speech before the turn ends anyway.

    Default: 1000. Bounds: at least 0.
    """


class EouThresholdLevel(OpenEnum):
    """How sure a model must be that the user has finished.

    Documented so that a lower level takes a sentence for complete more readily.
    """

    LOW = "low"
    """Take a sentence for complete readily, per the documentation; answers come
    soonest.
    """

    MEDIUM = "medium"
    """Balance quick answers against cutting in.

    The default.
    """

    HIGH = "high"
    """Demand strong evidence that the sentence is complete, per the documentation."""

    DEFAULT = "default"
    """Leave the level to the service, which uses `medium`."""


if TYPE_CHECKING:
    EouThresholdLevelOrStr: TypeAlias = EouThresholdLevel | str
else:
    EouThresholdLevelOrStr = EouThresholdLevel
"""A member of `EouThresholdLevel`, or its string."""


class SmartEndOfTurnDetection(
    EouDetection, kw_only=True, tag_field="model", tag="smart_end_of_turn_detection"
):
    """Judges completeness from the sound of the speech instead of its words.

    Reported to work on native realtime models too.

    Only in API version 2026-06-01-preview.
    """

    model: ClassVar[Literal["smart_end_of_turn_detection"]] = (
        "smart_end_of_turn_detection"
    )

    threshold_level: EouThresholdLevelOrStr | None | UnsetType = UNSET
    """How sure the model must be that the user has finished."""

    timeout_ms: int | None | UnsetType = UNSET
    """Longest time in ms to wait for more speech before the turn ends anyway, at least
    0.
    """


if TYPE_CHECKING:
    AnyEouDetection: TypeAlias = (
        AzureSemanticDetection
        | AzureSemanticDetectionEn
        | AzureSemanticDetectionMultilingual
        | SmartEndOfTurnDetection
        | UnknownModel
    )
else:
    AnyEouDetection = (
        AzureSemanticDetection
        | AzureSemanticDetectionEn
        | AzureSemanticDetectionMultilingual
        | SmartEndOfTurnDetection
    )
"""Any variant of `EouDetection`, known or not."""


class TurnDetection(Model, kw_only=True):
    """A method that detects the user's turns and may start or interrupt responses.

    Sending one replaces the previous settings as a whole; keys left out get their
    defaults.
    """

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""


class AzureSemanticVad(
    TurnDetection, kw_only=True, tag_field="type", tag="azure_semantic_vad"
):
    """Azure detector that tells speech from noise by meaning; made mainly for English.
    Works with every model and can ignore filler words.
    """

    if MYPY:
        type: ClassVar[Literal[TurnDetectionType.AZURE_SEMANTIC_VAD]]
    else:
        type: ClassVar[
            Literal[TurnDetectionType.AZURE_SEMANTIC_VAD, "azure_semantic_vad"]
        ] = TurnDetectionType.AZURE_SEMANTIC_VAD

    threshold: float | None | UnsetType = UNSET
    """Confidence needed to treat sound as speech.

    Higher ignores more noise but may miss quiet speech. Specified as 0 to 1; one vendor
    source says 0.01 to below 1. Default: 0.5.
    """

    prefix_padding_ms: int | None | UnsetType = UNSET
    """Audio in ms kept from before speech was detected; 300 by default before
    2026-04-10. Default: 420.
    """

    silence_duration_ms: int | None | UnsetType = UNSET
    """Silence in ms that ends the user's turn.

    Lower answers sooner but may cut in on a pause. The silence must be sent as audio: a
    client that stops sending never ends the turn. Default: 500.
    """

    end_of_utterance_detection: AnyEouDetection | None | UnsetType = UNSET
    """Adds a model that judges whether the sentence is complete, to avoid answering in
    a pause. Text-based models are rejected on native realtime models.
    """

    speech_duration_ms: int | None | UnsetType = UNSET
    """Speech in ms needed before the user counts as speaking.

    Default: 80.
    """

    speech_duration_assistant_speaking_ms: int | None | UnsetType = UNSET
    """Speech in ms needed before the user interrupts the assistant.

    The vendor's live tests send it in 2025-10-01 and 2026-07-15. Seen on the service;
    no SDK declares it.
    """

    remove_filler_words: bool | None | UnsetType = UNSET
    """Whether words like `uh`, `oh` or `yeah` are ignored rather than interrupting the
    assistant. Assumes that audio is played as it arrives. Default: false.
    """

    languages: list[str] | None | UnsetType = UNSET
    """Languages in which filler words are recognised.

    This detector supports English and ignores others; none by default.
    """

    auto_truncate: bool | None | UnsetType = UNSET
    """Whether an interrupted answer is cut from the history at the point the user
    heard. Assumes playback in real time from the first audio and needs
    `interrupt_response`; reported by `conversation.item.truncated`. Default: false.
    """

    create_response: bool | None | UnsetType = UNSET
    """Whether a response starts by itself when the user stops speaking.

    On by default on the service, although the specification says `false`. Default:
    true.
    """

    interrupt_response: bool | None | UnsetType = UNSET
    """Whether speech of the user cancels the response in progress.

    On by default on the service, although the specification says `false`. Default:
    true.
    """

    appended_text_after_truncation: str | None | UnsetType = UNSET
    """Text added to an answer cut by `auto_truncate`, to tell the model that it was
    interrupted. Documented by the vendor; no SDK declares it.
    """


class AzureSemanticVadEn(
    TurnDetection, kw_only=True, tag_field="type", tag="azure_semantic_vad_en"
):
    """Azure detector that tells speech from noise by meaning, for English only.

    In the specification but not in the vendor's documentation.
    """

    if MYPY:
        type: ClassVar[Literal[TurnDetectionType.AZURE_SEMANTIC_VAD_EN]]
    else:
        type: ClassVar[
            Literal[TurnDetectionType.AZURE_SEMANTIC_VAD_EN, "azure_semantic_vad_en"]
        ] = TurnDetectionType.AZURE_SEMANTIC_VAD_EN

    threshold: float | None | UnsetType = UNSET
    """Confidence needed to treat sound as speech.

    Higher ignores more noise but may miss quiet speech. Specified as 0 to 1; one vendor
    source says 0.01 to below 1. Default: 0.5.
    """

    prefix_padding_ms: int | None | UnsetType = UNSET
    """Audio in ms kept from before speech was detected; 300 by default before
    2026-04-10. Default: 420.
    """

    silence_duration_ms: int | None | UnsetType = UNSET
    """Silence in ms that ends the user's turn.

    Lower answers sooner but may cut in on a pause. The silence must be sent as audio: a
    client that stops sending never ends the turn. Default: 500.
    """

    end_of_utterance_detection: AnyEouDetection | None | UnsetType = UNSET
    """Adds a model that judges whether the sentence is complete, to avoid answering in
    a pause. Text-based models are rejected on native realtime models.
    """

    speech_duration_ms: int | None | UnsetType = UNSET
    """Speech in ms needed before the user counts as speaking.

    Default: 80.
    """

    remove_filler_words: bool | None | UnsetType = UNSET
    """Whether words like `uh`, `oh` or `yeah` are ignored rather than interrupting the
    assistant. Assumes that audio is played as it arrives. Default: false.
    """

    auto_truncate: bool | None | UnsetType = UNSET
    """Whether an interrupted answer is cut from the history at the point the user
    heard. Assumes playback in real time from the first audio and needs
    `interrupt_response`; reported by `conversation.item.truncated`. Default: false.
    """

    create_response: bool | None | UnsetType = UNSET
    """Whether a response starts by itself when the user stops speaking.

    On by default on the service, although the specification says `false`. Default:
    true.
    """

    interrupt_response: bool | None | UnsetType = UNSET
    """Whether speech of the user cancels the response in progress.

    On by default on the service, although the specification says `false`. Default:
    true.
    """

    appended_text_after_truncation: str | None | UnsetType = UNSET
    """Text added to an answer cut by `auto_truncate`, to tell the model that it was
    interrupted. Documented by the vendor; no SDK declares it.
    """


class AzureSemanticVadMultilingual(
    TurnDetection, kw_only=True, tag_field="type", tag="azure_semantic_vad_multilingual"
):
    """Azure detector that tells speech from noise by meaning in several languages.

    Works with every model and can ignore filler words.
    """

    if MYPY:
        type: ClassVar[Literal[TurnDetectionType.AZURE_SEMANTIC_VAD_MULTILINGUAL]]
    else:
        type: ClassVar[
            Literal[
                TurnDetectionType.AZURE_SEMANTIC_VAD_MULTILINGUAL,
                "azure_semantic_vad_multilingual",
            ]
        ] = TurnDetectionType.AZURE_SEMANTIC_VAD_MULTILINGUAL

    threshold: float | None | UnsetType = UNSET
    """Confidence needed to treat sound as speech.

    Higher ignores more noise but may miss quiet speech. Specified as 0 to 1; one vendor
    source says 0.01 to below 1. Default: 0.5.
    """

    prefix_padding_ms: int | None | UnsetType = UNSET
    """Audio in ms kept from before speech was detected; 300 by default before
    2026-04-10. Default: 420.
    """

    silence_duration_ms: int | None | UnsetType = UNSET
    """Silence in ms that ends the user's turn.

    Lower answers sooner but may cut in on a pause. The silence must be sent as audio: a
    client that stops sending never ends the turn. Default: 500.
    """

    end_of_utterance_detection: AnyEouDetection | None | UnsetType = UNSET
    """Adds a model that judges whether the sentence is complete, to avoid answering in
    a pause. Text-based models are rejected on native realtime models.
    """

    speech_duration_ms: int | None | UnsetType = UNSET
    """Speech in ms needed before the user counts as speaking.

    Default: 80.
    """

    remove_filler_words: bool | None | UnsetType = UNSET
    """Whether words like `uh`, `oh` or `yeah` are ignored rather than interrupting the
    assistant. Assumes that audio is played as it arrives. Default: false.
    """

    languages: list[str] | None | UnsetType = UNSET
    """Languages in which filler words are recognised; none by default.

    English, Spanish, French, Italian, German, Japanese, Portuguese, Chinese, Korean and
    Hindi; others are ignored.
    """

    auto_truncate: bool | None | UnsetType = UNSET
    """Whether an interrupted answer is cut from the history at the point the user
    heard. Assumes playback in real time from the first audio and needs
    `interrupt_response`; reported by `conversation.item.truncated`. Default: false.
    """

    create_response: bool | None | UnsetType = UNSET
    """Whether a response starts by itself when the user stops speaking.

    On by default on the service, although the specification says `false`. Default:
    true.
    """

    interrupt_response: bool | None | UnsetType = UNSET
    """Whether speech of the user cancels the response in progress.

    On by default on the service, although the specification says `false`. Default:
    true.
    """

    appended_text_after_truncation: str | None | UnsetType = UNSET
    """Text added to an answer cut by `auto_truncate`, to tell the model that it was
    interrupted. Documented by the vendor; no SDK declares it.
    """


class SemanticVad(TurnDetection, kw_only=True, tag_field="type", tag="semantic_vad"):
    """OpenAI's detector, which judges by meaning when the user has finished.

    For `gpt-realtime` models. Seen on Azure to send no `speech_started` and never
    interrupt.

    Documented by the vendor; no SDK declares it.
    """

    if MYPY:
        type: ClassVar[Literal[TurnDetectionType.SEMANTIC_VAD]]
    else:
        type: ClassVar[Literal[TurnDetectionType.SEMANTIC_VAD, "semantic_vad"]] = (
            TurnDetectionType.SEMANTIC_VAD
        )

    eagerness: str | None | UnsetType = UNSET
    """How soon the model takes its turn: `low` waits longest, `high` answers soonest.
    `auto` equals `medium`. Default: "auto".
    """

    create_response: bool | None | UnsetType = UNSET
    """Whether a response starts by itself when the user stops speaking.

    Default: true.
    """

    interrupt_response: bool | None | UnsetType = UNSET
    """Whether speech of the user cancels the response in progress.

    Seen on Azure to have no effect. Default: true.
    """

    auto_truncate: bool | None | UnsetType = UNSET
    """Whether the service truncates an interrupted answer to the part that was heard."""


class ServerVad(TurnDetection, kw_only=True, tag_field="type", tag="server_vad"):
    """Detects speech by its sound alone.

    The default; works with every model.
    """

    if MYPY:
        type: ClassVar[Literal[TurnDetectionType.SERVER_VAD]]
    else:
        type: ClassVar[Literal[TurnDetectionType.SERVER_VAD, "server_vad"]] = (
            TurnDetectionType.SERVER_VAD
        )

    threshold: float | None | UnsetType = UNSET
    """Confidence needed to treat sound as speech.

    Higher ignores more noise but may miss quiet speech. Specified as 0 to 1; one vendor
    source says 0.01 to below 1. Default: 0.5.
    """

    prefix_padding_ms: int | None | UnsetType = UNSET
    """Audio in ms kept from before speech was detected.

    Before 2026-04-10 the default is 300; `session.created` may show 300, the value of
    the upstream model. Default: 400.
    """

    silence_duration_ms: int | None | UnsetType = UNSET
    """Silence in ms that ends the user's turn.

    `session.created` may show 200, the value of the upstream model. The silence must be
    sent as audio: a client that stops sending never ends the turn. Default: 500.
    """

    end_of_utterance_detection: AnyEouDetection | None | UnsetType = UNSET
    """Adds a model that judges whether the sentence is complete, to avoid answering in
    a pause. Text-based models are rejected on native realtime models.
    """

    auto_truncate: bool | None | UnsetType = UNSET
    """Whether an interrupted answer is cut from the history at the point the user
    heard. Assumes playback in real time from the first audio and needs
    `interrupt_response`; reported by `conversation.item.truncated`. Default: false.
    """

    create_response: bool | None | UnsetType = UNSET
    """Whether a response starts by itself when the user stops speaking.

    On by default on the service, although the specification says `false`. Default:
    true.
    """

    interrupt_response: bool | None | UnsetType = UNSET
    """Whether speech of the user cancels the response in progress.

    On by default on the service, although the specification says `false`. Default:
    true.
    """

    idle_timeout_ms: int | None | UnsetType = UNSET
    """Silence of the user in ms after which the service prompts them; `null` (default)
    for never. Only `null` has been seen. The model behind the service documents 5000 to
    30000, counted from the end of playback of the last answer. Recorded from the
    service; no SDK declares it.
    """

    speech_duration_ms: int | None | UnsetType = UNSET
    """Speech in ms needed before the user counts as speaking; documented default 200,
    reported as `null`. Recorded from the service; no SDK declares it.
    """

    appended_text_after_truncation: str | None | UnsetType = UNSET
    """Text added to an answer cut by `auto_truncate`, to tell the model that it was
    interrupted. The service reports `null`; the documentation says that this method
    does not support it. Recorded from the service; no SDK declares it.
    """


if TYPE_CHECKING:
    AnyTurnDetection: TypeAlias = (
        ServerVad
        | AzureSemanticVad
        | AzureSemanticVadEn
        | AzureSemanticVadMultilingual
        | SemanticVad
        | UnknownModel
    )
else:
    AnyTurnDetection = (
        ServerVad
        | AzureSemanticVad
        | AzureSemanticVadEn
        | AzureSemanticVadMultilingual
        | SemanticVad
    )
"""Any variant of `TurnDetection`, known or not."""


__all__ = [
    "AnyEouDetection",
    "AnyTurnDetection",
    "AzureSemanticDetection",
    "AzureSemanticDetectionEn",
    "AzureSemanticDetectionMultilingual",
    "AzureSemanticVad",
    "AzureSemanticVadEn",
    "AzureSemanticVadMultilingual",
    "EouDetection",
    "EouThresholdLevel",
    "EouThresholdLevelOrStr",
    "SemanticVad",
    "ServerVad",
    "SmartEndOfTurnDetection",
    "TurnDetection",
]
