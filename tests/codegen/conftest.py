"""Fixtures: the schema of this repository and its rendering, once per session."""

from __future__ import annotations

import pytest

from codegen.render import render
from codegen.source import Schema
from tests.support import repository


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The schema of this repository."""
    return repository.schema()


@pytest.fixture(scope="session")
def rendered(schema: Schema) -> dict[str, str]:
    """The generated package of this repository, by path."""
    return render(schema)
