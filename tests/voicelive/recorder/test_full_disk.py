"""Recording onto a full disk."""

from __future__ import annotations

import errno
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.support.recordings import read_lines
from tests.support.waiting import eventually
from tests.voicelive.recorder.recording import (
    KEY,
    client,
    frames_until,
    recording,
    send,
)
from voicelive_mockserver import MockServer, Recording, ReplyRequest

CREATE: dict[str, Any] = {"type": "response.create"}


class Disk(io.FileIO):
    """File on a disk with little space.

    Args:
        room: How many bytes go into it.
        can_cut: Whether the file can be made shorter.
    """

    def __init__(self, path: Path, room: int, *, can_cut: bool) -> None:
        super().__init__(path, "wb")
        self._room = room
        self._can_cut = can_cut

    def write(self, data: Any) -> int:
        """Write as much as there is room for, as the system does."""
        size = min(len(data), self._room)
        if not size:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._room -= size
        return super().write(bytes(data)[:size])

    def truncate(self, size: int | None = None) -> int:
        """Make the file shorter."""
        if not self._can_cut:
            raise OSError(errno.EIO, "Input/output error")
        return super().truncate(size)


@pytest.mark.parametrize("can_cut", [True, False])
async def test_a_full_disk(
    can_cut: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reported, the session continues, and the file is readable up to there."""
    room = 0
    opened = Path.open

    def open_small(path: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
        if path.suffix == ".jsonl" and mode == "wb":
            return Disk(path, room, can_cut=can_cut)
        return opened(path, mode, *args, **options)

    def hello(_request: ReplyRequest) -> str:
        return "Hello."

    monkeypatch.setattr(Path, "open", open_small)
    (tmp_path / "whole").mkdir()
    (tmp_path / "small").mkdir()

    async def record(folder: Path) -> tuple[Path, list[str]]:
        async with (
            MockServer(api_key=KEY, speed=math.inf, responder=hello) as mock,
            recording(mock.endpoint, folder) as recorder,
        ):
            async with client(recorder.endpoint) as ws:
                for _ in range(2):
                    await send(ws, {"type": "session.update", "session": {}}, CREATE)
                    await frames_until(ws, "response.done")
            await eventually(lambda: "ended" in recorder.said[-1])
        return recorder.files[0], recorder.said

    room = 1 << 30
    whole, _ = await record(tmp_path / "whole")
    data = whole.read_bytes()
    # In the middle of the line after the first response.
    first = next(n for n, line in enumerate(read_lines(whole)) if has_response(line))
    lines = data.splitlines(keepends=True)
    room = len(b"".join(lines[: first + 1])) + len(lines[first + 1]) // 2

    cut, said = await record(tmp_path / "small")
    assert any("continues without" in text and "No space left" in text for text in said)
    written = cut.read_bytes()
    if can_cut:
        assert written.endswith(b"\n")
        for line in written.splitlines():
            json.loads(line)
    else:
        assert len(written) == room
    assert len(Recording.load(cut).replies) == 1
    assert Recording.load(cut).replies[0] == Recording.load(whole).replies[0]


def has_response(line: dict[str, Any]) -> bool:
    """Return whether a line has a response that has ended."""
    kind: str = line.get("event", {}).get("type", "")
    return kind == "response.done"
