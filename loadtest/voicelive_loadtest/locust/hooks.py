"""Event listeners that integrate the load test into Locust."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable
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
    weights_from,
)
from voicelive_loadtest.locust.process import Process, begin_process
from voicelive_loadtest.locust.prometheus import serve_metrics
from voicelive_loadtest.locust.signals import interrupt_on
from voicelive_loadtest.locust.target import Target, TargetError
from voicelive_loadtest.locust.users import USERS
from voicelive_loadtest.locust.web import extend_web_ui
from voicelive_loadtest.locust.web_guard import guard_web_ui
from voicelive_loadtest.results.run_result import RunResult

# How long workers may take to send their last report, beyond what users may take.
_WORKER_GRACE_SECONDS = 10.0

logger = redacting_logger(__name__)

Finish = Callable[[Environment, RunResult], RunResult]
"""Judges a run when it is over, and decides about the exit code; returns what was
measured, with all that makes it invalid."""


class Hooks:
    """The listeners of a load test.

    Args:
        finish: Judges the run.
    """

    def __init__(self, *, finish: Finish) -> None:
        self._finish = finish
        self._process: Process | None = None
        self._judged = False
        self._workers: set[str] = set()
        self._lost: set[str] = set()

    def listen(self, events: Events) -> None:
        """Listen to the events of Locust, from before it reads its command line."""
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
        if options is not None and not isinstance(environment.runner, WorkerRunner):
            try:
                _choose_users(environment)
                settings_from(options, endpoint=target.endpoint, api_key="")
            except (ValueError, OSError) as error:
                if environment.web_ui is None:
                    exit_with_error(str(error))
                logger.warning("%s", error)
        process = self._process = begin_process(
            environment, target, has_callers=not master
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
            extend_web_ui(environment.web_ui, environment, process.statistics)
        port = getattr(options, "prometheus_port", 0)
        if port and not isinstance(environment.runner, WorkerRunner):
            host = getattr(options, "prometheus_host", THIS_MACHINE)
            serve_metrics(host, port, environment, process.statistics)

    def _on_test_start(self, environment: Environment, **_: Any) -> None:
        assert self._process is not None
        self._process.discard()
        if isinstance(environment.runner, MasterRunner):
            self._workers = set(environment.runner.clients)
            self._lost = set()

    def _on_worker(self, client_id: str, **_: Any) -> None:
        self._workers.add(client_id)

    def _on_test_stopping(self, environment: Environment, **_: Any) -> None:
        if not environment.stop_timeout and self._process is not None:
            self._process.hang_up()
        # From here on workers may leave, but before, their callers left with them.
        if isinstance(environment.runner, MasterRunner):
            clients = environment.runner.clients
            there = {name for name in clients if clients[name].state != STATE_MISSING}
            self._lost = self._workers - there

    def _on_spawned(self, environment: Environment) -> None:
        # Locust has just forgotten its own figures of the ramp.
        if environment.reset_stats and self._process is not None:
            self._process.discard()

    def _on_test_stop(self, environment: Environment, **_: Any) -> None:
        assert self._process is not None
        runner = environment.runner
        if isinstance(runner, MasterRunner):
            self._lost |= _await_workers(runner)
        else:
            # All users have ended, and a report of Locust's may already be on its way.
            self._process.flush()
            if isinstance(runner, WorkerRunner):
                _send_report(runner, environment)

    def _on_quitting(self, environment: Environment, **_: Any) -> None:
        # A master gets here twice when it is terminated.
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
        """Let workers quit that Locust has forgotten.

        A worker rests for the stop timeout after a test. Meanwhile the master does not
        know it, and would leave it behind.
        """
        for name in self._workers - set(runner.clients):
            with contextlib.suppress(RPCError):
                runner.server.send_to_client(Message("quit", None, name))

    def _end(self, environment: Environment, process: Process) -> None:
        options = environment.parsed_options
        limits = HealthLimits() if options is None else limits_from(options)
        result = process.statistics.result(limits)
        lost = len(self._lost)
        result = msgspec.structs.replace(result, lost_workers=lost)
        result = self._finish(environment, result)
        if options is not None and options.result_file:
            try:
                result.write(Path(options.result_file))
            except OSError as error:
                logger.error("cannot write the result file: %s", error)
                set_error_exit_code(environment)


def _redact_logs() -> None:
    """Take secrets out of what Locust logs, shows in its page and sends to a master."""
    # Its tables and tracebacks have several lines.
    redacting = RedactingFilter(keep="\n\t")
    for name in ("", "locust", "locust.stats_logger"):
        for handler in logging.getLogger(name).handlers:
            handler.addFilter(redacting)


def _target(environment: Environment, *, has_callers: bool) -> Target:
    """Return the endpoint of this process and its key; end the command without them.

    A message of a master, or a form of the web interface, may name another host later.
    Only this one gets the key.
    """
    try:
        target = Target.of_process(environment.host)
        if has_callers:
            target.require_key()
    except TargetError as error:
        exit_with_error(str(error))
    return target


def _choose_users(environment: Environment) -> None:
    """Leave the users that the options name, with the weights that they have there."""
    assert environment.parsed_options is not None
    weights = weights_from(environment.parsed_options)
    for user in USERS:
        user.weight = weights.get(user.journey, 0)
    unwanted = {user for user in USERS if not user.weight}
    wanted = [user for user in environment.user_classes if user not in unwanted]
    environment.user_classes = wanted


def _await_workers(runner: MasterRunner) -> set[str]:
    """Let workers that still have users finish and send their last report.

    `MasterRunner.quit` waits half a second for it, however long users may take to end.
    When the test was stopped, and not Locust, there are no users left here.

    Returns:
        The workers that did not say goodbye.
    """
    if not runner.user_count:
        return set()
    runner.send_message("quit")
    end = time.monotonic() + runner.environment.stop_timeout + _WORKER_GRACE_SECONDS
    while runner.worker_count and time.monotonic() < end:
        gevent.sleep(0.05)
    return set(runner.clients)


def _send_report(runner: WorkerRunner, environment: Environment) -> None:
    """Send what was measured now, and not at the next interval."""
    data: dict[str, Any] = {}
    environment.events.report_to_master.fire(client_id=runner.client_id, data=data)
    runner.send_message("stats", data)


def prepare_locust() -> None:
    """Patch what Locust needs even if the rest of Python is not patched by gevent.

    Without patches the client runs as it does elsewhere. But Locust's master waits with
    `time.sleep`, and its `--processes` with `os.waitpid`; both would stop the hub.
    """
    from gevent import monkey

    if not monkey.is_module_patched("socket"):
        monkey.patch_time()
        monkey.patch_os()
        # That of gevent closes later, and `subprocess` waits for it without letting it.
        os.close = monkey.get_original("os", "close")
