"""Speech from eSpeak NG, an independent synthesizer, for tests of voice detection."""

import ctypes
import os
from functools import cache

import espeakng_loader

RATE = 22050
"""The sample rate of what it speaks, in Hz."""

_SYNCHRONOUS = 2  # give the audio to a callback; return when all is spoken
_UTF8 = 1
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class _Espeak:
    def __init__(self) -> None:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        library.espeak_Initialize.argtypes = (
            ctypes.c_int,
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_int,
        )
        library.espeak_Synth.argtypes = (
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_void_p,
            ctypes.c_void_p,
        )
        data = os.fsencode(espeakng_loader.get_data_path())
        rate = library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0)
        assert rate == RATE, rate
        self._library = library
        self._spoken = bytearray()
        # The library keeps no reference to it.
        self._callback = _CALLBACK(self._take)
        library.espeak_SetSynthCallback(self._callback)

    def _take(
        self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: int
    ) -> int:
        if count:
            self._spoken += ctypes.string_at(samples, 2 * count)
        return 0

    def speak(self, text: str, voice: str) -> bytes:
        self._spoken.clear()
        assert self._library.espeak_SetVoiceByName(voice.encode()) == 0, voice
        encoded = text.encode() + b"\0"
        size = len(encoded)
        assert (
            self._library.espeak_Synth(encoded, size, 0, 0, 0, _UTF8, None, None) == 0
        )
        return bytes(self._spoken)


@cache
def _espeak() -> _Espeak:
    return _Espeak()


@cache
def speak(text: str, voice: str = "en") -> bytes:
    """Return a spoken text as mono pcm16 at `RATE`.

    Args:
        text: What is said.
        voice: A language, and a variant if wanted, such as `en+f3`.
    """
    return _espeak().speak(text, voice)
