"""All pages of the site, as Markdown, and the configuration of the generator."""

from __future__ import annotations

import ast
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from codegen.bundle import bundle
from codegen.load import load
from codegen.reference.asyncapi import asyncapi
from codegen.reference.pages import Page, Reference
from codegen.source import Schema
from tools.paths import DOCS, ROOT
from tools.site.api import MODULES, ApiReference
from tools.site.links import Rewriter
from tools.site.navigation import OTHER_FILES, Navigation
from tools.site.sequences import play_sequences

_CONFIG = Path(__file__).with_name("zensical.toml")
_ASSETS = Path(__file__).with_name("assets")


@dataclass(frozen=True, slots=True)
class Pages:
    """Everything that the generator needs.

    Attributes:
        texts: Markdown by path.
        files: Other files by path.
        navigation: Pages by section.
    """

    texts: dict[str, str]
    files: dict[str, str]
    navigation: Navigation


def gather() -> Pages:
    """Return all pages and files of the site."""
    sources = _sources()
    rewriter = Rewriter(sources)
    texts = {
        path: rewriter.rewrite(source, _markdown(ROOT / source))
        for source, path in sources.items()
    }
    schema = load(ROOT / "schema")
    protocol = Reference(schema)
    sequences = play_sequences(protocol.places)
    reference = protocol.pages([sequences.page])
    texts |= {
        f"protocol/{page.path}": sequences.in_context(page.text, page.title)
        for page in reference
    }
    files = {f"protocol/{path}": text for path, text in _downloads(schema).items()}
    texts |= ApiReference(_types(protocol)).pages()
    return Pages(texts, files, _navigation(texts, reference))


def _types(protocol: Reference) -> dict[str, str]:
    """Return the address of each type of the protocol, from the root of the site."""
    found = {}
    for name in protocol.schema.definitions:
        place = protocol.places[name]
        anchor = f"#{place.anchor}" if place.anchor else ""
        found[name] = f"protocol/{place.path}{anchor}"
    return found


def publish(pages: Pages, folder: Path) -> None:
    """Write pages, files and configuration; what is the same is left alone."""
    content = folder / "docs"
    wanted = {content / path: text for path, text in pages.texts.items()}
    wanted |= {content / path: text for path, text in pages.files.items()}
    for asset in _ASSETS.iterdir():
        wanted[content / "assets" / asset.name] = asset.read_text("utf-8")
    settings = _CONFIG.read_text("utf-8")
    head, table, rest = settings.partition("[project]\n")
    settings = f"{head}{table}{pages.navigation.as_toml()}\n{rest}"
    wanted[folder / "zensical.toml"] = settings
    for path, text in wanted.items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    images = DOCS / "images"
    if images.exists():
        shutil.copytree(images, content / "images", dirs_exist_ok=True)
    for path in content.rglob("*"):
        kept = path in wanted or path.is_relative_to(content / "images")
        if path.is_file() and not kept:
            path.unlink()


def _sources() -> dict[str, str]:
    """Return the page of each file of the repository that becomes one."""
    found = {
        str(path.relative_to(ROOT)): str(path.relative_to(DOCS))
        for path in sorted(DOCS.rglob("*.md"))
    }
    found = {k: v.replace("README.md", "index.md") for k, v in found.items()}
    found |= OTHER_FILES
    for path in sorted((ROOT / "examples").glob("[!_]*.py")):
        found[f"examples/{path.name}"] = f"examples/{path.stem}.md"
    return found


def _markdown(path: Path) -> str:
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        return text
    # The docstring is the introduction, the rest is the program.
    module = ast.parse(text)
    introduction = ast.get_docstring(module) or ""
    end = module.body[0].end_lineno or 0
    code = "\n".join(text.splitlines()[end:]).strip("\n")
    title = path.stem.replace("_", " ").capitalize().replace("Mcp", "MCP")
    return f"# {title}\n\n{introduction}\n\n```python\n{code}\n```\n"


def _downloads(schema: Schema) -> dict[str, str]:
    found = {}
    for version in schema.versions:
        found[f"schemas/{version}.json"] = _json(bundle(schema, version))
        found[f"asyncapi/{version}.json"] = _json(asyncapi(schema, version))
    return found


def _json(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _navigation(texts: dict[str, str], reference: list[Page]) -> Navigation:
    navigation = Navigation(lambda path: title_of(texts[path]))
    navigation.add_examples(path for path in texts if path.startswith("examples/"))
    navigation.add_protocol(reference)
    navigation.add_api(f"api/{module}.md" for module in MODULES)
    navigation.add_rest(texts)
    return navigation


def title_of(text: str) -> str:
    """Return the first heading of a page, without markup."""
    heading = re.search(r"^# (.+)$", text, re.M)
    assert heading is not None
    return heading[1].replace("`", "").replace("\\_", "_")
