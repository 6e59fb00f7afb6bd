"""Options, weights, and the command for Locust."""

from __future__ import annotations

import argparse

import pytest

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import CommandParser
from voicelive_loadtest import cli
from voicelive_loadtest.callers.journeys import JOURNEYS, parse_weights
from voicelive_loadtest.callers.settings import CallSettings, from_environment


def test_weights_are_parsed() -> None:
    """The default weight is 1."""
    assert parse_weights("short_question=3, barge_in") == {
        "short_question": 3,
        "barge_in": 1,
    }


@pytest.mark.parametrize("text", ["", "nonsense", "barge_in=0", "barge_in=-1"])
def test_invalid_weights_are_errors(text: str) -> None:
    """The message names journey or weight."""
    with pytest.raises(ValueError, match=r"journey|weight"):
        parse_weights(text)


def test_every_journey_has_a_weight() -> None:
    """Without options, all journeys are run."""
    assert all(journey.weight > 0 for journey in JOURNEYS.values())
    assert all(name == journey.name for name, journey in JOURNEYS.items())


def test_settings_need_an_endpoint_and_hide_the_key() -> None:
    """`repr` does not show the key."""
    variables = {
        "AZURE_VOICELIVE_ENDPOINT": "https://example.test",
        "AZURE_VOICELIVE_API_KEY": "secret",
        "AZURE_VOICELIVE_MODEL": "",
    }
    settings = CallSettings(**from_environment(variables))  # type: ignore[arg-type]
    assert settings.endpoint == "https://example.test"
    assert settings.model == "gpt-realtime"
    assert "secret" not in repr(settings)
    with pytest.raises(ValueError, match="AZURE_VOICELIVE_ENDPOINT"):
        CallSettings(endpoint="", api_key="")


def started(
    monkeypatch: pytest.MonkeyPatch, *given: str
) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment that `voicelive load` would start."""
    called: list[tuple[list[str], dict[str, str]]] = []

    def execve(path: str, words: list[str], variables: dict[str, str]) -> None:
        called.append((words, variables))
        raise SystemExit(0)

    monkeypatch.setattr("os.execve", execve)
    parser = CommandParser("voicelive load")
    cli.add_arguments(parser)
    with pytest.raises(SystemExit):
        cli.run(parser.parse_args(given))
    return called[0]


@pytest.mark.parametrize(
    ("given", "tail"),
    [
        (
            ["--endpoint=http://x", "-u", "5", "--csv", "a"],
            ["--stop-timeout", "3", "--host=http://x", "--users=5", "--csv", "a"],
        ),
        (["--host", "http://x", "--stop-timeout=3"], None),
        (
            ["--find-capacity", "--endpoint=http://x"],
            [
                *("--stop-timeout", "3", "--loglevel=WARNING"),
                *("--host=http://x", "--headless", "--find-capacity"),
            ],
        ),
        (
            ["--worker", "--profile=steps", "--headless"],
            [
                *("--stop-timeout", "3", "--loglevel=WARNING"),
                *("--load-profile=steps", "--headless", "--worker"),
            ],
        ),
    ],
)
def test_options_go_to_locust(
    given: list[str], tail: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`voicelive load` forwards them, with monkey patching disabled."""
    words, variables = started(monkeypatch, *given)
    assert words[1:4] == ["-m", "locust", "-f"]
    assert words[5:] == (given if tail is None else tail)
    assert variables["LOCUST_SKIP_MONKEY_PATCH"] == "1"


def test_empty_variables_are_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """They do not reach Locust, and a key from an option does."""
    monkeypatch.setenv("AZURE_VOICELIVE_MODEL", "")
    monkeypatch.setenv("AZURE_VOICELIVE_ENDPOINT", "http://x")
    words, variables = started(monkeypatch, "--api-key=k")
    assert "AZURE_VOICELIVE_MODEL" not in variables
    assert variables["AZURE_VOICELIVE_API_KEY"] == "k"
    assert "k" not in words


def test_help_of_locust(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--locust-help` shows the help of Locust."""
    words, _ = started(monkeypatch, "--locust-help")
    assert words[-1] == "--help"


def test_locust_has_to_be_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it, the error names the extra to install."""
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    assert cli.run(argparse.Namespace()) == ExitCode.NOT_INSTALLED
    shown = capsys.readouterr().err
    assert shown.startswith("voicelive load: error: ")
    assert 'pip install "voicelive[load]"' in shown


def test_secret_options_become_environment_variables() -> None:
    """Both spellings are moved; other options stay."""
    key, proxy = "AZURE_VOICELIVE_API_KEY", "VOICELIVE_LOAD_PROXY"
    given = ["-u", "1", "--api-key", "k", "-t5s"]
    assert cli.take_secrets(given) == (["-u", "1", "-t5s"], {key: "k"})
    given = ["--api-key=k=", "--api-version=v", "--proxy", "p"]
    secrets = {key: "k=", proxy: "p"}
    assert cli.take_secrets(given) == (["--api-version=v"], secrets)
    assert cli.take_secrets(["-u1"]) == (["-u1"], {})
