"""Rendering of a small schema, as text and as running code.

`UPDATE_GOLDEN=1 pytest tests/codegen/test_golden.py` writes the expected text anew;
read the difference before committing it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.load import load
from codegen.render import render
from tests.codegen.minimal_schema import read_folder, write

GOLDEN = Path(__file__).parent / "golden"
EXPECTED = GOLDEN / "package"

MODULES = (
    "structs",
    "enums",
    "variants",
    "nested",
    "unions",
    "scalars",
    "collections",
    "client_events",
    "server_events",
    "discriminators",
    "resources",
    "handlers",
    "registry",
    "availability",
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The small schema, rendered."""
    folder = tmp_path_factory.mktemp("golden") / "schema"
    return render(load(write(folder, read_folder(GOLDEN / "schema"))))


@pytest.fixture(scope="module")
def source_root(
    package: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The rendered package, ready to be imported."""
    root = tmp_path_factory.mktemp("package")
    for path, text in package.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return root


@pytest.mark.parametrize("module", MODULES)
def test_text(module: str, package: dict[str, str]) -> None:
    """The text of each kind of module is as it was read and agreed to."""
    text = package[f"voicelive_protocol/{module}.py"]
    # Not *.py: neither tests nor linters have any business with it.
    expected = EXPECTED / f"{module}.py.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")


def test_every_expected_text_is_checked() -> None:
    """No expected file is left behind by a module that is gone."""
    found = {path.name for path in EXPECTED.iterdir()}
    assert found == {f"{module}.py.txt" for module in MODULES}


# Statements that hold for the rendered package, with `p` for it.
BEHAVIOUR = {
    "absent and null differ in what a client sends": """
        sent = p.Sent(needed="a", nulled=None)
        assert sent.to_json() == b'{"needed":"a","nulled":null}'
        assert sent.optional is p.UNSET
        sent = p.Sent(needed="a", nulled="b", optional=None)
        assert sent.as_dict() == {"needed": "a", "nulled": "b", "optional": None}
    """,
    "absent and null are the same in what the service sends": """
        read = p.Received.from_dict({"certain": "a", "optional": None})
        assert (read.missing, read.optional, read.same) == (None, None, None)
    """,
    "what must be there is asked for": """
        try:
            p.Sent(needed="a")
        except TypeError as error:
            assert "nulled" in str(error)
        else:
            raise AssertionError
    """,
    "Python names stand for wire names": """
        wire = {"needed": "a", "nulled": None, "class": True, "kind": "small"}
        sent = p.Sent(needed="a", nulled=None, class_=True, sent_kind="small")
        assert sent.as_dict() == wire
        assert p.Sent.from_dict(wire) == sent
    """,
    "enums are open": """
        assert p.SentColor.BLUE_GREEN == "blue-green"
        new = p.SentColor("violet")
        assert new == "violet" and new not in list(p.SentColor)
    """,
    "variants are told apart by their tag, unknown ones kept": """
        shapes = [{"type": "circle", "radius": 1.5}, {"type": "star", "points": 5}]
        read = p.Collections.from_dict({"names": ["a"], "shapes": shapes})
        assert type(read.shapes[0]) is p.Circle and read.shapes[0].type == "circle"
        assert type(read.shapes[1]) is p.UnknownModel
        assert read.as_dict()["shapes"] == shapes
    """,
    "a second field tells variants apart": """
        frame = b'{"type":"entry.created","entry":{"type":"message","speaker":"%s",'
        frame += b'"text":"hi"}}'
        entries = [
            p.decode_server_event(frame.replace(b"%s", who)).entry
            for who in (b"user", b"system", b"guest")
        ]
        kinds = [p.UserMessage, p.SystemMessage, p.Message]
        assert [type(entry) for entry in entries] == kinds
        made = p.UserMessage(text="hi").as_dict()
        assert made == {"type": "message", "speaker": "user", "text": "hi"}
    """,
    "unions take each of their options": """
        for voice in ("alto", "new", {"type": "own", "name": "n"}, {"type": "mixed"}):
            for limit in (3, "inf"):
                wire = {"voice": voice, "limit": limit, "rows": [[0.5, 1.0]]}
                assert p.Choir.from_dict(wire).as_dict() == wire
        own = p.Choir.from_dict({"voice": {"type": "own", "name": "n"}})
        assert type(own.voice) is p.OwnVoice
    """,
    "bytes and times have types of their own": """
        wire = {"audio": "AAE=", "at": 1700000000, "fixed": "always"}
        read = p.Scalars.from_dict(wire)
        assert read.audio == b"\\x00\\x01"
        assert read.at.isoformat() == "2023-11-14T22:13:20+00:00"
        assert read.as_dict() == wire
    """,
    "constants need not be given": """
        made = p.Scalars(audio=b"", at=p.UnixTime.from_seconds(0))
        assert made.fixed == "always" and made.perhaps is p.UNSET
    """,
    "methods send the events they are named after": """
        import asyncio
        class Sender(p.ConnectionResources):
            def __init__(self):
                self._attach_resources(self)
            async def send(self, event):
                self.sent = event
        sender = Sender()
        scalars = {"audio": b"ab", "at": 1, "fixed": "always"}
        asyncio.run(sender.entry.part.append(scalars=scalars, event_id="e"))
        assert type(sender.sent) is p.ClientEventEntryPartAppend
        assert sender.sent.to_json() == (
            b'{"type":"entry.part.append","event_id":"e",'
            b'"scalars":{"audio":"YWI=","at":1,"fixed":"always"}}'
        )
    """,
    "registry, handlers and enums know every event": """
        assert list(p.SERVER_EVENTS) == list(p.HANDLER_NAMES) == list(p.ServerEventType)
        assert list(p.CLIENT_EVENTS) == list(p.ClientEventType)
        assert p.HANDLER_NAMES["entry.created"] == "on_entry_created"
        assert p.HANDLER_NAMES["received"] == "on_something"
        assert hasattr(p.ServerEventHandlers, "on_something")
        functions = p.ServerEventFunctions.__annotations__
        assert set(functions) == {"on_server_event", *p.HANDLER_NAMES.values()}
    """,
    "availability follows the annotations and the type around them": """
        def versions(name):
            return [v[:7] for v in p.API_VERSIONS if p.is_available(name, v)]
        assert versions("Sent") == ["2025-01", "2025-02", "2025-03"]
        assert versions("Sent.later") == ["2025-02", "2025-03"]
        assert versions("Sent.gone") == ["2025-01"]
        assert versions("Received.certain") == ["2025-02", "2025-03"]
        assert versions("Circle.id") == ["2025-01", "2025-02", "2025-03"]
        assert versions("Square.id") == ["2025-02", "2025-03"]
        assert versions("SentColor:blue-green") == ["2025-02", "2025-03"]
        assert versions("ServerEventType:received") == ["2025-02", "2025-03"]
    """,
}


@pytest.mark.parametrize("rule", BEHAVIOUR)
def test_behaviour(rule: str, source_root: Path) -> None:
    """The rendered package does what the schema says."""
    lines = BEHAVIOUR[rule].splitlines()
    code = "\n".join(["import voicelive_protocol as p", *(line[8:] for line in lines)])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=source_root,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_types_pass_the_checker(source_root: Path) -> None:
    """The rendered package passes mypy --strict."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "-p", "voicelive_protocol"],
        cwd=source_root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
