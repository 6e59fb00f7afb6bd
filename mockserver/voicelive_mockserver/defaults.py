"""Default values of the mock service that its command line shows."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from voicelive_core.close_codes import CloseCode

DEFAULT_API_KEY = "test-key"
"""Key that clients must present."""

DEFAULT_TRANSCRIPT = "Hello, can you hear me?"
"""Transcript of what is spoken."""

FATAL_CLOSE_CODE = CloseCode.POLICY_VIOLATION
"""Close code after fatal errors, where that of the real service is unknown."""

Voice: TypeAlias = Literal["synthetic", "espeak", "auto"]
"""Speech synthesizer: built in, eSpeak NG, or eSpeak NG if it is installed."""

VOICES: tuple[Voice, ...] = get_args(Voice)
