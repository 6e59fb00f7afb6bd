"""The form of the web interface."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

# Otherwise Locust patches this process.
os.environ.setdefault("LOCUST_SKIP_MONKEY_PATCH", "1")

from locust.env import Environment

from voicelive_loadtest.locust.locust_shapes import StagedShape, StepsShape
from voicelive_loadtest.locust.profile_run import ProfileRun
from voicelive_loadtest.locust.run_form import RunForm
from voicelive_loadtest.locust.users import USERS

FORM = {
    "user_count": "1",
    "spawn_rate": "1",
    "load_profile": "",
    "thresholds": "",
    "journeys": "",
    "turns": "3",
    "think": "0.5",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """The environment of `voicelive load` without options."""
    for user in USERS:
        # Forms change the weights, and Locust drops users with the weight 0.
        monkeypatch.setattr(user, "weight", 1)
    options = argparse.Namespace(
        num_users=None,
        run_time=None,
        load_profile="",
        thresholds="",
        journeys="",
        turns=3,
        think=0.5,
        most_lateness=20.0,
        most_cpu=0.9,
    )
    environment = Environment(user_classes=list(USERS), parsed_options=options)
    environment.create_local_runner()
    return environment


def applied(environment: Environment, **fields: str) -> argparse.Namespace:
    """Apply a form to a new run; return the options of the test."""
    form = RunForm(environment, ProfileRun())
    form.apply({**FORM, **fields})
    form.on_test_start()
    options: argparse.Namespace | None = environment.parsed_options
    assert options is not None
    return options


def test_a_form_without_changes_runs_all_journeys(environment: Environment) -> None:
    """Users and spawn rate of Locust apply."""
    applied(environment)
    assert environment.shape_class is None
    assert environment.user_classes == list(USERS)


def test_a_profile_of_the_form_is_used(environment: Environment) -> None:
    """Its shape with its number of callers, and its journeys."""
    options = applied(environment, load_profile="steps")
    shape = environment.shape_class
    assert isinstance(shape, StepsShape)
    assert shape.use_common_options
    names = {user.journey for user in environment.user_classes}  # type: ignore[attr-defined]
    assert names == {"short_question", "long_conversation"}
    assert options.journeys == "short_question=1,long_conversation=2"


def test_changed_fields_override_the_profile(environment: Environment) -> None:
    """The number of callers scales its shape."""
    options = applied(
        environment, load_profile="quick", user_count="7", journeys="barge_in"
    )
    shape = environment.shape_class
    assert isinstance(shape, StagedShape)
    assert [stage.users for stage in shape.stages] == [7]
    assert [user.__name__ for user in environment.user_classes] == ["BargeIn"]
    assert options.journeys == ""  # read from the form by Locust


def test_journeys_can_be_chosen_again(environment: Environment) -> None:
    """A second test can have other journeys than the first."""
    form = RunForm(environment, ProfileRun())
    form.apply({**FORM, "journeys": "barge_in"})
    form.apply({**FORM, "journeys": "text_only"})
    assert [user.__name__ for user in environment.user_classes] == ["TextOnly"]
    form.apply({**FORM, "load_profile": "quick"})
    form.apply(FORM)
    assert len(environment.user_classes) == len(USERS)
    assert environment.shape_class is None


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("thresholds", "turn p95", "expected NAME=NUMBER"),
        ("thresholds", "nonsense=1", "nonsense=1"),
        ("load_profile", "nonsense", "neither a file nor a built-in profile"),
        ("journeys", "nonsense", "unknown journey"),
    ],
)
def test_invalid_fields_are_named(
    environment: Environment, field: str, value: str, text: str
) -> None:
    """The web interface shows the message."""
    with pytest.raises(ValueError, match=text):
        applied(environment, **{field: value})


def test_a_profile_file(environment: Environment, tmp_path: Path) -> None:
    """Of the command line, unless the form names another one."""
    path = tmp_path / "mine.toml"
    path.write_text("[shape]\nkind = 'soak'\nusers = 3\n", "utf-8")
    assert environment.parsed_options is not None
    environment.parsed_options.load_profile = str(path)
    applied(environment, load_profile=str(path))
    assert isinstance(environment.shape_class, StagedShape)
