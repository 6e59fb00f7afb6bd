"""Hypothesis strategies for JSON that fits a type, made from the type itself."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

from voicelive_protocol import OpenEnum

TEXT = st.text(max_size=12)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8).map(
    "zz_".__add__
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=5,
)


@cache
def wire_json(cls: type) -> st.SearchStrategy[Any]:
    """JSON values that a type reads: required fields, and some of the optional ones."""
    node = inspect.type_info(cls)
    return _node(node)


def _node(node: inspect.Type) -> st.SearchStrategy[Any]:
    match node:
        case inspect.AnyType():
            return ANY_JSON
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.integers(-(2**53), 2**53)
        case inspect.FloatType():
            return st.floats(-1e6, 1e6, width=32)
        case inspect.StrType():
            return TEXT
        case inspect.CustomType(cls=cls) if issubclass(cls, bytes):
            return st.binary(max_size=12).map(
                lambda raw: base64.b64encode(raw).decode()
            )
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.EnumType(cls=cls):
            assert issubclass(cls, OpenEnum)
            known = st.sampled_from([member.value for member in cls])
            return known | TEXT.map("new-".__add__)
        case inspect.CustomType():
            return st.integers(0, 4_000_000_000)
        case inspect.ListType(item_type=item):
            return st.deferred(lambda: st.lists(_node(item), max_size=3))
        case inspect.DictType(value_type=value):
            return st.deferred(lambda: st.dictionaries(NAMES, _node(value), max_size=3))
        case inspect.UnionType(types=types):
            return st.one_of([_node(option) for option in types])
        case inspect.StructType():
            return _struct(node)
        case _:
            raise NotImplementedError(node)


def _struct(node: inspect.StructType) -> st.SearchStrategy[Any]:
    # A constant is in every message, though its constructor argument has a default.
    always = [f for f in node.fields if f.required or isinstance(f.default, str)]
    required = {f.encode_name: _node(f.type) for f in always}
    optional = {f.encode_name: _node(f.type) for f in node.fields if f not in always}
    if node.tag_field is not None:
        required = {node.tag_field: st.just(node.tag), **required}
    return st.fixed_dictionaries(required, optional=optional).map(TypedObject)


class TypedObject(dict[str, Any]):
    """A JSON object that a struct describes, unlike one with free keys."""


def _with_unknown_fields(data: st.DataObject, value: Any) -> Any:
    if isinstance(value, list):
        return [_with_unknown_fields(data, item) for item in value]
    if not isinstance(value, dict):
        return value
    grown = {key: _with_unknown_fields(data, item) for key, item in value.items()}
    if not isinstance(value, TypedObject):
        return grown
    return grown | data.draw(st.dictionaries(NAMES, ANY_JSON, max_size=2))


@st.composite
def with_unknown_fields(draw: st.DrawFn, cls: type) -> Any:
    """JSON that fits a type, with fields it does not know at every depth."""
    value = draw(wire_json(cls))
    return _with_unknown_fields(draw(st.data()), value)


def _with_unknown_variants(value: Any, tags: set[str], depth: int = 0) -> Any:
    """Every nested object that says its kind says a new one."""
    if isinstance(value, list):
        return [_with_unknown_variants(item, tags, depth) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {k: _with_unknown_variants(v, tags, depth + 1) for k, v in value.items()}
    if depth and value.get("type") in tags:
        changed["type"] = f"new.{value['type']}"
    return changed


@st.composite
def with_unknown_variants(draw: st.DrawFn, cls: type) -> Any:
    """JSON that fits a type, but with unknown kinds in every nested union."""
    return _with_unknown_variants(draw(wire_json(cls)), nested_tags(cls))


@cache
def nested_tags(cls: type) -> set[str]:
    """The tags of all structs that a type can hold inside unions."""
    found: set[str] = set()
    seen: set[int] = set()

    def visit(node: inspect.Type, inside_union: bool) -> None:
        if isinstance(node, inspect.StructType):
            if inside_union and node.tag_field == "type":
                found.add(str(node.tag))
            if id(node) in seen:
                return
            seen.add(id(node))
            for field in node.fields:
                visit(field.type, inside_union=False)
        elif isinstance(node, inspect.UnionType):
            for option in node.types:
                visit(option, inside_union=True)
        elif isinstance(node, inspect.ListType):
            visit(node.item_type, inside_union)
        elif isinstance(node, inspect.DictType):
            visit(node.value_type, inside_union)

    visit(inspect.type_info(cls), inside_union=False)
    return found
