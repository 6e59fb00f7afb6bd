"""Faults in one line, for the command line and for impatient tests.

The line has the type of the fault, then its values in the order of its fields, then
any field by name: `close:1011:after=5`, `refuse:429:retry_after=3`,
`delay:0.2:event=response.audio.delta`. A JSON object does as well.
"""

from typing import Any, get_args

import msgspec

from voicelive_mockserver.faults.model import AnyFault, Fault
from voicelive_mockserver.suggest import did_you_mean

_TYPES: dict[str, type[Fault]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(AnyFault)
}


def parse_fault(text: str) -> AnyFault:
    """Read a fault from one line.

    Args:
        text: The line.

    Raises:
        ValueError: There is no such fault, or a value does not fit.
    """
    if text.startswith("{"):
        try:
            fault: AnyFault = msgspec.json.decode(text, type=AnyFault)
        except msgspec.DecodeError as error:
            raise ValueError(f"fault {text!r}: {error}") from None
        return fault
    name, *values = text.split(":")
    kind = _TYPES.get(name)
    if kind is None:
        there_are = f"; there are {', '.join(sorted(_TYPES))}"
        suggestion = did_you_mean(name, _TYPES) or there_are
        raise ValueError(f"fault {text!r}: unknown type{suggestion}")
    try:
        fields = _fields(kind, values)
        fault = msgspec.convert({"type": name} | fields, AnyFault, strict=False)
    except ValueError as error:
        # The path that msgspec adds helps nobody in a single line.
        message = str(error).partition(" - at `$")[0]
        raise ValueError(f"fault {text!r}: {message}") from None
    return fault


def _fields(kind: type[Fault], values: list[str]) -> dict[str, Any]:
    # Those that all faults of a kind share need their names.
    own = [field for field in kind.__struct_fields__ if field in kind.__annotations__]
    fields: dict[str, Any] = {}
    for position, value in enumerate(values):
        field, equals, content = value.partition("=")
        if not equals:
            if fields.keys() - own[:position] or position >= len(own):
                raise ValueError(f"{value!r} needs the name of a field before it")
            field, content = own[position], value
        elif field not in kind.__struct_fields__:
            known = did_you_mean(field, kind.__struct_fields__)
            raise ValueError(f"unknown field {field!r}{known}")
        fields[field] = content.split(",") if field == "connection" else content
    return fields
