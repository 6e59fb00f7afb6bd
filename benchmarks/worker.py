"""Process of one candidate: `python -m benchmarks.worker NAME`.

Reads requests from standard input, one per line, and writes a line to standard output
for each. Exits at the end of its input. Imports no dependency of another candidate
only.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from importlib.metadata import distributions
from typing import Any

from benchmarks.candidates import Candidate
from benchmarks.payloads import AUDIO, TO_DECODE
from benchmarks.timing import Stopwatch, Timing


def main() -> None:
    """Answer requests until the end of the input."""
    module = import_module(f"benchmarks.candidates.{sys.argv[1]}")
    worker = _Worker(module.CANDIDATE)
    for line in sys.stdin:
        print(json.dumps(worker.answer(**json.loads(line))), flush=True)


class _Worker:
    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self._decoders: dict[str, Callable[[bytes], object]] = {}

    def answer(self, action: str, **arguments: Any) -> dict[str, Any]:
        match action:
            case "versions":
                return {found.name: found.version for found in distributions()}
            case "decode":
                return asdict(self._decode(**arguments))
            case "encode":
                return asdict(self._encode(**arguments))
            case "receive_ours":
                return asdict(asyncio.run(self._receive_ours(**arguments)))
            case "receive":
                return asdict(asyncio.run(self._candidate.receive(**arguments)))
            case _:
                raise ValueError(f"unknown action {action!r}")

    async def _receive_ours(self, **arguments: Any) -> Timing:
        ours = import_module("benchmarks.candidates.ours")
        timing: Timing = await ours.receive(**arguments)
        return timing

    def _decode(self, what: str, repeats: int) -> Timing:
        frames = TO_DECODE[what]
        if what not in self._decoders:
            self._decoders[what] = self._candidate.decoder(frames)
        decode = self._decoders[what]
        stopwatch = Stopwatch()
        for _ in range(repeats):
            for text, field in frames:
                # The official SDK decodes base64 audio when the field is read.
                getattr(decode(text), field)
        return stopwatch.stop(repeats * len(frames))

    def _encode(self, repeats: int) -> Timing:
        encode = self._candidate.encoder()
        stopwatch = Stopwatch()
        for _ in range(repeats):
            encode(AUDIO)
        return stopwatch.stop(repeats)


if __name__ == "__main__":
    main()
