# Generated from schema/ by `make generate`. Do not edit.
"""Results of file searches and the steps of web searches that hosted tools carry out."""

from __future__ import annotations

from voicelive_core.model import Model


class ActionFind(Model, kw_only=True):
    """Web search step that looks for text within a page.

    No known event carries it.

    Since API version 2026-04-10.
    """

    pattern: str | None = None
    """Text or pattern to look for in the page."""

    type: str = "find"
    """Always `find`."""

    url: str | None = None
    """Address of the page."""


class ActionOpenPage(Model, kw_only=True):
    """Web search step that opens a page.

    No known event carries it.

    Since API version 2026-04-10.
    """

    type: str = "open_page"
    """Always `open_page`."""

    url: str | None = None
    """Address of the page."""


class ActionSearch(Model, kw_only=True):
    """Web search step that runs a query.

    No known event carries it.

    Since API version 2026-04-10.
    """

    query: str | None = None
    """Words searched for."""

    type: str = "search"
    """Always `search`."""

    sources: list[ActionSearchSource] | None = None
    """Pages the search drew on."""


class ActionSearchSource(Model, kw_only=True):
    """A page that a web search drew on.

    Since API version 2026-04-10.
    """

    type: str = "url"
    """Always `url`."""

    url: str | None = None
    """Address of the page."""


class FileSearchResult(Model, kw_only=True):
    """A passage that a file search found.

    Sent only if the session includes `file_search_call.results`.

    Since API version 2026-04-10.
    """

    attributes: dict[str, str] | None = None
    """Labels of the file, by which searches can be filtered."""

    file_id: str | None = None
    """Identifier of the file."""

    filename: str | None = None
    """Name of the file."""

    score: float | None = None
    """How well the passage fits the query; higher fits better."""

    text: str | None = None
    """The passage."""


__all__ = [
    "ActionFind",
    "ActionOpenPage",
    "ActionSearch",
    "ActionSearchSource",
    "FileSearchResult",
]
