"""Conformance tests against broken services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.conformance import (
    test_concurrency,
    test_handshake,
    test_responses,
    test_spoken_input,
)
from tests.conformance.endpoint import Endpoint
from tests.conformance.mock import mock_service
from voicelive_mockserver import MockServer
from voicelive_mockserver.faults import (
    AnyFault,
    Close,
    Duplicate,
    ExtraFields,
    FailResponse,
    Inject,
    Malformed,
    Omit,
    Refuse,
    Reorder,
)
from voicelive_protocol import DEFAULT_API_VERSION, ServerEventType

Check = Callable[[Endpoint], Awaitable[None]]

S = ServerEventType
_TEXT = test_responses.test_text_turn
_SILENCE = "no event within"
_BROKEN: list[tuple[AnyFault, Check, str]] = [
    (Refuse(status=403), test_handshake.test_wrong_key_is_rejected, "403"),
    (
        Omit(event=S.SESSION_CREATED),
        test_handshake.test_session_begins_and_ends,
        _SILENCE,
    ),
    (Omit(event=S.RESPONSE_CONTENT_PART_ADDED), _TEXT, "content_part.added"),
    (Duplicate(event=S.RESPONSE_OUTPUT_ITEM_DONE), _TEXT, "is repeated"),
    (Omit(event=S.RESPONSE_TEXT_DELTA, nth=2), _TEXT, "Hello"),
    (Reorder(event=S.RESPONSE_TEXT_DONE), _TEXT, "response.text.done"),
    (
        ExtraFields(event=S.RESPONSE_TEXT_DELTA, fields={"delta": 5}),
        _TEXT,
        "does not match the schema",
    ),
    (
        ExtraFields(event=S.RESPONSE_TEXT_DONE, fields={"item_id": "item_0"}),
        _TEXT,
        "item_0",
    ),
    (Malformed(event=S.RESPONSE_TEXT_DELTA, how="binary"), _TEXT, "BINARY"),
    (Close(event=S.RESPONSE_CREATED), _TEXT, "close code 1011"),
    (FailResponse(), _TEXT, "failed"),
    (
        Omit(event=S.RESPONSE_AUDIO_DELTA),
        test_responses.test_audio_turn,
        "response.audio.delta",
    ),
    (
        Omit(event=S.RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA, nth=1),
        test_responses.test_function_call,
        "city",
    ),
    (
        Omit(event=S.INPUT_AUDIO_BUFFER_COMMITTED),
        test_spoken_input.test_spoken_turn,
        "input_audio_buffer.committed",
    ),
    (Omit(event=S.ERROR), test_concurrency.test_cancel, _SILENCE),
]


@pytest.mark.parametrize(("fault", "check", "message"), _BROKEN)
async def test_broken_service(fault: AnyFault, check: Check, message: str) -> None:
    """A test fails if the service breaks its rule."""
    async with mock_service(fault) as server:
        # Short for an event that never arrives, otherwise more than any answer takes.
        timeout_seconds = 0.3 if message == _SILENCE else 30
        with pytest.raises(AssertionError) as failure:
            await check(_foreign(server).replaced(timeout_seconds=timeout_seconds))
    assert message in str(failure.value)


async def test_unknown_event_is_a_finding() -> None:
    """Unknown events are findings, and failures of the mock service only."""
    notes: list[str] = []
    event = Inject(data={"type": "no.such.event", "event_id": "event_0"})
    async with mock_service(event) as server:
        service = _foreign(server).replaced(note=notes.append)
        await _TEXT(service)
        with pytest.raises(AssertionError, match="unknown event"):
            await _TEXT(service.replaced(is_mock=True))
    assert notes == ["unknown event: no event 'no.such.event'"]


def _foreign(server: MockServer) -> Endpoint:
    return Endpoint(
        server.endpoint,
        server.api_key,
        "gpt-realtime",
        DEFAULT_API_VERSION,
        is_mock=False,
    )
