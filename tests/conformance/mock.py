"""The mock service as the service under test."""

from __future__ import annotations

from tests.conformance.requests import STORY
from voicelive_mockserver import (
    MockServer,
    Reply,
    ReplyRequest,
    built_in_responder,
)
from voicelive_mockserver.faults import AnyFault

_SPEED = 20.0
# Minutes of speech, seconds at that speed: long enough for a late interruption.
_STORY = "The sea was calm that day, without a sail in sight. " * 60


def mock_service(*faults: AnyFault) -> MockServer:
    """Return a fast mock service with a long story to interrupt.

    Args:
        faults: Faults of the service.
    """
    return MockServer(speed=_SPEED, faults=faults, responder=_answer)


def _answer(request: ReplyRequest) -> Reply | str:
    return _STORY if request.text == STORY else built_in_responder(request)
