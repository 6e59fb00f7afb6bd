"""YAML and JSON documents with the line numbers of their values."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicelive_mockserver.scenario.problems import (
    FieldPath,
    Problem,
    ScenarioError,
    UnreadableScenario,
)
from voicelive_protocol import parse

if TYPE_CHECKING:
    import yaml

_MAX_VALUES = 100_000
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a file.

    Attributes:
        source: The name of the file in messages.
        value: The content, made of `dict`, `list`, `str`, numbers, `bool` and `None`.
        lines: The line numbers of the values, counted from 1; for the value of a
            mapping, that of its key.
    """

    source: str
    value: Any
    lines: dict[FieldPath, int]

    def line(self, path: FieldPath) -> int | None:
        """Return the line of a value, or of the innermost container with a known line.

        Args:
            path: The path of the value.

        Returns:
            The line; `None` if it is unknown.
        """
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_document(path: Path) -> Document:
    """Read a file.

    Args:
        path: A file whose name ends in `.yaml`, `.yml` or `.json`.

    Raises:
        UnreadableScenario: It cannot be read.
        ScenarioError: It is invalid; or it is YAML and PyYAML is not installed.
    """
    source = str(path)
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        problem = Problem(error.strerror or str(error))
        raise UnreadableScenario(source, [problem]) from None
    except UnicodeDecodeError as error:
        raise ScenarioError(source, [Problem(f"not text: {error}")]) from None
    match path.suffix.casefold():
        case ".json":
            return read_json(text, source)
        case ".yaml" | ".yml":
            return read_yaml(text, source)
        case _:
            raise ScenarioError(
                source, [Problem("the name of a scenario ends in .yaml, .yml or .json")]
            )


def read_json(text: str, source: str) -> Document:
    """Read JSON.

    Args:
        text: The JSON.
        source: The name of the file in messages.

    Raises:
        ScenarioError: It is not valid JSON, or has a duplicate key.
    """
    try:
        value = json.loads(text)  # noqa: TID251 - errors with line numbers
    except json.JSONDecodeError as error:
        problem = Problem(f"not valid JSON: {error.msg}", line=error.lineno)
        raise ScenarioError(source, [problem]) from None
    except RecursionError:
        raise ScenarioError(source, [Problem("nested too deeply")]) from None
    return Document(source, value, _JsonLines(text, source).lines)


def read_yaml(text: str, source: str) -> Document:
    """Read YAML with the scalars of YAML 1.2: `no` and dates are strings.

    Args:
        text: The YAML.
        source: The name of the file in messages.

    Raises:
        ScenarioError: It is not valid YAML, or has a duplicate key or a tag; or PyYAML
            is not installed.
    """
    try:
        import yaml
    except ImportError:
        hint = (
            "reading YAML needs PyYAML: pip install 'voicelive[mock]', or write the "
            "scenario in JSON"
        )
        raise ScenarioError(source, [Problem(hint)]) from None
    try:
        root = yaml.compose(text, Loader=_yaml_loader())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        problem = Problem(f"not valid YAML: {error.problem or error.context}", (), line)
        raise ScenarioError(source, [problem]) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ScenarioError(source, [Problem(f"not valid YAML: {error}")]) from None
    builder = _YamlBuilder(source)
    value = None if root is None else builder.build(root, ())
    return Document(source, value, builder.lines)


class _JsonLines:
    """The line numbers of the values in valid JSON."""

    def __init__(self, text: str, source: str) -> None:
        self.lines: dict[FieldPath, int] = {}
        self._source = source
        self._newlines = [found.start() for found in re.finditer("\n", text)]
        self._tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self._value(next(self._tokens), ())

    def _value(self, token: re.Match[str], path: FieldPath) -> None:
        self.lines.setdefault(path, self._line(token))
        if token[0] == "{":
            while (key := next(self._tokens))[0] != "}":
                if key[0] != ",":
                    inner = (*path, parse(key[0]))
                    if inner in self.lines:
                        raise _twice(self._source, inner, self._line(key))
                    self.lines[inner] = self._line(key)
                    next(self._tokens)  # the colon
                    self._value(next(self._tokens), inner)
        elif token[0] == "[":
            index = 0
            while (item := next(self._tokens))[0] != "]":
                if item[0] != ",":
                    self._value(item, (*path, index))
                    index += 1

    def _line(self, token: re.Match[str]) -> int:
        return bisect_right(self._newlines, token.start()) + 1


class _YamlBuilder:
    """Converter from YAML nodes to plain values."""

    def __init__(self, source: str) -> None:
        self.lines: dict[FieldPath, int] = {}
        self._source = source
        self._open: set[int] = set()
        self._values = 0

    def build(self, node: yaml.Node, path: FieldPath) -> Any:
        """Return the value of a node and record the lines of its parts."""
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self._values += 1
        # Aliases are expanded, so a few lines can become exponentially many values.
        if self._values > _MAX_VALUES:
            raise self._problem("the document is too large", (), None)
        if id(node) in self._open:
            raise self._problem("an alias contains itself", path, line)
        self._open.add(id(node))
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        value: Any
        if kind == "map":
            value = self._mapping(node.value, path)
        elif kind == "seq":
            items = enumerate(node.value)
            value = [self.build(item, (*path, index)) for index, item in items]
        elif kind in _SCALARS:
            value = _SCALARS[kind](node.value)
        else:
            raise self._problem(f"the tag {node.tag} is not supported", path, line)
        self._open.discard(id(node))
        return value

    def _mapping(
        self, entries: list[tuple[yaml.Node, yaml.Node]], path: FieldPath
    ) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for key_node, value_node in entries:
            line = key_node.start_mark.line + 1
            # A key is text, also when it looks like a number.
            key = key_node.value
            if not isinstance(key, str):
                raise self._problem("a key must be text", path, line)
            inner = (*path, key)
            if key in value:
                raise _twice(self._source, inner, line)
            self.lines[inner] = line
            value[key] = self.build(value_node, inner)
        return value

    def _problem(
        self, message: str, path: FieldPath, line: int | None
    ) -> ScenarioError:
        return ScenarioError(self._source, [Problem(message, path, line)])


def _twice(source: str, path: FieldPath, line: int) -> ScenarioError:
    return ScenarioError(source, [Problem("given twice", path, line)])


def _number(text: str) -> float:
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "null": lambda _text: None,
    "bool": lambda text: text.casefold() == "true",
    "int": lambda text: int(text, 0) if text[:2] in ("0x", "0o") else int(text),
    "float": lambda text: _number(text.casefold()),
}

# Plain scalars of YAML 1.2 that are not strings. PyYAML implements YAML 1.1, where
# "No" would be false and 2026-04-10 a date.
_PLAIN = {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    ),
}


@cache
def _yaml_loader() -> type[yaml.SafeLoader]:
    """Return PyYAML's loader with the scalars of YAML 1.2."""
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    for kind, pattern in _PLAIN.items():
        # First characters are only an optimization.
        Loader.add_implicit_resolver(
            f"tag:yaml.org,2002:{kind}", re.compile(rf"^(?:{pattern})$"), None
        )
    return Loader
