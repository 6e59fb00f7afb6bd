"""State of the load test in a process of Locust: target, statistics, bridge.

A master has no callers, hence no bridge.
"""

from __future__ import annotations

from functools import partial

from gevent import Timeout
from locust.env import Environment
from locust.runners import WorkerRunner

from voicelive_core.redaction import redacting_logger
from voicelive_loadtest.callers.runtime import RuntimeReport
from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.locust.bridge import Bridge
from voicelive_loadtest.locust.gc_tuning import tune_garbage_collection
from voicelive_loadtest.locust.run_check import RunCheck
from voicelive_loadtest.locust.statistics import Statistics
from voicelive_loadtest.locust.target import Target

# Failure reason.
_REFUSED_HOST = "refused.host"

logger = redacting_logger(__name__)


class Process:
    """State of the load test in this process.

    Args:
        environment: The environment of Locust.
        target: Endpoint and API key.
        check: Checks the service.
        has_callers: Whether callers run in this process.
    """

    def __init__(
        self,
        environment: Environment,
        target: Target,
        check: RunCheck,
        *,
        has_callers: bool,
    ) -> None:
        self._environment = environment
        self.target = target
        """Endpoint and API key."""
        self.check = check
        """Checks the service before and during a run."""
        self._refused_hosts: set[str] = set()
        self._discarding = False
        self.is_stopping = False
        """Whether the event loop of the callers ends on purpose."""
        self._bridge = Bridge(self._take) if has_callers else None
        self.statistics = Statistics(environment)
        """Measurements of this process and of its workers."""

    @property
    def bridge(self) -> Bridge:
        """The event loop of the callers."""
        assert self._bridge is not None, "a master has no callers"
        return self._bridge

    def start(self) -> None:
        """Start the event loop."""
        if self._bridge is not None:
            tune_garbage_collection()
            self._bridge.start()

    def refuse_host(self, reason: str) -> None:
        """Record a call that is not made because its host is not the endpoint.

        Args:
            reason: Error message; logged once.
        """
        if reason not in self._refused_hosts:
            self._refused_hosts.add(reason)
            logger.error("no calls are made: %s", reason)
        recorder = self.bridge.runtime.recorder
        self.bridge.call(partial(recorder.fail, Interval.CONNECT, _REFUSED_HOST))

    def flush(self) -> None:
        """Collect all measurements so far."""
        if self._bridge is None:
            return
        try:
            self._bridge.flush()
        except Timeout:
            logger.error("measurements are missing: the event loop does not respond")

    def discard(self) -> None:
        """Discard all measurements so far."""
        self._discarding = True
        self.flush()
        self._discarding = False
        self.statistics.clear()

    def stop_recording_lateness(self) -> None:
        """Ignore the lateness of further frames, because all calls are being closed."""
        if self._bridge is not None:
            self._bridge.call(self._bridge.runtime.pacer.stop_recording_lateness)

    def stop(self) -> None:
        """Close all connections, collect the final measurements and end the thread."""
        self.is_stopping = True
        if self._bridge is None:
            return
        try:
            self._bridge.stop()
        except Timeout:
            logger.error("the event loop of the callers does not stop")

    def _take(self, report: RuntimeReport) -> None:
        if not self._discarding:
            self.statistics.add(report, self._name())

    def _name(self) -> str:
        runner = self._environment.runner
        return runner.client_id if isinstance(runner, WorkerRunner) else "local"


_process: Process | None = None


def current_process() -> Process:
    """Return the state of the load test in this process.

    Raises:
        RuntimeError: Locust has not been started.
    """
    if _process is None:
        raise RuntimeError("import voicelive_loadtest.locustfile in your locustfile")
    return _process


def begin_process(
    environment: Environment, target: Target, check: RunCheck, *, has_callers: bool
) -> Process:
    """Start the load test in this process, after Locust has forked its workers."""
    global _process
    _process = Process(environment, target, check, has_callers=has_callers)
    _process.start()
    return _process
