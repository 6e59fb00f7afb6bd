"""Pages of the protocol reference, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from codegen.build import build
from codegen.docstrings import first_sentence
from codegen.ir import MethodIR, ResourceIR
from codegen.reference.connection import CONNECTION_PAGE, connection
from codegen.reference.differences import difference_pages
from codegen.reference.errors import errors, errors_of
from codegen.reference.markdown import (
    SOURCES,
    PageLocations,
    facts,
    in_table,
    is_item,
    joined,
    topic_title,
    type_text,
    versions_text,
)
from codegen.reference.overview import contradictions, overview
from codegen.reference.python import PythonExamples, call
from codegen.reference.relations import answers, users
from codegen.reference.values import Examples, json_text
from codegen.source import (
    Alias,
    Definition,
    Direction,
    Enum,
    Property,
    Schema,
    Struct,
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the reference.

    Attributes:
        path: Path below the reference.
        title: Title in the navigation.
        text: Markdown.
    """

    path: str
    title: str
    text: str


class Reference:
    """The reference of one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.places = PageLocations(schema)
        self.examples = Examples(schema)
        self.python = PythonExamples(schema)
        package = build(schema)
        self._methods = {
            method.event: (resource, method)
            for resource, method in _methods(package.resources)
        }
        self._handlers = {handler.event: handler.name for handler in package.handlers}
        self._answers = answers(schema, self.places)
        self._users = users(schema)

    def pages(self, further: Sequence[Page] = ()) -> list[Page]:
        """Return all pages, and further ones after the first."""
        schema = self.schema
        listed = {page.path: page.title for page in further}
        client = [self._event(event, "client") for event in schema.events("client")]
        server = [self._event(event, "server") for event in schema.events("server")]
        items = [self._item(s) for s in schema.structs() if is_item(s)]
        events = ("client_events", "server_events")
        topics = [t.name for t in schema.topics if t.name not in events]
        return [
            Page("index.md", "Overview", overview(schema, self.places, listed)),
            Page(CONNECTION_PAGE, "Connecting", connection(schema, self.places)),
            *further,
            *client,
            *server,
            *items,
            *(self._topic(topic) for topic in topics),
            Page("errors.md", "Errors", errors(schema, self.places)),
            Page(
                "contradictions.md",
                "Where sources differ",
                contradictions(schema, self.places),
            ),
            *(
                Page(path, title, text)
                for path, title, text in difference_pages(schema, self.places)
            ),
        ]

    def wire(self, event: Struct) -> str:
        """Return the wire name of an event."""
        return self.schema.event_type(event)

    # --- events ------------------------------------------------------------------

    def _event(self, event: Struct, direction: Direction) -> Page:
        wire = self.wire(event)
        page = self.places[event.name].path
        sender = "client" if direction == "client" else "service"
        lines = [
            "---",
            "hide: [toc]",
            "---",
            "",
            f"# {wire}",
            "",
            f"Event of the **{sender}** · API versions: {versions_text(event.span)} · "
            f"Source: {SOURCES[event.source]} · Class: `{event.name}`",
            "",
            self.places.linked(event.description, page),
        ]
        lines += self._answered(event, page)
        lines += ["", "## Fields", "", *self._fields(event, page)]
        lines += self._event_example(event, direction)
        if direction == "client":
            lines += errors_of(self.schema, self.places, wire)
        return Page(page, wire, joined(lines))

    def _answered(self, event: Struct, page: str) -> list[str]:
        answers = self._answers.get(event.name, [])
        asks = [name for name, found in self._answers.items() if event.name in found]
        lines = []
        if not answers and event in self.schema.events("client"):
            lines += ["", f"**Answered with:** nothing, or {self._error_link(page)}"]
        for text, names in (("Answered with", answers), ("Answers", asks)):
            if names:
                links = (
                    self.places.link(name, f"`{self._wire_of(name)}`", page)
                    for name in names
                )
                lines += ["", f"**{text}:** {', '.join(links)}"]
        return lines

    def _error_link(self, page: str) -> str:
        return self.places.link("ServerEventError", "`error`", page)

    def _wire_of(self, name: str) -> str:
        return self.wire(self.schema.struct(name))

    def _event_example(self, event: Struct, direction: Direction) -> list[str]:
        value = self.examples.of(event)
        if direction == "client":
            resource, method = self._methods[event.name]
            names = self.python.names(event, value)
            arguments = self.python.arguments(event, value)
            function = f"await connection.{resource.path}.{method.name}"
            code = f"{_imports(names)}{call(function, arguments)}"
            note = f"As a method: `{resource.path}.{method.name}()`."
        else:
            code = self._receiving(event)
            note = f"Handler of a session: `{self._handlers[event.name]}`."
        version = self.examples.version(event)
        return [
            "",
            "## Example",
            "",
            f"Valid in API version {version}. {note}",
            "",
            *_side_by_side(value, code),
        ]

    def _receiving(self, event: Struct) -> str:
        properties = self.schema.all_properties(event)
        shown = [p for p in properties if p.required and p.wire != "type"][:3]
        if not shown:
            shown = [p for p in properties if p.wire not in ("type", "event_id")][:1]
        names = [prop.python for prop in shown or properties[:1]]
        case = f"        case {event.name}("
        pattern = ", ".join(f"{name}={name}" for name in names)
        if len(case) + len(pattern) > _CODE_WIDTH:
            inner = "".join(f"            {name}={name},\n" for name in names)
            pattern = f"\n{inner}        "
        return (
            f"{_imports([event.name])}async for event in connection:\n"
            f"    match event:\n{case}{pattern}):\n"
            f"            print({', '.join(names)})"
        )

    # --- items and topics --------------------------------------------------------

    def _item(self, struct: Struct) -> Page:
        page = self.places[struct.name].path
        lines = ["---", "hide: [toc]", "---", "", f"# {struct.name}", ""]
        lines += self._struct_body(struct, page)
        return Page(page, struct.name, joined(lines))

    def _topic(self, topic: str) -> Page:
        path = f"types/{topic}.md"
        description = next(t.description for t in self.schema.topics if t.name == topic)
        lines = [f"# {topic_title(topic)}", "", description]
        for definition in self.schema.definitions.values():
            if definition.topic != topic or self.places[definition.name].path != path:
                continue
            lines += ["", f"## {definition.name}", ""]
            match definition:
                case Enum():
                    lines += self._enum(definition, path)
                case Alias(options=options):
                    lines += self._union(definition, list(options), path)
                case Struct(discriminator=None):
                    lines += self._struct_body(definition, path)
                case Struct():
                    variants = [s.name for s in self.schema.subtypes(definition.name)]
                    lines += self._union(definition, variants, path)
        return Page(path, topic_title(topic), joined(lines))

    def _struct_body(self, struct: Struct, page: str) -> Iterator[str]:
        tag = self.schema.tag(struct)
        parts = [f"API versions: {versions_text(struct.span)}"]
        parts.append(f"Source: {SOURCES[struct.source]}")
        if tag is not None:
            parts.insert(0, f"`{tag[0]}`: `{tag[1]}`")
        yield " · ".join(parts)
        yield from ("", self.places.linked(struct.description, page))
        yield from self._used(struct, page)
        if not self.schema.all_properties(struct):
            return
        yield from ("", *self._fields(struct, page), "")
        value = self.examples.of(struct)
        names = [struct.name, *self.python.names(struct, value)]
        code = _imports(names) + "value = " + self.python.construct(struct, value)
        yield f"Example, valid in API version {self.examples.version(struct)}:"
        yield from ("", *_side_by_side(value, code))

    def _used(self, definition: Definition, page: str) -> Iterator[str]:
        users = self._users.get(definition.name, [])
        if users:
            links = (self.places.named(name, page) for name in users)
            yield from ("", f"Used in {', '.join(links)}.")

    def _fields(self, struct: Struct, page: str) -> Iterator[str]:
        yield from ('<div class="fields" markdown>', "")
        yield "| Field and type | Meaning | Versions | Source |"
        yield "|---|---|---|---|"
        for prop in self.schema.all_properties(struct):
            yield self._field(prop, page)
        yield from ("", "</div>")

    def _field(self, prop: Property, page: str) -> str:
        kind = type_text(prop.type, partial(self._type_link, page=page))
        needed = ", *required*" if prop.required else ""
        notes = facts(prop)
        if prop.python != prop.wire:
            notes.append(f"in Python: `{prop.python}`")
        meaning = self.places.linked(prop.description, page)
        if notes:
            meaning += f"<br>*{_sentence(notes)}*"
        return (
            f"| `{prop.wire}`<br>{in_table(kind)}{needed} | {in_table(meaning)} "
            f"| {versions_text(prop.span)} | {SOURCES[prop.source]} |"
        )

    def _type_link(self, name: str, page: str) -> str:
        return self.places.link(name, name, page)

    def _enum(self, enum: Enum, page: str) -> Iterator[str]:
        yield self.places.linked(enum.description, page)
        yield "The values are open: the service may send others."
        yield from self._used(enum, page)
        yield from ("", "| Value | Python | Meaning | Versions | Source |")
        yield "|---|---|---|---|---|"
        for value in enum.values:
            text = f"`{value.wire}`"
            if value.wire in self.places.wires and enum.tags_of:
                text = self.places.link(self.places.wires[value.wire], text, page)
            meaning = in_table(self.places.linked(value.description, page))
            yield (
                f"| {text} | `{value.name}` | {meaning} "
                f"| {versions_text(value.span)} | {SOURCES[value.source]} |"
            )

    def _union(
        self, definition: Struct | Alias, options: list[str], page: str
    ) -> Iterator[str]:
        yield self.places.linked(definition.description, page)
        yield from self._used(definition, page)
        if isinstance(definition, Struct):
            yield from ("", f"`{definition.discriminator}` selects one of:", "")
        else:
            yield from ("", "One of:", "")
        for name in options:
            option = self.schema.definitions[name]
            summary = self.places.linked(first_sentence(option.description), page)
            yield f"- {self.places.named(name, page)}: {summary}"
        if isinstance(definition, Struct) and definition.properties:
            yield from ("", "All of them have:", "", *self._fields(definition, page))


_CODE_WIDTH = 60


def _methods(
    resources: tuple[ResourceIR, ...],
) -> Iterator[tuple[ResourceIR, MethodIR]]:
    for resource in resources:
        for method in resource.methods:
            yield resource, method
        yield from _methods(resource.children)


def _imports(names: list[str]) -> str:
    """Return an import of names, in the layout of Ruff, or nothing."""
    names = sorted(set(names))
    if not names:
        return ""
    line = f"from voicelive.models import {', '.join(names)}\n\n"
    if len(line) - 2 <= _CODE_WIDTH:
        return line
    listed = "".join(f"    {name},\n" for name in names)
    return f"from voicelive.models import (\n{listed})\n\n"


def _side_by_side(value: object, code: str) -> list[str]:
    return [
        '<div class="grid" markdown>',
        "",
        "```json",
        json_text(value),
        "```",
        "",
        "```python",
        code,
        "```",
        "",
        "</div>",
    ]


def _sentence(notes: list[str]) -> str:
    text = "; ".join(notes)
    return f"{text[0].upper()}{text[1:]}."
