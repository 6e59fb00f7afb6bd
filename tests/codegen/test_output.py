"""Writing and checking the generated package."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.load import load
from codegen.publish import Difference, compare, publish
from tests.codegen.minimal_schema import GENERATED, minimal_documents, write
from tools.paths import ROOT

Edit = Callable[[Path], object]


def test_committed_package_is_what_the_schema_renders_to(
    rendered: dict[str, str],
) -> None:
    """The committed files are exactly the output of the compiler."""
    assert compare(rendered, GENERATED) == []


def test_check_names_each_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check names every stale, edited, missing and orphaned file, and fails."""
    schema = write(tmp_path / "schema", minimal_documents())
    output = tmp_path / "generated"
    arguments = ["--schema", str(schema), "--output", str(output)]
    main(arguments)
    capsys.readouterr()
    assert main([*arguments, "--check"]) == 0
    assert capsys.readouterr() == ("", "")

    package = output / "voicelive_protocol"
    with (package / "things.py").open("a") as edited:
        edited.write("# a quick fix\n")
    (package / "schemas" / "2025-02-02.json").write_text("{}")
    (package / "registry.py").unlink()
    (package / "leftover.py").write_text("")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "things.cpython-311.pyc").write_bytes(b"")
    before = _contents(output)
    assert main([*arguments, "--check"]) == 1
    printed, errors = capsys.readouterr()
    assert printed.splitlines() == [
        "orphaned: generated/voicelive_protocol/leftover.py",
        "missing: generated/voicelive_protocol/registry.py",
        "stale or edited: generated/voicelive_protocol/schemas/2025-02-02.json",
        "stale or edited: generated/voicelive_protocol/things.py",
    ]
    assert errors == "run `make generate`; generated files are not edited by hand\n"
    assert _contents(output) == before


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda file: file.write_bytes(file.read_bytes() + b"\n"), "stale or edited"),
        (lambda file: file.write_bytes(b"\r\n"), "stale or edited"),
        (lambda file: file.unlink(), "missing"),
        (lambda file: file.rename(file.with_name("new.py")), "missing"),
    ],
)
def test_one_difference(
    edit: Edit, problem: str, tmp_path: Path, rendered: dict[str, str]
) -> None:
    """A single byte or file too many or too few is found."""
    publish(rendered, tmp_path)
    edit(tmp_path / "voicelive_protocol" / "voices.py")
    found = Difference("voicelive_protocol/voices.py", problem)  # type: ignore[arg-type]
    assert found in compare(rendered, tmp_path)


def test_output_folder_that_is_not_there(
    rendered: dict[str, str], tmp_path: Path
) -> None:
    """Every file is missing from a folder that does not exist."""
    found = compare(rendered, tmp_path / "nowhere")
    assert {d.path for d in found} == set(rendered)
    assert {d.problem for d in found} == {"missing"}


def test_publish_mends_but_deletes_nothing(
    rendered: dict[str, str], tmp_path: Path
) -> None:
    """Publishing writes what differs, leaves the rest alone and reports orphans."""
    publish(rendered, tmp_path)
    package = tmp_path / "voicelive_protocol"
    untouched = (package / "tools.py").stat().st_mtime_ns
    (package / "items.py").write_text("")
    (package / "notes.txt").write_text("mine")
    found = publish(rendered, tmp_path)
    assert found == [
        Difference("voicelive_protocol/items.py", "stale or edited"),
        Difference("voicelive_protocol/notes.txt", "orphaned"),
    ]
    assert (package / "notes.txt").read_text() == "mine"
    assert (package / "tools.py").stat().st_mtime_ns == untouched
    assert compare(rendered, tmp_path) == found[1:]


def test_generate_reports_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Writing tells every file; orphans are left to the person, and fail."""
    schema = write(tmp_path / "schema", minimal_documents())
    output = tmp_path / "out"
    arguments = ["--schema", str(schema), "--output", str(output)]
    assert main(arguments) == 0
    written = capsys.readouterr().out.splitlines()
    assert "written: out/voicelive_protocol/things.py" in written
    (output / "voicelive_protocol" / "old.py").write_text("")
    assert main(arguments) == 1
    output_text, errors = capsys.readouterr()
    assert output_text == "orphaned: out/voicelive_protocol/old.py\n"
    assert errors == "remove the orphaned files; nothing generates them\n"


def test_same_bytes_in_another_process(rendered: dict[str, str]) -> None:
    """Neither hash order, time nor place changes what is rendered."""
    code = (
        "import hashlib, json, pathlib\n"
        "from codegen.load import load\n"
        "from codegen.render import render\n"
        "files = render(load(pathlib.Path('schema')))\n"
        "print(hashlib.sha256(json.dumps(files).encode()).hexdigest())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        # This process has another hash seed, at random.
        env={**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        check=True,
        capture_output=True,
        text=True,
    )
    expected = hashlib.sha256(json.dumps(rendered).encode()).hexdigest()
    assert done.stdout.strip() == expected


def test_layout_of_schema_files_is_free(tmp_path: Path) -> None:
    """White space in the schema changes nothing, a word in it does."""
    first = load(write(tmp_path / "one", minimal_documents())).digest
    folder = write(tmp_path / "two", minimal_documents())
    things = folder / "things.json"
    things.write_text(json.dumps(json.loads(things.read_text()), indent=3))
    assert load(folder).digest == first
    things.write_text(things.read_text().replace("The topic", "This topic"))
    assert load(folder).digest != first


def _contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
