# Generated from schema/ by `make generate`. Do not edit.
"""Voices the assistant can speak with, from OpenAI, Azure text to speech and `azure-
realtime`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from voicelive_core.convert import UnknownModel
from voicelive_core.model import Model
from voicelive_core.scalars import MYPY, OpenEnum
from voicelive_protocol.discriminators import AzureVoiceType


class AzureRealtimeNativeVoice(
    Model, kw_only=True, tag_field="type", tag="azure-realtime-native"
):
    """Selects a voice of the `azure-realtime` model.

    No other model accepts it.

    Since API version 2026-06-01-preview.
    """

    type: ClassVar[Literal["azure-realtime-native"]] = "azure-realtime-native"

    name: AzureRealtimeNativeVoiceNameOrStr
    """Voice to speak with; the model uses `ava` if no voice is set."""


class AzureRealtimeNativeVoiceName(OpenEnum):
    """Voices built into the `azure-realtime` model."""

    AARTI = "aarti"
    """Speak with the native voice Aarti.

    Since API version 2026-06-01-preview.
    """

    ANDREW = "andrew"
    """Speak with the native voice Andrew.

    Since API version 2026-06-01-preview.
    """

    AVA = "ava"
    """Speak with the native voice Ava, the default of `azure-realtime`.

    Since API version 2026-06-01-preview.
    """

    DENISE = "denise"
    """Speak with the native voice Denise.

    Since API version 2026-06-01-preview.
    """

    DIYA = "diya"
    """Speak with the native voice Diya.

    Since API version 2026-06-01-preview.
    """

    ELSA = "elsa"
    """Speak with the native voice Elsa.

    Since API version 2026-06-01-preview.
    """

    FLORIAN = "florian"
    """Speak with the native voice Florian.

    Since API version 2026-06-01-preview.
    """

    FRANCISCA = "francisca"
    """Speak with the native voice Francisca.

    Since API version 2026-06-01-preview.
    """

    MEERA = "meera"
    """Speak with the native voice Meera.

    Since API version 2026-06-01-preview.
    """

    XIAOXIAO = "xiaoxiao"
    """Speak with the native voice Xiaoxiao.

    Since API version 2026-06-01-preview.
    """

    YUNXI = "yunxi"
    """Speak with the native voice Yunxi.

    Since API version 2026-06-01-preview.
    """

    XIMENA = "ximena"
    """Speak with the native voice Ximena.

    Since API version 2026-06-01-preview.
    """


if TYPE_CHECKING:
    AzureRealtimeNativeVoiceNameOrStr: TypeAlias = AzureRealtimeNativeVoiceName | str
else:
    AzureRealtimeNativeVoiceNameOrStr = AzureRealtimeNativeVoiceName
"""A member of `AzureRealtimeNativeVoiceName`, or its string."""


class AzureVoice(Model, kw_only=True):
    """An Azure text-to-speech voice, for models with and without speech output of their
    own. Required for word timestamps, visemes and interim responses.
    """

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""


class AzureAvatarVoiceSyncVoice(
    AzureVoice, kw_only=True, tag_field="type", tag="avatar-voice-sync"
):
    """A personal voice that belongs to the configured avatar.

    It has no name: the voice follows from the avatar's character.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[AzureVoiceType.AVATAR_VOICE_SYNC]]
    else:
        type: ClassVar[
            Literal[AzureVoiceType.AVATAR_VOICE_SYNC, "avatar-voice-sync"]
        ] = AzureVoiceType.AVATAR_VOICE_SYNC

    model: PersonalVoiceModelsOrStr
    """Base model that renders the voice."""

    temperature: float | None | UnsetType = UNSET
    """Variability of intonation and rhythm, 0.0 to 1.0; higher varies more."""

    custom_lexicon_url: str | None | UnsetType = UNSET
    """Address of a lexicon file that sets how chosen words are pronounced."""

    custom_text_normalization_url: str | None | UnsetType = UNSET
    """Address of a custom set of rules for turning written text, such as numbers, into
    spoken words.
    """

    prefer_locales: list[str] | None | UnsetType = UNSET
    """Accents to prefer, as BCP-47 codes: `["en-GB"]` gives British English.

    Other languages keep their default accent.
    """

    locale: str | None | UnsetType = UNSET
    """Locale to force on all speech, as a BCP-47 code.

    Text in a language it does not cover is spoken as silence; if left out, the language
    is detected from the text.
    """

    style: str | None | UnsetType = UNSET
    """Speaking style, for example `cheerful`.

    Which styles exist depends on the base model.
    """

    pitch: str | None | UnsetType = UNSET
    """Pitch of the voice, written as in SSML prosody.

    A level (`low`), a relative change (`+10%`, `+50Hz`, `-2st`) or a frequency
    (`200Hz`).
    """

    rate: str | None | UnsetType = UNSET
    """Speaking speed, written as in SSML prosody.

    A level (`slow`), a relative change (`+20%`) or a factor (`1.2`), documented for 0.5
    to 1.5.
    """

    volume: str | None | UnsetType = UNSET
    """Loudness, written as in SSML prosody.

    A level (`soft`), a number from 0 to 100 or a relative change (`+10`, `-6dB`).
    """


class AzureCustomVoice(AzureVoice, kw_only=True, tag_field="type", tag="azure-custom"):
    """A professional voice trained for your brand.

    It must be deployed on the same resource that the session connects to.
    """

    if MYPY:
        type: ClassVar[Literal[AzureVoiceType.AZURE_CUSTOM]]
    else:
        type: ClassVar[Literal[AzureVoiceType.AZURE_CUSTOM, "azure-custom"]] = (
            AzureVoiceType.AZURE_CUSTOM
        )

    name: str
    """Name of the custom voice; must not be empty."""

    endpoint_id: str
    """Identifier (GUID) of the deployment that serves the custom voice; must not be
    empty.
    """

    temperature: float | None | UnsetType = UNSET
    """Variability of intonation and rhythm, 0.0 to 1.0; higher varies more.

    Documented to have an effect with high-definition voices only.
    """

    custom_lexicon_url: str | None | UnsetType = UNSET
    """Address of a lexicon file that sets how chosen words are pronounced."""

    custom_text_normalization_url: str | None | UnsetType = UNSET
    """Address of a custom set of rules for turning written text, such as numbers, into
    spoken words. Since API version 2026-01-01-preview.
    """

    prefer_locales: list[str] | None | UnsetType = UNSET
    """Accents to prefer, as BCP-47 codes: `["en-GB"]` gives British English.

    Other languages keep their default accent.
    """

    locale: str | None | UnsetType = UNSET
    """Locale to force on all speech, as a BCP-47 code.

    Text in a language it does not cover is spoken as silence; if left out, the language
    is detected from the text.
    """

    style: str | None | UnsetType = UNSET
    """Speaking style, for example `cheerful`.

    Which styles exist depends on the voice.
    """

    pitch: str | None | UnsetType = UNSET
    """Pitch of the voice, written as in SSML prosody.

    A level (`low`), a relative change (`+10%`, `+50Hz`, `-2st`) or a frequency
    (`200Hz`).
    """

    rate: str | None | UnsetType = UNSET
    """Speaking speed, written as in SSML prosody.

    A level (`slow`), a relative change (`+20%`) or a factor (`1.2`), documented for 0.5
    to 1.5.
    """

    volume: str | None | UnsetType = UNSET
    """Loudness, written as in SSML prosody.

    A level (`soft`), a number from 0 to 100 or a relative change (`+10`, `-6dB`).
    """


class AzurePersonalVoice(
    AzureVoice, kw_only=True, tag_field="type", tag="azure-personal"
):
    """A copy of a person's own voice, made from a short recording."""

    if MYPY:
        type: ClassVar[Literal[AzureVoiceType.AZURE_PERSONAL]]
    else:
        type: ClassVar[Literal[AzureVoiceType.AZURE_PERSONAL, "azure-personal"]] = (
            AzureVoiceType.AZURE_PERSONAL
        )

    name: str
    """Name of the personal voice; must not be empty."""

    temperature: float | None | UnsetType = UNSET
    """Variability of intonation and rhythm, 0.0 to 1.0; higher varies more."""

    model: PersonalVoiceModelsOrStr
    """Base model that renders the voice."""

    custom_lexicon_url: str | None | UnsetType = UNSET
    """Address of a lexicon file that sets how chosen words are pronounced.

    Since API version 2026-01-01-preview.
    """

    custom_text_normalization_url: str | None | UnsetType = UNSET
    """Address of a custom set of rules for turning written text, such as numbers, into
    spoken words. Since API version 2026-01-01-preview.
    """

    prefer_locales: list[str] | None | UnsetType = UNSET
    """Accents to prefer, as BCP-47 codes: `["en-GB"]` gives British English.

    Other languages keep their default accent. Since API version 2026-01-01-preview.
    """

    locale: str | None | UnsetType = UNSET
    """Locale to force on all speech, as a BCP-47 code.

    Text in a language it does not cover is spoken as silence; if left out, the language
    is detected from the text. Since API version 2026-01-01-preview.
    """

    style: str | None | UnsetType = UNSET
    """Speaking style, for example `cheerful`.

    In the specification but not in the vendor's documentation of personal voices. Since
    API version 2026-01-01-preview.
    """

    pitch: str | None | UnsetType = UNSET
    """Pitch of the voice, written as in SSML prosody.

    A level (`low`), a relative change (`+10%`, `+50Hz`, `-2st`) or a frequency
    (`200Hz`). Since API version 2026-01-01-preview.
    """

    rate: str | None | UnsetType = UNSET
    """Speaking speed, written as in SSML prosody.

    A level (`slow`), a relative change (`+20%`) or a factor (`1.2`), documented for 0.5
    to 1.5. Since API version 2026-01-01-preview.
    """

    volume: str | None | UnsetType = UNSET
    """Loudness, written as in SSML prosody.

    A level (`soft`), a number from 0 to 100 or a relative change (`+10`, `-6dB`). Since
    API version 2026-01-01-preview.
    """


class AzureStandardVoice(
    AzureVoice, kw_only=True, tag_field="type", tag="azure-standard"
):
    """A ready-made Azure voice, high-definition voices included.

    Not accepted by the `azure-realtime` model.
    """

    if MYPY:
        type: ClassVar[Literal[AzureVoiceType.AZURE_STANDARD]]
    else:
        type: ClassVar[Literal[AzureVoiceType.AZURE_STANDARD, "azure-standard"]] = (
            AzureVoiceType.AZURE_STANDARD
        )

    name: str
    """Name of the voice, for example `en-US-AvaNeural` or `en-US-
    Ava:DragonHDLatestNeural`. An unknown name is answered with an `error` and ends the
    session.
    """

    temperature: float | None | UnsetType = UNSET
    """Variability of intonation and rhythm, 0.0 to 1.0; higher varies more.

    Documented to have an effect with high-definition voices only.
    """

    custom_lexicon_url: str | None | UnsetType = UNSET
    """Address of a lexicon file that sets how chosen words are pronounced."""

    custom_text_normalization_url: str | None | UnsetType = UNSET
    """Address of a custom set of rules for turning written text, such as numbers, into
    spoken words. Since API version 2026-01-01-preview.
    """

    prefer_locales: list[str] | None | UnsetType = UNSET
    """Accents to prefer, as BCP-47 codes: `["en-GB"]` gives British English.

    Other languages keep their default accent.
    """

    locale: str | None | UnsetType = UNSET
    """Locale to force on all speech, as a BCP-47 code.

    Text in a language it does not cover is spoken as silence; if left out, the language
    is detected from the text.
    """

    style: str | None | UnsetType = UNSET
    """Speaking style, for example `cheerful`.

    Which styles exist depends on the voice.
    """

    pitch: str | None | UnsetType = UNSET
    """Pitch of the voice, written as in SSML prosody.

    A level (`low`), a relative change (`+10%`, `+50Hz`, `-2st`) or a frequency
    (`200Hz`).
    """

    rate: str | None | UnsetType = UNSET
    """Speaking speed, written as in SSML prosody.

    A level (`slow`), a relative change (`+20%`) or a factor (`1.2`), documented for 0.5
    to 1.5.
    """

    volume: str | None | UnsetType = UNSET
    """Loudness, written as in SSML prosody.

    A level (`soft`), a number from 0 to 100 or a relative change (`+10`, `-6dB`).
    """


if TYPE_CHECKING:
    AnyAzureVoice: TypeAlias = (
        AzureStandardVoice
        | AzureCustomVoice
        | AzurePersonalVoice
        | AzureAvatarVoiceSyncVoice
        | UnknownModel
    )
else:
    AnyAzureVoice = (
        AzureStandardVoice
        | AzureCustomVoice
        | AzurePersonalVoice
        | AzureAvatarVoiceSyncVoice
    )
"""Any variant of `AzureVoice`, known or not."""


class OpenAIVoice(Model, kw_only=True, tag_field="type", tag="openai"):
    """Selects an OpenAI voice of a model that speaks natively.

    The service reports OpenAI voices in this form.
    """

    type: ClassVar[Literal["openai"]] = "openai"

    name: OpenAIVoiceNameOrStr
    """Voice to speak with."""


class OpenAIVoiceName(OpenEnum):
    """Voices built into the OpenAI realtime models.

    They work only with models that speak natively.
    """

    ALLOY = "alloy"
    """Speak with the OpenAI voice Alloy, the initial voice on `gpt-realtime`."""

    ASH = "ash"
    """Speak with the OpenAI voice Ash."""

    BALLAD = "ballad"
    """Speak with the OpenAI voice Ballad."""

    CORAL = "coral"
    """Speak with the OpenAI voice Coral."""

    ECHO = "echo"
    """Speak with the OpenAI voice Echo."""

    SAGE = "sage"
    """Speak with the OpenAI voice Sage."""

    SHIMMER = "shimmer"
    """Speak with the OpenAI voice Shimmer."""

    VERSE = "verse"
    """Speak with the OpenAI voice Verse."""

    MARIN = "marin"
    """Speak with the OpenAI voice Marin, seen as the initial voice on `gpt-
    realtime-2.1`. Since API version 2026-01-01-preview.
    """

    CEDAR = "cedar"
    """Speak with the OpenAI voice Cedar.

    Since API version 2026-01-01-preview.
    """


if TYPE_CHECKING:
    OpenAIVoiceNameOrStr: TypeAlias = OpenAIVoiceName | str
else:
    OpenAIVoiceNameOrStr = OpenAIVoiceName
"""A member of `OpenAIVoiceName`, or its string."""


class PersonalVoiceModels(OpenEnum):
    """Base model that renders a personal voice.

    Names with `Latest` move to newer versions over time.
    """

    DRAGON_LATEST_NEURAL = "DragonLatestNeural"
    """The current Dragon model, close in sound to the recorded speaker."""

    PHOENIX_LATEST_NEURAL = "PhoenixLatestNeural"
    """The current Phoenix model.

    Pronounces better and starts sooner than Dragon, with less likeness to the speaker.
    """

    PHOENIX_V2_NEURAL = "PhoenixV2Neural"
    """Version 2 of the Phoenix model, which does not change over time."""

    DRAGON_HD_OMNI_LATEST_NEURAL = "DragonHDOmniLatestNeural"
    """The current Dragon HD Omni model, with natural rhythm and control over style.

    Since API version 2026-04-10.
    """

    MAI_VOICE1 = "MAI-Voice-1"
    """The MAI-Voice-1 model.

    Since API version 2026-04-10.
    """


if TYPE_CHECKING:
    PersonalVoiceModelsOrStr: TypeAlias = PersonalVoiceModels | str
else:
    PersonalVoiceModelsOrStr = PersonalVoiceModels
"""A member of `PersonalVoiceModels`, or its string."""


if TYPE_CHECKING:
    Voice: TypeAlias = (
        OpenAIVoiceName
        | OpenAIVoice
        | AnyAzureVoice
        | AzureRealtimeNativeVoice
        | str
        | UnknownModel
    )
else:
    Voice = OpenAIVoiceName | OpenAIVoice | AnyAzureVoice | AzureRealtimeNativeVoice
"""A voice of any kind: the name of an OpenAI voice, or an object that says which kind
it is. The service has been seen to report objects only.
"""


__all__ = [
    "AnyAzureVoice",
    "AzureAvatarVoiceSyncVoice",
    "AzureCustomVoice",
    "AzurePersonalVoice",
    "AzureRealtimeNativeVoice",
    "AzureRealtimeNativeVoiceName",
    "AzureRealtimeNativeVoiceNameOrStr",
    "AzureStandardVoice",
    "AzureVoice",
    "OpenAIVoice",
    "OpenAIVoiceName",
    "OpenAIVoiceNameOrStr",
    "PersonalVoiceModels",
    "PersonalVoiceModelsOrStr",
    "Voice",
]
