"""Scenarios: scripted replies, faults, and expectations about the client.

May import `faults` and the engine. A scenario comes from a file (`load_scenario`) or is
written in Python:

    Scenario(
        turns=[
            ScriptedTurn(match="weather", reply=[call("get_weather", city="Paris")]),
            ScriptedTurn(
                match=Match(output_of="get_weather"), reply="It is {output.sky}."
            ),
        ]
    )
"""

from __future__ import annotations

from voicelive_mockserver.scenario.expectation_tracker import (
    ExpectationTracker,
    Outcome,
)
from voicelive_mockserver.scenario.expectations import (
    AnswersCall,
    Expectation,
    NeverSends,
    PlaysAllTurns,
    Sends,
    SendsInOrder,
    Truncates,
    UpdatesSession,
)
from voicelive_mockserver.scenario.fingerprint import UnreadableAudio
from voicelive_mockserver.scenario.load import (
    check_scenario,
    example_names,
    load_scenario,
    scenario_from_text,
)
from voicelive_mockserver.scenario.model import (
    Latency,
    Match,
    Scenario,
    ScriptedTranscript,
    ScriptedTurn,
    SessionSettings,
)
from voicelive_mockserver.scenario.problems import Problem, ScenarioError
from voicelive_mockserver.scenario.session import (
    CompiledScenario,
    ScenarioSession,
    call,
)

__all__ = [
    "AnswersCall",
    "CompiledScenario",
    "Expectation",
    "ExpectationTracker",
    "Latency",
    "Match",
    "NeverSends",
    "Outcome",
    "PlaysAllTurns",
    "Problem",
    "Scenario",
    "ScenarioError",
    "ScenarioSession",
    "ScriptedTranscript",
    "ScriptedTurn",
    "Sends",
    "SendsInOrder",
    "SessionSettings",
    "Truncates",
    "UnreadableAudio",
    "UpdatesSession",
    "call",
    "check_scenario",
    "example_names",
    "load_scenario",
    "scenario_from_text",
]
