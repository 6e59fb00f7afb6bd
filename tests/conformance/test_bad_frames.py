"""What no service can understand is rejected, and ends nothing."""

from __future__ import annotations

from tests.conformance.endpoint import Endpoint
from tests.conformance.session_client import Event

_BAD: tuple[Event | str, ...] = (
    {"type": "no.such.event", "event_id": "my_event"},
    '{"type": "session.update", ',
)


async def test_bad_frames(endpoint: Endpoint) -> None:
    """Unknown events and malformed JSON give an `error`, and the session goes on.

    Live tests and other users: errors concern one request. What else the error says is
    not known.
    """
    async with endpoint.session() as call:
        for bad in _BAD:
            error = await call.refusal(bad)
            assert error["message"], error
