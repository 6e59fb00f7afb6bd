"""Fixtures: the schema of this repository and its rendering, once per session."""

from __future__ import annotations

import pytest

from codegen.load import load
from codegen.render import render
from codegen.source import Schema
from tests.codegen.minimal_schema import SCHEMA


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The schema of this repository."""
    return load(SCHEMA)


@pytest.fixture(scope="session")
def rendered(schema: Schema) -> dict[str, str]:
    """The generated package of this repository, by path."""
    return render(schema)
