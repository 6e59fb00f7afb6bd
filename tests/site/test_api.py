"""API reference: every public name is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tests.support.repository import site_pages
from tools.site.api import MODULES

pytestmark = pytest.mark.slow  # makes the whole site


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_described_or_linked(module: str) -> None:
    text = site_pages().texts[f"api/{module}.md"]
    names = importlib.import_module(module).__all__
    assert names
    for name in names:
        heading = f"\n## {name}\n\n```python\n"
        listed = f"\n- [`{name}`](" in text or f"\n- `{name}`\n" in f"{text}\n"
        assert heading in text or listed, name


def test_every_public_module_has_a_page() -> None:
    """Modules without an underscore, which have names to import."""
    for package in ("voicelive", "voicelive_mockserver"):
        folder = Path(importlib.import_module(package).__path__[0])
        for path in folder.glob("*/__init__.py"):
            name = f"{package}.{path.parent.name}"
            exports = getattr(importlib.import_module(name), "__all__", [])
            if not path.parent.name.startswith("_") and package == "voicelive":
                assert not exports or name in MODULES


def test_links_lead_to_headings() -> None:
    for module in MODULES:
        text = site_pages().texts[f"api/{module}.md"]
        for page, anchor in re.findall(r"\]\(((?:voicelive[\w.]*\.md)?)#(\w+)\)", text):
            target = site_pages().texts[f"api/{page}"] if page else text
            headings = re.findall(r"^## (.*)$", target, re.M)
            assert anchor in map(str.lower, headings), (module, page, anchor)


def test_a_signature_is_the_one_of_the_source() -> None:
    text = site_pages().texts["api/voicelive.audio.md"]
    assert "async def send_audio_stream(" in text
    assert "class AudioFormat(" in text
