"""Enabling and disabling telemetry; containment of its failures."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from tests.support.client import dial
from tests.support.scripted_service import Peer, serve
from tests.support.telemetry import Recorder
from voicelive._connection.instrumentation import SWITCH
from voicelive.telemetry import VoiceLiveInstrumentor
from voicelive.telemetry._instrumentor import CONTENT_SWITCH, OLD_CONTENT_SWITCH


async def _quiet(peer: Peer) -> None:
    await peer.begin()
    await peer.gone()


async def converse() -> None:
    """The shortest conversation."""
    async with serve(_quiet) as server, dial(server) as connection:
        await connection.send({"type": "x"})
        await connection.recv()


@contextmanager
def global_providers(recorder: Recorder) -> Iterator[None]:
    """Let a recorder be what OpenTelemetry finds by itself."""
    metrics, traces = "opentelemetry.metrics._internal", "opentelemetry.trace"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{traces}.get_tracer_provider", lambda: recorder.tracers)
        patch.setattr(f"{metrics}.get_meter_provider", lambda: recorder.meters)
        yield


async def test_off_by_default() -> None:
    """Without a word nothing is recorded."""
    instrumentor = VoiceLiveInstrumentor()
    assert not instrumentor.is_instrumented()
    assert not instrumentor.is_content_recording_enabled()
    recorder = Recorder()
    with global_providers(recorder):
        await converse()
    assert recorder.spans() == []


async def test_on_and_off_in_code() -> None:
    """Connections are followed between instrument() and uninstrument()."""
    recorder = Recorder()
    with global_providers(recorder):
        VoiceLiveInstrumentor().instrument()
        assert VoiceLiveInstrumentor().is_instrumented()
        await converse()
        VoiceLiveInstrumentor().uninstrument()
        assert not VoiceLiveInstrumentor().is_instrumented()
        await converse()
    assert len(recorder.spans("connect")) == 1
    assert len(recorder.points("gen_ai.client.operation.duration")) == 1


async def test_open_connections_are_followed_to_their_end(recorder: Recorder) -> None:
    """Switching off leaves no span open."""
    async with serve(_quiet) as server, dial(server) as connection:
        VoiceLiveInstrumentor().uninstrument()
        await connection.recv()
    assert [span.name for span in recorder.spans()] == [
        "recv session.created",
        "close",
        "connect",
    ]


@pytest.mark.parametrize(
    ("value", "on"), [("true", True), ("True", True), ("false", False), ("1", False)]
)
async def test_environment(
    monkeypatch: pytest.MonkeyPatch, value: str, on: bool
) -> None:
    """The environment switches telemetry on without code, and off despite it."""
    monkeypatch.setenv(SWITCH, value)
    recorder = Recorder()
    with global_providers(recorder):
        if not on:
            VoiceLiveInstrumentor().instrument()
        await converse()
    assert bool(recorder.spans()) is on
    assert VoiceLiveInstrumentor().is_instrumented() is on


def test_off_in_code_overrules_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After uninstrument() the environment does not switch telemetry on again."""
    monkeypatch.setenv(SWITCH, "true")
    assert VoiceLiveInstrumentor().is_instrumented()
    VoiceLiveInstrumentor().uninstrument()
    assert not VoiceLiveInstrumentor().is_instrumented()


@pytest.mark.parametrize(
    ("new", "old", "argument", "recorded"),
    [
        ("", "", None, False),
        ("true", "", None, True),
        ("", "TRUE", None, True),
        ("true", "false", None, False),
        ("true", "true", False, False),
        ("", "", True, True),
        ("yes", "", None, False),
    ],
)
def test_content_recording(
    monkeypatch: pytest.MonkeyPatch,
    new: str,
    old: str,
    argument: bool | None,
    recorded: bool,
) -> None:
    """The argument decides, then the environment; a contradiction means no."""
    monkeypatch.setenv(CONTENT_SWITCH, new)
    monkeypatch.setenv(OLD_CONTENT_SWITCH, old)
    instrumentor = VoiceLiveInstrumentor()
    instrumentor.instrument(argument)
    assert instrumentor.is_content_recording_enabled() is recorded
    instrumentor.instrument(not recorded)
    assert instrumentor.is_content_recording_enabled() is not recorded


def test_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without OpenTelemetry, instrument() says what to install."""
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ModuleNotFoundError, match=r"voicelive\[telemetry\]"):
        VoiceLiveInstrumentor().instrument()
    assert not VoiceLiveInstrumentor().is_instrumented()


async def test_missing_extra_with_the_environment(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where only the environment asks for telemetry, that is one warning."""
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.setenv(SWITCH, "true")
    await converse()
    await converse()
    warnings = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "voicelive[telemetry]" in warnings[0].getMessage()


async def test_environment_with_a_broken_provider(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where only the environment asks for telemetry, no error of it gets through."""

    def broken() -> None:
        raise RuntimeError("no provider")

    monkeypatch.setenv(SWITCH, "true")
    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", broken)
    await converse()
    await converse()
    warnings = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert [r.getMessage().endswith("no provider") for r in warnings] == [True]


@pytest.mark.slow
def test_not_imported_when_off() -> None:
    """Neither the client nor the switch itself loads OpenTelemetry."""
    code = (
        "import sys, voicelive.aio, voicelive.telemetry\n"
        "voicelive.telemetry.VoiceLiveInstrumentor().is_instrumented()\n"
        "assert 'voicelive.telemetry._span_observer' not in sys.modules\n"
        "print([m for m in sys.modules if m.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


async def test_failures_stay_inside(
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Failures of telemetry are logged once and do not reach the application."""

    class Broken:
        def __getattr__(self, name: str) -> None:
            raise RuntimeError("telemetry is broken")

    from voicelive.telemetry import _span_observer

    factory = VoiceLiveInstrumentor._factory
    assert factory is not None
    monkeypatch.setattr(_span_observer, "Counters", Broken)
    await converse()
    assert len(recorder.spans("connect")) == 1
    monkeypatch.setattr(factory, "tracing", Broken())
    await converse()
    monkeypatch.undo()
    warnings = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert [r.getMessage().partition(";")[0] for r in warnings] == ["telemetry failed"]
    assert warnings[0].exc_info is not None


async def test_not_sampled() -> None:
    """A trace that is not sampled costs no spans; metrics are still taken."""
    recorder = Recorder()
    recorder.tracers.sampler = ALWAYS_OFF
    VoiceLiveInstrumentor().instrument(
        tracer_provider=recorder.tracers, meter_provider=recorder.meters
    )
    await converse()
    assert recorder.spans() == []
    assert len(recorder.points("gen_ai.client.operation.duration")) == 1
