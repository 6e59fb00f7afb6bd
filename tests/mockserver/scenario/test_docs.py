"""Examples of the guides to scenarios and faults."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tools.paths import DOCS
from voicelive_mockserver.faults import parse_fault
from voicelive_mockserver.scenario import CompiledScenario, example_names
from voicelive_mockserver.scenario.document import read_yaml
from voicelive_mockserver.scenario.load import parse_scenario
from voicelive_mockserver.scenario.schema import scenario_schema

GUIDE = "\n".join(
    (DOCS / name).read_text("utf-8") for name in ("scenarios.md", "faults.md")
)
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", [text for kind, text in BLOCKS if kind == "yaml"])
def test_yaml_blocks_are_scenarios(text: str) -> None:
    """Every block of YAML can be loaded and played."""
    CompiledScenario(parse_scenario(read_yaml(text, "guide")))


async def test_the_python_block_runs() -> None:
    """The test in the guide passes."""
    (code,) = [text for kind, text in BLOCKS if kind == "python"]
    names: dict[str, Any] = {}
    exec(code, names)
    await names["test_my_assistant"]()


def test_lines_are_faults() -> None:
    """Every short form of a fault is valid."""
    lines = re.findall(r"`([a-z_]+:[\w.]+(?::[a-z_]+=[\w.]+)*)`", GUIDE)
    assert len(lines) >= 3
    for line in lines:
        parse_fault(line)


def test_the_guide_is_complete() -> None:
    """Every example, kind of output, fault and expectation, and every key."""
    definitions = scenario_schema()["$defs"]
    names = set(example_names())
    for kind in ("Scenario", "ScriptedTurn", "Match", "SessionSettings"):
        names |= definitions[kind]["properties"].keys() - {"$schema"}
    for definition in definitions.values():
        for key in ("type", "status"):
            names |= set(definition["properties"].get(key, {}).get("enum", ()))
    assert {name for name in names if f"`{name}" not in GUIDE} == set()
