"""Speech synthesis with eSpeak NG, from the optional package `espeakng-loader`.

Each text is synthesized in a new process. The output of eSpeak NG depends on the texts
before, so a new process makes it reproducible; it also isolates the server from crashes
of the library.
"""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.audio import voice as built_in
from voicelive_mockserver.audio.formats import BYTES_PER_SAMPLE, resample

SAMPLE_RATE = 22050
"""The sample rate of the output of eSpeak NG, in Hz."""

_PROGRAM = Path(__file__).with_name("espeak_process.py")
_PIECE_BYTES = (
    4 * SAMPLE_RATE * BYTES_PER_SAMPLE
)  # four seconds: a whole number at any rate
_TIMEOUT_SECONDS = 5.0  # a hundred times the usual duration
_DEFAULT_LANGUAGE = "en-us"
_AZURE_NAME = re.compile(r"([a-z]{2,3})-([a-z]{2,4})-.", re.IGNORECASE)
# Languages with another name in eSpeak NG than in Azure.
_LANGUAGES = {"no": "nb", "wuu": "cmn", "zh": "cmn", "zh-hk": "yue"}
# Variants for common voice names; other names get one by hash.
_VARIANTS = {
    "alloy": "f1",
    "ash": "m1",
    "ballad": "m4",
    "cedar": "m7",
    "coral": "f2",
    "echo": "m3",
    "marin": "f3",
    "sage": "f4",
    "shimmer": "f5",
    "verse": "m8",
}
_ANY_VARIANT = tuple(_VARIANTS.values())

logger = redacting_logger(__name__)


class VoiceUnavailableError(Exception):
    """eSpeak NG is requested and not available."""


@cache
def check_available() -> None:
    """Raise if eSpeak NG is not available.

    Raises:
        VoiceUnavailableError: `espeakng-loader` is not installed, or its library does
            not work on this machine.
    """
    try:
        speak("Hello.", _DEFAULT_LANGUAGE)
    except ImportError:
        message = (
            "the voice espeak needs the package espeakng-loader: "
            'pip install "voicelive[speech]"'
        )
        raise VoiceUnavailableError(message) from None
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        message = f"the voice espeak does not work on this machine: {error}"
        raise VoiceUnavailableError(message) from error


class Piece:
    """A few seconds of speech, resampled on demand.

    Args:
        pcm: Mono pcm16 at `SAMPLE_RATE`.
        sample_rate: The target sample rate in Hz.
    """

    __slots__ = ("_pcm", "_sample_rate", "size")

    def __init__(self, pcm: bytes, sample_rate: int) -> None:
        self._pcm = pcm
        self._sample_rate = sample_rate
        samples = len(pcm) // BYTES_PER_SAMPLE * sample_rate // SAMPLE_RATE
        self.size = samples * BYTES_PER_SAMPLE
        """Size of the audio in bytes."""

    def speak(self) -> bytes:
        """Return the audio as mono pcm16."""
        return resample(self._pcm, SAMPLE_RATE, self._sample_rate)


def phrases(
    text: str, *, sample_rate: int = 24000, voice: str = "alloy"
) -> Sequence[Piece] | Sequence[built_in.SyntheticPhrase]:
    """Return speech for a text, at most five minutes, in pieces.

    If eSpeak NG fails on a text, the synthetic voice is used.

    Args:
        text: The text. Without letters and digits there is no audio.
        sample_rate: Sample rate of the audio in Hz.
        voice: Name of the voice. Azure names select the language, such as
            `de-DE-KatjaNeural`; all others, and unknown languages, are American
            English. Different names usually sound different.
    """
    if not any(map(str.isalnum, text)):
        return ()
    try:
        pcm = speak(text, *_voices(voice))
    except (OSError, subprocess.SubprocessError) as error:
        logger.warning("eSpeak NG failed, using the built-in voice: %s", error)
        return built_in.phrases(text, sample_rate=sample_rate, voice=voice)
    return [
        Piece(pcm[start : start + _PIECE_BYTES], sample_rate)
        for start in range(0, len(pcm), _PIECE_BYTES)
    ]


def speak(text: str, *voices: str) -> bytes:
    """Return speech of eSpeak NG: mono pcm16 at `SAMPLE_RATE`, at most five minutes.

    Args:
        text: The text.
        *voices: Voices of eSpeak NG such as `en-us` or, with a variant, `de+f3`. The
            first one that exists is used.

    Raises:
        ImportError: `espeakng-loader` is not installed.
        RuntimeError: It is incomplete.
        OSError: The process cannot be started.
        subprocess.SubprocessError: The process fails, or takes too long.
    """
    import espeakng_loader

    library, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    # Without `site`, a process starts in half the time.
    command = [sys.executable, "-I", "-S", str(_PROGRAM), library, data, *voices]
    return subprocess.run(
        command,
        # NUL terminates the text in C.
        input=text.replace("\0", " ").encode(errors="replace"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_TIMEOUT_SECONDS,
        check=True,
    ).stdout


def _voices(name: str) -> list[str]:
    """Return the voices of eSpeak NG for a voice of the service, best first."""
    variant = _VARIANTS.get(name)
    if variant is None:
        variant = _ANY_VARIANT[zlib.crc32(name.encode()) % len(_ANY_VARIANT)]
    languages = []
    azure = _AZURE_NAME.match(name)
    if azure is not None:
        language, region = azure[1].lower(), azure[2].lower()
        for wanted in (f"{language}-{region}", language):
            languages.append(_LANGUAGES.get(wanted, wanted))
    return [f"{language}+{variant}" for language in (*languages, _DEFAULT_LANGUAGE)]
