"""Profiles: the built-in ones, parsing, errors, scaling."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.paths import DOCS
from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.locust.profile import (
    ProfileError,
    load_profile,
    parse_profile,
    profile_names,
)
from voicelive_loadtest.locust.profile_shapes import (
    Ramp,
    Search,
    Soak,
    Spike,
    Steps,
    most_users,
    scaled,
)

GUIDE = DOCS / "load-testing.md"


def test_built_in_profiles() -> None:
    """Each shape has a profile, and each profile has thresholds."""
    profiles = {name: load_profile(name) for name in profile_names()}
    kinds = {name: type(profile.shape) for name, profile in profiles.items()}
    assert kinds == {
        "capacity": Search,
        "quick": Ramp,
        "soak": Soak,
        "spike": Spike,
        "steps": Steps,
    }
    for profile in profiles.values():
        assert profile.about
        assert profile.thresholds.error_rate is not None
        assert Interval.SPEECH_TO_AUDIO in profile.thresholds.ms


def test_the_profile_of_the_guide_is_valid() -> None:
    """The documented profile can be used unchanged."""
    (text,) = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
    profile = parse_profile(text, "docs")
    assert isinstance(profile.shape, Steps)
    assert profile.shape.at_least == 100
    assert profile.options() == {
        "turns": 5,
        "most_lateness": 20,
        "most_cpu": 0.9,
        "journeys": "short_question=3,barge_in=1",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shape = {kind='ramp', users=0}", "shape.users = 0: Expected `int` >= 1"),
        ("shape = {kind='hill'}", "shape.kind = 'hill': Invalid value 'hill'"),
        ("shape = {kind='ramp'}", "shape: Object missing required field `users`"),
        (
            "shape = {kind='ramp', user=1}",
            "shape: Object contains unknown field `user`",
        ),
        ("shape = {kind='spike', users=2, spike=2}", "shape: spike must be greater"),
        ("shape = {kind='steps', users=2, most=1}", "shape: most must be at least"),
        (
            "journeys = {nap=1}",
            "journeys: unknown journey 'nap', expected one of short_question",
        ),
        ("journeys = {barge_in=0}", "journeys.'barge_in' = 0: Expected `int` >= 1"),
        ("thresholds.error_rate = 2", "thresholds.error_rate = 2: Expected `float` <="),
        (
            "thresholds.ms.nap = {}",
            "thresholds.ms: Invalid enum value 'nap', expected one of",
        ),
        ("thresholds.ms.turn = {p95='1'}", "thresholds.ms.'turn': p95 = '1': Expected"),
        ("thresholds.ms.'frame sent late' = {}", "set generator.lateness_ms"),
        ("calls.turns = 1.5", "calls.turns = 1.5: Expected `int"),
        ("about = 3", "about = 3: Expected `str`, got `int`"),
        ("about = ", "Invalid value (at end of document)"),
    ],
)
def test_errors_name_file_key_and_value(text: str, message: str) -> None:
    """Whatever the error, the message says where it is."""
    with pytest.raises(ProfileError) as caught:
        parse_profile(text, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
    assert message in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error for an unknown name lists the built-in profiles."""
    with pytest.raises(ProfileError, match=r"qick: neither a file nor a .*quick, soak"):
        load_profile("qick")
    with pytest.raises(ProfileError, match=str(tmp_path)):
        load_profile(str(tmp_path))


def test_options_scale_a_profile() -> None:
    """`--users` is the maximum number of callers, `--run-time` the whole duration."""
    assert scaled(Ramp(20, 10, 50), 200, 60) == Ramp(200, 10, 50)
    assert scaled(Ramp(20, 10, 50), None, 12) == Ramp(20, 4, 8)
    assert scaled(Soak(20, 10, 50), 3, None) == Soak(3, 10, 50)
    spike = Spike(10, 100, 50, 30, 30, 60)
    assert scaled(spike, 50, 12) == Spike(5, 50, 50, 3, 3, 6)
    steps = Steps(users=25, most=400)
    assert scaled(steps, 60, None) == Steps(users=25, most=60)
    assert scaled(steps, 10, None) == Steps(users=10, most=10)
    with pytest.raises(ValueError, match="duration of steps"):
        scaled(steps, None, 60)
    with pytest.raises(ValueError, match="spike must be greater than users"):
        scaled(spike, 1, None)
    assert [most_users(s) for s in (Ramp(2), Soak(3), spike, steps)] == [2, 3, 100, 400]
