"""Scenarios and faults from the command line."""

from __future__ import annotations

import pytest

from tests.support.mock_process import running
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_mockserver.cli import main

pytestmark = pytest.mark.slow


async def output(*arguments: str, until: bytes | None = None) -> tuple[str, int | None]:
    """Run the command; return its output, up to a line, and its exit code."""
    async with running(*arguments) as process:
        assert process.stdout is not None
        if until is None:
            printed = await process.stdout.read()
        else:
            printed = await process.stdout.readuntil(until)
            process.terminate()
            await process.stdout.read()
        await process.wait()
    return printed.decode(), process.returncode


async def test_serving() -> None:
    """The scenario and the seed are printed at the start."""
    text, code = await output(
        *("--scenario=echo", "--fault=delay:0:0.1", "--fault=close:1011"),
        *("--fault=refuse:connection=1,2", "--seed=7"),
        until=b"Press Ctrl+C to stop.",
    )
    assert "Scenario: echo\nFaults: 3\nRandom seed: 7\n" in text
    assert code == 0


def test_a_scenario_that_cannot_be_played(capsys: pytest.CaptureFixture[str]) -> None:
    """An invalid scenario prevents the start."""
    assert main(["--scenario=nothing"]) == ExitCode.USAGE
    assert "nothing: there is no such file or example" in capsys.readouterr().err


def test_checking(capsys: pytest.CaptureFixture[str]) -> None:
    """Several files can be checked at once."""
    assert main(["--check", "echo", "--check", "nothing"]) == ExitCode.USAGE
    out = capsys.readouterr().out
    assert "echo: valid" in out
    assert "nothing: there is no such file" in out


def test_an_invalid_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """The message is that of the fault."""
    with pytest.raises(SystemExit) as caught:
        main(["--fault", "clos:1011"])
    assert caught.value.code == 2
    assert 'did you mean "close"?' in capsys.readouterr().err
