"""The check of a service before a load test."""

from __future__ import annotations

import pytest

from tests.loadtest.calling import settings
from tests.loadtest.reference_service import Behaviour, reference_service
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.callers.service_check import CheckFailed, check_service
from voicelive_mockserver import MockServer


async def test_a_service_that_accepts_calls_passes() -> None:
    """The check is one call, closed in order."""
    async with reference_service(Behaviour()) as service:
        await check_service(settings(service.endpoint))
    assert service.counts.configured == 1
    assert service.counts.closes == [1000]


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"api_key": "wrong"}, ExitCode.UNAUTHORIZED, "401"),
        ({"model": "nonsense"}, ExitCode.FAILED, "nonsense"),
        ({"api_version": "1999-01-01"}, ExitCode.NO_CONNECTION, "1999-01-01"),
        ({"endpoint": "http://127.0.0.1:9"}, ExitCode.NO_CONNECTION, "127.0.0.1:9"),
        ({"endpoint": "ftp://x"}, ExitCode.USAGE, "ftp"),
    ],
)
async def test_wrong_settings_are_named(
    change: dict[str, str], code: ExitCode, text: str
) -> None:
    """With the exit code, in a line without the key."""
    async with MockServer(api_key="test-key") as server:
        given = settings(**{"endpoint": server.endpoint, **change})
        with pytest.raises(CheckFailed, match=text) as caught:
            await check_service(given)
    assert caught.value.code == code
    assert "\n" not in str(caught.value)
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("status", [429, 503])
async def test_an_overloaded_service_passes(status: int) -> None:
    """Its refusals are results of the load test."""
    behaviour = Behaviour(refuse_every=1, refuse_status=status)
    async with reference_service(behaviour) as service:
        await check_service(settings(service.endpoint))
    assert service.counts.refused == 1


async def test_a_silent_service_fails() -> None:
    """It accepts the handshake, and never configures the session."""
    async with reference_service(Behaviour(silent=True)) as service:
        with pytest.raises(CheckFailed, match="did not configure") as caught:
            await check_service(settings(service.endpoint, connect_limit=0.2))
    assert caught.value.code == ExitCode.NO_CONNECTION
