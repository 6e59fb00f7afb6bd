"""Event listeners that integrate the load test into Locust."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from pathlib import Path
from typing import Any

import gevent
import msgspec
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.event import Events
from locust.exception import RPCError
from locust.rpc import Message
from locust.runners import STATE_MISSING, MasterRunner, WorkerRunner

from voicelive_core.redaction import RedactingFilter, redacting_logger
from voicelive_loadtest.callers.health import HealthLimits
from voicelive_loadtest.locust.locust_options import (
    THIS_MACHINE,
    add_options,
    exit_with_error,
    limits_from,
    set_error_exit_code,
    settings_from,
)
from voicelive_loadtest.locust.process import Process, begin_process
from voicelive_loadtest.locust.profile_run import ProfileRun
from voicelive_loadtest.locust.prometheus import serve_metrics
from voicelive_loadtest.locust.run_check import RunCheck
from voicelive_loadtest.locust.run_form import RunForm
from voicelive_loadtest.locust.signals import interrupt_on
from voicelive_loadtest.locust.target import Target, TargetError
from voicelive_loadtest.locust.web import extend_web_ui
from voicelive_loadtest.locust.web_guard import guard_web_ui
from voicelive_loadtest.results.run_result import RunResult

# Time for the final reports of workers, in addition to the stop timeout.
_WORKER_GRACE_SECONDS = 10.0

logger = redacting_logger(__name__)


class Hooks:
    """Event listeners of a load test.

    Args:
        run: Judges the run.
    """

    def __init__(self, run: ProfileRun) -> None:
        self._run = run
        self._process: Process | None = None
        self._form: RunForm | None = None
        self._judged = False
        self._workers: set[str] = set()
        self._lost: set[str] = set()

    def listen(self, events: Events) -> None:
        """Register the listeners, before Locust parses its command line."""
        events.init_command_line_parser.add_listener(self._on_parser)
        events.init.add_listener(self._on_init)

    def _on_parser(self, parser: LocustArgumentParser, **_: Any) -> None:
        add_options(parser)

    def _on_init(self, environment: Environment, **_: Any) -> None:
        interrupt_on(signal.SIGINT)
        _redact_logs()
        options = environment.parsed_options
        master = isinstance(environment.runner, MasterRunner)
        target = _target(environment, has_callers=not master)
        form = self._form = RunForm(environment, self._run)
        if options is not None and not isinstance(environment.runner, WorkerRunner):
            try:
                form.choose_users(options.journeys)
                settings_from(options, endpoint=target.endpoint, api_key="")
            except (ValueError, OSError) as error:
                if environment.web_ui is None:
                    exit_with_error(str(error))
                logger.warning("%s", error)
        check = RunCheck(environment, target)
        if (failed := check.before_start()) is not None:
            exit_with_error(failed.reason, failed.code)
        process = self._process = begin_process(
            environment, target, check, has_callers=not master
        )
        events = environment.events
        events.test_start.add_listener(self._on_test_start)
        events.spawning_complete.add_listener(
            lambda user_count, **_: self._on_spawned(environment)
        )
        events.reset_stats.add_listener(lambda **_: process.discard())
        events.worker_connect.add_listener(self._on_worker)
        events.test_stopping.add_listener(self._on_test_stopping)
        events.test_stop.add_listener(self._on_test_stop)
        # Listeners to `quitting` are called in reverse order: this is the first.
        events.quitting.add_listener(self._on_quitting)
        if environment.web_ui is not None:
            guard_web_ui(environment.web_ui, environment, target)
            extend_web_ui(
                environment.web_ui,
                environment,
                process.statistics,
                form,
                lambda: self._run.verdict(self._result(environment)),
                lambda: self._run.report(environment, self._result(environment)),
            )
        port = getattr(options, "prometheus_port", 0)
        if port and not isinstance(environment.runner, WorkerRunner):
            host = getattr(options, "prometheus_host", THIS_MACHINE)
            serve_metrics(host, port, environment, process.statistics)

    def _on_test_start(self, environment: Environment, **_: Any) -> None:
        assert self._process is not None
        self._process.discard()
        if self._form is not None:
            self._form.on_test_start()
        self._process.check.on_test_start()
        if isinstance(environment.runner, MasterRunner):
            self._workers = set(environment.runner.clients)
            self._lost = set()

    def _on_worker(self, client_id: str, **_: Any) -> None:
        self._workers.add(client_id)

    def _on_test_stopping(self, environment: Environment, **_: Any) -> None:
        assert self._process is not None
        self._process.check.on_test_stop()
        if not environment.stop_timeout:
            self._process.stop_recording_lateness()
        # From now on workers may leave; earlier ones took their callers along.
        if isinstance(environment.runner, MasterRunner):
            clients = environment.runner.clients
            present = {name for name in clients if clients[name].state != STATE_MISSING}
            self._lost = self._workers - present

    def _on_spawned(self, environment: Environment) -> None:
        # Locust has just reset its own statistics.
        if environment.reset_stats and self._process is not None:
            self._process.discard()

    def _on_test_stop(self, environment: Environment, **_: Any) -> None:
        assert self._process is not None
        runner = environment.runner
        if isinstance(runner, MasterRunner):
            self._lost |= _await_workers(runner)
        else:
            # The final report of Locust may precede the next one of the bridge.
            self._process.flush()
            if isinstance(runner, WorkerRunner):
                _send_report(runner, environment)

    def _on_quitting(self, environment: Environment, **_: Any) -> None:
        # Fired twice when a master is terminated.
        if self._judged:
            return
        self._judged = True
        process, runner = self._process, environment.runner
        assert process is not None
        assert runner is not None
        if isinstance(runner, MasterRunner):
            self._quit_idle_workers(runner)
            runner.quit()
        else:
            runner.stop()
        process.stop()
        if isinstance(runner, WorkerRunner):
            _send_report(runner, environment)
            return
        self._end(environment, process)

    def _quit_idle_workers(self, runner: MasterRunner) -> None:
        """Send "quit" to workers that Locust no longer knows.

        After a test, a worker waits for the stop timeout, during which it is not
        registered at the master, and so would not get the message.
        """
        for name in self._workers - set(runner.clients):
            with contextlib.suppress(RPCError):
                runner.server.send_to_client(Message("quit", None, name))

    def _end(self, environment: Environment, process: Process) -> None:
        options = environment.parsed_options
        result = self._result(environment)
        result = self._run.finish(environment, result)
        if options is not None and options.result_file:
            try:
                result.write(Path(options.result_file))
            except OSError as error:
                logger.error("cannot write the result file: %s", error)
                set_error_exit_code(environment)

    def _result(self, environment: Environment) -> RunResult:
        """Return the measurements so far."""
        assert self._process is not None
        options = environment.parsed_options
        limits = HealthLimits() if options is None else limits_from(options)
        return msgspec.structs.replace(
            self._process.statistics.result(limits),
            lost_workers=len(self._lost),
            aborted=self._process.check.abort,
        )


def _redact_logs() -> None:
    """Redact the logs of Locust, its page of logs, and those sent to a master."""
    # Keep the line breaks of tables and tracebacks.
    redacting = RedactingFilter(keep="\n\t")
    for name in ("", "locust", "locust.stats_logger"):
        for handler in logging.getLogger(name).handlers:
            handler.addFilter(redacting)


def _target(environment: Environment, *, has_callers: bool) -> Target:
    """Return endpoint and key of this process; exit if one is missing.

    A message of a master or a form of the web interface may name another host later,
    which does not get the key.
    """
    try:
        target = Target.of_process(environment.host)
        if has_callers:
            target.require_key()
    except TargetError as error:
        exit_with_error(str(error))
    return target


def _await_workers(runner: MasterRunner) -> set[str]:
    """Wait for the final reports of workers that still have users.

    `MasterRunner.quit` waits for half a second, regardless of the stop timeout. If the
    test was stopped before Locust, no users are left.

    Returns:
        The workers that did not quit in time.
    """
    if not runner.user_count:
        return set()
    runner.send_message("quit")
    end = time.monotonic() + runner.environment.stop_timeout + _WORKER_GRACE_SECONDS
    while runner.worker_count and time.monotonic() < end:
        gevent.sleep(0.05)
    return set(runner.clients)


def _send_report(runner: WorkerRunner, environment: Environment) -> None:
    """Send the measurements to the master immediately."""
    data: dict[str, Any] = {}
    environment.events.report_to_master.fire(client_id=runner.client_id, data=data)
    runner.send_message("stats", data)


def prepare_locust() -> None:
    """Apply the monkey patches that Locust itself needs.

    The standard library stays unpatched for the client, except for `time.sleep` and
    `os.waitpid`, with which a master and `--processes` would block the hub.
    """
    from gevent import monkey

    if not monkey.is_module_patched("socket"):
        monkey.patch_time()
        monkey.patch_os()
        # The patched `close` is deferred to the hub, which `subprocess` would block.
        os.close = monkey.get_original("os", "close")
