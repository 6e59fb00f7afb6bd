"""Benchmark of decoding frames and encoding audio, without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.lab import Lab, Worker
from benchmarks.payloads import AUDIO_BYTES, TO_DECODE
from benchmarks.results import Row, faster_than_official
from benchmarks.timing import Timing


def measure(lab: Lab) -> Iterator[Row]:
    """Measure the CPU time per event."""
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
    """Return seconds of CPU time per event, in the best round of each candidate."""
    repeats = {
        name: _repeats(worker, lab.effort.codec_seconds, action, **arguments)
        for name, worker in lab.workers.items()
    }

    def measure_round(name: str, worker: Worker) -> Timing:
        return worker.time(action, repeats=repeats[name], **arguments)

    timings = lab.alternate(lab.effort.codec_rounds, measure_round)
    return {
        name: min(t.cpu_per_event for t in found) for name, found in timings.items()
    }


def _repeats(worker: Worker, seconds: float, action: str, **arguments: Any) -> int:
    """Return the repetitions that fill a round of this length."""
    worker.time(action, repeats=1, **arguments)  # warm-up
    repeats = 1
    while True:
        spent = worker.time(action, repeats=repeats, **arguments).cpu
        if spent > seconds / 4:
            return max(1, round(repeats * seconds / spent))
        repeats *= 4
