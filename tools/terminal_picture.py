"""Picture of the demo in a terminal, for the README: `make picture`.

Runs `voicelive demo` in a terminal of 80 columns, and writes what it prints as an SVG:
each line appears when it was printed.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tools.paths import DOCS, ROOT

PICTURE = DOCS / "images" / "demo.svg"
COLUMNS = 80
DEMO = (str(Path(sys.executable).with_name("voicelive")), "demo")

_ROWS = 40
_TITLE = "voicelive demo"
_THEME = TerminalTheme(
    (22, 24, 33),
    (214, 218, 230),
    [
        (60, 64, 80),
        (235, 111, 111),
        (125, 207, 142),
        (229, 192, 106),
        (122, 162, 247),
        (198, 146, 233),
        (95, 201, 211),
        (214, 218, 230),
    ],
)

# The format of rich without its fonts, which are on another host.
_SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" \
xmlns="http://www.w3.org/2000/svg" role="img" aria-label="voicelive demo in a terminal">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-family: system-ui, sans-serif; }}
{styles}
@media (prefers-reduced-motion: no-preference) {{
@keyframes appear {{ from {{ opacity: 0 }} }}
ANIMATION}}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" \
clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a terminal.

    Attributes:
        text: Its text with ANSI sequences, as it is in the end.
        seconds: Time of its last change, since the first output.
    """

    text: str
    seconds: float


def run(command: Sequence[str]) -> list[Line]:
    """Run a command in a terminal; return what it prints.

    Raises:
        RuntimeError: The command fails.
    """
    terminal, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("4H", _ROWS, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        command, stdin=inner, stdout=inner, stderr=inner, env=environment
    )
    os.close(inner)
    started = 0.0
    printed = b""
    ends: list[float] = []
    while True:
        try:
            received = os.read(terminal, 65536)
        except OSError:  # The end of a terminal on Linux.
            break
        if not received:
            break
        started = started or time.monotonic()
        printed += received
        ends += [time.monotonic() - started] * received.count(b"\n")
    os.close(terminal)
    if process.wait():
        raise RuntimeError(f"{command} failed: {process.returncode}")
    lines = printed.decode().removesuffix("\n").split("\n")
    return [Line(_last(line), end) for line, end in zip(lines, ends, strict=True)]


def _last(line: str) -> str:
    """Return a line that was rewritten in place as it is in the end."""
    return re.split(r"\r(?:\x1b\[K)?", line.rstrip("\r"))[-1]


def picture(lines: Iterable[Line]) -> str:
    """Return lines as an SVG."""
    console = Console(
        record=True,
        width=COLUMNS,
        file=StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
    )
    rules = []
    for number, line in enumerate(lines):
        console.print(Text.from_ansi(line.text), no_wrap=True, crop=True)
        rules.append(
            f'[clip-path="url(#demo-line-{number})"] '
            f"{{{{ animation: appear .2s {line.seconds:.2f}s both }}}}\n"
        )
    return console.export_svg(
        title=_TITLE,
        theme=_THEME,
        code_format=_SVG.replace("ANIMATION", "".join(rules)),
        unique_id="demo",
    )


def texts(svg: str) -> list[str]:
    """Return the text of each line of a picture."""
    found: dict[int, str] = {}
    pattern = r"<text[^>]*#demo-line-(\d+)\)[^>]*>([^<]*)</text>"
    for number, text in re.findall(pattern, svg):
        found[int(number)] = found.get(int(number), "") + text
    return [text.replace("&#160;", " ").strip() for _, text in sorted(found.items())]


def main() -> None:
    """Write the picture."""
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(run(DEMO)), "utf-8")
    print(f"the picture is in {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
