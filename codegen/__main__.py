"""Command line of the compiler."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from codegen.diff import as_json, as_text, diff
from codegen.errors import SchemaError
from codegen.load import load

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Compile the schema, check the result, or compare two API versions.

    Returns:
        0 when all is well, 1 when the output differs, 2 for an unknown API version.

    Raises:
        SystemExit: The schema is broken (1), or the arguments are (2).
    """
    parser = argparse.ArgumentParser(
        prog="python -m codegen",
        description="Compile the schema; or check the output, or compare versions.",
    )
    parser.add_argument("--schema", type=Path, default=ROOT / "schema")
    parser.add_argument("--output", type=Path, default=ROOT / "generated")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if the output differs"
    )
    commands = parser.add_subparsers(dest="command")
    differ = commands.add_parser("diff", help="what changed between two API versions")
    differ.add_argument("old", metavar="OLD")
    differ.add_argument("new", metavar="NEW")
    differ.add_argument("--json", action="store_true", help="as JSON")
    differ.add_argument(
        "--old-schema", type=Path, help="folder that OLD is read from, if another"
    )
    options = parser.parse_args(arguments)
    return _diff(options) if options.command == "diff" else _generate(options)


@contextmanager
def _errors_in(folder: Path) -> Iterator[None]:
    try:
        yield
    except SchemaError as error:
        raise SystemExit(f"{folder.name}/{error}") from None


def _diff(options: argparse.Namespace) -> int:
    schemas = []
    for folder, version in (
        (options.old_schema or options.schema, options.old),
        (options.schema, options.new),
    ):
        with _errors_in(folder):
            schema = load(folder)
        if version not in schema.versions:
            known = ", ".join(schema.versions)
            print(f"unknown API version {version!r}; known: {known}", file=sys.stderr)
            return 2
        schemas.append(schema)
    changes = diff(schemas[0], options.old, schemas[1], options.new)
    print(as_json(changes) if options.json else as_text(changes))
    return 0


def _generate(options: argparse.Namespace) -> int:
    # Slow to import, and not needed by `diff`.
    from codegen.publish import compare, publish
    from codegen.render import render

    with _errors_in(options.schema):
        files = render(load(options.schema))
    differences = (compare if options.check else publish)(files, options.output)
    for difference in differences:
        kept = options.check or difference.problem == "orphaned"
        what = difference.problem if kept else "written"
        print(f"{what}: {options.output.name}/{difference.path}")
    if options.check and differences:
        print(
            "run `make generate`; generated files are not edited by hand",
            file=sys.stderr,
        )
        return 1
    if any(difference.problem == "orphaned" for difference in differences):
        print("remove the orphaned files; nothing generates them", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
