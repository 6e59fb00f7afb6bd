"""The replies of the mock service in the benchmarks."""

from __future__ import annotations

from benchmarks.mock.speech import ANSWER
from voicelive_mockserver.engine.interfaces import ReplyRequest
from voicelive_mockserver.engine.latency import LatencyModel
from voicelive_mockserver.engine.replies import Reply, Say

_TEXT = "The museum opens at ten tomorrow."
# Audio and transcript in real time.
_SPOKEN = LatencyModel(audio_rate=1.0, text_rate=3.0, first_text=0.05, first_audio=0.1)


def answer(request: ReplyRequest) -> Reply:
    """Return the spoken answer, or a short text."""
    if "audio" in request.modalities:
        return Reply((Say(ANSWER),), latency=_SPOKEN)
    return Reply((Say(_TEXT),))
