"""Speech of both sides in a voice session."""

from __future__ import annotations

from array import array
from base64 import b64encode
from functools import cache
from random import Random

from benchmarks.mock.wire import event_frame
from voicelive_mockserver.audio.voice import synthesize

ANSWER = (
    "The museum opens at ten tomorrow morning, and it closes at six in the evening. "
    "The exhibition about early aviation is on the second floor, next to the library, "
    "and there is a guided tour at half past eleven. Tickets are twelve euros."
)
"""Longer than a cycle, so that the user interrupts each answer."""

APPEND_SECONDS = 0.02
CYCLE_APPENDS = 480
CYCLE_SECONDS = CYCLE_APPENDS * APPEND_SECONDS
"""9.6 s are a whole number of appends and of the 32 ms frames of voice detection, so
that all cycles are alike."""

QUESTION = "When do you open?"
RATE = 24000
_NOISE = 32  # about -65 dBFS, a quiet room


@cache
def appends() -> list[bytes]:
    """Return the frames of a cycle: a question, then background noise."""
    samples = array("h", synthesize(QUESTION, sample_rate=RATE))
    step = round(APPEND_SECONDS * RATE)
    noise = Random(1)
    room = array("h", (noise.randint(-_NOISE, _NOISE) for _ in range(RATE)))
    while len(samples) < CYCLE_APPENDS * step:
        samples += room
    pcm = samples.tobytes()
    return [
        _append(pcm[2 * step * number : 2 * step * (number + 1)])
        for number in range(CYCLE_APPENDS)
    ]


def _append(audio: bytes) -> bytes:
    return event_frame(
        {"type": "input_audio_buffer.append", "audio": b64encode(audio).decode()}
    )
