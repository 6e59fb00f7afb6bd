"""Invalid frames."""

from __future__ import annotations

from tests.conformance.endpoint import Endpoint
from tests.conformance.session_client import Event

_BAD: tuple[Event | str, ...] = (
    {"type": "no.such.event", "event_id": "my_event"},
    '{"type": "session.update", ',
)


async def test_bad_frames(endpoint: Endpoint) -> None:
    """Unknown events and malformed JSON give an `error`, and the session goes on.

    Live tests and other users: errors concern one request. The other content of the
    error is unknown.
    """
    async with endpoint.session() as call:
        for bad in _BAD:
            error = await call.rejection(bad)
            assert error["message"], error
