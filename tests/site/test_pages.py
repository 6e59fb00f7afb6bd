"""Documentation site: pages, links between them, navigation and `llms.txt`."""

from __future__ import annotations

import re

import pytest

from tests.support.repository import site_pages
from tools.paths import DOCS, ROOT
from tools.site.finish import llms, plain
from tools.site.links import BrokenLink, Rewriter

makes_the_site = pytest.mark.slow


@makes_the_site
def test_every_page_is_in_the_navigation_once() -> None:
    listed = [path for _, path in site_pages().navigation.pages()]
    assert sorted(listed) == sorted(site_pages().texts)


@makes_the_site
def test_every_guide_is_a_page() -> None:
    for path in DOCS.rglob("*.md"):
        page = str(path.relative_to(DOCS)).replace("README.md", "index.md")
        assert page in site_pages().texts


@makes_the_site
def test_every_link_leads_to_a_page_or_a_file() -> None:
    images = {f"images/{path.name}" for path in (DOCS / "images").iterdir()}
    known = site_pages().texts.keys() | site_pages().files.keys() | images
    for path, text in site_pages().texts.items():
        for target in re.findall(r"\]\(([^)\s#]+)", plain(text)):
            if "://" in target or target.startswith("mailto:"):
                continue
            folder = path.rpartition("/")[0]
            found = (ROOT / folder / target).resolve().relative_to(ROOT)
            assert str(found) in known, (path, target)


@makes_the_site
def test_llms_txt_lists_every_page() -> None:
    text = llms(site_pages())
    assert all(f"]({path})" in text for path in site_pages().texts)
    assert "(protocol/client/session.update.md): Changes session settings." in text
    assert "(client.md): `VoiceLiveClient` creates sessions:" in text


def test_every_guide_begins_with_what_it_is() -> None:
    """A sentence comes before the first table, list, code block or heading."""
    for path in DOCS.glob("*.md"):
        first = path.read_text("utf-8").split("\n\n")[1]
        assert first[0] not in "|-#", path
        assert not first.startswith("```"), path


@makes_the_site
def test_markdown_has_nothing_for_the_generator_only() -> None:
    for path, text in site_pages().texts.items():
        assert plain(text).startswith("# "), path
        assert "<div" not in re.sub(r"```.*?```", "", plain(text), flags=re.S)


# --- links ---------------------------------------------------------------------------

FILES = {"docs/a.md": "a.md", "docs/b/README.md": "b/index.md", "NEWS.md": "news.md"}


@pytest.mark.parametrize(
    ("source", "target", "rewritten"),
    [
        ("docs/a.md", "b/README.md#top", "b/index.md#top"),
        ("docs/b/README.md", "../a.md", "../a.md"),
        ("docs/b/README.md", "../../NEWS.md", "../news.md"),
        ("NEWS.md", "docs/a.md", "a.md"),
        ("NEWS.md", "https://example.com/docs/a.md", "https://example.com/docs/a.md"),
        ("NEWS.md", "#section", "#section"),
    ],
)
def test_links_between_files_become_links_between_pages(
    source: str, target: str, rewritten: str
) -> None:
    rewriter = Rewriter(FILES)
    assert rewriter.rewrite(source, f"[x]({target})") == f"[x]({rewritten})"
    assert rewriter.rewrite(source, f"[x]: {target}") == f"[x]: {rewritten}"


def test_code_is_left_alone() -> None:
    text = "```python\na[x](docs/a.md)\n```\n"
    assert Rewriter(FILES).rewrite("NEWS.md", text) == text


def test_a_link_to_a_file_that_is_no_page_is_an_error() -> None:
    with pytest.raises(BrokenLink, match=r"NEWS.md: docs/c.md"):
        Rewriter(FILES).rewrite("NEWS.md", "[x](docs/c.md)")
