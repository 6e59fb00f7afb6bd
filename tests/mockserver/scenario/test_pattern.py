"""Regular expressions of scenarios: matches and timeouts."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from math import inf

import pytest

from tests.support.engine_driver import only, respond, update, user
from tests.support.raw_websocket import frame, session
from voicelive_mockserver import MockServer, VirtualSession
from voicelive_mockserver.scenario import (
    Match,
    Scenario,
    ScenarioError,
    ScriptedTurn,
    load_scenario,
)
from voicelive_mockserver.scenario import pattern as pattern_module
from voicelive_mockserver.scenario.pattern import Pattern

pytestmark = pytest.mark.slow

CATASTROPHES = [
    (r"(a+)+$", "a" * 5000 + "!"),
    (r"(a|a)*$", "a" * 5000 + "!"),
    (r"(a|aa)+$", "a" * 5000 + "!"),
    (r"(.*)*x", "a" * 5000),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 5000),
    (r".*.*.*.*.*=", "a" * 5000),
    (r"(?:a?){50}a{50}$", "a" * 45 + "b" * 5000),
    (r"(x+x+)+y", "x" * 5000),
    (r"(?=(a+))(?:\1)*(?:a*)*$", "a" * 5000 + "!"),
]
"""Expressions with catastrophic backtracking, and texts that trigger it."""


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (r"weather in (?P<city>\w+)", "What is the weather in Oslo?"),
        (r"from (\w+) to (\w+)", "from Paris to Rome"),
        (r"(?:\s*(\w+),)+ and (?P<last>\w+)", "Tom, Ann, and Joe"),
        (r"(yes|no)(?: please)?", "Well, yes please"),
        (r"(\d{1,3})(?:[.,]\d+)* ?(?P<unit>[a-z]+)?", "It is 1,000,000 km"),
        (r"^\W*$", "?!"),
        (r"(a)|(b)", "b"),
        (r"nothing", "something"),
        (r"(?:no)+thing", "something"),
        (r"stra\u00dfe (\d+)", "STRA\u00dfE 5"),
        (r"(\ud83d)+", "half \ud83d a pair"),
    ],
)
@pytest.mark.parametrize("flags", [re.NOFLAG, re.IGNORECASE])
@pytest.mark.parametrize("repeats", [1, 200])
def test_matches_are_those_of_re(
    expression: str, text: str, flags: re.RegexFlag, repeats: int
) -> None:
    """Matches equal those of `re`, in this process and in the subprocess."""
    text *= repeats
    expected = re.search(expression, text, flags)
    found = Pattern(expression, flags).search(text)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert tuple(found.groups) == expected.groups()
        assert found.named == expected.groupdict()


@pytest.mark.parametrize(("expression", "text"), CATASTROPHES)
def test_catastrophic_searches_are_bounded(expression: str, text: str) -> None:
    """They block neither this process nor return a match."""
    pattern = Pattern(expression)
    before = time.process_time()
    assert pattern.search(text) is None
    assert time.process_time() - before < 0.5


def test_a_slow_expression_is_disabled(caplog: pytest.LogCaptureFixture) -> None:
    """A timeout is logged; after a few, the expression is not tried again."""
    pattern = Pattern(r"(a+)+$")
    assert pattern.search("a" * 10) is not None
    for number in range(1, pattern_module._MAX_TIMEOUTS + 1):
        assert pattern.search("a" * 40 + "!") is None
        assert len(caplog.messages) == number
        assert "takes too long for a text of 41 characters" in caplog.messages[-1]
    assert "nor will it again" in caplog.messages[-1]
    assert pattern.search("a" * 40 + "!") is None
    assert len(caplog.messages) == pattern_module._MAX_TIMEOUTS
    # Others are not concerned.
    assert Pattern(r"(a+)+$").search("aaa") is not None


def test_a_process_that_dies() -> None:
    """A subprocess that exited is replaced."""
    pattern = Pattern(r"(?:ab)+")
    assert pattern.search("abab") is not None
    process = pattern_module._process._process
    assert process is not None
    process.kill()
    process.wait()
    assert pattern.search("abab") is None
    assert pattern.search("abab") is not None


def test_it_ends_with_the_interpreter() -> None:
    """The subprocess ends with its parent, without output."""
    code = (
        "from voicelive_mockserver.scenario.pattern import Pattern, _process;"
        "print(Pattern('(?:ab)+').search('abab') is not None, _process._process.pid)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    found, pid = done.stdout.split()
    assert found == "True"
    assert done.stderr == ""
    gone = subprocess.run(["kill", "-0", pid], check=False, capture_output=True)
    assert gone.returncode != 0


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("(", "not a regular expression"),
        ("(" * 900, "not a regular expression"),
        ("a{99999999999999999999}", "not a regular expression"),
        ("a" * 1001, "expected 1000 characters at most"),
    ],
)
def test_expressions_that_are_refused(expression: str, says: str) -> None:
    """An invalid expression is an error when the scenario is created or loaded."""
    with pytest.raises(ValueError, match=says):
        Match(regex=expression)
    with pytest.raises(ScenarioError, match=says):
        VirtualSession(
            scenario=Scenario(turns=[ScriptedTurn(match=_unchecked(expression))])
        )


def _unchecked(expression: str) -> Match:
    match = Match(regex="a")
    match.regex = expression
    return match


async def test_other_sessions_do_not_wait() -> None:
    """A client cannot freeze the server with a text for an expression of a scenario."""
    scenario = Scenario(
        turns=[
            ScriptedTurn(match=Match(regex=r"(a+)+$"), reply="Never."),
            ScriptedTurn(reply="Something else.", times="always"),
        ]
    )
    async with (
        MockServer(speed=inf, scenario=scenario) as mock,
        session(mock) as other,
        session(mock) as client,
    ):
        asked = [update(modalities=["text"]), user("a" * 5000 + "!"), respond()]
        before = time.process_time()
        client.writer.write(b"".join(map(frame, asked)))
        event = await client.event()
        while event["type"] != "response.text.done":
            event = await client.event()
        assert event["text"] == "Something else."
        assert await other.is_alive()
        assert time.process_time() - before < 1.5


def test_groups_of_a_slow_kind_in_a_reply() -> None:
    """Groups are available as placeholders, also from the subprocess."""
    match = Match(regex=r"(?:please )*bring (?P<what>\w+)(?: and (\w+))*")
    talk = VirtualSession(
        scenario=Scenario(turns=[ScriptedTurn(match=match, reply="{what}, {1}, {2}")])
    )
    talk.send(
        update(modalities=["text"]), user("please please bring tea and milk"), respond()
    )
    done = only(talk.until("response.done"), "response.done")["response"]
    assert done["output"][0]["content"][0]["text"] == "tea, tea, milk"


def test_the_examples_run_here() -> None:
    """No example of the package needs the subprocess."""
    assert load_scenario("weather_tool").turns
    pattern = Pattern(r"weather in (?P<city>\w+)")
    assert pattern._is_simple
    assert pattern._steps(200) < pattern_module._MAX_STEPS
