"""The mock service, as the checks need it."""

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
# It takes minutes, and at that speed seconds: whoever interrupts it may be late.
_STORY = "The sea was calm that day, and nobody had seen a sail. " * 60


def mock_service(*faults: AnyFault) -> MockServer:
    """Return the mock service to check: fast, and with a long story to interrupt.

    Args:
        faults: What goes wrong.
    """
    return MockServer(speed=_SPEED, faults=faults, responder=_answer)


def _answer(request: ReplyRequest) -> Reply | str:
    return _STORY if request.text == STORY else built_in_responder(request)
