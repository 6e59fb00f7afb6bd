"""Session settings and checks that the commands share."""

from __future__ import annotations

from voicelive._commands.exit_codes import TurnFailed
from voicelive._commands.service import ServiceOptions
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
from voicelive_protocol._redaction import printable

# Characters of a description of what cannot be read.
_SHOWN = 300


def session_settings(service: ServiceOptions) -> RequestSession:
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


class ProblemReporter:
    """What of the received events cannot be read, once for each type."""

    def __init__(self) -> None:
        self._reported: set[str] = set()

    def text(self, event: ReceivedEvent) -> str | None:
        """Return a note about an event; None if there is nothing to tell."""
        if isinstance(event, InvalidServerEvent):
            kind, said = event.wire_type, event.error
        elif event.problems:
            kind, said = str(event.type), "; ".join(map(str, event.problems))
        else:
            return None
        if kind in self._reported:
            return None
        self._reported.add(kind)
        what = kind or "a message"
        return f"Part of {what} cannot be read: {printable(said, _SHOWN)}"


def warning_text(event: ServerEventWarning) -> str:
    """Return what a `warning` event says."""
    return peek(event).text("warning", "message") or "no details"


def check_response(response: Response) -> None:
    """Make sure that a response has come to its end.

    Raises:
        TurnFailed: It was cancelled, cut off, or failed, or does not say.
    """
    if response.status == ResponseStatus.COMPLETED:
        return
    if response.status is None:
        raise TurnFailed("the response has ended without a status that can be read")
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
