"""Runs that are stopped because no call can succeed."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from types import SimpleNamespace

import pytest

# Otherwise Locust patches this process.
os.environ.setdefault("LOCUST_SKIP_MONKEY_PATCH", "1")

import gevent
from locust.env import Environment
from locust.exception import StopUser

from tests.loadtest.calling import settings
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.locust import users
from voicelive_loadtest.locust.bridge import Bridge
from voicelive_loadtest.locust.run_check import RunCheck
from voicelive_loadtest.locust.target import Target
from voicelive_loadtest.results.run_result import Abort

TARGET = Target("http://127.0.0.1:9", "test-key")


class Run:
    """A local run of Locust whose ends are recorded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: object) -> None:
        self.ends: list[str] = []
        given = argparse.Namespace(**{"skip_check": True, "headless": True, **options})
        self.environment = Environment(parsed_options=given)
        runner = self.environment.create_local_runner()

        def record(name: str) -> Callable[[], None]:
            return lambda: self.ends.append(name)

        for name in ("quit", "stop"):
            monkeypatch.setattr(runner, name, record(name))
        self.check = RunCheck(self.environment, TARGET)


@pytest.mark.parametrize(("headless", "end"), [(True, "quit"), (False, "stop")])
def test_a_run_is_stopped_once(
    headless: bool, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The web interface stays, and the first reason counts."""
    run = Run(monkeypatch, headless=headless)
    first = Abort(code=ExitCode.FAILED, reason="first")
    run.check.give_up(first)
    run.check.give_up(Abort(code=ExitCode.UNAUTHORIZED, reason="second"))
    gevent.sleep(0)
    assert run.ends == [end]
    assert run.check.abort == first


def test_the_next_test_may_succeed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the web interface, after a test that was stopped."""
    run = Run(monkeypatch, headless=False)
    run.check.give_up(Abort(code=ExitCode.FAILED, reason="first"))
    run.check.on_test_start()
    assert run.check.abort is None
    run.check.on_test_stop()


def test_a_local_run_is_checked_before_it_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The service is unreachable."""
    run = Run(monkeypatch, skip_check=False)
    given = settings("http://127.0.0.1:9")
    monkeypatch.setattr(
        "voicelive_loadtest.locust.run_check.settings_from", lambda *_, **__: given
    )
    failed = run.check.before_start()
    assert failed is not None
    assert failed.code == ExitCode.NO_CONNECTION


def test_users_end_with_their_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """They stop the run, and are not restarted for ever."""
    run = Run(monkeypatch)
    bridge = Bridge(lambda report: None)
    bridge.start()
    bridge.stop()
    process = SimpleNamespace(
        check=run.check, target=TARGET, bridge=bridge, is_stopping=False
    )
    monkeypatch.setattr(users, "current_process", lambda: process)
    monkeypatch.setattr(users, "settings_from", lambda *_, **__: settings("http://x"))
    user = users.ShortQuestion(run.environment)
    with pytest.raises(StopUser):
        user.make_calls()
    assert run.check.abort is not None
    assert "event loop" in run.check.abort.reason
