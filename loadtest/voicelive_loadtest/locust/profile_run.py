"""A profile at work: what Locust does according to it, and how a run is judged."""

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

from voicelive_loadtest.callers.settings import ENDPOINT
from voicelive_loadtest.locust.locust_options import (
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
from voicelive_loadtest.locust.profile_shapes import Shape, Steps, scaled
from voicelive_loadtest.locust.signals import interrupt_on
from voicelive_loadtest.results.judge import judge_planned_run, judge_step, judge_steps
from voicelive_loadtest.results.report import Report
from voicelive_loadtest.results.run_info import describe_run
from voicelive_loadtest.results.run_result import RunResult
from voicelive_loadtest.results.series import by_calls, main_interval, over_time
from voicelive_loadtest.results.summary import summarize
from voicelive_loadtest.results.verdict import (
    ExitCode,
    Step,
    Verdict,
)
from voicelive_protocol._redaction import redacting_logger

_PROFILE_VARIABLE = "VOICELIVE_LOAD_PROFILE"
# A worker reports every 3 s, and a process to itself every half second.
_WORKER_DELAY = 4.0
_LOCAL_DELAY = 1.0

# Locust's own logger for tables, which prints without time and level.
_console = logging.getLogger("locust.stats_logger")
logger = redacting_logger(__name__)


class ProfileRun:
    """The profile of a run.

    Its listeners have to be called after those of `Hooks`.
    """

    def __init__(self) -> None:
        self._profile = Profile()
        self._shape: Shape | None = None
        self._steps: list[Step] = []
        self._summary = ""

    def listen(self, events: Events) -> None:
        """Listen to the events of Locust, from before it reads its command line."""
        events.init_command_line_parser.add_listener(self._on_parser)
        events.init.add_listener(self._on_init)
        events.test_start.add_listener(lambda **_: self._steps.clear())
        # After the last table of Locust.
        events.quit.add_listener(lambda **_: self._print())

    def finish(self, environment: Environment, result: RunResult) -> RunResult:
        """Judge a run, write the report and decide about the exit code.

        Args:
            environment: Of Locust.
            result: What was measured.

        Returns:
            The same, with all reasons why it is invalid.
        """
        timeline = current_process().statistics.timeline
        thresholds = self._profile.thresholds
        if isinstance(self._shape, Steps):
            least = self._shape.at_least
            verdict = judge_steps(result, self._steps, at_least=least)
        else:
            verdict = judge_planned_run(result, thresholds, timeline)
        result = msgspec.structs.replace(result, invalid=verdict.invalid)
        report = Report(
            about=self._profile.about,
            facts=self._facts(environment),
            verdict=verdict,
            waiting=main_interval(timeline),
            over_time=over_time(timeline),
            by_calls=by_calls(timeline),
            result=result,
        )
        paths: tuple[Path, ...] = ()
        folder = getattr(environment.parsed_options, "report", "")
        if folder:
            try:
                paths = report.write(Path(folder))
            except OSError as error:
                logger.error("there is no report: %s", error)
        self._summary = summarize(report, paths)
        _set_exit_code(environment, verdict)
        if folder and not paths:
            set_error_exit_code(environment)
        return result

    def _on_parser(self, parser: LocustArgumentParser, **_: object) -> None:
        parser.add_argument(
            "--load-profile",
            env_var=_PROFILE_VARIABLE,
            default="",
            include_in_web_ui=False,
            help="How many callers and when, what they do, and what has to be reached: "
            f"a TOML file, or one of {', '.join(profile_names())}. --users and "
            "--run-time change its size; other options override what it says",
        )
        parser.add_argument(
            "--report",
            env_var="VOICELIVE_LOAD_REPORT",
            default="",
            include_in_web_ui=False,
            help="Folder in which to write report.html and report.json",
        )
        name = _profile_name(sys.argv[1:])
        if not name:
            return
        try:
            self._profile = load_profile(name)
        except ProfileError as error:
            exit_with_error(str(error))
        # As defaults, so that whatever is given by hand has the last word.
        parser.set_defaults(**self._profile.options())

    def _on_init(self, environment: Environment, **_: object) -> None:
        options, shape = environment.parsed_options, self._profile.shape
        if options is None or isinstance(environment.runner, WorkerRunner):
            return
        if shape is None or environment.shape_class is not None:
            return
        try:
            shape = self._shape = scaled(shape, options.num_users, options.run_time)
        except ValueError as error:
            exit_with_error(f"{options.load_profile}: {error}")
        environment.shape_class = self._locust_shape(shape, environment)
        environment.shape_class.runner = environment.runner
        # While a shape runs without the web interface, Locust does not listen to this
        # signal; as for Ctrl-C, there is to be a verdict.
        interrupt_on(signal.SIGTERM)

    def _locust_shape(self, shape: Shape, environment: Environment) -> LoadTestShape:
        if not isinstance(shape, Steps):
            return StagedShape(planned_stages(shape))
        assert environment.parsed_options is not None
        limits = limits_from(environment.parsed_options)
        master = isinstance(environment.runner, MasterRunner)

        def holds(callers: int, begins: float, ends: float) -> bool:
            step = judge_step(
                current_process().statistics.timeline,
                self._profile.thresholds,
                limits,
                callers=callers,
                begins=begins,
                ends=ends,
            )
            self._steps.append(step)
            _console.info(
                f"step of {callers} callers: {'holds' if step.holds else 'too many'}"
            )
            return step.holds

        delay = _WORKER_DELAY if master else _LOCAL_DELAY
        return StepsShape(shape, holds, delay=delay)

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

    def _print(self) -> None:
        if self._summary:
            _console.info(self._summary)


def _profile_name(arguments: list[str]) -> str:
    """Return which profile the command line names, before Locust reads that."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--load-profile", default=os.environ.get(_PROFILE_VARIABLE, ""))
    known, _ = parser.parse_known_args(arguments)
    name: str = known.load_profile
    return name


def _set_exit_code(environment: Environment, verdict: Verdict) -> None:
    """Let Locust end with the verdict, unless the test itself has gone wrong."""
    runner = environment.runner
    in_order = runner is None or not (
        runner.exceptions or log.unhandled_greenlet_exception
    )
    match verdict.code:
        case ExitCode.FAILURES:
            # Locust has an option for the exit code of failures.
            return
        case ExitCode.OK if not in_order:
            return
        case code:
            environment.process_exit_code = int(code)
