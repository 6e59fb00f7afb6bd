"""Check that a docstring gives no fact twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codegen.checks.refusal import refuse
from codegen.docstrings import sentences
from codegen.notes import notes
from codegen.source import Alias, Enum, Schema, Span, Struct

# Sentences that give the source of a fact, which `x-source` does in a docstring.
_SOURCE = re.compile(
    r"released SDK|\bno SDK\b|[Oo]bserved on|not documented|in no specification|"
    r"^(?:Documented|Observed|Recorded|Seen on the service|Known (?:only )?from)\b"
)
# Sentences that give API versions, which `x-since` and `x-until` do.
_VERSIONS = re.compile(
    r"\b(?:[Oo]nly in|[Ss]ince|[Uu]ntil|[Uu]p to|[Pp]art of) (?:the )?"
    r"(?:API )?(?:versions? )?(?:up to )?(\d{4}-\d\d-\d\d(?:-preview)?)"
)


def check_wording(schema: Schema) -> None:
    """Refuse descriptions that repeat a sentence, a source or an API version."""
    for definition in schema.definitions.values():
        for where, text, span, source in _texts(definition):
            reason = _repeated(text, span, source)
            if reason is not None:
                refuse(definition, (*where, "description"), reason)


def _texts(
    definition: Struct | Enum | Alias,
) -> Iterator[tuple[tuple[str, ...], str, Span, str | None]]:
    """Yield place, text, API versions and source of each description."""
    source = definition.source if isinstance(definition, Struct) else None
    yield (), definition.description, definition.span, source
    match definition:
        case Struct(properties=properties):
            for prop in properties:
                where = ("properties", prop.wire)
                yield where, prop.description, prop.span, prop.source
        case Enum(values=values):
            for index, value in enumerate(values):
                where = ("oneOf", str(index))
                yield where, value.description, value.span, value.source
        case Alias():
            pass


def _repeated(text: str, span: Span, source: str | None) -> str | None:
    """Return the error message for a fact that the docstring would give twice."""
    found = sentences(text)
    seen: set[str] = set()
    for sentence in [*found, *notes(span, source)]:
        words = " ".join(re.findall(r"\w+", sentence.lower()))
        if words in seen:
            return f"the docstring would have the same sentence twice: {sentence!r}"
        seen.add(words)
    sources = [sentence for sentence in found if _SOURCE.search(sentence)]
    if sources and source is not None:
        return f"`x-source` already gives the source: {sources[0]!r}"
    if len(sources) > 1:
        return f"the source is given twice: {sources[0]!r} and {sources[1]!r}"
    for match in _VERSIONS.finditer(text):
        for keyword, version in (("x-since", span.since), ("x-until", span.until)):
            if match[1] == version:
                return f"`{keyword}` already gives the API version: {match[0]!r}"
    return None
