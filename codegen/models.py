"""Modules of structs, enums and unions, printed by datamodel-code-generator.

The generator gets a plain JSON Schema, one file a topic, made from the annotated one,
and our templates. It resolves references between modules, orders the classes and
writes annotations and imports; every name, default and docstring comes from the IR.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

from datamodel_code_generator import InputFileType, generate
from datamodel_code_generator.enums import AllOfClassHierarchy, DataModelType
from datamodel_code_generator.format import PythonVersion

from codegen import naming
from codegen.annotations import type_schema
from codegen.docstrings import docstring
from codegen.ir import EnumIR, PackageIR, StructIR, UnionIR
from codegen.source import Alias, Enum, Ref, Schema, Struct

TEMPLATES = Path(__file__).parent / "templates"

_MODEL = "voicelive_core.model.Model"
_EVENT = "voicelive_core.model.Event"
_ERROR = "voicelive_core.model.ErrorDetails"
_OPEN_ENUM = "voicelive_core.scalars.OpenEnum"

# Imports for names that only templates print; unused ones are removed later.
_BASE_IMPORTS = (
    "typing.TYPE_CHECKING",
    "typing.Any",
    "typing.ClassVar",
    "typing.Literal",
    "typing.TypeAlias",
    "msgspec.UNSET",
    "msgspec.UnsetType",
    "msgspec.field",
    "voicelive_core.convert.UnknownModel",
    "voicelive_core.model.specialize",
    "voicelive_core.scalars.MYPY",
    "voicelive_core.scalars.OpenEnum",
)


def type_modules(schema: Schema, package: PackageIR) -> dict[str, str]:
    """Return the Python source of every topic, by module name."""
    data: dict[str, dict[str, Any]] = {}
    data |= {struct.name: _struct_data(struct) for struct in package.structs}
    data |= {enum.name: _enum_data(enum) for enum in package.enums}
    data |= {union.name: _union_data(union) for union in package.unions}
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch, "schema"), Path(scratch, "types")
        source.mkdir()
        for topic in schema.topics:
            document = {"$defs": _plain_definitions(schema, package, topic.name)}
            (source / f"{topic.name}.json").write_text(json.dumps(document))
        with warnings.catch_warnings():
            # It warns of unions without tags; the tags are in our template.
            warnings.simplefilter("ignore")
            generate(
                source,
                input_file_type=InputFileType.JsonSchema,
                output=target,
                output_model_type=DataModelType.MsgspecStruct,
                target_python_version=PythonVersion.PY_311,
                custom_template_dir=TEMPLATES,
                extra_template_data=data,  # type: ignore[arg-type]
                base_class=_MODEL,
                base_class_map=_base_classes(schema, package),
                additional_imports=[*_BASE_IMPORTS, *_tag_enums(schema)],
                allof_class_hierarchy=AllOfClassHierarchy.Always,
                custom_file_header="",
                disable_timestamp=True,
                formatters=[],
                keep_model_order=True,
                skip_root_model=True,
                use_annotated=False,
                use_exact_imports=True,
                use_standard_collections=True,
                use_type_alias=True,
                use_union_operator=True,
            )
        names = [topic.name for topic in schema.topics]
        return {name: (target / f"{name}.py").read_text() for name in names}


def _base_classes(schema: Schema, package: PackageIR) -> dict[str, str | list[str]]:
    bases: dict[str, str | list[str]] = {e.name: _OPEN_ENUM for e in package.enums}
    bases |= {s.name: _ERROR for s in schema.structs() if s.is_error}
    return bases | {s.name: _EVENT for s in schema.structs() if s.direction}


def _tag_enums(schema: Schema) -> list[str]:
    return [
        f"voicelive_protocol.{enum.topic}.{enum.name}"
        for enum in schema.definitions.values()
        if isinstance(enum, Enum) and enum.tags_of
    ]


# --- the plain schema ------------------------------------------------------------


def _plain_definitions(
    schema: Schema, package: PackageIR, topic: str
) -> dict[str, dict[str, Any]]:
    sent = schema.reachable(schema.roots("client"))
    irs = {struct.name: struct for struct in package.structs}
    found: dict[str, dict[str, Any]] = {}
    for definition in schema.definitions.values():
        if definition.topic != topic:
            continue
        name = definition.name
        match definition:
            case Enum():
                found[name] = {
                    "type": "string",
                    "enum": [value.wire for value in definition.values],
                }
                if name in sent:
                    options = [{"$ref": f"#/$defs/{name}"}]
                    found[naming.lenient_enum_name(name)] = {"anyOf": options}
            case Alias():
                refs = [
                    type_schema(schema, Ref(option), sent=False)
                    for option in definition.options
                ]
                found[name] = {"anyOf": refs}
            case Struct():
                found[name] = _plain_struct(schema, irs[name], definition, name in sent)
                if definition.discriminator:
                    options = [_option(schema, s) for s in schema.subtypes(name)]
                    found[naming.union_name(name)] = {"anyOf": options}
    return found


def _option(schema: Schema, variant: Struct) -> dict[str, str]:
    """Return a variant in the union that msgspec decodes.

    A variant that is divided again by a second field is one struct to msgspec.
    """
    return {"$ref": f"{variant.topic}.json#/$defs/{variant.name}"}


def _plain_struct(
    schema: Schema, ir: StructIR, struct: Struct, sent: bool
) -> dict[str, Any]:
    printed = {field.name for field in ir.fields}
    properties = {
        prop.python: type_schema(schema, prop.type, sent=sent)
        for prop in struct.properties
        if prop.python in printed
    }
    # Everything is required here; the IR has the defaults of optional fields.
    own = {"type": "object", "properties": properties, "required": list(properties)}
    base = schema.parent(struct)
    if base is None:
        return own
    return {"allOf": [{"$ref": f"{base.topic}.json#/$defs/{base.name}"}, own]}


# --- template data ---------------------------------------------------------------


def _struct_data(struct: StructIR) -> dict[str, Any]:
    return {
        "keywords": struct.keywords,
        "doc": docstring(struct.doc),
        "tag": struct.tag,
        "tag_property": struct.tag_property,
        "narrowed_by": struct.narrowed_by,
        "variants": struct.variants,
        "own": {
            field.name: {
                "suffix": field.suffix,
                "default": "" if field.default is None else f" = {field.default}",
                "doc": docstring(field.doc),
            }
            for field in struct.fields
        },
    }


def _enum_data(enum: EnumIR) -> dict[str, Any]:
    members = [
        {"name": m.name, "value": m.value, "doc": docstring(m.doc)}
        for m in enum.members
    ]
    return {"doc": docstring(enum.doc), "members": members}


def _union_data(union: UnionIR) -> dict[str, Any]:
    return {"doc": docstring(union.doc, indent=0), "checked": union.checked}
