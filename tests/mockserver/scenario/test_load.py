"""Loading of scenario files, and the messages about invalid ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.signals import question, write_wav
from voicelive_mockserver import CallFunction, MockServer, Say
from voicelive_mockserver.faults import Close
from voicelive_mockserver.scenario import (
    Match,
    Scenario,
    ScenarioError,
    ScriptedTranscript,
    ScriptedTurn,
    example_names,
    load_scenario,
)
from voicelive_mockserver.scenario.cli import check_scenarios
from voicelive_mockserver.scenario.document import read_json, read_yaml

EVERYTHING = """
name: No
strict: true
turns:
  - match: weather
    heard: {text: "What is the weather?", audio: question.wav}
    reply:
      - Let me see.
      - {type: say, text: "Well, {text}", at_once: true}
      - {type: call, name: get_weather, arguments: {city: Paris, days: 3}}
    times: 2
    latency: {first_text: 1.5}
    ending: {status: failed, code: boom}
    faults: [{type: close, after: 2}]
  - match: {output_of: get_weather, output: "yes", case_sensitive: true}
    reply: Done.
session: {speed: .inf, api_versions: [2025-10-01], expires_after: 60, seed: 1}
faults: [{type: refuse, status: 429, retry_after: 2, connection: [1, 2]}]
expect: [{type: sends, event: session.update, contains: {session: {tools: []}}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a recording."""
    write_wav(tmp_path / "question.wav", question())
    return tmp_path


def problems(folder: Path, text: str, name: str = "x.yaml") -> list[str]:
    """Return the message about a file, without its folder."""
    path = folder / name
    path.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_everything(folder: Path) -> None:
    """All parts of a file are loaded with their types."""
    (folder / "all.yaml").write_text(EVERYTHING)
    scenario = load_scenario(folder / "all.yaml")
    assert scenario.name == "No"
    first, second = scenario.turns
    assert first.heard == ScriptedTranscript(
        "What is the weather?", str(folder / "question.wav")
    )
    assert first.reply == [
        "Let me see.",
        Say("Well, {text}", at_once=True),
        CallFunction("get_weather", {"city": "Paris", "days": 3}),
    ]
    assert list(first.faults) == [Close(after=2)]
    assert second.match == Match(
        output_of="get_weather", output="yes", case_sensitive=True
    )
    assert scenario.session is not None
    assert scenario.session.speed == float("inf")
    assert scenario.session.api_versions == ["2025-10-01"]


def test_json_says_the_same(folder: Path) -> None:
    """The equivalent JSON gives the same scenario, without PyYAML."""
    (folder / "a.json").write_text('{"turns": [{"match": "x", "reply": ["y"]}]}')
    (folder / "a.yml").write_text("turns: [{match: x, reply: [y]}]")
    assert load_scenario(folder / "a.json") == load_scenario(str(folder / "a.yml"))


def test_an_empty_file_is_a_scenario(folder: Path) -> None:
    """Every key is optional."""
    (folder / "a.yaml").write_text("")
    assert load_scenario(folder / "a.yaml") == Scenario()


def test_words_stay_words() -> None:
    """Scalars are those of YAML 1.2: `no` and dates are strings."""
    text = "[no, Yes, 2026-04-10, 1_000, 12:30, 5, -1.5, 1e3, 0x1F, true, ~, '5', '']"
    assert read_yaml(text, "x").value == [
        "no",
        "Yes",
        "2026-04-10",
        "1_000",
        "12:30",
        5,
        -1.5,
        1000.0,
        31,
        True,
        None,
        "5",
        "",
    ]


def test_aliases_are_copies() -> None:
    """Anchors and aliases are supported."""
    document = read_yaml("a: &x {b: 1}\nc: *x", "x")
    assert document.value == {"a": {"b": 1}, "c": {"b": 1}}


def test_lines_of_json_and_yaml() -> None:
    """Both have the line of each value, also with brackets in strings."""
    text = '{"a": [1,\n {"b{": "x\\"],["}],\n\n "c": null}'
    for document in (read_json(text, "x"), read_yaml(text, "x")):
        assert document.lines == {
            (): 1,
            ("a",): 1,
            ("a", 0): 1,
            ("a", 1): 2,
            ("a", 1, "b{"): 2,
            ("c",): 4,
        }
        assert document.line(("a", 1, "b{", "x", 5)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("turnz: []", ':1: turnz: unknown key; did you mean "turns"?'),
        ("\nname: 5", ":2: name: expected text, not 5"),
        ("strict: 'true'", ':1: strict: expected true or false, not "true"'),
        ("turns: {}", ":1: turns: expected a list, not a mapping"),
        ("turns:\n- 5", ":2: turns[0]: expected a mapping, not 5"),
        (
            "turns:\n- reply:\n  - type: sai\n    text: x",
            ':3: turns[0].reply[0].type: unknown type "sai"; did you mean "say"?',
        ),
        (
            "turns:\n- reply:\n  - {type: call, name: x, args: {}}",
            ':3: turns[0].reply[0].args: unknown key; did you mean "arguments"?',
        ),
        ("turns:\n- reply:\n  - {text: x}", ':3: turns[0].reply[0]: "type" is missing'),
        ("turns:\n- reply:\n  - type: say", ':3: turns[0].reply[0]: "text" is missing'),
        (
            "turns:\n- times: twice",
            ':2: turns[0].times: expected a whole number, "always" or "once", not',
        ),
        ("turns:\n- times: 0", ":2: turns[0].times: expected 1 or more, not 0"),
        ("turns:\n- times: 1.5", ":2: turns[0].times: expected a whole number"),
        ("turns:\n- times: true", ":2: turns[0].times: expected a whole number"),
        ("session: {seed: true}", ":1: session.seed: expected a whole number, not"),
        (
            "turns:\n- match:\n    exact: x\n    regex: '['",
            ":4: turns[0].match.regex: not a regular expression",
        ),
        (
            "turns:\n- match: {response: 0}",
            ":2: turns[0].match.response: expected 1 or more",
        ),
        (
            "turns:\n- faults: [{type: refuse}]",
            ':2: turns[0].faults[0].type: unknown type "refuse"',
        ),
        (
            "turns:\n- ending: {status: complete}",
            ':2: turns[0].ending.status: unknown status "complete"; did you mean',
        ),
        (
            "turns:\n- latency: {text_rate: 0}",
            ":2: turns[0].latency.text_rate: expected above 0, not 0",
        ),
        (
            "turns:\n- latency: {first_text: -1}",
            ":2: turns[0].latency.first_text: expected 0 or more",
        ),
        (
            "session:\n  model: gtp-realtime",
            ':2: session.model: unknown model "gtp-realtime"; did you mean',
        ),
        (
            "session:\n  api_versions: [2026-04-11]",
            ':2: session.api_versions: unknown name "2026-04-11"; did you mean',
        ),
        ("session:\n  speed: 0", ":2: session.speed: expected more than 0"),
        ("session:\n  speed: quick", ':2: session.speed: expected a number or "inf"'),
        (
            "session:\n  expires_after: 0",
            ":2: session.expires_after: expected more than 0",
        ),
        (
            "faults:\n- type: close\n  code: 1005",
            ":3: faults[0].code: 1005 cannot be sent",
        ),
        (
            "faults:\n- type: close\n  reason: " + "x" * 124,
            ":3: faults[0].reason: longer than 123 bytes",
        ),
        (
            "expect:\n- type: sends\n  event: response.done",
            ':3: expect[0].event: unknown name "response.done"',
        ),
        (
            "expect:\n- type: sends_in_order\n  events: [session.updat]",
            ":3: expect[0].events: unknown name",
        ),
        (
            "turns:\n- heard:\n    text: x\n    audio: no.wav",
            ":4: turns[0].heard.audio: cannot read",
        ),
        ("- 1", ":1: expected a mapping, not a list"),
        ("a: 1\nb:\n  c: 1\n  c: 2", ":4: b.c: given twice"),
        ("a: &x\n  b: *x", ":1: a.b: an alias contains itself"),
        ("a: !!python/none", ":1: a: the tag"),
        ("a: [1,", ":1: not valid YAML"),
        ("? [1]\n: 2", ":1: a key must be text"),
    ],
)
def test_mistakes_in_yaml(folder: Path, text: str, said: str) -> None:
    """A message has file, line, field and problem."""
    (line,) = problems(folder, text)
    assert line.startswith(f"x.yaml{said}")


def test_mistakes_in_json(folder: Path) -> None:
    """Messages about JSON have line numbers, too."""
    assert problems(folder, '{"name":\n "x",\n "turns": 1}', "x.json") == [
        "x.json:3: turns: expected a list, not 1"
    ]
    assert problems(folder, '{"name": "x",\n "name": "y"}', "x.json") == [
        "x.json:2: name: given twice"
    ]
    (line,) = problems(folder, '{"name": "x"\n "a"}', "x.json")
    assert line.startswith("x.json:2: not valid JSON")


def test_all_mistakes_are_reported(folder: Path) -> None:
    """All problems are reported together, in the order of the file."""
    text = "turns:\n- reply:\n  - type: say\n    txt: 5\nfault: []\nname: [1]"
    assert [line.partition(": ")[0] for line in problems(folder, text)] == [
        f"x.yaml:{line}" for line in (3, 4, 5, 6)
    ]


def test_unreadable_files(folder: Path) -> None:
    """The message has the reason."""
    assert problems(folder, "", "x.txt") == [
        "x.txt: the name of a scenario ends in .yaml, .yml or .json"
    ]
    (folder / "y.yaml").write_bytes(b"\xff")
    for name in ("y.yaml", "z.yaml"):
        with pytest.raises(ScenarioError):
            load_scenario(folder / name)


@pytest.mark.slow
def test_small_files_do_not_become_large(folder: Path) -> None:
    """Exponential aliases give an error instead of exhausting memory."""
    lines = ["- &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 9):
        lines.append(f"- &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    (line,) = problems(folder, "\n".join(lines))
    assert "too large" in line


@pytest.mark.slow
def test_deep_files_are_refused(folder: Path) -> None:
    """Extreme nesting gives an error."""
    (line,) = problems(folder, "[" * 100_000, "x.json")
    assert "nested too deeply" in line
    (line,) = problems(folder, "[" * 1_000)
    assert "not valid YAML" in line


def test_without_pyyaml(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML, YAML gives an error that names the extra; JSON works."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    (line,) = problems(folder, "name: x")
    assert "voicelive[mock]" in line
    (folder / "a.json").write_text('{"name": "x"}')
    assert load_scenario(folder / "a.json").name == "x"


def test_examples_by_name() -> None:
    """Examples are found by name; an unknown name gets a suggestion."""
    assert load_scenario("echo").name == "echo"
    with pytest.raises(ScenarioError, match='did you mean "greeting"'):
        load_scenario("greting")


@pytest.mark.parametrize("name", example_names())
def test_examples_explain_themselves(name: str) -> None:
    """Every example has a name and a description."""
    scenario = load_scenario(name)
    assert scenario.name
    assert len(scenario.description) > 20


def test_paths_of_recordings_are_relative_to_the_file(folder: Path) -> None:
    """Not to the working directory."""
    inner = folder / "inner"
    inner.mkdir()
    text = "turns: [{heard: {text: x, audio: ../question.wav}}]"
    (inner / "x.yaml").write_text(text)
    (turn,) = load_scenario(inner / "x.yaml").turns
    assert isinstance(turn.heard, ScriptedTranscript)
    assert Path(turn.heard.audio or "").samefile(folder / "question.wav")


def test_scenarios_in_python_are_checked() -> None:
    """Scenarios built in Python are validated as well, without line numbers."""
    with pytest.raises(ValueError, match="times: expected 1 or more"):
        ScriptedTurn(times=0)
    wrong = Scenario(name="mine", turns=[ScriptedTurn(match=5)])  # type: ignore[arg-type]
    with pytest.raises(ScenarioError) as caught:
        MockServer(scenario=wrong)
    assert str(caught.value).startswith("mine: turns[0].match: expected text or")
    odd = Scenario(turns=[ScriptedTurn(reply=object())])  # type: ignore[arg-type]
    with pytest.raises(ScenarioError):
        MockServer(scenario=odd)
    missing = Scenario(
        turns=[ScriptedTurn(heard=ScriptedTranscript("x", "missing.wav"))]
    )
    with pytest.raises(ScenarioError, match=r"missing\.wav"):
        MockServer(scenario=missing)


def test_checking_from_the_command_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 0 if all files are valid; the output lists the problems."""
    assert check_scenarios(["echo", "greeting"]) == 0
    assert "1 turn, 0 faults, 0 expectations" in capsys.readouterr().out
    (folder / "x.yaml").write_text("nam: x")
    assert check_scenarios(["echo", str(folder / "x.yaml")]) == 1
    out = capsys.readouterr().out
    assert "echo: valid" in out
    assert 'x.yaml:1: nam: unknown key; did you mean "name"?' in out
