"""The error before a close decides whether to reconnect.

The order of error and close is known from one project only (pydantic-ai).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.scripted_service import Peer, error_event, serve
from tests.support.waiting import receive_until
from tests.voicelive.resilience.support import (
    Heard,
    created,
    one_after_the_other,
    stay,
)
from voicelive.aio import ConnectionClosed
from voicelive.models import RETRYABLE_ERRORS, ErrorCode


def failing(code: str, close: int) -> Any:
    """A session that ends with an error and a close."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(1))
        await peer.send(error_event("No.", code))
        await peer.close(close)
        await peer.gone()

    return script


async def working(peer: Peer) -> None:
    await peer.accept()
    await peer.send(created(2))
    await peer.gone()


@pytest.mark.parametrize(
    ("code", "close"),
    [
        ("session_output_overflow", 1008),
        ("session_expired", 1008),
        ("rate_limit_exceeded", 1000),
    ],
)
async def test_goes_on(code: str, close: int) -> None:
    """After these a new connection works, though the close says the contrary."""
    heard = Heard()
    async with (
        serve(one_after_the_other(failing(code, close), working)) as server,
        stay(server, heard.policy()) as connection,
    ):
        await receive_until(connection, "session.created", count=2)
    assert heard.report.cause is not None
    assert heard.report.cause.code == close


@pytest.mark.parametrize(
    ("code", "close"),
    [
        ("max_config_attempts_exceeded", 1008),
        ("max_config_attempts_exceeded", 1011),
        ("agent_initialization_failed", 1001),
        ("ec_not_supported", 1011),
    ],
)
async def test_ends(code: str, close: int) -> None:
    """After these a new connection would end in the same way."""
    heard = Heard()
    async with (
        serve(one_after_the_other(failing(code, close), working)) as server,
        stay(server, heard.policy()) as connection,
    ):
        await receive_until(connection, "error")
        with pytest.raises(ConnectionClosed) as caught:
            await connection.recv()
        assert caught.value.error is not None
        assert (caught.value.code, caught.value.error.code) == (close, code)
    assert len(server.requests) == 1


def test_the_table_is_generated() -> None:
    """The codes that decide are those of the error catalogue, and all are known."""
    assert RETRYABLE_ERRORS[ErrorCode.SESSION_OUTPUT_OVERFLOW]
    assert not RETRYABLE_ERRORS[ErrorCode.MAX_CONFIG_ATTEMPTS_EXCEEDED]
    assert set(RETRYABLE_ERRORS) <= {code.value for code in ErrorCode}
    assert ErrorCode.RESPONSE_CANCEL_NOT_ACTIVE not in RETRYABLE_ERRORS
