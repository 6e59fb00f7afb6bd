"""Translation of the annotated schema to the IR: names, types, docstrings."""

from __future__ import annotations

import json

from codegen import naming
from codegen.annotations import annotation
from codegen.docstrings import first_sentence
from codegen.ir import (
    AudioFormatIR,
    EnumIR,
    EventIR,
    FieldIR,
    HandlerIR,
    MemberIR,
    MethodIR,
    ModuleIR,
    NamesIR,
    PackageIR,
    ParameterIR,
    ResourceIR,
    RetryIR,
    SpanIR,
    StructIR,
    TagIR,
    UnionIR,
    VariantIR,
)
from codegen.notes import notes
from codegen.source import (
    Alias,
    Const,
    Definition,
    Direction,
    Enum,
    Property,
    Scalar,
    Schema,
    Span,
    Struct,
)


def build(schema: Schema) -> PackageIR:
    """Return the IR of a schema."""
    sent = schema.reachable(schema.roots("client"))
    structs = [
        _struct(schema, struct, sent=struct.name in sent) for struct in schema.structs()
    ]
    enums = [_enum(e) for e in schema.definitions.values() if isinstance(e, Enum)]
    unions = [*_base_unions(schema), *_aliases(schema), *_lenient_enums(schema, sent)]
    homes = [(part.name, part.module) for part in structs]
    homes += [(part.name, part.module) for part in enums]
    homes += [(part.name, part.module) for part in unions]
    return PackageIR(
        path=schema.path,
        versions=schema.versions,
        default_version=schema.default_version,
        digest=schema.digest,
        modules=tuple(
            ModuleIR(
                topic.name,
                topic.description,
                tuple(sorted(name for name, module in homes if module == topic.name)),
            )
            for topic in schema.topics
        ),
        structs=tuple(structs),
        enums=tuple(enums),
        unions=tuple(unions),
        resources=_resources(schema),
        handlers=tuple(
            HandlerIR(
                event.handler or naming.handler_name(wire),
                event.name,
                wire,
                first_sentence(event.description),
            )
            for wire, event in _events(schema, "server")
        ),
        client_events=_registry(schema, "client"),
        server_events=_registry(schema, "server"),
        names=_names(schema),
        spans=_spans(schema),
        retries=tuple(
            RetryIR(code, retry) for code, retry in schema.retryable_errors().items()
        ),
        error_groups=schema.error_groups,
        audio_formats=_audio_formats(schema),
    )


# --- types -----------------------------------------------------------------------


def _struct(schema: Schema, struct: Struct, *, sent: bool) -> StructIR:
    tag = schema.tag(struct)
    parent = schema.parent(struct)
    # A second discriminator (`role` below `type`) stays a field: msgspec dispatches on
    # one tag, which is the first.
    nested = parent is not None and schema.tag(parent) is not None
    keywords = ["kw_only=True"]
    tag_ir = None
    if nested:
        assert parent is not None
        tag_ir, keywords = None, [*keywords, *_tag_keywords(schema, parent)]
    elif tag is not None:
        keywords += _tag_keywords(schema, struct)
        tag_ir = _tag(schema, struct)
    dispatching = struct.discriminator is not None and tag is None
    narrowing = (
        struct.discriminator if struct.discriminator and tag is not None else None
    )
    return StructIR(
        name=struct.name,
        module=struct.topic,
        base=struct.extends,
        keywords=", ".join(keywords),
        doc=_struct_doc(struct),
        tag=tag_ir,
        tag_property=struct.discriminator if dispatching else None,
        fields=tuple(
            _field(prop, sent=sent, nested=not schema.is_event(struct))
            for prop in struct.properties
            if nested or tag is None or prop.wire != tag[0]
        ),
        narrowed_by=narrowing,
        variants=tuple(
            VariantIR(value[1], variant.name)
            for variant in (schema.subtypes(struct.name) if narrowing else [])
            if (value := schema.tag(variant)) is not None
        ),
    )


def _tag_keywords(schema: Schema, struct: Struct) -> list[str]:
    tag = schema.tag(struct)
    assert tag is not None
    return [f'tag_field="{tag[0]}"', f'tag="{tag[1]}"']


def _tag(schema: Schema, struct: Struct) -> TagIR:
    tag = schema.tag(struct)
    assert tag is not None
    for enum in schema.definitions.values():
        if isinstance(enum, Enum) and struct.extends and enum.tags_of == struct.extends:
            member = f"{enum.name}.{naming.member_name(tag[1])}"
            literal = f"ClassVar[Literal[{member}]]"
            with_text = f'ClassVar[Literal[{member}, "{tag[1]}"]]'
            return TagIR(tag[0], literal, member, with_text)
    return TagIR(tag[0], f'ClassVar[Literal["{tag[1]}"]]', f'"{tag[1]}"')


def _field(prop: Property, *, sent: bool, nested: bool) -> FieldIR:
    constant = isinstance(prop.type, Const) and prop.required
    required = prop.required
    if not sent and not constant:
        # A value that does not fit must not take the event with it.
        required &= not (nested or prop.may_be_absent)
        required &= prop.schema.get("x-reads-as", "") is not None
    default = None
    if isinstance(prop.type, Const) and required:
        default = f'"{prop.type.value}"'
    elif not required:
        default = "UNSET" if sent else "None"
    elif "x-reads-as" in prop.schema:
        default = json.dumps(prop.schema["x-reads-as"])
    if required:
        suffix = " | None" if prop.nullable else ""
    else:
        suffix = " | None | UnsetType" if sent else " | None"
    renamed = prop.python != prop.wire
    if renamed:
        inner = f'name="{prop.wire}"'
        default = (
            f"field({inner})"
            if default is None
            else f"field(default={default}, {inner})"
        )
    return FieldIR(prop.python, suffix, default, _field_doc(prop))


def _struct_doc(struct: Struct) -> str:
    found = " ".join(notes(struct.span, struct.source))
    return f"{struct.description}\n\n{found}" if found else struct.description


def _field_doc(prop: Property) -> str:
    text = prop.description
    facts = []
    if "default" in prop.schema:
        facts.append(f"Default: {json.dumps(prop.schema['default'])}.")
    bounds = [
        f"{word} {prop.schema[keyword]}"
        for keyword, word in (("minimum", "at least"), ("maximum", "at most"))
        if keyword in prop.schema and str(prop.schema[keyword]) not in text
    ]
    if bounds:
        facts.append(f"Bounds: {', '.join(bounds)}.")
    known = [f"`{value}`" for value in prop.schema.get("examples", [])]
    if any(value not in text for value in known):
        facts.append(f"Known values: {', '.join(known)}.")
    return " ".join([text, *facts, *notes(prop.span, prop.source)])


def _enum(enum: Enum) -> EnumIR:
    members = tuple(
        MemberIR(
            value.name,
            value.wire,
            " ".join([value.description, *notes(value.span, value.source)]),
        )
        for value in enum.values
    )
    return EnumIR(enum.name, enum.topic, enum.description, members)


def _base_unions(schema: Schema) -> list[UnionIR]:
    unions = []
    for base in schema.structs():
        if base.discriminator is None:
            continue
        # An unknown event is an event; only the codec can make one.
        checked = () if base.direction else ("UnknownModel",)
        doc = f"Any variant of `{base.name}`"
        doc += "." if base.direction else ", known or not."
        unions.append(UnionIR(naming.union_name(base.name), base.topic, doc, checked))
    return unions


def _aliases(schema: Schema) -> list[UnionIR]:
    unions = []
    for alias in schema.definitions.values():
        if not isinstance(alias, Alias):
            continue
        has_enum = any(isinstance(schema.definitions[o], Enum) for o in alias.options)
        checked = ("str", "UnknownModel") if has_enum else ("UnknownModel",)
        doc = " ".join([alias.description, *notes(alias.span, None)])
        unions.append(UnionIR(alias.name, alias.topic, doc, checked))
    return unions


def _lenient_enums(schema: Schema, sent: set[str]) -> list[UnionIR]:
    return [
        UnionIR(
            naming.lenient_enum_name(enum.name),
            enum.topic,
            f"A member of `{enum.name}`, or its string.",
            ("str",),
        )
        for enum in schema.definitions.values()
        if isinstance(enum, Enum) and enum.name in sent
    ]


# --- events ----------------------------------------------------------------------


def _events(schema: Schema, direction: Direction) -> list[tuple[str, Struct]]:
    events = []
    for event in schema.events(direction):
        tag = schema.tag(event)
        assert tag is not None
        events.append((tag[1], event))
    return events


def _registry(schema: Schema, direction: Direction) -> tuple[EventIR, ...]:
    return tuple(
        EventIR(wire, event.name) for wire, event in _events(schema, direction)
    )


def _resources(schema: Schema) -> tuple[ResourceIR, ...]:
    methods: dict[tuple[str, ...], list[MethodIR]] = {}
    for wire, event in _events(schema, "client"):
        path, method = naming.resource_path(wire)
        for depth in range(1, len(path) + 1):
            methods.setdefault(path[:depth], [])
        methods[path].append(
            MethodIR(
                method,
                event.name,
                _method_doc(schema, wire, event),
                _parameters(schema, event),
            )
        )

    def node(path: tuple[str, ...]) -> ResourceIR:
        children = [p for p in methods if len(p) == len(path) + 1 and p[:-1] == path]
        return ResourceIR(
            naming.resource_class(path),
            path[-1],
            ".".join(path),
            tuple(methods[path]),
            tuple(node(child) for child in children),
        )

    return tuple(node(path) for path in methods if len(path) == 1)


def _parameters(schema: Schema, event: Struct) -> tuple[ParameterIR, ...]:
    tag = schema.tag(event)
    assert tag is not None
    own = [p for p in schema.all_properties(event) if p.wire != tag[0]]
    # The event's own fields first, what every event has last.
    inherited = {
        p.wire for p in schema.all_properties(schema.struct(event.extends or ""))
    }
    own.sort(key=lambda p: (p.wire in inherited, not p.required))
    return tuple(
        ParameterIR(
            prop.python,
            annotation(schema, prop.type) + ("" if prop.required else " | None"),
            None if prop.required else "None",
            _parameter_doc(prop),
        )
        for prop in own
    )


def _parameter_doc(prop: Property) -> str:
    is_bytes = prop.type == Scalar("bytes")
    note = ["Raw bytes are encoded; text is taken for base64."] if is_bytes else []
    return " ".join([prop.description, *note])


def _method_doc(schema: Schema, wire: str, event: Struct) -> str:
    facts = " ".join([f"Sends `{wire}`.", *notes(event.span, event.source)])
    return f"{event.description}\n\n{facts}"


def _names(schema: Schema) -> tuple[NamesIR, ...]:
    """Return every type with its fields or enum values."""
    return tuple(
        NamesIR(
            name,
            tuple(
                member.removeprefix(name) for member, _ in _members(schema, definition)
            ),
        )
        for name, definition in schema.definitions.items()
    )


def _spans(schema: Schema) -> tuple[SpanIR, ...]:
    """Return the API versions of a type, and those of its members that are in fewer."""
    rows: dict[str, Span] = {}
    for definition in schema.definitions.values():
        rows[definition.name] = definition.span
        for name, span in _members(schema, definition):
            if span != definition.span:
                rows[name] = span
    return tuple(
        SpanIR(name, span.since, span.until)
        for name, span in rows.items()
        if span != Span()
    )


def _members(schema: Schema, definition: Definition) -> list[tuple[str, Span]]:
    """Return the fields or values of a type, with the versions they are in."""
    name = definition.name
    match definition:
        case Struct():
            return [
                (f"{name}.{prop.wire}", prop.span.within(definition.span))
                for prop in schema.all_properties(definition)
            ]
        case Enum(values=values):
            return [(f"{name}:{value.wire}", value.span) for value in values]
        case Alias():
            return []


def _audio_formats(schema: Schema) -> tuple[AudioFormatIR, ...]:
    rows = {
        value.wire: AudioFormatIR(
            value.wire,
            value.audio.encoding,
            value.audio.sample_rate,
            value.audio.bytes_per_sample,
            value.audio.silence,
        )
        for value in schema.enum_values()
        if value.audio is not None
    }
    return tuple(rows.values())
