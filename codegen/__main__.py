"""Command line of the compiler."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from codegen.diff import as_json, as_text, diff
from codegen.errors import SchemaError
from codegen.load import load
from codegen.source import Schema

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Compile the schema, check the result, or compare two API versions.

    Returns:
        0 when all is well, 1 when the output differs or the schema is broken.
    """
    parser = argparse.ArgumentParser(prog="python -m codegen", description=main.__doc__)
    parser.add_argument("--schema", type=Path, default=ROOT / "schema")
    parser.add_argument("--output", type=Path, default=ROOT / "generated")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if the output differs"
    )
    commands = parser.add_subparsers(dest="command")
    differ = commands.add_parser("diff", help="what changed between two API versions")
    differ.add_argument("old")
    differ.add_argument("new")
    differ.add_argument("--json", action="store_true", help="as JSON")
    options = parser.parse_args(arguments)
    try:
        schema = load(options.schema)
        if options.command == "diff":
            for version in (options.old, options.new):
                if version not in schema.versions:
                    known = ", ".join(schema.versions)
                    print(
                        f"unknown API version {version!r}; known: {known}",
                        file=sys.stderr,
                    )
                    return 2
            changes = diff(schema, options.old, options.new)
            print(as_json(changes) if options.json else as_text(changes))
            return 0
        return _generate(options, schema)
    except SchemaError as error:
        print(f"{options.schema.name}/{error}", file=sys.stderr)
        return 1


def _generate(options: argparse.Namespace, schema: Schema) -> int:
    from codegen.publish import compare, publish
    from codegen.render import render

    files = render(schema)
    differences = (compare if options.check else publish)(files, options.output)
    for difference in differences:
        print(f"{difference.problem}: {options.output.name}/{difference.path}")
    orphans = any(d.problem == "orphaned" for d in differences)
    if options.check and differences:
        print("run `make generate`; nobody edits generated files", file=sys.stderr)
        return 1
    if orphans:
        print("remove the orphaned files; nothing generates them", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
