"""Session sources: the responder, transcriber, speech and MCP host of a server."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from voicelive_mockserver.audio import espeak
from voicelive_mockserver.defaults import VOICES, Voice
from voicelive_mockserver.engine import EngineSources
from voicelive_mockserver.engine.interfaces import (
    HeardAudio,
    McpHost,
    Responder,
    Transcriber,
)
from voicelive_mockserver.engine.mcp import SimulatedMcpHost
from voicelive_mockserver.responder import built_in_responder
from voicelive_mockserver.server.options import shown
from voicelive_mockserver.server.speech import SyntheticSpeech
from voicelive_mockserver.server.user_code import (
    CheckedMcpHost,
    CheckedResponder,
    CheckedTranscriber,
    UserCodeErrors,
)
from voicelive_mockserver.suggest import did_you_mean


class Sources:
    """Validates the sources of new sessions and guards against failing user code.

    Args:
        responder: Produces the replies.
        transcript: The transcript of user speech: a text for every spoken turn, or a
            function that gets the audio of a turn.
        mcp: Simulates the MCP servers; `None` for the default simulation.
        voice: The speech synthesizer.

    Raises:
        VoiceUnavailableError: `voice` is `espeak`, and eSpeak NG is not available.
        TypeError: An argument has a wrong type.
        ValueError: The voice is unknown.
    """

    def __init__(
        self,
        responder: Responder,
        transcript: str | Transcriber,
        mcp: McpHost | None,
        voice: Voice = "synthetic",
    ) -> None:
        self.problems = UserCodeErrors()
        """The failures of user code."""
        self._responder = self._first_responder = _checked_responder(responder)
        self._transcript = self._first_transcript = _checked_transcript(transcript)
        host = SimulatedMcpHost() if mcp is None else _checked_host(mcp, self.problems)
        self._engine = EngineSources(
            responder=self._guarded(responder),
            transcriber=self._transcriber(transcript),
            keeps_audio=not isinstance(transcript, str),
            speech=_speech(voice),
            mcp=host,
        )

    def copy(self) -> Sources:
        """Return the same sources, to be changed separately; they share `problems`."""
        return copy(self)

    def restore_responder(self) -> None:
        """Use the responder that was given first."""
        self.responder = self._first_responder

    def restore_transcript(self) -> None:
        """Use the transcript that was given first."""
        self.transcript = self._first_transcript

    @property
    def engine(self) -> EngineSources:
        """The sources of new sessions."""
        return self._engine

    @property
    def responder(self) -> Responder:
        """The responder of new sessions."""
        return self._responder

    @responder.setter
    def responder(self, responder: Responder) -> None:
        self._responder = _checked_responder(responder)
        self._engine = replace(self._engine, responder=self._guarded(responder))

    @property
    def transcript(self) -> str | Transcriber:
        """The transcript of user speech in new sessions."""
        return self._transcript

    @transcript.setter
    def transcript(self, transcript: str | Transcriber) -> None:
        self._transcript = _checked_transcript(transcript)
        self._engine = replace(
            self._engine,
            transcriber=self._transcriber(transcript),
            keeps_audio=not isinstance(transcript, str),
        )

    def _guarded(self, responder: Responder) -> Responder:
        if responder is built_in_responder:
            return responder
        return CheckedResponder(responder, self.problems)

    def _transcriber(self, transcript: str | Transcriber) -> Transcriber:
        if isinstance(transcript, str):
            return _always(transcript)
        return CheckedTranscriber(transcript, self.problems)


def _checked_responder(responder: Responder) -> Responder:
    if not callable(responder):
        raise TypeError(
            "responder: expected a function that returns the reply, not "
            f"{shown(responder)}; did you mean lambda request: {shown(responder)}?"
        )
    return responder


def _checked_transcript(transcript: str | Transcriber) -> str | Transcriber:
    if not isinstance(transcript, str) and not callable(transcript):
        raise TypeError(
            "transcript: expected a text, or a function that returns one, not "
            f"{shown(transcript)}"
        )
    return transcript


def _checked_host(mcp: McpHost, errors: UserCodeErrors) -> McpHost:
    for method in ("list_tools", "call"):
        if not callable(getattr(mcp, method, None)):
            raise TypeError(
                "mcp: expected an object with the methods list_tools and call, not "
                f"{shown(mcp)}"
            )
    return CheckedMcpHost(mcp, errors)


def _speech(voice: Voice) -> SyntheticSpeech:
    if voice not in VOICES:
        suggestion = did_you_mean(str(voice), VOICES)
        hint = suggestion or f"; expected one of {', '.join(VOICES)}"
        raise ValueError(f"voice: unknown voice {shown(voice)}{hint}")
    if voice == "synthetic":
        return SyntheticSpeech()
    try:
        espeak.check_available()
    except espeak.VoiceUnavailableError:
        if voice == "espeak":
            raise
        return SyntheticSpeech()
    return SyntheticSpeech(espeak.phrases, is_slow=True)


def _always(transcript: str) -> Transcriber:
    def transcriber(_audio: HeardAudio) -> str:
        return transcript

    return transcriber
