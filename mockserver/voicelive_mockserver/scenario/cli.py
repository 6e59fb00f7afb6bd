"""Command line for the validation of scenario files."""

from __future__ import annotations

from collections.abc import Sequence

from voicelive_mockserver.scenario.load import load_scenario
from voicelive_mockserver.scenario.model import Scenario
from voicelive_mockserver.scenario.problems import ScenarioError


def check_scenarios(sources: Sequence[str]) -> int:
    """Check scenarios and print their errors, or a summary.

    Args:
        sources: Files, or names of examples.

    Returns:
        The exit code: 0 if all are valid, 1 if not, 2 without arguments.
    """
    if not sources:
        print("Name at least one scenario file or example.")
        return 2
    all_valid = True
    for source in sources:
        try:
            scenario = load_scenario(source)
        except ScenarioError as error:
            print(error)
            all_valid = False
        else:
            print(f"{source}: {_summary(scenario)}")
    return 0 if all_valid else 1


def _summary(scenario: Scenario) -> str:
    parts = [
        (scenario.turns, "turn"),
        (scenario.faults, "fault"),
        (scenario.expect, "expectation"),
    ]
    counts = [
        f"{len(items)} {word}{'' if len(items) == 1 else 's'}" for items, word in parts
    ]
    return f"valid ({', '.join(counts)})"
