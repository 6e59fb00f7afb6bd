from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.telemetry import Recorder
from voicelive._connection import instrumentation
from voicelive.telemetry import VoiceLiveInstrumentor, _never_raise
from voicelive.telemetry._instrumentor import CONTENT_SWITCH, OLD_CONTENT_SWITCH


@pytest.fixture(autouse=True)
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telemetry as it is in a new process, and again after the test."""
    for name in (instrumentation.SWITCH, CONTENT_SWITCH, OLD_CONTENT_SWITCH):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(instrumentation._FactorySetting, "factory", None)
    monkeypatch.setattr(instrumentation._FactorySetting, "set_by_code", False)
    monkeypatch.setattr(instrumentation._FactorySetting, "warned", False)
    monkeypatch.setattr(VoiceLiveInstrumentor, "_factory", None)
    monkeypatch.setattr(_never_raise._FirstFailure, "warned", False)


@pytest.fixture
def recorder(untouched: None) -> Iterator[Recorder]:
    """Records everything; telemetry is on, without content."""
    recorder = Recorder()
    VoiceLiveInstrumentor().instrument(
        tracer_provider=recorder.tracers, meter_provider=recorder.meters
    )
    yield recorder
    recorder.tracers.shutdown()
    recorder.meters.shutdown()
