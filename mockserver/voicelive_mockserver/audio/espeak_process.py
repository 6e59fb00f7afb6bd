"""Subprocess that synthesizes one text with eSpeak NG, started by `espeak`.

Arguments are the paths of the library and of its data, then voices, of which the first
available one is used. It reads the text in UTF-8 from standard input and writes mono
pcm16 at 22,050 Hz to standard output.
"""

from __future__ import annotations

import ctypes
import os
import sys

_RATE = 22050
_MAX_BYTES = 300 * _RATE * 2  # some characters have long names
_SYNCHRONOUS = 2  # audio goes to a callback; return after the last call
_UTF8 = 1
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def _speak(text: bytes, library_path: str, data_path: str, voices: list[str]) -> bytes:
    library = ctypes.CDLL(library_path)
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
    library.espeak_ng_SetRandSeed.argtypes = (ctypes.c_long,)
    library.espeak_ng_SetRandSeed.restype = None
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(data_path), 0)
    if rate != _RATE:
        sys.exit(f"eSpeak NG does not start: {rate}")
    # The default seed is the time.
    library.espeak_ng_SetRandSeed(1)
    if all(library.espeak_SetVoiceByName(voice.encode()) for voice in voices):
        sys.exit(f"none of these voices exists: {voices}")
    spoken = bytearray()

    def take(
        samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int | None
    ) -> int:
        if count:
            spoken.extend(ctypes.string_at(samples, 2 * count))
        return len(spoken) >= _MAX_BYTES

    # The library holds no reference to the callback.
    callback = _CALLBACK(take)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_Synth(text + b"\0", len(text) + 1, 0, 0, 0, _UTF8, None, None):
        sys.exit("eSpeak NG does not speak")
    return bytes(spoken[:_MAX_BYTES])


if __name__ == "__main__":
    sys.stdout.buffer.write(
        _speak(sys.stdin.buffer.read(), sys.argv[1], sys.argv[2], sys.argv[3:])
    )
