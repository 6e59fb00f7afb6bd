"""Command line of the documentation site."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tools.environments import BUILD
from tools.paths import ROOT
from tools.site.finish import finish
from tools.site.gather import gather, publish

SITE = BUILD / "site"

# What pages are made of; a change makes them anew while serving.
_WATCHED = (
    "docs",
    "schema",
    "codegen/reference",
    "examples",
    "core",
    "mockserver",
    "voicelive",
    "tools/site",
)
_POLL_SECONDS = 1.0


def main() -> int:
    """Build the site, or serve it and follow changes."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.site", description="Build or serve the documentation."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the site into build/site; warnings fail")
    server = commands.add_parser("serve", help="serve the site, and follow changes")
    server.add_argument("--address", default="127.0.0.1:8000", metavar="HOST:PORT")
    options = parser.parse_args()
    pages = gather()
    publish(pages, BUILD)
    zensical = [sys.executable, "-m", "zensical"]
    config = ["--config-file", str(BUILD / "zensical.toml")]
    if options.command == "serve":
        return _serve([*zensical, "serve", *config, "--dev-addr", options.address])
    done = subprocess.run(
        [*zensical, "build", "--strict", "--clean", *config], check=False
    )
    if done.returncode:
        return done.returncode
    finish(pages, SITE)
    print(f"the site is in {SITE.relative_to(ROOT)}: open index.html in a browser")
    return 0


def _serve(command: list[str]) -> int:
    server = subprocess.Popen(command)
    # Ends the generator as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        seen = _state()
        while server.poll() is None:
            time.sleep(_POLL_SECONDS)
            if (state := _state()) != seen:
                seen = state
                # New code of the site itself takes effect in a process of its own.
                code = (
                    "from tools.environments import BUILD\n"
                    "from tools.site.gather import gather, publish\n"
                    "publish(gather(), BUILD)"
                )
                subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    except KeyboardInterrupt:
        pass
    finally:
        server.terminate()
        server.wait()
    return 0


def _state() -> list[tuple[Path, int]]:
    return [(path, path.stat().st_mtime_ns) for path in _watched()]


def _watched() -> Iterator[Path]:
    for folder in _WATCHED:
        for suffix in ("*.md", "*.py", "*.json", "*.toml", "*.css"):
            yield from (ROOT / folder).rglob(suffix)


if __name__ == "__main__":
    sys.exit(main())
