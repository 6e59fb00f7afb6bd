"""Docstrings: sentences of descriptions, wrapping, sections."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable


def sentences(text: str) -> list[str]:
    """Return the sentences of a description."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`])", text.strip())


def first_sentence(text: str) -> str:
    """Return the summary of a description."""
    return text.partition(". ")[0].rstrip(".") + "."


def wrapped(text: str, indent: int, first: int) -> str:
    """Wrap words that begin in the middle of a line.

    Args:
        text: The words.
        indent: Columns to indent the other lines.
        first: Columns that the first line has.
    """
    return textwrap.fill(
        text,
        88,
        initial_indent=" " * (88 - first),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    ).lstrip()


def docstring(
    text: str, indent: int = 4, arguments: Iterable[tuple[str, str]] = ()
) -> str:
    """Return a Python docstring: the summary line, then the rest, wrapped.

    Args:
        text: Paragraphs separated by blank lines.
        indent: Indentation of the docstring in columns.
        arguments: Names and descriptions for a section `Args`.
    """
    width = 88 - indent
    first, *rest = text.strip().split("\n\n")
    summary = first_sentence(first)
    more = first[len(summary) :].strip()
    if len(summary) > width - 6:
        # Too long for one line: the opening line takes what fits.
        paragraphs = [textwrap.fill(first, width, initial_indent="   ")[3:]]
    else:
        paragraphs = [summary]
        if more:
            paragraphs.append(textwrap.fill(more, width))
    paragraphs += [textwrap.fill(p, width) for p in rest]
    described = [
        textwrap.fill(f"    {name}: {doc}", width, subsequent_indent=" " * 8)
        for name, doc in arguments
    ]
    if described:
        paragraphs.append("\n".join(["Args:", *described]))
    escaped = "\n\n".join(paragraphs).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if escaped.endswith('"'):
        escaped += " "
    body = escaped if "\n" not in escaped else f"{escaped}\n"
    return textwrap.indent(f'"""{body}"""', " " * indent).lstrip()
