"""The plugin for pytest, as a user's tests see it."""

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

CLIENT = """
import asyncio, json, aiohttp, pytest

async def say_hello(mock):
    query = {"api-version": "2026-04-10", "model": "gpt-realtime"}
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(
            mock.url, params=query, headers={"api-key": mock.api_key}
        ) as websocket:
            await websocket.send_json({"type": "response.create"})
            while True:
                event = json.loads(await websocket.receive_str())
                if event["type"] == "response.done":
                    return event["response"]["id"]
"""


PASSING = """
pytestmark = pytest.mark.voicelive_mock(api_key="outer", seed=3)

def test_synchronous(voicelive_mock):
    asyncio.run(say_hello(voicelive_mock))
    voicelive_mock.last_session.assert_sent("response.create")
    assert len(voicelive_mock.sessions) == 1

async def test_asynchronous(voicelive_mock):
    await say_hello(voicelive_mock)
    await voicelive_mock.wait_for_async("response.create")
    assert len(voicelive_mock.sessions) == 1

@pytest.mark.voicelive_mock(api_key="inner")
def test_options(voicelive_mock):
    assert voicelive_mock.api_key == "inner"
    assert voicelive_mock.server.seed == 3
"""

FAILING = """
def test_failing(voicelive_mock):
    asyncio.run(say_hello(voicelive_mock))
    voicelive_mock.last_session.assert_sent("session.update")

def test_passing(voicelive_mock):
    pass

def test_silent(voicelive_mock):
    assert False

@pytest.mark.voicelive_mock(scenario="weather_tool")
def test_scenario(voicelive_mock):
    asyncio.run(say_hello(voicelive_mock))
"""


def run(pytester: pytest.Pytester, tests: str) -> pytest.RunResult:
    """Run tests in this process."""
    pytester.makepyfile(CLIENT + tests)
    return pytester.runpytest_inprocess(
        "--strict-markers",
        *("-p", "no:cacheprovider"),
        # It would load all of itself to say nothing.
        *("-p", "no:hypothesispytest"),
        *("-o", "asyncio_mode=auto"),
        *("-o", "asyncio_default_fixture_loop_scope=function"),
    )


def test_it_serves_tests_of_every_kind(pytester: pytest.Pytester) -> None:
    """Synchronous and asynchronous tests use one fixture, each a server of its own.

    Options come from markers: the nearest wins, what it leaves open others tell.
    """
    run(pytester, PASSING).assert_outcomes(passed=3)


def test_a_failure_shows_the_journal(pytester: pytest.Pytester) -> None:
    """What went over the wire is a section of the report of a test that fails.

    A test whose client does not do what the scenario expects fails after its end.
    """
    result = run(pytester, FAILING)
    result.assert_outcomes(failed=2, passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*AssertionError: session sess_*not met*",
            "*- mock Voice Live service -*",
            "*the client did not send session.update; it sent response.create",
            "*- mock Voice Live service -*",
            "session sess_*, gpt-realtime, 2026-04-10*",
            '*-> {"type": "response.create"}',
            "*<- {*response.done*",
            "*- mock Voice Live service -*",
            "no client has connected",
        ]
    )
    assert str(result.stdout).count("mock Voice Live service -") == 3


def test_pytest_starts_without_the_server() -> None:
    """Every run of pytest imports the plugin, and none of what it would start."""
    code = (
        "import sys, voicelive_mockserver.pytest_plugin;"
        "print({'aiohttp', 'msgspec', 'voicelive_protocol'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
