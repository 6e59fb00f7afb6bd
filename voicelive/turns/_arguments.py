"""Arguments of function calls: lenient conversion of JSON to annotated types."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import inspect

from voicelive_protocol import parse

_Object = inspect.StructType | inspect.DataclassType | inspect.TypedDictType
_List = (
    inspect.ListType,
    inspect.SetType,
    inspect.FrozenSetType,
    inspect.VarTupleType,
)


class ArgumentsReader:
    """Converts the arguments of one function.

    Models write null for omitted arguments, numbers as strings, and an empty string for
    an empty object. So null counts as absent where the parameter (or the field of a
    nested object) has a default and does not accept None.

    Args:
        arguments: A struct with a field for each parameter.

    Raises:
        TypeError: msgspec does not support one of the types.
    """

    def __init__(self, arguments: type[msgspec.Struct]) -> None:
        # `convert` would report an unsupported type only when the function is called.
        msgspec.json.Decoder(arguments)  # noqa: TID251
        self._type = arguments
        self._node = inspect.type_info(arguments)

    def read(self, text: str) -> Any:
        """Return the struct with the arguments.

        Raises:
            ValueError: The arguments are invalid; the message has the path.
        """
        data = parse(text.strip() or "{}")
        if data is None:
            data = {}
        plain = _without_nulls(data, self._node)
        return msgspec.convert(plain, self._type, strict=False, str_keys=True)


def _without_nulls(value: Any, node: inspect.Type) -> Any:
    """Return a value without nulls that mean "use the default"."""
    if isinstance(value, dict):
        return _object_without_nulls(value, node)
    if isinstance(value, list):
        return _list_without_nulls(value, node)
    return value


def _object_without_nulls(value: dict[str, Any], node: inspect.Type) -> dict[str, Any]:
    if isinstance(node, inspect.DictType):
        return {k: _without_nulls(v, node.value_type) for k, v in value.items()}
    node = _only(node, _Object, inspect.DictType)
    if isinstance(node, inspect.DictType):
        return _object_without_nulls(value, node)
    if not isinstance(node, _Object):
        return value
    fields = {field.encode_name: field for field in node.fields}
    found: dict[str, Any] = {}
    for key, item in value.items():
        field = fields.get(key)
        if field is None:
            found[key] = item
        elif item is not None or field.required or _accepts_null(field.type):
            found[key] = _without_nulls(item, field.type)
    return found


def _list_without_nulls(value: list[Any], node: inspect.Type) -> list[Any]:
    node = _only(node, *_List)
    if isinstance(node, _List):
        return [_without_nulls(item, node.item_type) for item in value]
    return value


def _only(node: inspect.Type, *kinds: Any) -> inspect.Type:
    """Return the only member of a union that has one of the kinds, or the node."""
    if not isinstance(node, inspect.UnionType):
        return node
    found = [t for t in node.types if isinstance(t, kinds)]
    return found[0] if len(found) == 1 else node


def _accepts_null(node: inspect.Type) -> bool:
    match node:
        case inspect.AnyType() | inspect.NoneType() | inspect.RawType():
            return True
        case inspect.LiteralType(values=values):
            return None in values
        case inspect.UnionType(types=types):
            return any(_accepts_null(kind) for kind in types)
        case _:
            return False
