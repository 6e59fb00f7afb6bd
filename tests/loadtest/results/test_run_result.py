"""Files with the result of a run."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.samples import Interval, MetricsRecorder
from voicelive_loadtest.results.run_result import (
    make_result,
    read_result,
    write_atomically,
)


def test_results_are_read_as_written(tmp_path: Path) -> None:
    """The JSON file has the whole result, and its directory is created."""
    recorder = MetricsRecorder()
    recorder.record(Interval.TURN, 1.2345)
    recorder.fail(Interval.CONNECT, "refused.429")
    recorder.count("calls", 3)
    result = make_result(recorder.take(), {"local": Health()}, 12.5, ["too slow"])
    file = tmp_path / "deep" / "result.json"
    result.write(file)
    assert read_result(file) == result
    assert result.failed(Interval.CONNECT) == 1
    assert result.times(Interval.GAP).count == 0


def test_results_are_written_atomically(tmp_path: Path) -> None:
    """On a full disk the previous file stays, and no partial file is left."""
    file = tmp_path / "result.json"
    file.write_bytes(b"before")

    def write_half(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_half)
        with pytest.raises(OSError, match="No space left"):
            write_atomically(file, b"after")
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
    assert file.read_bytes() == b"before"
    write_atomically(file, b"after")
    assert file.read_bytes() == b"after"
