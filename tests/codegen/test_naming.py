"""Wire names to Python names."""

from __future__ import annotations

import keyword

import pytest

from codegen import naming
from codegen.docstrings import docstring, first_sentence
from codegen.source import Schema


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("item_id", "item_id"),
        ("type", "type"),
        ("bytes", "bytes"),
        ("class", "class_"),
        ("from", "from_"),
        ("get", "get_"),
        ("raw", "raw_"),
        ("as_dict", "as_dict_"),
        ("field", "field_"),
    ],
)
def test_field_name(wire: str, python: str) -> None:
    """Fields keep their wire names, except for words with another meaning."""
    assert naming.field_name(wire) == python


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("message", "MESSAGE"),
        ("response.audio.delta", "RESPONSE_AUDIO_DELTA"),
        ("azure-standard", "AZURE_STANDARD"),
        ("semantic_detection_v1", "SEMANTIC_DETECTION_V1"),
        ("8khz", "_8KHZ"),
    ],
)
def test_member_name(wire: str, python: str) -> None:
    """Enum members are in capitals, with one underscore for what is between words."""
    assert naming.member_name(wire) == python


@pytest.mark.parametrize(
    ("base", "union"),
    [
        ("ResponseItem", "AnyResponseItem"),
        ("InterimResponseConfigBase", "AnyInterimResponseConfig"),
    ],
)
def test_union_name(base: str, union: str) -> None:
    """The union of a base's variants is `Any` and the name, without `Base`."""
    assert naming.union_name(base) == union


@pytest.mark.parametrize(
    ("event", "path", "method", "class_name"),
    [
        ("session.update", ("session",), "update", "SessionResource"),
        (
            "conversation.item.create",
            ("conversation", "item"),
            "create",
            "ConversationItemResource",
        ),
        (
            "input_audio_buffer.append",
            ("input_audio_buffer",),
            "append",
            "InputAudioBufferResource",
        ),
    ],
)
def test_resource(
    event: str, path: tuple[str, ...], method: str, class_name: str
) -> None:
    """The last part of an event is its method, what is before it the resource."""
    assert naming.resource_path(event) == (path, method)
    assert naming.resource_class(path) == class_name


def test_handler_name() -> None:
    """Handlers are `on_` and the wire name."""
    assert naming.handler_name("response.audio.delta") == "on_response_audio_delta"
    assert naming.handler_name("error") == "on_error"


def test_names_of_real_schema(schema: Schema) -> None:
    """Every field of the protocol gets a name that Python takes as it is."""
    names = [prop.python for struct in schema.structs() for prop in struct.properties]
    assert len(names) > 500
    assert [n for n in names if not n.isidentifier() or keyword.iskeyword(n)] == []


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("One sentence.", "One sentence."),
        ("First one. Second one.", "First one."),
        ("Version 1.5 counts as one.", "Version 1.5 counts as one."),
    ],
)
def test_first_sentence(text: str, summary: str) -> None:
    """A summary ends at the first full stop before a space."""
    assert first_sentence(text) == summary


@pytest.mark.parametrize(
    "text",
    [
        "Short.",
        "Summary. And then more of it.",
        "word " * 40 + "ends.",
        'Begins "with a quote". And ends with "one".',
        'Has """three""" quotes.',
        r"Has a \ backslash.",
        "One paragraph.\n\nAnother paragraph that is longer. " + "word " * 40 + "end.",
    ],
)
@pytest.mark.parametrize("indent", [0, 4, 8])
def test_docstring(text: str, indent: int) -> None:
    """A docstring holds its text, within 88 columns, in any indentation."""
    literal = docstring(text, indent)
    read = eval(literal)  # What Python makes of the literal, as it stands in code.
    assert read.split() == text.split()
    lines = [" " * indent + literal.splitlines()[0], *literal.splitlines()[1:]]
    assert max(len(line) for line in lines) <= 88
    assert all(line.startswith(" " * indent) for line in lines if line)
