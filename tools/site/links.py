"""Links between files of the repository, as links between pages of the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

_FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2[^\n]*$", re.M | re.S)
_LINK = re.compile(r"(\]\(|^\[[^\]\n]+\]: )([^)\s]+)", re.M)

# Pages that are made for the site; the generator checks that they exist.
_MADE = ("docs/api/", "docs/images/", "docs/protocol/")


class BrokenLink(Exception):
    """A link leads to a file that is no page."""


class Rewriter:
    """Rewrites links of files that become pages."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        """Create it.

        Args:
            pages: Path of the page for each file of the repository that becomes one.
        """
        self._pages = pages

    def rewrite(self, source: str, text: str) -> str:
        """Return the text of a file with links to pages.

        Raises:
            BrokenLink: A relative link leads to a file that is no page.
        """
        page = self._pages[source]

        def link(match: re.Match[str]) -> str:
            return f"{match[1]}{self._target(source, page, match[2])}"

        # Code is left alone.
        parts, end = [], 0
        for fence in _FENCE.finditer(text):
            parts += [_LINK.sub(link, text[end : fence.start()]), fence[0]]
            end = fence.end()
        return "".join([*parts, _LINK.sub(link, text[end:])])

    def _target(self, source: str, page: str, target: str) -> str:
        if re.match(r"[a-z]+:|#", target):
            return target
        path, hash_sign, anchor = target.partition("#")
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if file.startswith(_MADE):
            found = file.removeprefix("docs/")
        elif file in self._pages:
            found = self._pages[file]
        else:
            raise BrokenLink(f"{source}: {target} is no page of the site")
        relative = posixpath.relpath(found, posixpath.dirname(page) or ".")
        return f"{relative}{hash_sign}{anchor}"
