"""A connection has requests in its state as long as the service may answer them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from voicelive._connection.connection import VoiceLiveConnection
from voicelive._connection.protocol import StatefulConnection, with_state
from voicelive._transport.options import TransportOptions

CREATE = {"type": "response.create"}
UPDATE = {"type": "session.update", "session": {}}


class Peer:
    """Transport, or connection of an application, that may fail to send."""

    session_id = "sess_1"

    def __init__(self, error: BaseException | None = None) -> None:
        self.connection: StatefulConnection | None = None
        self.seen: list[int] = []
        self._error = error

    async def send(self, message: Any) -> None:
        assert self.connection is not None
        state = self.connection.state
        self.seen.append(len(state.responses.requested) + len(state.pending))
        if self._error is not None:
            raise self._error

    async def receive(self) -> bytes:
        raise NotImplementedError


def over_transport(peer: Any) -> StatefulConnection:
    return VoiceLiveConnection(peer, TransportOptions())


Make = Callable[[Any], StatefulConnection]


@pytest.mark.parametrize("make", [over_transport, with_state])
@pytest.mark.parametrize("event", [CREATE, UPDATE])
@pytest.mark.parametrize("error", [OSError(), asyncio.CancelledError()])
async def test_request_is_withdrawn_if_it_could_not_be_sent(
    make: Make, event: dict[str, Any], error: BaseException
) -> None:
    peer = Peer(error)
    connection = make(peer)
    peer.connection = connection
    with pytest.raises(type(error)):
        await connection.send(event)
    state = connection.state
    assert peer.seen == [1]
    assert (state.responses.requested, len(state.pending)) == ([], 0)


@pytest.mark.parametrize("make", [over_transport, with_state])
async def test_request_that_was_sent_stays(make: Make) -> None:
    peer = Peer()
    connection = make(peer)
    peer.connection = connection
    await connection.send(CREATE)
    (request,) = connection.state.responses.requested
    assert request.sent
    assert request.session_id == connection.session_id
