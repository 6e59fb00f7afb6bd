"""Run of a profile: configures Locust, judges the run, writes the report."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

import msgspec
from locust import LoadTestShape, log
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.event import Events
from locust.runners import MasterRunner, WorkerRunner

from voicelive_core.command_line.parser import print_error
from voicelive_core.command_line.streams import (
    OutputClosed,
    OutputFailed,
    discard,
    write,
)
from voicelive_core.command_line.style import Style
from voicelive_core.command_line.variables import ENDPOINT
from voicelive_core.redaction import redacting_logger
from voicelive_loadtest.callers.samples import Histogram, Interval
from voicelive_loadtest.locust.live_view import LiveView
from voicelive_loadtest.locust.locust_options import (
    COMMAND,
    exit_with_error,
    limits_from,
    set_error_exit_code,
)
from voicelive_loadtest.locust.locust_shapes import (
    StagedShape,
    StepsShape,
    planned_stages,
)
from voicelive_loadtest.locust.process import current_process
from voicelive_loadtest.locust.profile import (
    Profile,
    ProfileError,
    load_profile,
    profile_names,
)
from voicelive_loadtest.locust.profile_shapes import (
    Search,
    Shape,
    Steps,
    planned_seconds,
    scaled,
)
from voicelive_loadtest.locust.signals import interrupt_on
from voicelive_loadtest.locust.statistics import failures_of, intervals_of
from voicelive_loadtest.results.capacity_search import (
    CapacitySearch,
    Staircase,
    StepPlan,
)
from voicelive_loadtest.results.judge import judge_planned_run, judge_step, judge_steps
from voicelive_loadtest.results.progress import Progress, measure_progress
from voicelive_loadtest.results.report import Report
from voicelive_loadtest.results.run_info import describe_run
from voicelive_loadtest.results.run_result import RunResult
from voicelive_loadtest.results.series import by_calls, main_interval, over_time
from voicelive_loadtest.results.summary import summarize
from voicelive_loadtest.results.thresholds import (
    Thresholds,
    format_thresholds,
    parse_thresholds,
)
from voicelive_loadtest.results.verdict import (
    RunExitCode,
    Verdict,
)

_SEARCH_PROFILE = "capacity"
_PROFILE_VARIABLE = "VOICELIVE_LOAD_PROFILE"
# Workers report every 3 s, a local process every 0.5 s.
_WORKER_DELAY_SECONDS = 4.0
_LOCAL_DELAY_SECONDS = 1.0

logger = redacting_logger(__name__)


class ProfileRun:
    """Applies a profile to a run of Locust.

    Register its listeners after those of `Hooks`.
    """

    def __init__(self) -> None:
        self._profile = Profile()
        self._shape: Shape | None = None
        self._has_own_shape = False
        self._plan: StepPlan | None = None
        self._summary = ""
        self._view: LiveView | None = None

    def listen(self, events: Events) -> None:
        """Register the listeners, before Locust parses its command line."""
        events.init_command_line_parser.add_listener(self._on_parser)
        events.init.add_listener(self._on_init)
        events.test_start.add_listener(self._on_test_start)
        # After the final tables of Locust.
        events.quit.add_listener(lambda **_: self._print())

    def finish(self, environment: Environment, result: RunResult) -> RunResult:
        """Judge a run, write the report and set the exit code.

        Args:
            environment: The environment of Locust.
            result: The measurements.

        Returns:
            The measurements, with all reasons why the run is invalid.
        """
        if self._view is not None:
            self._view.stop()
        report = self.report(environment, result)
        result, verdict = report.result, report.verdict
        paths: tuple[Path, ...] = ()
        folder = getattr(environment.parsed_options, "report", "")
        if folder:
            try:
                paths = report.write(Path(folder))
            except OSError as error:
                logger.error("cannot write the report: %s", error)
        self._summary = summarize(report, paths, style=Style(sys.stdout))
        if result.aborted is not None and not result.has_samples:
            self._summary = ""
            print_error(COMMAND, result.aborted.reason)
        _set_exit_code(environment, verdict)
        if folder and not paths:
            set_error_exit_code(environment)
        return result

    def verdict(self, result: RunResult) -> Verdict:
        """Return the verdict on a run, as far as it has got.

        Args:
            result: The measurements.
        """
        if isinstance(self._shape, Steps) and self._plan is not None:
            plan = self._plan
            return judge_steps(
                result,
                plan.steps,
                at_least=self._shape.at_least,
                capacity=plan.capacity() if isinstance(plan, CapacitySearch) else None,
            )
        timeline = current_process().statistics.timeline
        return judge_planned_run(result, self._profile.thresholds, timeline)

    def report(self, environment: Environment, result: RunResult) -> Report:
        """Return the report of a run, as far as it has got.

        Args:
            environment: The environment of Locust.
            result: The measurements.
        """
        timeline = current_process().statistics.timeline
        verdict = self.verdict(result)
        result = msgspec.structs.replace(result, invalid=verdict.invalid)
        return Report(
            about=self._profile.about,
            facts=self._facts(environment),
            verdict=verdict,
            waiting=main_interval(timeline),
            over_time=over_time(timeline),
            by_calls=by_calls(timeline),
            result=result,
        )

    def choose(
        self,
        environment: Environment,
        profile: Profile,
        thresholds: Thresholds,
        *,
        users: int | None,
        seconds: float | None = None,
    ) -> None:
        """Use a profile from now on.

        Args:
            environment: The environment of Locust.
            profile: The profile.
            thresholds: Thresholds instead of those of the profile.
            users: Maximum number of callers; None for that of the profile.
            seconds: Duration; None for that of the profile.

        Raises:
            ValueError: The shape cannot be scaled to callers or duration.
        """
        self._profile = msgspec.structs.replace(profile, thresholds=thresholds)
        if self._has_own_shape:
            return
        self._shape = self._plan = environment.shape_class = None
        if profile.shape is not None:
            shape = self._shape = scaled(profile.shape, users, seconds)
            environment.shape_class = self._locust_shape(shape, environment)
            environment.shape_class.runner = environment.runner

    def _on_parser(self, parser: LocustArgumentParser, **_: object) -> None:
        name, is_search = _profile_name(sys.argv[1:])
        parser.add_argument(
            "--load-profile",
            env_var=_PROFILE_VARIABLE,
            default="",
            choices=["", *profile_names(), *filter(None, [name])],
            help="Load shape, journeys and thresholds: a TOML file or a built-in one",
        )
        parser.add_argument(
            "--thresholds",
            env_var="VOICELIVE_LOAD_THRESHOLDS",
            default="",
            help="Thresholds instead of those of the profile, such as "
            "error_rate=0.01, turn p95=9000",
        )
        parser.add_argument(
            "--report",
            env_var="VOICELIVE_LOAD_REPORT",
            default="",
            include_in_web_ui=False,
            help="Directory for report.html and report.json",
        )
        parser.add_argument(
            "--find-capacity",
            action="store_true",
            default=False,
            include_in_web_ui=False,
            help="Search for the number of callers that the service holds, with the "
            "journeys and thresholds of the profile (default: capacity)",
        )
        if not name:
            return
        try:
            self._profile = load_profile(name)
            if is_search and not isinstance(self._profile.shape, Search):
                shape = load_profile(_SEARCH_PROFILE).shape
                self._profile = msgspec.structs.replace(self._profile, shape=shape)
        except ProfileError as error:
            exit_with_error(str(error))
        # As defaults, so that explicit options take precedence.
        thresholds = format_thresholds(self._profile.thresholds)
        parser.set_defaults(**self._profile.options(), thresholds=thresholds)

    def _on_init(self, environment: Environment, **_: object) -> None:
        options, shape = environment.parsed_options, self._profile.shape
        if options is None or isinstance(environment.runner, WorkerRunner):
            return
        # Its tables would repeat the summary, with percentiles of their own.
        logging.getLogger("locust.stats_logger").disabled = True
        if options.headless:
            self._view = self._make_view(environment)
        # A shape of the user's own locustfile takes precedence.
        self._has_own_shape = environment.shape_class is not None
        try:
            self.choose(
                environment,
                self._profile,
                parse_thresholds(options.thresholds),
                users=options.num_users,
                seconds=options.run_time,
            )
        except ValueError as error:
            exit_with_error(f"{options.load_profile}: {error}")
        if shape is None:
            return
        # Locust does not handle SIGTERM during a headless run with a shape; end the run
        # with a verdict, as for Ctrl-C.
        interrupt_on(signal.SIGTERM)

    def _locust_shape(self, shape: Shape, environment: Environment) -> LoadTestShape:
        if not isinstance(shape, Steps):
            return StagedShape(planned_stages(shape))
        assert environment.parsed_options is not None
        limits = limits_from(environment.parsed_options)

        def judge(callers: int, begins: float, ends: float) -> int | None:
            assert self._plan is not None
            step = judge_step(
                current_process().statistics.timeline,
                self._profile.thresholds,
                limits,
                callers=callers,
                begins=begins,
                ends=ends,
            )
            self._plan.record(step)
            if self._view is not None:
                self._view.note(f"step of {callers} callers: {step.outcome}")
            return self._plan.callers

        first = _plan(shape).callers or 1
        delay = _report_seconds(environment)
        return StepsShape(shape, first, judge, delay=delay)

    def _facts(self, environment: Environment) -> dict[str, str]:
        options = environment.parsed_options
        if options is None:
            return describe_run(environment.host or "", {})
        journeys = ", ".join(
            f"{user.__name__} {user.weight}" for user in environment.user_classes
        )
        return describe_run(
            environment.host or os.environ.get(ENDPOINT, ""),
            {
                "Profile": options.load_profile or "none",
                "Shape": str(self._shape) if self._shape else "by options",
                "Journeys": journeys,
                "Model": options.model,
                "API version": options.api_version,
            },
        )

    def _on_test_start(self, **_: object) -> None:
        if isinstance(self._shape, Steps):
            self._plan = _plan(self._shape)
        if self._view is not None:
            self._view.start()

    def _make_view(self, environment: Environment) -> LiveView:
        options, runner = environment.parsed_options, environment.runner
        assert options is not None
        assert runner is not None
        delay = _report_seconds(environment)

        def measure() -> Progress:
            stats, shape = environment.stats, self._shape
            turns = intervals_of(stats).get(Interval.TURN, Histogram())
            return measure_progress(
                current_process().statistics.timeline,
                total=options.run_time if shape is None else planned_seconds(shape),
                callers=runner.user_count,
                turns=turns.count,
                failed=sum(failures_of(stats).values()),
                report_seconds=delay,
            )

        profile = options.load_profile or "load test"
        endpoint = environment.host or os.environ.get(ENDPOINT, "")
        return LiveView(f"{profile}: {endpoint}", measure)

    def _print(self) -> None:
        if self._summary:
            try:
                write(f"{self._summary}\n")
            except (OutputClosed, OutputFailed) as error:
                discard(sys.stdout)
                if isinstance(error, OutputFailed):
                    logger.error("cannot print the summary: %s", error)


def _profile_name(arguments: list[str]) -> tuple[str, bool]:
    """Return profile and `--find-capacity`, before Locust parses the command line."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--load-profile", default=os.environ.get(_PROFILE_VARIABLE, ""))
    parser.add_argument("--find-capacity", action="store_true")
    known, _ = parser.parse_known_args(arguments)
    name: str = known.load_profile or (_SEARCH_PROFILE if known.find_capacity else "")
    return name, known.find_capacity


def _plan(shape: Steps) -> StepPlan:
    kind = CapacitySearch if isinstance(shape, Search) else Staircase
    return kind(shape.users, shape.most)


def _report_seconds(environment: Environment) -> float:
    """Return the longest time until a measurement is reported to this process."""
    master = isinstance(environment.runner, MasterRunner)
    return _WORKER_DELAY_SECONDS if master else _LOCAL_DELAY_SECONDS


def _set_exit_code(environment: Environment, verdict: Verdict) -> None:
    """Set the exit code of Locust to the verdict, unless the test itself failed."""
    runner = environment.runner
    succeeded = runner is None or not (
        runner.exceptions or log.unhandled_greenlet_exception
    )
    match verdict.code:
        case RunExitCode.FAILURES if not verdict.invalid:
            # Locust has its own option for the exit code of failures.
            return
        case RunExitCode.OK if not succeeded:
            return
        case code:
            environment.process_exit_code = int(code)
