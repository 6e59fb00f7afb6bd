"""Checks of the service in processes of Locust: before the first caller, and later.

A local process checks the service when it starts. Masters with a key and workers check
it when the test starts: the workers have the options of their master then, and are
known to it, so that they end with it.
"""

from __future__ import annotations

import time
from typing import Any

import gevent
import msgspec
from gevent import Timeout
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.redaction import redacting_logger
from voicelive_loadtest.callers.runtime import CallerRuntime
from voicelive_loadtest.callers.service_check import CheckFailed, check_service
from voicelive_loadtest.callers.settings import CallSettings
from voicelive_loadtest.locust.bridge import Bridge, BridgeDown
from voicelive_loadtest.locust.locust_options import settings_from
from voicelive_loadtest.locust.statistics import failures_of, intervals_of
from voicelive_loadtest.locust.target import Target, TargetError
from voicelive_loadtest.results.refusals import RefusalWatch
from voicelive_loadtest.results.run_result import Abort

_MESSAGE = "voicelive-check"
_WATCH_SECONDS = 1.0

logger = redacting_logger(__name__)


class RunCheck:
    """Checks the service before and during a run, and stops runs that cannot succeed.

    Args:
        environment: The environment of Locust.
        target: Endpoint and API key.
    """

    def __init__(self, environment: Environment, target: Target) -> None:
        self._environment = environment
        self._target = target
        self._checked: CallSettings | None = None
        self._watcher: gevent.Greenlet | None = None
        self.abort: Abort | None = None
        """Why the run was stopped, or must not start."""
        runner = environment.runner
        if runner is not None and not isinstance(runner, WorkerRunner):
            runner.register_message(_MESSAGE, self._on_message)

    def before_start(self) -> Abort | None:
        """Check the service with the options of this process.

        Returns:
            Why the service does not accept calls; None if it does, or if this process
            is not a local one.
        """
        runner = self._environment.runner
        is_local = not isinstance(runner, MasterRunner | WorkerRunner)
        return self._check() if is_local else None

    def on_test_start(self) -> None:
        """Check the service if the options have changed; watch the run."""
        self.abort = None
        failed = self._check()
        if failed is not None:
            self.give_up(failed)
        elif not isinstance(self._environment.runner, WorkerRunner):
            self._watcher = gevent.spawn(self._watch)

    def give_up(self, abort: Abort) -> None:
        """Stop the run, on all workers.

        Args:
            abort: Why no call can succeed; a second reason is ignored.
        """
        if self.abort is not None:
            return
        self.abort = abort
        runner = self._environment.runner
        if isinstance(runner, WorkerRunner):
            logger.error("no calls are made: %s", abort.reason)
            runner.send_message(_MESSAGE, msgspec.to_builtins(abort))
        else:
            self._stop()

    def on_test_stop(self) -> None:
        """Stop watching."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None and watcher is not gevent.getcurrent():
            watcher.kill(block=False)

    def _check(self) -> Abort | None:
        options = self._environment.parsed_options
        if options is None or options.skip_check or not self._target.has_key:
            return None
        try:
            settings = settings_from(
                options,
                endpoint=self._target.endpoint,
                api_key=self._target.key_for(self._environment.host),
                proxy=self._target.proxy,
            )
        except TargetError:
            return None  # callers record it: other workers may have another endpoint
        except (OSError, ValueError) as error:
            return Abort(code=ExitCode.FAILED, reason=str(error))
        if settings == self._checked:
            return None
        try:
            _run_check(settings)
        except CheckFailed as failure:
            return Abort(code=failure.code, reason=str(failure))
        self._checked = settings
        return None

    def _on_message(self, msg: Any, **_: object) -> None:
        self.give_up(msgspec.convert(msg.data, Abort))

    def _watch(self) -> None:
        """Stop the run once nearly all calls are refused."""
        watch, began = RefusalWatch(), time.monotonic()
        stats = self._environment.stats
        while self.abort is None:
            gevent.sleep(_WATCH_SECONDS)
            now = time.monotonic() - began
            abort = watch.update(now, intervals_of(stats), failures_of(stats))
            if abort is not None:
                self.give_up(abort)

    def _stop(self) -> None:
        runner, options = self._environment.runner, self._environment.parsed_options
        assert runner is not None
        if options is not None and options.headless:
            gevent.spawn(runner.quit)
        else:
            gevent.spawn(runner.stop)


def _run_check(settings: CallSettings) -> None:
    """Check the service in an event loop of its own.

    Raises:
        CheckFailed: See `check_service`.
    """

    async def check(runtime: CallerRuntime) -> None:
        await check_service(settings)

    bridge = Bridge(lambda report: None)
    bridge.start()
    try:
        bridge.submit(check).wait(timeout=2 * settings.connect_limit)
    except (Timeout, BridgeDown) as error:
        message = f"the check of the service did not end: {error}"
        raise CheckFailed(message, ExitCode.NO_CONNECTION) from None
    finally:
        bridge.stop()
