"""Voices and the audio formats they can speak in."""

from typing import Any

from voicelive_mockserver.engine.error_catalogue import rejected
from voicelive_protocol import is_available

_FORMATS_OF_ALL_VOICES = ("pcm16", "g711_ulaw", "g711_alaw")
# Accepted by the service though no list of formats has them.
_FURTHER_FORMATS = frozenset(f"pcm16_{rate}hz" for rate in (22050, 24000, 44100, 48000))


def is_azure_voice(voice: Any) -> bool:
    """Whether a voice is one of Azure's, which speak text that a model wrote.

    Args:
        voice: The voice as the session shows it.
    """
    kind = voice.get("type", "") if isinstance(voice, dict) else ""
    return kind == "avatar-voice-sync" or (
        kind.startswith("azure-") and kind != "azure-realtime-native"
    )


def check_output_format(
    audio_format: str, voice: Any, api_version: str, param: str
) -> None:
    """Reject a format of spoken output that a voice does not have.

    Args:
        audio_format: The format.
        voice: The voice as the session shows it.
        api_version: The API version of the connection.
        param: Where the format was, for the error.

    Raises:
        RequestError: The voice cannot speak in the format.
    """
    if audio_format in _FORMATS_OF_ALL_VOICES:
        return
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
