"""What a command shows: transcripts on stdout, everything else on stderr."""

from __future__ import annotations

import io
import os
import shutil
import sys

YOU = "You"
ASSISTANT = "Assistant"

_CLEAR_LINE = "\r\x1b[K"


class Display:
    """Shows a conversation.

    On a terminal the line that is being said grows, with the length of its audio. What
    is no terminal gets whole lines.

    Args:
        command: Name of the command, for notes and errors.
        transcript: Whether transcripts are shown; otherwise stdout is left to others.
        secret: Text that is never shown.
    """

    def __init__(
        self, command: str, *, transcript: bool = True, secret: str = ""
    ) -> None:
        self._command = command
        self._transcript = transcript
        self._secret = secret
        self._live = (
            transcript and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        )
        self._line_open = False
        # A transcript may have letters that the terminal does not.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")

    def said(self, who: str, text: str) -> None:
        """Show a whole line of the conversation."""
        if self._transcript:
            self._clear()
            print(f"{who}: {self._clean(text)}", flush=True)

    def saying(self, who: str, text: str, audio_seconds: float) -> None:
        """Show a line as far as it is known, on a terminal."""
        if not self._live:
            return
        length = f"  ({audio_seconds:.1f} s of audio)" if audio_seconds else ""
        columns = shutil.get_terminal_size().columns - 1
        room = max(0, columns - len(who) - 2 - len(length))
        shown = self._clean(text)
        if len(shown) > room:
            shown = "…" + shown[len(shown) - room + 1 :]
        sys.stdout.write(f"{_CLEAR_LINE}{who}: {shown}{length}")
        sys.stdout.flush()
        self._line_open = True

    def raw(self, text: str) -> None:
        """Write a line of data to stdout."""
        print(text, flush=True)

    def note(self, text: str) -> None:
        """Say something about the conversation."""
        self._clear()
        print(self._clean(text), file=sys.stderr, flush=True)

    def error(self, text: str) -> None:
        """Say what went wrong."""
        self._clear()
        lines = "\n".join(self._clean(line) for line in text.splitlines())
        print(f"{self._command}: {lines}", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if self._line_open:
            self._line_open = False
            sys.stdout.write(_CLEAR_LINE)
            sys.stdout.flush()

    def _clean(self, text: str) -> str:
        """Take out what a terminal would obey, and the secret."""
        text = "".join(c if c.isprintable() else " " for c in text)
        return text.replace(self._secret, "***") if self._secret else text
