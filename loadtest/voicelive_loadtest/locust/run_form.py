"""Settings of the form of the web interface, applied when a test starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locust.env import Environment

from voicelive_loadtest.callers.journeys import JOURNEYS, parse_weights
from voicelive_loadtest.locust.profile import Profile, load_profile
from voicelive_loadtest.locust.profile_run import ProfileRun
from voicelive_loadtest.locust.users import USERS
from voicelive_loadtest.results.thresholds import parse_thresholds

_ACTIVE = ("spawning", "running")


class RunForm:
    """Applies profile, thresholds and journeys of the form.

    The form has the values of the command line. What is changed in it takes precedence
    over the profile; what is not, is set by the profile.

    Args:
        environment: The environment of Locust.
        run: The run of the profile.
    """

    def __init__(self, environment: Environment, run: ProfileRun) -> None:
        self._environment = environment
        self._run = run
        self._user_classes = list(environment.user_classes)
        self._initial: dict[str, Any] = dict(vars(environment.parsed_options or object))
        self._of_profile: dict[str, Any] = {}

    def choose_users(self, journeys: str) -> None:
        """Select the user classes and their weights.

        Args:
            journeys: Value of `--journeys`.

        Raises:
            ValueError: The value is invalid.
        """
        weights = {name: journey.weight for name, journey in JOURNEYS.items()}
        if journeys:
            weights = parse_weights(journeys)
        for user in USERS:
            user.weight = weights.get(user.journey, 0)
        disabled = {user for user in USERS if not user.weight}
        enabled = [user for user in self._user_classes if user not in disabled]
        self._environment.user_classes = enabled

    def apply(self, form: Mapping[str, str]) -> None:
        """Apply a form that starts a test, before Locust reads it.

        Args:
            form: The fields.

        Raises:
            ValueError: A field has an invalid value.
        """
        runner = self._environment.runner
        if runner is None or runner.state in _ACTIVE:
            return
        changed = {key for key in form if self._is_changed(key, form[key])}
        name = form.get("load_profile", self._initial["load_profile"])
        profile = load_profile(name) if name else Profile()
        self._of_profile = {
            key: value for key, value in profile.options().items() if key not in changed
        }
        is_same = name == self._initial["load_profile"]
        if is_same or "thresholds" in changed:
            thresholds = parse_thresholds(form.get("thresholds", ""))
        else:
            thresholds = profile.thresholds
        journeys = self._of_profile.get("journeys", form.get("journeys", ""))
        self.choose_users(journeys)
        users = self._initial["num_users"]
        if "user_count" in changed:
            users = int(form["user_count"])
        self._run.choose(self._environment, profile, thresholds, users=users)

    def on_test_start(self) -> None:
        """Set the options of the profile, after Locust has read the form."""
        if self._environment.parsed_options is not None:
            vars(self._environment.parsed_options).update(self._of_profile)

    def _is_changed(self, name: str, value: str) -> bool:
        """Return whether a field differs from the command line."""
        if name == "user_count":
            # Locust shows 1 without an option.
            return value != str(self._initial["num_users"] or 1)
        initial = self._initial.get(name)
        if initial is None:
            return bool(value)
        try:
            return bool(type(initial)(value) != initial)
        except ValueError:
            return True
