"""API reference: every public name, from its docstring."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import griffe

from tools.paths import ROOT

MODULES = (
    "voicelive",
    "voicelive.aio",
    "voicelive.turns",
    "voicelive.conversation",
    "voicelive.resilience",
    "voicelive.audio",
    "voicelive.telemetry",
    "voicelive.testing",
    "voicelive.models",
    "voicelive_mockserver",
    "voicelive_mockserver.scenario",
    "voicelive_mockserver.faults",
)
"""Public modules."""

# Their names are described in the other modules that have them.
_COLLECTIONS = ("voicelive.aio", "voicelive.models")

# Modules that re-export all names of another one, which defines `__all__`.
_EXPORTS = {
    "voicelive.models": "voicelive_protocol",
    "voicelive_mockserver": "voicelive_mockserver._api",
}

_FOLDERS = ("", "core", "generated", "mockserver")
_PACKAGES = (
    "voicelive_core",
    "voicelive_protocol",
    "voicelive",
    "voicelive_mockserver",
)
_CODE = re.compile(r"(```.*?```)|`([A-Za-z_][\w.]*)`", re.S)
_IMPORTS = re.compile(r"\s*\bImports `.*?\.(?=\s|$)", re.S)
_MODELS = "voicelive.models"


class MissingDocstring(Exception):
    """A public name has no docstring."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A public name: where it is described, and the object behind it."""

    module: str
    name: str
    item: griffe.Object


class ApiReference:
    """Pages of all public modules."""

    def __init__(self, types: Mapping[str, str]) -> None:
        """Read all packages, without importing them.

        Args:
            types: Place in the protocol reference, by the name of a type.
        """
        self._types = types
        loader = griffe.GriffeLoader(
            search_paths=[ROOT / folder for folder in _FOLDERS],
            docstring_parser="google",
        )
        for package in _PACKAGES:
            loader.load(package)
        loader.resolve_aliases(external=False)
        self._modules = loader.modules_collection
        self._homes: dict[str, _Name] = {}
        self._names: dict[str, dict[str, griffe.Object]] = {}
        self._external: dict[str, dict[str, str]] = {}
        for module in sorted(MODULES, key=lambda name: name in _COLLECTIONS):
            self._read(module)
        self._public = {home.name: home for home in reversed(self._homes.values())}

    def _read(self, module: str) -> None:
        source = self._modules[_EXPORTS.get(module, module)]
        names = self._names[module] = {}
        external = self._external[module] = {}
        for name in map(str, source.exports or []):
            item = source[name]
            try:
                names[name] = found = _target(item)
            except griffe.AliasResolutionError:
                external[name] = item.target_path.partition(".")[0]
            else:
                if found.docstring is None:
                    found.docstring = _docstring_after(found)
                self._homes.setdefault(found.path, _Name(module, name, found))

    def pages(self) -> dict[str, str]:
        """Return Markdown by path.

        Raises:
            MissingDocstring: A public name has none.
        """
        return {f"api/{module}.md": self._page(module) for module in MODULES}

    def _page(self, module: str) -> str:
        lines = [f"# {module}", "", *self._docstring(self._modules[module], module)]
        elsewhere: dict[str, list[str]] = {}
        described: list[tuple[str, griffe.Object]] = []
        for name, item in sorted(self._names[module].items()):
            home = self._homes[item.path]
            if module == _MODELS and name in self._types:
                link = f"- [`{name}`](../{self._types[name]})"
                elsewhere.setdefault("types of the protocol", []).append(link)
            elif home.module != module:
                link = f"- [`{name}`]({home.module}.md#{home.name.lower()})"
                elsewhere.setdefault(f"`{home.module}`", []).append(link)
            else:
                described.append((name, item))
        for name, package in sorted(self._external[module].items()):
            elsewhere.setdefault(f"`{package}`", []).append(f"- `{name}`")
        for name, item in described:
            lines += ["", f"## {name}", "", *self._entry(module, name, item)]
        for place, links in elsewhere.items():
            lines += ["", f"## From {place.strip('`')}", "", *links]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"

    # --- objects -----------------------------------------------------------------

    def _entry(self, module: str, name: str, item: griffe.Object) -> Iterator[str]:
        if item.docstring is None:
            raise MissingDocstring(f"{module}.{name} has no docstring")
        if isinstance(item, griffe.Class):
            yield from self._class(module, name, item)
        elif isinstance(item, griffe.Function):
            yield from self._function(module, name, item)
        else:
            assert isinstance(item, griffe.Attribute)
            yield from _signature(_attribute(name, item))
            yield from self._docstring(item, module)

    def _class(self, module: str, name: str, item: griffe.Class) -> Iterator[str]:
        constructor = item.all_members.get("__init__")
        bases = ", ".join(str(base) for base in item.bases)
        if isinstance(constructor, griffe.Function) and len(constructor.parameters) > 1:
            yield from _signature(_call("class ", name, constructor))
            if bases:
                yield from (f"Bases: {self._linked(f'`{bases}`', module)}", "")
        else:
            constructor = None
            yield from _signature(
                f"class {name}({bases})" if bases else f"class {name}"
            )
        yield from self._docstring(item, module)
        if isinstance(constructor, griffe.Function):
            yield from self._docstring(constructor, module)
        attributes: list[tuple[str, griffe.Attribute]] = []
        methods: list[tuple[str, griffe.Function]] = []
        documented = _documented_attributes(item)
        for member, found in _members(item).items():
            if isinstance(found, griffe.Function):
                methods.append((member, found))
            elif isinstance(found, griffe.Attribute) and member not in documented:
                attributes.append((member, found))
        attributes = [each for each in attributes if each[1].docstring]
        if attributes:
            yield from ("| Attribute | Type | Meaning |", "|---|---|---|")
            for member, attribute in attributes:
                assert attribute.docstring is not None
                meaning = _cell(self._linked(attribute.docstring.value, module))
                kind = _cell(str(attribute.annotation or ""))
                yield f"| `{member}` | {f'`{kind}`' if kind else ''} | {meaning} |"
        for member, method in methods:
            yield from ("", f"### {name}.{member}", "")
            yield from self._function(module, member, method)

    def _function(self, module: str, name: str, item: griffe.Function) -> Iterator[str]:
        prefix = "async def " if "async" in item.labels else "def "
        yield from _signature(_call(prefix, name, item))
        yield from self._docstring(item, module)

    # --- docstrings --------------------------------------------------------------

    def _docstring(self, item: griffe.Object, module: str) -> Iterator[str]:
        if item.docstring is None:
            return
        for section in item.docstring.parsed:
            yield from self._section(section, module)

    def _section(self, section: griffe.DocstringSection, module: str) -> Iterator[str]:
        match section:
            case griffe.DocstringSectionText():
                # Layers are described for those who change the package.
                text = _IMPORTS.sub("", section.value)
                yield from (self._linked(text.strip(), module), "")
            case griffe.DocstringSectionAdmonition():
                contents = self._linked(section.value.contents, module)
                yield from (f"**{section.title}:** {contents}", "")
            case griffe.DocstringSectionExamples():
                for _, text in section.value:
                    yield from (text, "")
            case (
                griffe.DocstringSectionParameters()
                | griffe.DocstringSectionAttributes()
                | griffe.DocstringSectionOtherParameters()
            ):
                title = section.kind.value.capitalize()
                yield from (f"| {title} | Type | Meaning |", "|---|---|---|")
                for each in section.value:
                    kind = f"`{_cell(str(each.annotation))}`" if each.annotation else ""
                    meaning = _cell(self._linked(each.description, module))
                    yield f"| `{each.name}` | {kind} | {meaning} |"
                yield ""
            case griffe.DocstringSectionRaises():
                yield from ("| Raises | When |", "|---|---|")
                for error in section.value:
                    name = self._linked(f"`{error.annotation}`", module)
                    meaning = _cell(self._linked(error.description, module))
                    yield f"| {name} | {meaning} |"
                yield ""
            case griffe.DocstringSectionReturns() | griffe.DocstringSectionYields():
                text = " ".join(each.description for each in section.value)
                title = section.kind.value.capitalize()
                yield from (f"**{title}:** {self._linked(text, module)}", "")
            case _:
                raise NotImplementedError(section.kind)

    def _linked(self, text: str, module: str) -> str:
        """Return text in which public names are links."""

        def link(match: re.Match[str]) -> str:
            if match[1]:
                return match[1]
            first = match[2].partition(".")[0]
            if match[2] in self._names:
                return f"[{match[0]}]({match[2]}.md)"
            if first in self._types:
                return f"[{match[0]}](../{self._types[first]})"
            home = self._public.get(first)
            if home is None or not home.name[0].isupper():
                return match[0]
            page = "" if home.module == module else f"{home.module}.md"
            return f"[{match[0]}]({page}#{home.name.lower()})"

        return _CODE.sub(link, text)


def _target(item: griffe.Object | griffe.Alias) -> griffe.Object:
    """Return the object that a name leads to."""
    found = item.final_target if isinstance(item, griffe.Alias) else item
    assert isinstance(found, griffe.Object)
    return found


def _docstring_after(item: griffe.Object) -> griffe.Docstring | None:
    """Return the text after an `if TYPE_CHECKING` that defines a name both ways."""
    assert isinstance(item.filepath, Path)
    statements = ast.parse(item.filepath.read_text("utf-8")).body
    for statement, following in pairwise(statements):
        match statement, following:
            case (
                ast.If(orelse=[ast.Assign(targets=[ast.Name(id=name)])]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ) if name == item.name:
                return griffe.Docstring(text, parser="google", parent=item)
    return None


def _members(item: griffe.Class) -> dict[str, griffe.Object]:
    """Return public members, also those of bases that have no page of their own."""
    found: dict[str, griffe.Object] = {}
    for name, member in item.all_members.items():
        if name.startswith("_"):
            continue
        target = _target(member)
        if target.path.startswith(("voicelive_core.", "builtins.")):
            continue
        found[name] = target
    return found


def _documented_attributes(item: griffe.Class) -> set[str]:
    """Return the attributes that the docstring of the class describes."""
    if item.docstring is None:
        return set()
    return {
        each.name
        for section in item.docstring.parsed
        if isinstance(section, griffe.DocstringSectionAttributes)
        for each in section.value
    }


def _attribute(name: str, item: griffe.Attribute) -> str:
    annotation = f": {item.annotation}" if item.annotation else ""
    value = str(item.value or "")
    return (
        f"{name}{annotation} = {value}" if 0 < len(value) <= 80 else name + annotation
    )


def _call(prefix: str, name: str, item: griffe.Function) -> str:
    """Return the signature of a function or class, in lines if it is long."""
    parts = []
    keyword_only = False
    for parameter in item.parameters:
        if parameter.name in ("self", "cls"):
            continue
        stars = ""
        kind = parameter.kind
        if kind is griffe.ParameterKind.var_positional:
            stars, keyword_only = "*", True
        elif kind is griffe.ParameterKind.var_keyword:
            stars = "**"
        elif kind is griffe.ParameterKind.keyword_only and not keyword_only:
            keyword_only = True
            parts.append("*")
        text = f"{stars}{parameter.name}"
        if parameter.annotation:
            text += f": {parameter.annotation}"
        if parameter.default is not None and not stars:
            text += f" = {parameter.default}"
        parts.append(text)
    returns = f" -> {item.returns}" if item.returns and prefix != "class " else ""
    line = f"{prefix}{name}({', '.join(parts)}){returns}"
    if len(line) <= 80:
        return line
    listed = "".join(f"    {part},\n" for part in parts)
    return f"{prefix}{name}(\n{listed}){returns}"


def _signature(text: str) -> Iterator[str]:
    yield from ("```python", text, "```", "")


def _cell(text: str) -> str:
    """Return text for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
