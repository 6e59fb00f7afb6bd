"""Voices and their output audio formats."""

from __future__ import annotations

from typing import Any

from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.models import AZURE_VOICE_NAME, ServiceModel
from voicelive_protocol import OutputAudioFormat, is_available

_FORMATS_OF_ALL_VOICES = ("pcm16", "g711_ulaw", "g711_alaw")
# Accepted by the service, although undocumented.
_FURTHER_FORMATS = frozenset(f"pcm16_{rate}hz" for rate in (22050, 24000, 44100, 48000))
# The union over all API versions.
_LISTED_FORMATS = frozenset(OutputAudioFormat)


def is_azure_voice(voice: Any) -> bool:
    """Return whether a voice is an Azure voice, which speaks the text of a model.

    Args:
        voice: The voice in the form of the session.
    """
    kind = voice.get("type", "") if isinstance(voice, dict) else ""
    return kind == "avatar-voice-sync" or (
        kind.startswith("azure-") and kind != "azure-realtime-native"
    )


def normalized_voice(value: Any) -> Any:
    """Return a voice in the form of the service: a name becomes an object."""
    if isinstance(value, str):
        return {"name": value, "type": "openai"}
    return value


def check_voice(voice: Any, model: ServiceModel, param: str) -> None:
    """Reject a voice that a model does not support.

    Args:
        voice: The voice in the form of the session.
        model: The model of the session.
        param: The path of the voice, for the error.

    Raises:
        RequestError: The model does not support this kind of voice.
    """
    kind = voice["type"]
    types = model.traits.voice_types
    foreign = types is not None and kind not in types
    # A text model has no native voices; Azure synthesizes its speech.
    if foreign or (kind == "openai" and not model.pipeline.speaks_itself):
        raise rejected(
            "voice_of_another_model", kind=kind, model=model.name, param=param
        )


def is_azure_voice_name(name: object) -> bool:
    """Return whether a value looks like the name of an Azure voice."""
    return isinstance(name, str) and AZURE_VOICE_NAME.fullmatch(name) is not None


def check_output_format(
    audio_format: str, voice: Any, api_version: str, param: str
) -> None:
    """Reject an output audio format that a voice does not support.

    Args:
        audio_format: The output audio format.
        voice: The voice in the form of the session.
        api_version: The API version of the connection.
        param: The path of the format, for the error.

    Raises:
        RequestError: The voice or the API version does not support the format.
    """
    if audio_format in _FORMATS_OF_ALL_VOICES:
        return
    if audio_format in _LISTED_FORMATS and not _is_known(audio_format, api_version):
        raise rejected(
            "output_audio_format_version",
            audio_format=audio_format,
            version=api_version,
            param=param,
        )
    if is_azure_voice(voice) and _is_known(audio_format, api_version):
        return
    raise rejected("output_audio_format", audio_format=audio_format, param=param)


def _is_known(audio_format: str, api_version: str) -> bool:
    if audio_format in _FURTHER_FORMATS:
        return True
    try:
        return is_available(f"OutputAudioFormat:{audio_format}", api_version)
    except KeyError:
        return False
