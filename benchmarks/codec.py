"""Decoding of frames and encoding of audio, without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.lab import Lab, Worker
from benchmarks.payloads import AUDIO_BYTES, TO_DECODE
from benchmarks.results import Row, faster_than_official
from benchmarks.timing import Timing


def measure(lab: Lab) -> Iterator[Row]:
    """CPU time per event."""
    for what, frames in TO_DECODE.items():
        size = sum(len(frame.text) for frame in frames)
        count = f"{len(frames)} events, " if len(frames) > 1 else ""
        yield Row.of(
            "decode",
            f"{what}, {count}{size} bytes",
            "us",
            _best(lab, "decode", what=what),
            faster_than_official(12),
        )
    yield Row.of(
        "encode",
        f"input_audio_buffer.append, {AUDIO_BYTES} bytes of audio",
        "us",
        _best(lab, "encode"),
        faster_than_official(8),
    )


def _best(lab: Lab, action: str, **arguments: Any) -> dict[str, float]:
    """Seconds of CPU time per event, in the best turn of each candidate."""
    repeats = {
        name: _repeats(worker, lab.effort.codec_seconds, action, **arguments)
        for name, worker in lab.workers.items()
    }

    def turn(name: str, worker: Worker) -> Timing:
        return worker.time(action, repeats=repeats[name], **arguments)

    timings = lab.in_turns(lab.effort.codec_rounds, turn)
    return {
        name: min(t.cpu_per_event for t in found) for name, found in timings.items()
    }


def _repeats(worker: Worker, seconds: float, action: str, **arguments: Any) -> int:
    """How often to do it in a turn of that length."""
    worker.time(action, repeats=1, **arguments)  # the first time prepares much
    repeats = 1
    while True:
        spent = worker.time(action, repeats=repeats, **arguments).cpu
        if spent > seconds / 4:
            return max(1, round(repeats * seconds / spent))
        repeats *= 4
