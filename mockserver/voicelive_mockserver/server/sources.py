"""Where the sessions of a server get their words, voices and ears from."""

from typing import Literal, get_args

from voicelive_mockserver.audio import espeak
from voicelive_mockserver.engine import EngineSources
from voicelive_mockserver.engine.interfaces import (
    HeardAudio,
    McpHost,
    Responder,
    Transcriber,
)
from voicelive_mockserver.engine.mcp import ImaginaryMcp
from voicelive_mockserver.server.speech import SyntheticSpeech

DEFAULT_TRANSCRIPT = "Hello, can you hear me?"
"""What the user is taken to have said unless told otherwise."""

Voice = Literal["synthetic", "espeak", "auto"]
"""The built-in voice, eSpeak NG, or eSpeak NG if it can speak here."""

VOICES: tuple[Voice, ...] = get_args(Voice)
"""All choices of a voice."""


def engine_sources(
    responder: Responder,
    transcript: str | Transcriber,
    mcp: McpHost | None,
    voice: Voice = "synthetic",
) -> EngineSources:
    """Return the sources of sessions.

    Args:
        responder: Decides what is answered.
        transcript: What the user is taken to have said: a text for every spoken turn,
            or a function that is given the audio of a turn.
        mcp: Stands for the MCP servers; `None` for imaginary ones.
        voice: Who speaks.

    Raises:
        VoiceUnavailableError: eSpeak NG is wanted, and it cannot speak here.
        ValueError: There is no such voice.
    """
    return EngineSources(
        responder=responder,
        transcriber=_always(transcript) if isinstance(transcript, str) else transcript,
        keeps_audio=not isinstance(transcript, str),
        speech=_speech(voice),
        mcp=ImaginaryMcp() if mcp is None else mcp,
    )


def _speech(voice: Voice) -> SyntheticSpeech:
    if voice not in VOICES:
        raise ValueError(f"voice: {voice!r} is none of {', '.join(VOICES)}")
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
