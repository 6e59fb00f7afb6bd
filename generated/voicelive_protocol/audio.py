# Generated from schema/ by `make generate`. Do not edit.
"""Audio formats, output modalities, transcription and the processing of microphone
audio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import UNSET, UnsetType

from voicelive_core.model import Model
from voicelive_core.scalars import OpenEnum


class AudioEchoCancellation(Model, kw_only=True):
    """Removes the assistant's voice from the microphone audio on the server.

    The server reference assumes that audio is played as it arrives; a delay over about
    2 s spoils the result.
    """

    type: str = "server_echo_cancellation"
    """Always `server_echo_cancellation`."""

    reference_source: EchoCancellationReferenceSourceOrStr | None | UnsetType = UNSET
    """Source of the signal to remove.

    Only `server` with 1 channel and `client` with 2 are valid, and it cannot change
    during a session. The vendor's live tests send it in 2025-10-01, though the
    specification has it since 2026-06-01-preview. Default: "server".
    """

    channels: int | None | UnsetType = UNSET
    """Number of channels in the input audio: 1 or 2.

    With 2 the samples alternate microphone and reference; this needs `reference_source`
    `client` and `pcm16`. It cannot change during a session. In every API version, as
    `reference_source`. Default: 1.
    """


class AudioInputTranscriptionOptions(Model, kw_only=True):
    """Transcription of the user's speech.

    On native realtime models it runs in parallel with the model, so the text may differ
    from what the model heard and may arrive after the answer.
    """

    model: str
    """Speech recognition model; the list is open.

    The OpenAI models work on native realtime models only; all other models take `azure-
    speech` or another recognizer of the service (`azure-*`, `mai-*`), which send no
    partial results. On `gpt-realtime-2` models `azure-speech` needs a turn detection of
    a kind `azure_semantic_vad*`. Known values: `whisper-1`, `gpt-4o-transcribe`,
    `gpt-4o-mini-transcribe`, `gpt-4o-transcribe-diarize`, `mai-transcribe`, `mai-
    transcribe-1`, `mai-transcribe-1.5`, `mai-transcribe-2`, `mai-
    transcribe-2-streaming`, `mai-transcribe-medical`, `azure-mrs`, `azure-fast-
    transcription`, `azure-speech`.
    """

    language: str | None | UnsetType = UNSET
    """Expected language of the speech.

    BCP-47 (`en-US`), ISO 639-1 (`en`) or a comma-separated list to detect among
    (`en,zh`). The service echoes the base language (`zh` for `zh-CN`).
    """

    custom_speech: dict[str, str] | None | UnsetType = UNSET
    """Custom speech models to use, as a map from locale (`zh-CN`) to model id.

    Only for `azure-speech`; at most 10 languages in all.
    """

    phrase_list: list[str] | None | UnsetType = UNSET
    """Words and phrases to expect, such as product names, which makes them easier to
    recognise. Only for `azure-speech`, `azure-fast-transcription`, `azure-mrs`, `mai-
    transcribe` and its versions from 1.5 on; refused with other models.
    """

    prompt: str | None | UnsetType = UNSET
    """Text that guides the transcription, for example expected terms; OpenAI models
    only. Recorded from the service; no SDK declares it.
    """


class AudioNoiseReduction(Model, kw_only=True):
    """Filter that takes background noise out of the microphone audio.

    It helps both speech detection and recognition.
    """

    type: str
    """Filter to apply.

    `azure_deep_noise_suppression` keeps the speaker closest to the microphone;
    `near_field` (headset) and `far_field` (room microphone) work on `gpt-realtime`
    models only.
    """


class AudioTimestampType(OpenEnum):
    """Granularity of the timing marks sent along with the assistant's speech."""

    WORD = "word"
    """One mark for each spoken word, with its offset and duration in ms."""


if TYPE_CHECKING:
    AudioTimestampTypeOrStr: TypeAlias = AudioTimestampType | str
else:
    AudioTimestampTypeOrStr = AudioTimestampType
"""A member of `AudioTimestampType`, or its string."""


class EchoCancellationReferenceSource(OpenEnum):
    """Where echo cancellation takes the assistant's voice from."""

    SERVER = "server"
    """From the speech the service itself sent, which the client must play without
    delay. The default; needs mono input.
    """

    CLIENT = "client"
    """From the second channel of the input audio.

    Needs 2 channels, `pcm16` and the connection feature `client_ec_reference`. Since
    API version 2026-06-01-preview.
    """


if TYPE_CHECKING:
    EchoCancellationReferenceSourceOrStr: TypeAlias = (
        EchoCancellationReferenceSource | str
    )
else:
    EchoCancellationReferenceSourceOrStr = EchoCancellationReferenceSource
"""A member of `EchoCancellationReferenceSource`, or its string."""


class InputAudioFormat(OpenEnum):
    """Encoding of the audio a client sends.

    Always mono, except two-channel `pcm16` for client-side echo reference.
    """

    PCM16 = "pcm16"
    """Raw signed 16-bit little-endian samples, mono; 24000 Hz unless another rate is
    set. 48000 bytes a second at 24000 Hz.
    """

    G711_ULAW = "g711_ulaw"
    """G.711 mu-law, one byte a sample at 8000 Hz, as in North American and Japanese
    telephony. 8000 bytes a second.
    """

    G711_ALAW = "g711_alaw"
    """G.711 A-law, one byte a sample at 8000 Hz, as in European telephony.

    8000 bytes a second.
    """


if TYPE_CHECKING:
    InputAudioFormatOrStr: TypeAlias = InputAudioFormat | str
else:
    InputAudioFormatOrStr = InputAudioFormat
"""A member of `InputAudioFormat`, or its string."""


class LogProbProperties(Model, kw_only=True):
    """How sure the recogniser was of one token of the transcript."""

    token: str | None = None
    """Text of the token."""

    logprob: float | None = None
    """Natural logarithm of the token's probability; 0 is certain, lower is less likely."""

    bytes: list[int] | None = None
    """UTF-8 bytes of the token, each 0 to 255.

    Documented as optional although the specification requires it.
    """


class Modality(OpenEnum):
    """Kind of output the assistant can produce."""

    TEXT = "text"
    """Written text.

    As the only modality, the answer is sent as text events, without speech.
    """

    AUDIO = "audio"
    """Speech, with its transcript in separate events."""

    ANIMATION = "animation"
    """Facial animation data that follows the speech.

    Does nothing unless `animation` is configured.
    """

    AVATAR = "avatar"
    """Avatar video that follows the speech.

    Does nothing unless `avatar` is configured.
    """


if TYPE_CHECKING:
    ModalityOrStr: TypeAlias = Modality | str
else:
    ModalityOrStr = Modality
"""A member of `Modality`, or its string."""


class OutputAudioFormat(OpenEnum):
    """Encoding and rate of the audio the assistant sends.

    With Azure voices the service accepts further `pcm16` rates than those listed.
    """

    PCM16 = "pcm16"
    """Raw signed 16-bit little-endian samples, mono, 24000 Hz (48000 bytes a second).
    The default.
    """

    PCM16_8000_HZ = "pcm16_8000hz"
    """Raw signed 16-bit little-endian samples, mono, 8000 Hz (16000 bytes a second).

    Needs an Azure voice; accepted in every API version, though the specification has it
    since 2026-01-01-preview.
    """

    PCM16_16000_HZ = "pcm16_16000hz"
    """Raw signed 16-bit little-endian samples, mono, 16000 Hz (32000 bytes a second).
    Needs an Azure voice; accepted in every API version, though the specification has it
    since 2026-01-01-preview.
    """

    PCM16_8000_HZ_HYPHEN = "pcm16-8000hz"
    """The name of `pcm16_8000hz` in the first SDK release.

    Until API version 2025-10-01. Known from an SDK only.
    """

    PCM16_16000_HZ_HYPHEN = "pcm16-16000hz"
    """The name of `pcm16_16000hz` in the first SDK release.

    Until API version 2025-10-01. Known from an SDK only.
    """

    G711_ULAW = "g711_ulaw"
    """G.711 mu-law, one byte a sample at 8000 Hz (8000 bytes a second), for telephone
    lines.
    """

    G711_ALAW = "g711_alaw"
    """G.711 A-law, one byte a sample at 8000 Hz (8000 bytes a second), for telephone
    lines.
    """


if TYPE_CHECKING:
    OutputAudioFormatOrStr: TypeAlias = OutputAudioFormat | str
else:
    OutputAudioFormatOrStr = OutputAudioFormat
"""A member of `OutputAudioFormat`, or its string."""


class TranscriptionPhrase(Model, kw_only=True):
    """A stretch of the user's speech with its text and timing.

    Since API version 2026-04-10.
    """

    offset_milliseconds: int | None = None
    """Start of the phrase in ms from the beginning of the audio."""

    duration_milliseconds: int | None = None
    """Length of the phrase in ms."""

    text: str | None = None
    """Text of the phrase."""

    words: list[TranscriptionWord] | None = None
    """Words of the phrase, each with its timing, if the model provides them."""

    locale: str | None = None
    """Language the phrase was recognised in, for example `en-US`."""

    confidence: float | None = None
    """How sure the recogniser was of the phrase; higher is surer."""


class TranscriptionWord(Model, kw_only=True):
    """One recognised word with its timing.

    Since API version 2026-04-10.
    """

    text: str | None = None
    """The word as recognised."""

    offset_milliseconds: int | None = None
    """Start of the word in ms from the beginning of the audio."""

    duration_milliseconds: int | None = None
    """Length of the word in ms."""


__all__ = [
    "AudioEchoCancellation",
    "AudioInputTranscriptionOptions",
    "AudioNoiseReduction",
    "AudioTimestampType",
    "AudioTimestampTypeOrStr",
    "EchoCancellationReferenceSource",
    "EchoCancellationReferenceSourceOrStr",
    "InputAudioFormat",
    "InputAudioFormatOrStr",
    "LogProbProperties",
    "Modality",
    "ModalityOrStr",
    "OutputAudioFormat",
    "OutputAudioFormatOrStr",
    "TranscriptionPhrase",
    "TranscriptionWord",
]
