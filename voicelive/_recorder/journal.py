"""Journal of a recorded session: JSON Lines, one frame per line."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import errno
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from voicelive._recorder.masking import Masking
from voicelive_protocol import encode, parse

Direction = Literal["sent", "received"]
"""Sent by the application, or received by it."""


def new_file(folder: Path, number: int) -> Path:
    """Create an empty file for a new session, readable by this user only.

    Args:
        folder: Directory of the recordings.
        number: Number of the session.

    Raises:
        OSError: The file cannot be created.
    """
    name = f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{number:03}"
    # Another recorder may use the same directory.
    for again in ("", *(f"_{count}" for count in range(2, 100))):
        path = folder / f"{name}{again}.jsonl"
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{folder} has too many files named {name}")


class Journal:
    """Appends the frames of a session to a JSON Lines file.

    Writes are unbuffered, so a crash loses nothing. A line that cannot be written
    completely, as on a full disk, is removed again.

    Args:
        number: Number of the session.
        path: The file.
        masking: Masks secrets and truncates audio.
        failed: Called once with the error that ended the recording.

    Attributes:
        number: Number of the session.
        path: The file.
        frames: Number of frames.
        close_code: Close code of the side that closed first; None while open.

    Raises:
        OSError: The file cannot be opened.
    """

    def __init__(
        self,
        number: int,
        path: Path,
        masking: Masking,
        failed: Callable[[OSError], None],
    ) -> None:
        self.number = number
        self.path = path
        self.frames = 0
        self.close_code: int | None = None
        self._masking = masking
        self._failed = failed
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        # Unbuffered: a line is in the file before its frame is forwarded.
        self._file = path.open("wb", buffering=0)
        # Size of the file in bytes, up to the last complete line.
        self._size = 0

    @property
    def seconds(self) -> float:
        """Seconds since the session began."""
        return self._clock() - self._began

    def frame(self, direction: Direction, data: bytes, *, binary: bool) -> None:
        """Record a frame.

        Args:
            direction: Direction of the frame.
            data: Payload.
            binary: Whether it is a binary frame.
        """
        self.frames += 1
        self._write(direction, self._content(data, binary))

    def close(self, direction: Direction, code: int, reason: str) -> None:
        """Record a close.

        Args:
            direction: Direction of the close.
            code: The close code: 1005 for a close frame without one, 1006 for a lost
                connection.
            reason: The close reason.
        """
        if self.close_code is None:
            self.close_code = code
        content = {"code": code, "reason": self._masking.text(reason)}
        self._write(direction, {"close": content})

    def end(self) -> None:
        """Close the file."""
        self._file.close()

    def _content(self, data: bytes, binary: bool) -> dict[str, Any]:
        try:
            event = parse(data)
            if isinstance(event, dict):
                kind = {"binary": True} if binary else {}
                return {"event": self._masking.event(event), **kind}
        except (ValueError, RecursionError):
            pass
        if not binary:
            try:
                return {"frame": self._masking.text(data.decode())}
            except UnicodeDecodeError:
                pass
        kept = self._masking.data(data, may_be_audio=binary)
        return {"frame": base64.b64encode(kept).decode(), "encoding": "base64"}

    def _write(self, direction: Direction, content: dict[str, Any]) -> None:
        if self._file.closed:
            return
        time = round(self.seconds, 3)
        line = {"direction": direction, "time": time, **content}
        try:
            self._append(encode(line) + b"\n")
        except OSError as error:
            # The session continues without its recording.
            self._file.close()
            self._failed(error)

    def _append(self, line: bytes) -> None:
        """Write a complete line, or nothing.

        Raises:
            OSError: It cannot be written.
        """
        rest = memoryview(line)
        try:
            while rest:
                # Unbuffered writes may be partial.
                written = self._file.write(rest)
                if not written:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                rest = rest[written:]
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self._size)
            raise
        self._size += len(line)
