"""Parts of the built site that the generator does not make: Markdown, `llms.txt`."""

from __future__ import annotations

import re
from pathlib import Path

from tools.site.gather import Pages
from voicelive._version import __version__

_REMOTE = re.compile(r"""<(?:script|img|iframe)[^>]+src="?(https?:[^" >]+)""")
_STYLES = re.compile(
    r"""<link[^>]+rel="?(?:stylesheet|preconnect)[^>]+(https?:[^" >]+)"""
)


# Names in the navigation and in tables, and the place for a repository in the header.
_NAMES = re.compile(r'(?<=<span class="md-ellipsis">)[^<]+')
_TABLES = re.compile(r"<table>.*?</table>", re.S)
_CODE = re.compile(r"(?<=<code>)[^<\s]+(?=</code>)")
_SOURCE = re.compile(r'<div class="md-header__source">')


class RemoteFile(Exception):
    """A page loads something from another host."""


def finish(pages: Pages, site: Path) -> None:
    """Add the Markdown form of each page and `llms.txt`, and check the result.

    Raises:
        RemoteFile: A page loads something from another host.
    """
    version = f'<a href="{{}}changelog.html">voicelive {__version__}</a>'
    for path, text in pages.texts.items():
        target = site / path
        target.write_text(plain(text), "utf-8")
        page = target.with_suffix(".html")
        link = f'<link rel="alternate" type="text/markdown" href="{target.name}">'
        html = page.read_text("utf-8").replace("<head>", f"<head>{link}", 1)
        html = _NAMES.sub(_breakable, html)
        html = _TABLES.sub(lambda table: _CODE.sub(_breakable, table[0]), html)
        root = "../" * path.count("/")
        html = _SOURCE.sub(rf"\g<0>{version.format(root)}", html, count=1)
        page.write_text(html, "utf-8")
    # Its addresses begin at the root of a server, unlike those of all other pages.
    (site / "404.html").unlink(missing_ok=True)
    (site / "llms.txt").write_text(llms(pages), "utf-8")
    for page in site.rglob("*.html"):
        html = page.read_text("utf-8")
        for found in (*_REMOTE.finditer(html), *_STYLES.finditer(html)):
            raise RemoteFile(f"{page.relative_to(site)} loads {found[1]}")


def _breakable(match: re.Match[str]) -> str:
    """Return a name that may wrap after dots and underscores, and before capitals."""
    return re.sub(r"(?<=\w[._])(?=\w)|(?<=[a-z])(?=[A-Z])", "<wbr>", match[0])


def plain(text: str) -> str:
    """Return Markdown without what only the generator reads."""
    text = re.sub(r"\A---\n.*?\n---\n+", "", text, flags=re.S)
    return re.sub(r"^</?div[^>]*>\n+", "", text, flags=re.M)


def llms(pages: Pages) -> str:
    """Return the list of all pages for coding assistants."""
    lines = [
        "# voicelive",
        "",
        "> Typed Python client, protocol types and an offline mock service for "
        "the Azure Voice Live API: speech-to-speech conversations in real time.",
        "",
        "Every page is here in Markdown. JSON Schemas of each API version are in "
        "`protocol/schemas/`, AsyncAPI documents in `protocol/asyncapi/`.",
    ]
    for section, entries in pages.navigation.sections():
        lines += ["", f"## {section}", ""]
        lines += _listed(entries if isinstance(entries, list) else [], pages)
    return "\n".join(lines) + "\n"


def _listed(entries: list, pages: Pages) -> list[str]:  # type: ignore[type-arg]
    lines = []
    for title, target in entries:
        if isinstance(target, str):
            summary = _summary(plain(pages.texts[target]))
            lines.append(f"- [{title}]({target}){f': {summary}' if summary else ''}")
        else:
            lines += _listed(target, pages)
    return lines


def _summary(text: str) -> str:
    """Return the first sentence of a page, as text."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    for block in text.split("\n\n"):
        block = " ".join(block.split())
        marks = ("#", "|", "-", ">", "<", "**", "Event of", "!")
        if not block or block.startswith(marks) or "API versions:" in block:
            continue
        words = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", block)
        return re.split(r"(?<=[.!?]) ", words)[0].replace("\\", "")
    return ""
