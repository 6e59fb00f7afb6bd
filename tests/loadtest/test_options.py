"""Options, weights, and the command for Locust."""

from __future__ import annotations

import argparse

import pytest

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


def test_all_options_go_to_locust(monkeypatch: pytest.MonkeyPatch) -> None:
    """`voicelive load` forwards them, with monkey patching disabled."""
    called: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(
        "os.execve", lambda path, words, variables: called.append((words, variables))
    )
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    for given, tail in (
        (["-u", "5"], ["--stop-timeout", "3", "-u", "5"]),
        (["--stop-timeout=3"], ["--stop-timeout=3"]),
    ):
        cli.run(parser.parse_args(given))
        words, variables = called.pop()
        assert words[1:4] == ["-m", "locust", "-f"]
        assert words[5:] == tail
        assert variables["LOCUST_SKIP_MONKEY_PATCH"] == "1"


def test_locust_has_to_be_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it, the error names the extra to install."""
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    assert cli.run(argparse.Namespace(locust_arguments=[])) == 1
    assert 'pip install "voicelive[load]"' in capsys.readouterr().err


def test_secret_options_become_environment_variables() -> None:
    """Both spellings are moved; other options stay."""
    key, proxy = "AZURE_VOICELIVE_API_KEY", "VOICELIVE_LOAD_PROXY"
    given = ["-u", "1", "--api-key", "k", "-t5s"]
    assert cli.take_secrets(given) == (["-u", "1", "-t5s"], {key: "k"})
    given = ["--api-key=k=", "--api-version=v", "--proxy", "p"]
    secrets = {key: "k=", proxy: "p"}
    assert cli.take_secrets(given) == (["--api-version=v"], secrets)
    assert cli.take_secrets(["-u1"]) == (["-u1"], {})
