"""Errors of the service: a page of all, and those that answer one event."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codegen.reference.markdown import PageLocations, in_table, joined
from codegen.source import KnownError, Schema


def errors(schema: Schema, places: PageLocations) -> str:
    """Return the page of the error catalogue."""
    page = "errors.md"
    lines = [
        "# Errors",
        "",
        f"{places.link('ServerEventError', '`error`', page)} events of the "
        "service by occasion. Texts in braces vary. After a *fatal* error the "
        "service closes the connection. *Retry* says whether a new session may "
        "work; the client uses it for `error.retryable`. Messages that name the mock "
        "service are its own.",
    ]
    for group in schema.error_groups:
        title = places.linked(group.description, page).rstrip(".")
        lines += [
            "",
            f"## {title}",
            "",
            "| Code | Message | Answers; field; consequence |",
        ]
        lines.append("|---|---|---|")
        for error in group.errors:
            code = f"`{error.code}`" if error.code else "none"
            notes = [places.named(places.wires[e], page) for e in error.events]
            if error.param:
                notes.append(f"`param`: `{error.param}`")
            notes += [f"type `{error.type}`"]
            if error.fatal:
                close = f", close code {error.close_code}" if error.close_code else ""
                notes.append(f"fatal{close}")
            if error.retry is not None:
                notes.append(f"retry: {'yes' if error.retry else 'no'}")
            message = in_table(places.linked(_message(error), page))
            lines.append(f"| {code} | {message} | {in_table(', '.join(notes))} |")
    return joined(lines)


def errors_of(schema: Schema, places: PageLocations, wire: str) -> Iterator[str]:
    """Yield the section of the errors that answer a client event."""
    page = places[places.wires[wire]].path
    found = [
        error
        for group in schema.error_groups
        for error in group.errors
        if wire in error.events
    ]
    yield from ("", "## Errors", "")
    if found:
        yield from ("| Code | Message | `param` |", "|---|---|---|")
        for error in found:
            code = f"`{error.code}`" if error.code else "none"
            message = in_table(places.linked(_message(error), page))
            param = f"`{error.param}`" if error.param else ""
            yield f"| {code} | {message} | {param} |"
        yield ""
    yield (
        "An event that is not of this form, or comes before the session is configured, "
        "is refused like any other: [all errors](../errors.md)."
    )


def _message(error: KnownError) -> str:
    """Return the message with its placeholders as code, without their formats."""
    return re.sub(r"\{(\w+)[^}]*\}", r"`{\1}`", error.message)
