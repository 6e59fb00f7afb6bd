"""Session settings and checks that the commands share."""

from __future__ import annotations

from voicelive._commands.outcome import TurnFailed
from voicelive._commands.service import Service
from voicelive_protocol import (
    AudioInputTranscriptionOptions,
    AzureStandardVoice,
    OpenAIVoiceName,
    RequestSession,
    Response,
    ResponseCancelledDetails,
    ResponseFailedDetails,
    ResponseIncompleteDetails,
    ResponseStatus,
    VoiceLiveErrorDetails,
)


def session_settings(service: Service) -> RequestSession:
    """The settings that the options ask for."""
    settings = RequestSession(
        input_audio_transcription=AudioInputTranscriptionOptions(
            model=service.transcription
        )
    )
    if service.instructions is not None:
        settings.instructions = service.instructions
    if service.voice is not None:
        own_voice = service.voice in set(OpenAIVoiceName)
        settings.voice = (
            OpenAIVoiceName(service.voice)
            if own_voice
            else AzureStandardVoice(name=service.voice)
        )
    return settings


def check_response(response: Response) -> None:
    """Make sure that a response has come to its end.

    Raises:
        TurnFailed: It was cancelled, cut off, or failed.
    """
    if response.status == ResponseStatus.COMPLETED:
        return
    match response.status_details:
        case ResponseFailedDetails(error=VoiceLiveErrorDetails(message=str(message))):
            why = f": {message}"
        case ResponseCancelledDetails(reason=str(reason)):
            why = f": {reason}"
        case ResponseIncompleteDetails(reason=str(reason)):
            why = f": {reason}"
        case _:
            why = ""
    raise TurnFailed(f"the response is {response.status}{why}")
