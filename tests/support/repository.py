"""The schema of this repository and what is made of it, once per process.

Nothing is made on import: tests are collected without it.
"""

from __future__ import annotations

from functools import cache

from codegen.load import load
from codegen.reference.pages import Page, Reference
from codegen.source import Schema
from tools.paths import ROOT
from tools.site.gather import Pages, gather

SCHEMA_FOLDER = ROOT / "schema"


@cache
def schema() -> Schema:
    """Return the schema."""
    return load(SCHEMA_FOLDER)


@cache
def reference() -> Reference:
    """Return the protocol reference."""
    return Reference(schema())


@cache
def reference_pages() -> dict[str, Page]:
    """Return the pages of the protocol reference by path."""
    return {page.path: page for page in reference().pages()}


@cache
def site_pages() -> Pages:
    """Return the pages of the documentation site."""
    return gather()
