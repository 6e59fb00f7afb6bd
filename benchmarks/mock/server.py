"""Process of the mock service: `python -m benchmarks.mock.server SPEED`.

Prints its port, and exits at the end of its standard input.
"""

from __future__ import annotations

import asyncio
import sys

from benchmarks.mock.speech import ANSWER
from voicelive_mockserver import MockServer
from voicelive_mockserver.engine.interfaces import ReplyRequest
from voicelive_mockserver.engine.latency import LatencyModel
from voicelive_mockserver.engine.replies import Reply, Say
from voicelive_mockserver.server.gc_tuning import tune_collector

_TEXT = "The museum opens at ten tomorrow."
# Audio and transcript in real time.
_SPOKEN = LatencyModel(audio_rate=1.0, text_rate=3.0, first_text=0.05, first_audio=0.1)


def _answer(request: ReplyRequest) -> Reply:
    if "audio" in request.modalities:
        return Reply((Say(ANSWER),), latency=_SPOKEN)
    return Reply((Say(_TEXT),))


async def _serve(speed: float) -> None:
    async with MockServer(api_key="key", speed=speed, responder=_answer) as server:
        tune_collector()
        print(server.endpoint.rpartition(":")[2], flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
