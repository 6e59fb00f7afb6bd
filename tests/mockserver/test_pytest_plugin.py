"""The pytest plugin."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

# `pytester` unloads the modules that a run imports, but scenarios cache yaml classes.
pytest.importorskip("yaml")

CLIENT = """
import asyncio, json, aiohttp, pytest

async def say_hello(mock):
    query = {"api-version": "2026-04-10", "model": "gpt-realtime"}
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(
            mock.url, params=query, headers={"api-key": mock.api_key}
        ) as websocket:
            await websocket.send_json({"type": "session.update", "session": {}})
            await websocket.send_json({"type": "response.create"})
            while True:
                event = json.loads(await websocket.receive_str())
                if event["type"] == "response.done":
                    return event["response"]["id"]
"""


PASSING = """
pytestmark = [pytest.mark.slow, pytest.mark.voicelive_mock(api_key="outer", seed=3)]

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
    voicelive_mock.last_session.assert_sent("response.cancel")

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
        # Slow to load, and not needed.
        *("-p", "no:hypothesispytest"),
        *("-o", "asyncio_mode=auto"),
        *("-o", "asyncio_default_fixture_loop_scope=function"),
    )


def test_it_serves_tests_of_every_kind(pytester: pytest.Pytester) -> None:
    """Each synchronous or asynchronous test has its own server.

    Options of the nearest marker take precedence; other markers supply the rest.
    """
    run(pytester, PASSING).assert_outcomes(passed=3)


def test_a_failure_shows_the_journal(pytester: pytest.Pytester) -> None:
    """The report of a failed test has a section with the journal.

    A test with unmet expectations fails after its end.
    """
    result = run(pytester, FAILING)
    result.assert_outcomes(failed=2, passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*AssertionError: session sess_*not met*",
            "*- mock Voice Live service -*",
            "*the client did not send response.cancel; it sent session.update,*",
            "*- mock Voice Live service -*",
            "session sess_*, gpt-realtime, 2026-04-10*",
            '*-> {"type": "response.create"}',
            "*<- {*response.done*",
            "*- mock Voice Live service -*",
            "no client connected",
        ]
    )
    assert str(result.stdout).count("mock Voice Live service -") == 3


WRONG = """
import functools

async def too_late(request):
    return "Hello."

@pytest.mark.parametrize("returned", [None, 5])
def test_responder(voicelive_mock, returned):
    voicelive_mock.responder = lambda request: returned
    asyncio.run(say_hello(voicelive_mock))

async def test_async_responder(voicelive_mock):
    voicelive_mock.responder = too_late
    await say_hello(voicelive_mock)

@pytest.mark.voicelive_mock(responder=lambda request: 1 // 0)
def test_marker(voicelive_mock):
    asyncio.run(say_hello(voicelive_mock))

def test_wanted(voicelive_mock):
    voicelive_mock.responder = lambda request: None
    asyncio.run(say_hello(voicelive_mock))
    assert "returned None" in voicelive_mock.problems[0]
    voicelive_mock.problems.clear()

def test_assigned(voicelive_mock):
    voicelive_mock.transcripts = "Hello."

def test_text(voicelive_mock):
    voicelive_mock.responder = "Hello."

def test_works(voicelive_mock):
    voicelive_mock.transcript = "Hello."
    voicelive_mock.responder = lambda request: ["Hello."]
    asyncio.run(say_hello(voicelive_mock))
"""

MARKERS = """
@pytest.mark.voicelive_mock("weather_tool")
def test_positional(voicelive_mock):
    pass

@pytest.mark.voicelive_mock(scenarios="weather_tool")
def test_unknown(voicelive_mock):
    pass

@pytest.mark.voicelive_mock(speed="fast")
def test_value(voicelive_mock):
    pass

@pytest.mark.voicelive_mock(scenario="wether_tool")
def test_scenario(voicelive_mock):
    pass

@pytest.mark.voicelive_mock(10)
def test_without_the_fixture():
    pass
"""


def test_wrong_functions_fail_their_tests(pytester: pytest.Pytester) -> None:
    """Failures of user code fail the test, with a description, after its end."""
    result = run(pytester, WRONG)
    result.assert_outcomes(passed=6, errors=4, failed=2)
    result.stdout.fnmatch_lines_random(
        [
            "E *AssertionError: The responder returned None; expected a text*",
            "E *AssertionError: The responder returned 5; expected a text*",
            "E *AssertionError: The responder returned a coroutine: it is an async *",
            "E *AssertionError: The responder raised ZeroDivisionError: *",
            "E *AttributeError: *'transcripts'*did you mean \"transcript\"?",
            "E *TypeError: responder: expected a function*lambda request: 'Hello.'?",
        ]
    )


def test_wrong_markers_are_refused(pytester: pytest.Pytester) -> None:
    """The message has the marker and a suggestion; no test runs."""
    result = run(pytester, MARKERS)
    result.assert_outcomes(errors=5)
    result.stdout.fnmatch_lines(
        [
            "@pytest.mark.voicelive_mock('weather_tool'): options must be named, "
            "as in @pytest.mark.voicelive_mock(scenario='weather_tool')",
            '@pytest.mark.voicelive_mock has no option "scenarios"; did you mean '
            '"scenario"?',
            "@pytest.mark.voicelive_mock: speed: expected a number, not 'fast'",
            '@pytest.mark.voicelive_mock: wether_tool: *did you mean "weather_tool"?*',
            "@pytest.mark.voicelive_mock(10): options must be named*",
        ]
    )


@pytest.mark.slow
def test_pytest_starts_without_the_server() -> None:
    """Loading the plugin does not import the server."""
    code = (
        "import sys, voicelive_mockserver.pytest_plugin;"
        "print({'aiohttp', 'msgspec', 'voicelive_protocol'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
