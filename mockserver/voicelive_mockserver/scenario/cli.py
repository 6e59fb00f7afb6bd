"""`voicelive mock --check`: validation of scenario files."""

from __future__ import annotations

from collections.abc import Sequence

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.streams import write
from voicelive_mockserver.scenario.load import load_scenario
from voicelive_mockserver.scenario.model import Scenario
from voicelive_mockserver.scenario.problems import ScenarioError, UnreadableScenario


def check_scenarios(sources: Sequence[str]) -> int:
    """Check scenarios and print their errors, or a summary.

    Args:
        sources: Files, or names of examples.

    Returns:
        The exit code: `USAGE` if a file cannot be read, `FAILED` if one is invalid.
    """
    code = ExitCode.OK
    for source in sources:
        try:
            scenario = load_scenario(source)
        except UnreadableScenario as error:
            write(f"{error}\n")
            code = ExitCode.USAGE
        except ScenarioError as error:
            write(f"{error}\n")
            code = code or ExitCode.FAILED
        else:
            write(f"{source}: {_summary(scenario)}\n")
    return code


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
