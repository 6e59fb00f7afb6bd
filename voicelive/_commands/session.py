"""Session settings and checks that the commands share."""

from __future__ import annotations

from voicelive._commands.runner import TurnFailed
from voicelive._commands.service import ServiceOptions
from voicelive_core.redaction import printable
from voicelive_protocol import (
    AudioInputTranscriptionOptions,
    AzureStandardVoice,
    InvalidServerEvent,
    OpenAIVoiceName,
    ReceivedEvent,
    RequestSession,
    Response,
    ResponseCancelledDetails,
    ResponseFailedDetails,
    ResponseIncompleteDetails,
    ResponseStatus,
    ServerEventWarning,
    VoiceLiveErrorDetails,
    peek,
)

# Truncates the description of an unreadable event.
_MAX_DESCRIPTION_LENGTH = 300


def session_settings(service: ServiceOptions) -> RequestSession:
    """Return the session settings that the options select."""
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


class ProblemReporter:
    """Reports unreadable parts of received events, once per event type."""

    def __init__(self) -> None:
        self._reported: set[str] = set()

    def text(self, event: ReceivedEvent) -> str | None:
        """Return a note about an event; None if valid or reported before."""
        if isinstance(event, InvalidServerEvent):
            kind, reason = event.wire_type, event.error
        elif event.problems:
            kind, reason = str(event.type), "; ".join(map(str, event.problems))
        else:
            return None
        if kind in self._reported:
            return None
        self._reported.add(kind)
        source = kind or "a message"
        reason = printable(reason, _MAX_DESCRIPTION_LENGTH)
        return f"Part of {source} cannot be read: {reason}"


def warning_text(event: ServerEventWarning) -> str:
    """Return the message of a `warning` event."""
    return peek(event).text("warning", "message") or "no details"


def check_response(response: Response) -> None:
    """Check that a response is complete.

    Raises:
        TurnFailed: The response is cancelled, incomplete or failed, or has no status.
    """
    if response.status == ResponseStatus.COMPLETED:
        return
    if response.status is None:
        raise TurnFailed("the response ended without a readable status")
    match response.status_details:
        case ResponseFailedDetails(error=VoiceLiveErrorDetails(message=str(message))):
            why = f": {message}"
        case ResponseCancelledDetails(reason=str(reason)):
            why = f": {reason}"
        case ResponseIncompleteDetails(reason=str(reason)):
            why = f": {reason}"
        case _:
            why = ""
    raise TurnFailed(printable(f"the response is {response.status}{why}"))
