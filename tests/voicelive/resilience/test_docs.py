"""The examples of the documentation run."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.waiting import receive_until
from tools.paths import DOCS
from voicelive.models import RequestSession
from voicelive.resilience import ReconnectingConnection, stay_connected
from voicelive_mockserver import MockServer

pytestmark = pytest.mark.slow

DOCS = DOCS / "staying-connected.md"


async def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The example of reconnecting ends, and prints the report."""
    (code,) = (block for block in _blocks() if "asyncio.run" in block)
    names: dict[str, Any] = {}
    exec(code.replace("asyncio.run(main())", ""), names)
    await names["main"]()
    printed = capsys.readouterr().out
    assert re.match(
        r"reconnected after .* 1 item restored\nnot restored: resp", printed
    )


async def test_a_renewal_before_maintenance() -> None:
    """The function of the guide renews the session."""
    (code,) = (block for block in _blocks() if "before_maintenance" in block)
    names: dict[str, Any] = {"ReconnectingConnection": ReconnectingConnection}
    exec(code, names)
    async with (
        MockServer() as mock,
        stay_connected(
            endpoint=mock.endpoint, credential=mock.api_key, model="gpt-realtime"
        ) as connection,
    ):
        await connection.session.update(session=RequestSession())
        await receive_until(connection, "session.updated")
        await names["before_maintenance"](connection)
        assert connection.last_report is not None
        assert connection.last_report.reason == "maintenance at 10:00"


def _blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.S)
