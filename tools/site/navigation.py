"""Navigation of the site: by task, then reference, then the project."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TypeAlias

from codegen.reference.pages import Page

OTHER_FILES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "schema/README.md": "schema.md",
}
"""Pages from outside `docs/`."""

# The first examples, in this order; the others follow.
_EXAMPLES = ("basic_assistant", "function_calling", "mcp", "agent_mode", "talk")

Entry: TypeAlias = "tuple[str, str] | tuple[str, list[Entry]]"

_GUIDES: list[tuple[str, list[str]]] = [
    (
        "Conversations",
        [
            "client.md",
            "handlers.md",
            "audio.md",
            "microphone.md",
            "turns.md",
            "interruptions.md",
            "tools.md",
            "mcp.md",
            "agents.md",
            "ending-calls.md",
            "conversation.md",
        ],
    ),
    (
        "Operation",
        [
            "errors.md",
            "staying-connected.md",
            "telemetry.md",
            "proxies.md",
            "notebooks.md",
            "command-line.md",
        ],
    ),
    (
        "Testing",
        [
            "testing.md",
            "pytest.md",
            "other-languages.md",
            "mock-service.md",
            "mock-control.md",
            "scenarios.md",
            "faults.md",
            "record-and-replay.md",
            "mock-behaviour.md",
            "load-testing.md",
        ],
    ),
]
_START = ["quick-start.md", "installation.md", "moving-over.md"]
_PROJECT = [
    "architecture.md",
    "contributing.md",
    "schema.md",
    "adding-an-api-version.md",
    "security.md",
    "changelog.md",
]


class Navigation:
    """Titles and paths of all pages, as a tree."""

    def __init__(self, title: Callable[[str], str]) -> None:
        """Create the navigation of the hand-written pages.

        Args:
            title: Returns the title of a page.
        """
        self._title = title
        self._guides: list[Entry] = [(n, self._listed(p)) for n, p in _GUIDES]
        self._start: list[Entry] = [("Overview", "index.md"), *self._listed(_START)]
        self._examples: list[Entry] = []
        self._project = self._listed(_PROJECT)
        self._protocol: list[Entry] = []
        self._api: list[Entry] = []

    def add_protocol(self, reference: Iterable[Page]) -> None:
        """Add the protocol reference."""
        folders: dict[str, list[Entry]] = {}
        for page in reference:
            folder, _, _ = page.path.rpartition("/")
            entry = (page.title, f"protocol/{page.path}")
            folders.setdefault(folder, []).append(entry)
        top = folders.pop("")
        titles = {
            "client": "Client events",
            "server": "Server events",
            "items": "Items",
            "types": "Types",
            "differences": "Differences between versions",
        }
        for name in ("client", "server"):
            folders[name].sort()
        groups: list[Entry] = [(titles[name], pages) for name, pages in folders.items()]
        self._protocol = [*top, ("Reference", groups)]

    def add_api(self, pages: Iterable[str]) -> None:
        """Add the API reference."""
        self._api = self._listed(pages)

    def add_examples(self, paths: Iterable[str]) -> None:
        """Add the pages of examples."""
        first = [f"examples/{name}.md" for name in _EXAMPLES]
        found = sorted(paths)
        order = [path for path in first if path in found]
        order += [path for path in found if path not in first]
        self._examples = self._listed(order)

    def add_rest(self, paths: Iterable[str]) -> None:
        """Add pages that no section lists: decision records, and new guides."""
        known = {path for _, path in self.pages()}
        rest = [path for path in sorted(paths) if path not in known]
        decisions = [path for path in rest if path.startswith("decisions/")]
        decisions.sort(key=lambda path: (path != "decisions/index.md", path))
        if decisions:
            self._project.append(("Decisions", self._listed(decisions)))
        guides = [path for path in rest if path not in decisions]
        if guides:
            self._guides.append(("More", self._listed(guides)))

    def sections(self) -> list[Entry]:
        """Return the tree."""
        return [
            ("Start", self._start),
            ("Guides", self._guides),
            ("Examples", self._examples),
            ("Protocol", self._protocol),
            *([("API", self._api)] if self._api else []),
            ("Project", self._project),
        ]

    def pages(self) -> list[tuple[str, str]]:
        """Return title and path of all pages, in order."""
        return _leaves(self.sections())

    def as_toml(self) -> str:
        """Return the tree as the `nav` setting."""
        return f"nav = {_toml(self.sections())}"

    def _listed(self, paths: Iterable[str]) -> list[Entry]:
        return [(self._title(path), path) for path in paths]


def _leaves(entries: Iterable[Entry]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for title, target in entries:
        found += [(title, target)] if isinstance(target, str) else _leaves(target)
    return found


def _toml(entries: Iterable[Entry]) -> str:
    """Return entries in TOML, where strings and arrays are as in JSON."""
    items = []
    for title, target in entries:
        value = json.dumps(target) if isinstance(target, str) else _toml(target)
        items.append(f"{{{json.dumps(title)} = {value}}}")
    return f"[{', '.join(items)}]"
