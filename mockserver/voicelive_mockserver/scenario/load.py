"""Loader for scenario files and examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from voicelive_mockserver.scenario.document import (
    Document,
    read_document,
    read_json,
    read_yaml,
)
from voicelive_mockserver.scenario.fingerprint import Fingerprint, UnreadableAudio
from voicelive_mockserver.scenario.model import Scenario, ScriptedTranscript
from voicelive_mockserver.scenario.problems import (
    FieldPath,
    Problem,
    ScenarioError,
    UnreadableScenario,
)
from voicelive_mockserver.scenario.validation import convert
from voicelive_mockserver.suggest import did_you_mean

_EXAMPLES = Path(__file__).resolve().parents[1] / "scenarios"
_SUFFIXES = (".yaml", ".yml", ".json")


def load_scenario(source: str | Path) -> Scenario:
    """Read a scenario from a file.

    Args:
        source: A file of YAML or JSON, or the name of an example, such as
            `weather_tool`. Paths of audio files are relative to the scenario.

    Raises:
        UnreadableScenario: The file cannot be read.
        ScenarioError: It is invalid; the message has file, line and field.
    """
    path = Path(source)
    try:
        if not path.suffix and not path.exists():
            path = _example(str(source))
    except OSError as error:
        problem = Problem(error.strerror or str(error))
        raise UnreadableScenario(str(source), [problem]) from None
    document = read_document(path)
    scenario = parse_scenario(document)
    problems = []
    for field, heard in _audio_files(scenario):
        heard.audio = str(path.parent / str(heard.audio))
        try:
            Fingerprint.of_file(heard.audio)
        except UnreadableAudio as error:
            problems.append(Problem(str(error), field, document.line(field)))
    if problems:
        raise ScenarioError(document.source, problems)
    return scenario


def scenario_from_text(text: str, source: str, *, is_yaml: bool = False) -> Scenario:
    """Read a scenario from a text that did not come from a trusted file.

    It must not name audio files, which would be read from this machine.

    Args:
        text: A scenario in JSON or YAML, or the name of an example as a JSON string.
        source: The name of the text in messages.
        is_yaml: Whether it is YAML.

    Raises:
        ScenarioError: It is invalid, or names an audio file.
    """
    document = read_yaml(text, source) if is_yaml else read_json(text, source)
    if isinstance(document.value, str):
        if document.value not in example_names():
            raise _unknown_example(document.value)
        return load_scenario(document.value)
    scenario = parse_scenario(document)
    problems = [
        Problem("audio files need a scenario file", field, document.line(field))
        for field, _ in _audio_files(scenario)
    ]
    if problems:
        raise ScenarioError(source, problems)
    return scenario


def parse_scenario(document: Document) -> Scenario:
    """Return the scenario of a document, without reading its audio files.

    Args:
        document: The document.

    Raises:
        ScenarioError: It is invalid.
    """
    result = convert({} if document.value is None else document.value, Scenario)
    if isinstance(result, Scenario):
        return result
    placed = [
        Problem(problem.message, problem.path, document.line(problem.path))
        for problem in result
    ]
    placed.sort(key=lambda problem: problem.line or 0)
    raise ScenarioError(document.source, placed)


def check_scenario(scenario: Scenario) -> None:
    """Check a scenario built in Python, where msgspec does not validate.

    Args:
        scenario: The scenario.

    Raises:
        ScenarioError: A value has the wrong type.
    """
    source = scenario.name or "scenario"
    try:
        values = msgspec.to_builtins(scenario)
    except TypeError as error:
        raise ScenarioError(source, [Problem(str(error))]) from None
    parse_scenario(Document(source, values, {}))


def example_names() -> list[str]:
    """Return the names of the examples that come with the mock service."""
    return sorted(path.stem for path in _EXAMPLES.iterdir() if path.suffix in _SUFFIXES)


def _example(name: str) -> Path:
    for suffix in _SUFFIXES:
        path = (_EXAMPLES / name).with_suffix(suffix)
        if path.exists():
            return path
    raise _unknown_example(name)


def _unknown_example(name: str) -> ScenarioError:
    names = example_names()
    problem = Problem(
        f"there is no such file or example{did_you_mean(name, names)}; the examples "
        f"are {', '.join(names)}"
    )
    return UnreadableScenario(name, [problem])


def _audio_files(scenario: Scenario) -> Iterator[tuple[FieldPath, ScriptedTranscript]]:
    for index, turn in enumerate(scenario.turns):
        if isinstance(turn.heard, ScriptedTranscript) and turn.heard.audio is not None:
            yield ("turns", index, "heard", "audio"), turn.heard
