"""The server in a thread, for code that is not asynchronous."""

from __future__ import annotations

import asyncio
import threading

import aiohttp
import pytest

from tests.support.engine_driver import every, long_story, respond, types, update, user
from tests.support.mock_client import QUERY, Client, connected
from voicelive_mockserver import BackgroundMockServer


def hello(mock: BackgroundMockServer) -> str:
    """Run a text turn in a thread without an event loop; return the reply."""

    async def talk() -> str:
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(
                mock.url, params=QUERY, headers={"api-key": mock.api_key}
            ) as websocket,
        ):
            client = Client(websocket)
            await client.send(update(modalities=["text"]), user("Hi"), respond())
            events = await client.until("response.done")
            return "".join(e["text"] for e in every(events, "response.text.done"))

    return asyncio.run(talk())


def begun_since(before: set[threading.Thread]) -> set[threading.Thread]:
    """Return the threads that were started since."""
    return set(threading.enumerate()) - before


def test_a_synchronous_test() -> None:
    """The server runs in a thread, for code without an event loop."""
    threads = set(threading.enumerate())
    with BackgroundMockServer() as mock:
        mock.responder = lambda request: f"You said {request.text}"
        assert hello(mock) == "You said Hi"
        mock.last_session.assert_sent(
            "session.update", session={"modalities": ["text"]}
        )
        assert mock.wait_for("response.create") == respond()
        done = mock.wait_for("response.done", from_client=False)
        assert done["response"]["status"] == "completed"
        with pytest.raises(TimeoutError, match=r"no response\.cancel within"):
            mock.wait_for("response.cancel", within=0.01)
        with pytest.raises(RuntimeError, match="running already"):
            mock.start()
        assert begun_since(threads)
    assert not begun_since(threads)
    mock.stop()
    with pytest.raises(RuntimeError, match="not running"):
        mock.wait_for("response.create")


def test_faults_can_be_changed() -> None:
    """They are added and cleared from another thread."""
    with BackgroundMockServer(faults=["refuse:503"]) as mock:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            hello(mock)
        mock.clear_faults()
        assert hello(mock)
        mock.add_fault("refuse:401")
        with pytest.raises(aiohttp.WSServerHandshakeError):
            hello(mock)
        mock.reset()
        assert mock.sessions == ()
        assert hello(mock)


async def test_an_asynchronous_test() -> None:
    """From another event loop, waiting does not block it."""
    with BackgroundMockServer(speed=1, responder=long_story) as mock:
        async with connected(mock.server) as client:
            waiting = asyncio.create_task(
                mock.wait_for_async("response.create", within=30)
            )
            await client.send(respond())
            assert await waiting == respond()
            await asyncio.to_thread(mock.push, {"type": "warning", "warning": {}})
            assert "warning" in types(await client.until("warning"))


def test_a_scenario_is_played_and_its_expectations_checked() -> None:
    """Unmet expectations of a scenario fail the assertion."""
    with BackgroundMockServer() as mock:
        mock.use("weather_tool")
        hello(mock)
        with pytest.raises(AssertionError, match="not met"):
            mock.assert_expectations()


def test_an_occupied_port_is_an_error() -> None:
    """A failed start leaves no thread."""
    with BackgroundMockServer() as mock:
        threads = set(threading.enumerate())
        port = int(mock.endpoint.rpartition(":")[2])
        with pytest.raises(OSError, match="address already in use"):
            BackgroundMockServer(port=port).start()
        assert not begun_since(threads)
