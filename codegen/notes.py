"""Sentences that annotations add to a docstring: API versions and source."""

from __future__ import annotations

from codegen.source import Span

_SOURCES = {
    "recording": "Recorded from the service; no SDK declares it.",
    "observed": "Seen on the service; no SDK declares it.",
    "documentation": "Documented by the vendor; no SDK declares it.",
    "sdk": "Known from an SDK only.",
}


def notes(span: Span, source: str | None) -> list[str]:
    """Return the sentences for `x-since`, `x-until` and `x-source`."""
    found = []
    if span.since and span.since == span.until:
        found.append(f"Only in API version {span.since}.")
    elif span.since and span.until:
        found.append(f"In API versions {span.since} to {span.until}.")
    elif span.since:
        found.append(f"Since API version {span.since}.")
    elif span.until:
        found.append(f"Until API version {span.until}.")
    if source:
        found.append(_SOURCES[source])
    return found
