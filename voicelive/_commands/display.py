"""Output of a command: transcripts on stdout, everything else on stderr."""

from __future__ import annotations

import shutil
import sys
import textwrap

from voicelive_core.command_line.streams import write, write_error
from voicelive_core.command_line.style import Style, is_live

YOU = "You"
ASSISTANT = "Assistant"

_CLEAR_LINE = "\r\x1b[K"


class Display:
    """Shows a conversation.

    On a terminal, the current line is redrawn as it grows, with the length of its
    audio. Other outputs get complete lines.

    Args:
        command: Name of the command, for notes and errors.
        transcript: Whether to print transcripts; otherwise stdout is for raw data.
        secret: Text to mask in all output.
    """

    def __init__(
        self, command: str, *, transcript: bool = True, secret: str = ""
    ) -> None:
        self._command = command
        self._transcript = transcript
        self._secret = secret
        self._live = transcript and is_live(sys.stdout)
        self._style = Style(sys.stdout)
        self._note_style = Style(sys.stderr)
        self._line_open = False

    def utterance(self, speaker: str, text: str) -> None:
        """Print a complete line of the conversation."""
        if self._transcript:
            self._clear()
            write(f"{self._speaker(speaker)} {self._in_one_line(text)}\n")

    def partial_utterance(self, speaker: str, text: str, audio_seconds: float) -> None:
        """Redraw the current line, on a terminal only."""
        if not self._live:
            return
        length = f"  ({audio_seconds:.1f} s of audio)" if audio_seconds else ""
        columns = shutil.get_terminal_size().columns - 1
        room = max(0, columns - len(speaker) - 2 - len(length))
        shown = self._in_one_line(text)
        if len(shown) > room:
            shown = "…" + shown[len(shown) - room + 1 :]
        name, length = self._speaker(speaker), self._style(length, "dim")
        write(f"{_CLEAR_LINE}{name} {shown}{length}")
        self._line_open = True

    def show(self, text: str) -> None:
        """Print a line of styled text, whose parts are clean."""
        self._clear()
        write(f"{text}\n")

    def redraw(self, text: str) -> None:
        """Redraw the current line with styled text, on a terminal only."""
        if self._live:
            write(f"{_CLEAR_LINE}{text}")
            self._line_open = True

    def wrapped(self, text: str, width: int) -> list[str]:
        """Return the lines of a transcript."""
        return textwrap.wrap(self._in_one_line(text), width)

    def raw(self, text: str) -> None:
        """Write a line of data to stdout.

        Args:
            text: JSON or plain ASCII. On a terminal, control characters are escaped
                as in JSON.
        """
        if sys.stdout.isatty():
            text = "".join(c if c.isprintable() else _json_escape(c) for c in text)
        write(f"{text}\n")

    def note(self, text: str) -> None:
        """Print a note to stderr."""
        self._clear()
        write_error(self._note_style(self.clean(text), "dim") + "\n")

    def error(self, text: str) -> None:
        """Print an error to stderr."""
        self._clear()
        lines = "\n".join(self.clean(line) for line in text.splitlines())
        label = self._note_style("error:", "bold", "red")
        write_error(f"{self._command}: {label} {lines}\n")

    def end_line(self) -> None:
        """Remove the current line, if it is not complete."""
        self._clear()

    def _clear(self) -> None:
        if self._line_open:
            self._line_open = False
            write(_CLEAR_LINE)

    def _speaker(self, name: str) -> str:
        return self._style(f"{name}:", "bold", "cyan" if name == YOU else "green")

    def _in_one_line(self, text: str) -> str:
        """Return a transcript with its line breaks replaced by spaces."""
        return self.clean(" ".join(text.splitlines()))

    def clean(self, text: str) -> str:
        """Escape control characters and mask secrets."""
        # Deferred import, to keep `--help` fast.
        from voicelive_core.redaction import MASK, printable, redact

        text = redact(printable(text))
        # `redact` leaves short secrets alone; mask this one at any length.
        return text.replace(self._secret, MASK) if self._secret else text


def _json_escape(char: str) -> str:
    """Return a character as an escape sequence of JSON."""
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[n : n + 4]}" for n in range(0, len(units), 4))
