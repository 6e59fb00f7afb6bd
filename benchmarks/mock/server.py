"""Process of the mock service: `python -m benchmarks.mock.server SPEED`.

Prints its port, and exits at the end of its standard input.
"""

from __future__ import annotations

import asyncio
import sys

from benchmarks.mock.responder import answer
from voicelive_mockserver import MockServer
from voicelive_mockserver.audio.levels import best_power
from voicelive_mockserver.server.gc_tuning import tune_collector


async def _serve(speed: float) -> None:
    best_power()
    async with MockServer(api_key="key", speed=speed, responder=answer) as server:
        tune_collector()
        print(server.endpoint.rpartition(":")[2], flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
