"""Command line of the fuzzers: `python -m tests.fuzz --seconds 600`."""

from __future__ import annotations

import argparse
import secrets
import sys

from tests.fuzz.campaign import Found, run_seconds
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Fuzz for a time; return 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="default: 60")
    parser.add_argument("--seed", help="repeats a run; random by default")
    parser.add_argument(
        "--target",
        action="append",
        choices=sorted(TARGETS),
        help="what to fuzz, can be repeated; everything by default",
    )
    options = parser.parse_args()
    names: list[str] = options.target or sorted(TARGETS)
    seed: str = options.seed or secrets.token_hex(4)
    print(f"seed {seed}, {options.seconds:g} s: {', '.join(names)}", flush=True)
    found: list[Found] = []

    def report(new: Found) -> None:
        found.append(new)
        print(new, flush=True)

    targets = [TARGETS[name] for name in names]
    counts = run_seconds(targets, seed, options.seconds, report)
    for name, count in counts.items():
        print(f"{name}: {count} cases")
    print(f"{len(found)} kinds of findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
