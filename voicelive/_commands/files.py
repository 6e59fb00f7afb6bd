"""Files that are options of a command, checked before anything is sent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from voicelive._commands.runner import UsageError

if TYPE_CHECKING:
    from voicelive.audio import WavSource


def open_wav(
    path: Path,
    *,
    frame_ms: int = 20,
    realtime: bool = False,
    trailing_silence_ms: int = 0,
) -> WavSource:
    """Open the WAV file of the option `--wav`.

    Raises:
        UsageError: The file cannot be read.
    """
    from voicelive.audio import WavSource

    try:
        return WavSource(
            path,
            frame_ms=frame_ms,
            realtime=realtime,
            trailing_silence_ms=trailing_silence_ms,
        )
    except OSError as error:
        raise UsageError(f"--wav {path}: {error.strerror or error}") from None
    except ValueError as error:
        reason = str(error).removeprefix(f"{path} ").removeprefix(f"{path}: ")
        raise UsageError(f"--wav {path}: {reason}") from None


def check_output(option: str, path: Path | None) -> None:
    """Check that a file could be written.

    Args:
        option: Option that names the file.
        path: The file; None if the option is not given.

    Raises:
        UsageError: The file is a directory, its directory does not exist, or it may
            not be written.
    """
    if path is None:
        return
    try:
        if not path.parent.is_dir():
            raise UsageError(f"{option} {path}: no such directory: {path.parent}")
        if path.is_dir():
            raise UsageError(f"{option} {path}: is a directory")
        if not path.exists():
            # The only check that holds on every file system, and for root.
            path.touch()
            path.unlink()
        elif not os.access(path, os.W_OK):
            raise UsageError(f"{option} {path}: no permission to write it")
    except OSError as error:
        raise UsageError(f"{option} {path}: {error.strerror or error}") from None
