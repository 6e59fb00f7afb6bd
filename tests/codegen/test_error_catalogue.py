"""Error catalogue of the schema: what is generated, and what is rejected."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from codegen.errors import SchemaError
from codegen.load import load
from codegen.render import render
from tests.codegen.minimal_schema import minimal_documents, write


def catalogue(**errors: Any) -> dict[str, Any]:
    """A catalogue file with one group."""
    group = {"description": "A group.", "errors": errors}
    return {"description": "All errors.", "groups": [group]}


def test_an_error_of_the_catalogue_is_generated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code, message, path, kind and consequence are in the generated module."""
    documents = minimal_documents()
    documents["error_catalogue.json"] = catalogue(
        no_thing={
            "code": "invalid_thing",
            "message": "There is no thing '{thing}'.",
            "param": "{param}",
            "type": "server_error",
            "fatal": True,
            "close_code": 1008,
            "example": {"thing": "a", "param": "thing.id"},
        },
        nameless={"code": None, "message": "No code."},
    )
    files = render(load(write(tmp_path, documents)))
    text = files["voicelive_protocol/error_catalogue.py"]
    module = ModuleType("error_catalogue")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(text, "error_catalogue.py", "exec", dont_inherit=True), vars(module))
    errors = module.ERROR_CATALOGUE
    assert list(errors) == ["no_thing", "nameless"]
    known = errors["no_thing"]
    assert (known.code, known.error_type) == ("invalid_thing", "server_error")
    assert (known.fatal, known.close_code) == (True, 1008)
    assert known.message.format(**known.example) == "There is no thing 'a'."
    assert known.param.format(**known.example) == "thing.id"
    assert errors["nameless"].code is None
    assert errors["nameless"].error_type == "invalid_request_error"


@pytest.mark.parametrize(
    ("body", "pointer", "reason"),
    [
        (
            {"code": "a", "message": "No '{thing}'."},
            "/groups/0/errors/no_thing/message",
            "the placeholder 'thing' has no value in `example`",
        ),
        (
            {"code": "a", "message": "No thing.", "example": {"thing": 1}},
            "/groups/0/errors/no_thing/example/thing",
            "thing is not a placeholder of `message` or `param`",
        ),
        (
            {"code": "a", "message": "No {thing."},
            "/groups/0/errors/no_thing/message",
            "not a format string: expected '}' before end of string",
        ),
        (
            {"code": "a", "message": "No thing.", "close_code": 1008},
            "/groups/0/errors/no_thing",
            "`fatal` is missing",
        ),
        ({"code": "a"}, "/groups/0/errors/no_thing", "`message` is missing"),
        (
            {"code": None, "message": "No thing.", "retry": True},
            "/groups/0/errors/no_thing/code",
            "None is not of type 'string'",
        ),
    ],
)
def test_an_invalid_error_is_rejected(
    body: dict[str, Any], pointer: str, reason: str, tmp_path: Path
) -> None:
    """The message has file, JSON Pointer and reason."""
    documents = minimal_documents()
    documents["error_catalogue.json"] = catalogue(no_thing=body)
    with pytest.raises(SchemaError) as caught:
        load(write(tmp_path, documents))
    assert str(caught.value).startswith(f"error_catalogue.json#{pointer}: {reason}")


def test_codes_with_a_retry_value_are_generated(tmp_path: Path) -> None:
    """The retry table has each code once, also if several errors have it."""
    documents = minimal_documents()
    documents["error_catalogue.json"] = catalogue(
        busy={"code": "busy", "message": "Busy.", "retry": True},
        busy_too={"code": "busy", "message": "Busy, too.", "retry": True},
        busy_once={"code": "busy", "message": "Busy with a request."},
        refused={"code": "refused", "message": "No.", "retry": False},
        nameless={"code": None, "message": "No code."},
    )
    files = render(load(write(tmp_path, documents)))
    module: dict[str, Any] = {}
    exec(files["voicelive_protocol/retry.py"], module)
    assert module["RETRYABLE_ERRORS"] == {"busy": True, "refused": False}


def test_errors_of_one_code_agree_on_retry(tmp_path: Path) -> None:
    """Clients know the code only, so different values of `retry` are rejected."""
    documents = minimal_documents()
    documents["error_catalogue.json"] = catalogue(
        busy={"code": "busy", "message": "Busy.", "retry": True},
        closed={"code": "busy", "message": "Closed.", "retry": False},
    )
    with pytest.raises(SchemaError) as caught:
        load(write(tmp_path, documents))
    where = "error_catalogue.json#/groups/0/errors/closed/retry"
    reason = "an earlier error has the code busy and differs"
    assert str(caught.value) == f"{where}: {reason}"


def test_names_are_unique_across_groups(tmp_path: Path) -> None:
    """A name in two groups is rejected."""
    documents = minimal_documents()
    file = catalogue(no_thing={"code": "a", "message": "No thing."})
    file["groups"] *= 2
    documents["error_catalogue.json"] = file
    with pytest.raises(SchemaError, match="no_thing is already in the catalogue"):
        load(write(tmp_path, documents))
