"""Wrong input of every command: an exit code and one line on stderr, no traceback."""

from __future__ import annotations

import asyncio
import io
import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import hold_port
from tools.paths import QUESTION, ROOT
from voicelive.cli import main
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_mockserver import MockServer

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with files of the wrong kind."""
    for name in ("ENDPOINT", "API_KEY", "TOKEN", "MODEL", "API_VERSION", "VOICE"):
        monkeypatch.delenv(f"AZURE_VOICELIVE_{name}", raising=False)
    monkeypatch.setenv("VOICELIVE_MOCK_SPEED", "inf")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dir").mkdir()
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "object.json").write_text('{"a": 1}', "utf-8")
    (tmp_path / "list.json").write_text("[1]", "utf-8")
    (tmp_path / "broken.yaml").write_text("turns: [", "utf-8")
    (tmp_path / "empty").touch()
    (tmp_path / "empty.json").touch()
    (tmp_path / "notes.txt").write_text("text", "utf-8")
    (tmp_path / "binary.json").write_bytes(bytes(range(256)))
    (tmp_path / "deep.json").write_text("[" * 100_000, "utf-8")
    # Files that are not ordinary ones, so that root cannot use them either.
    (tmp_path / "unreadable").symlink_to("unreadable")
    (tmp_path / "readonly").symlink_to("/proc")
    (tmp_path / "question.wav").write_bytes(QUESTION.read_bytes())
    return tmp_path


LONG = "a" * 300


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    try:
        return main(arguments)
    except SystemExit as exit:
        return int(exit.code or 0)


def check(arguments: list[str], shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Check the one line on stderr."""
    output = capsys.readouterr()
    errors = output.err.removeprefix(
        "No endpoint: using a mock service in this process.\n"
    )
    assert len(errors.splitlines()) == 1, errors
    assert errors.startswith(f"voicelive {arguments[0]}: error: ")
    assert shown in errors
    assert "Traceback" not in output.out + output.err


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("mock --port 99999", "--port: expected a port from 0 to 65535, not '99999'"),
        ("mock --port -1", "--port: expected a port from 0 to 65535, not '-1'"),
        ("mock --port abc", "--port: expected a port from 0 to 65535, not 'abc'"),
        ("mock --speed abc", "--speed: expected a number above 0, not 'abc'"),
        ("mock --speed nan", "--speed: expected a number above 0, not 'nan'"),
        ("mock --speed 0", "--speed: expected a number above 0, not '0'"),
        ("mock --seed 1.5", "--seed: expected a whole number, not '1.5'"),
        ("mock --workers 0", "--workers: expected a whole number from 1 to 128"),
        ("mock --workers 99999", "--workers: expected a whole number from 1 to 128"),
        ("mock --journal x", "--journal: expected a whole number from 0, not 'x'"),
        ("mock --fault close:abc", "--fault: fault 'close:abc': "),
        ("mock --fault clos:1011", 'did you mean "close"?'),
        ("mock --fatal-close-code 5", "--fatal-close-code: 5 cannot be sent"),
        ("mock --voice alto", "--voice: expected one of synthetic, espeak, auto"),
        ("mock --scenario nothing", "--scenario: nothing: there is no such file"),
        ("mock --scenario dir", "--scenario: dir: Is a directory"),
        ("mock --scenario binary", "--scenario: binary: not text: 'utf-8' codec"),
        ("mock --scenario object.json", "--scenario: object.json:1: a: unknown key"),
        ("mock --scenario list.json", "--scenario: list.json:1: expected a mapping"),
        ("mock --scenario broken.yaml", "--scenario: broken.yaml:1: not valid YAML"),
        ("mock --recording nothing", "--recording: nothing: No such file"),
        ("mock --recording dir", "--recording: dir: Is a directory"),
        ("mock --recording binary", "--recording: binary:1: not a line of a recording"),
        ("mock --recording list.json", "--recording: list.json:1: "),
        ("mock --scenario notes.txt", "ends in .yaml, .yml or .json"),
        ("mock --scenario unreadable", "--scenario: unreadable: "),
        (f"mock --scenario {LONG}", "File name too long"),
        ("mock --scenario binary.json", "--scenario: binary.json: not text: "),
        ("mock --scenario empty.json", "--scenario: empty.json:1: not valid JSON"),
        ("mock --scenario deep.json", "--scenario: deep.json: nested too deeply"),
        ("mock --scenario \udcff", "--scenario: not valid UTF-8"),
        ("mock --recording empty", "--recording: empty: "),
        ("mock --recording object.json", "--recording: object.json:1: "),
        (f"mock --recording {LONG}", "File name too long"),
        ("mock --tls-cert empty", "certificate and key (empty): "),
        ("mock --tls-cert dir", "certificate and key (dir): "),
        ("mock --host \udcff", "--host: expected a host name"),
        (f"mock --host {LONG}", "--host: expected a host name"),
        ("mock --host=", "--host: expected a host name"),
        ("mock --speed=", "--speed: expected a number above 0, not ''"),
        ("mock --speed -inf", "--speed: expected "),
        ("mock --seed=", "--seed: expected a whole number, not ''"),
        ("mock --workers 1e3", "--workers: expected a whole number from 1"),
        ("mock --fault=", "--fault: "),
        ("mock --fault :", "--fault: fault ':': "),
        ("mock --fault close:1005", "--fault: fault 'close:1005': "),
        ("mock --fault close:1011:after=-1", "--fault: "),
        ("mock --fault delay:abc", "--fault: fault 'delay:abc': "),
        ("mock --fault \udcff", "--fault: fault '"),
        ("mock --fatal-close-code 1e3", "--fatal-close-code: expected a whole number"),
        ("mock --log-level loud", "--log-level: expected one of debug, info"),
        ("mock --transcript \udcff", "--transcript: not valid UTF-8"),
        ("mock --allowed-host=", "--allowed-host: "),
        ("mock -x", "unknown option -x"),
        ("mock --tls-cert nothing", "certificate and key (nothing): No such file"),
        ("mock --tls-cert binary", "certificate and key (binary): "),
        ("mock --tls-key binary", "--tls-key needs --tls-cert"),
        ("mock --api-key é", "--api-key: expected visible ASCII"),
        ("mock --allowed-host http://x", "--allowed-host: expected a name"),
        ("mock extra", "unexpected argument 'extra'"),
        ("mock --transcript", "--transcript: expected one argument"),
        ("say", "one of the arguments text --wav is required"),
        ("say Hi you", "unexpected argument 'you'"),
        ("say Hi --timeout -1", "--timeout: expected a number of seconds above 0"),
        ("say Hi --timeout nan", "--timeout: expected a number of seconds above 0"),
        ("say Hi --timeout inf", "--timeout: expected a number of seconds above 0"),
        ("say --wav nothing", "--wav nothing: No such file"),
        ("say --wav empty", "--wav empty: "),
        ("say --wav object.json", "--wav object.json: is not a WAV file"),
        ("say --wav unreadable", "--wav unreadable: "),
        (f"say --wav {LONG}", "File name too long"),
        (f"say Hi --out {LONG}", "File name too long"),
        ("say Hi --out readonly/a.wav", "--out readonly/a.wav: "),
        ("say \udcff", "text: not valid UTF-8: '\\udcff'"),
        ("say Hi --model \udcff", "--model: not valid UTF-8"),
        ("say Hi --instructions \udcff", "--instructions: not valid UTF-8"),
        ("say Hi --endpoint nonsense", "'nonsense' must start with https"),
        ("say Hi --endpoint https://[::1", "'https://[::1': Invalid IPv6 URL"),
        ("say Hi --endpoint https://u:p@h --api-key k", "must not contain a user name"),
        ("say Hi --api-key k --token t", "mutually exclusive"),
        ("say Hi --timeout", "--timeout: expected one argument"),
        ("say Hi --timeout 1e999", "--timeout: expected a number of seconds above 0"),
        ("say Hi -x", "unknown option -x"),
        ("say --wav dir", "--wav dir: Is a directory"),
        ("say --wav binary", "--wav binary: is not a WAV file"),
        ("say Hi --out no/a.wav", "--out no/a.wav: no such directory: no"),
        ("say Hi --out dir", "--out dir: is a directory"),
        ("say Hi --endpoint ftp://x --api-key k", "'ftp://x' must start with https"),
        ("say Hi --endpoint http:// --api-key k", "'http://' has no host name"),
        ("say Hi --endpoint http://a:x --api-key k", "endpoint 'http://a:x': "),
        ("say Hi --endpoint http://127.0.0.1:9", "no credential: set AZURE_VOICELIVE"),
        ("say Hi --endpoint http://127.0.0.1:9 --api-key é", "--api-key: expected"),
        ("say Hi --agent a", "--agent and --project must be used together"),
        ("talk --wav nothing", "--wav nothing: No such file"),
        ("talk --wav binary", "--wav binary: is not a WAV file"),
        ("talk --out no/a.wav", "--out no/a.wav: no such directory: no"),
        ("demo --wav nothing", "--wav nothing: No such file"),
        ("demo --out no/a.wav", "--out no/a.wav: no such directory"),
        ("demo --timeout nan", "--timeout: expected a number of seconds above 0"),
        ("talk --transcript a.srt", "--transcript: expected a file name that ends in"),
        ("talk --transcript no/a.txt", "--transcript no/a.txt: no such directory: no"),
        ("talk --timeout 0", "--timeout: expected a number of seconds above 0"),
        ("record --port 99999", "--port: expected a port from 0 to 65535"),
        ("talk --transcript unwritable.txt/a.txt", "no such directory"),
        (f"talk --transcript {LONG}.txt", "File name too long"),
        ("talk --endpoint nonsense", "'nonsense' must start with https"),
        ("demo --endpoint nonsense", "'nonsense' must start with https"),
        ("demo --wav binary", "--wav binary: is not a WAV file"),
        ("demo --model \udcff", "--model: not valid UTF-8"),
        ("record --host \udcff", "--host: expected a host name"),
        (f"record --host {LONG}", "--host: expected a host name"),
        ("record --host=", "--host: expected a host name"),
        ("record --endpoint nonsense", "'nonsense' must start with https"),
        ("record --endpoint http://h --api-key é", "--api-key: expected visible ASCII"),
        ("record --endpoint http://h --proxy x:y:z", "proxy"),
        (f"record --out {LONG}", "File name too long"),
        ("record extra", "unexpected argument 'extra'"),
        ("record --out binary", "--out binary: cannot create it: File exists"),
        ("record --out binary/x", "--out binary/x: cannot create it: "),
        ("record --endpoint ftp://x", "'ftp://x' must start with https"),
        ("load -u 0", "-u/--users: expected a whole number from 1, not '0'"),
        ("load -u many", "-u/--users: expected a whole number from 1, not 'many'"),
    ],
)
def test_a_wrong_option_or_file(
    arguments: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error names the option and its value."""
    words = arguments.split()
    assert run(words) == ExitCode.USAGE
    check(words, shown, capsys)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize("command", ["mock", "record"])
def test_a_port_that_is_taken(
    command: str, taken: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error has the address and a way out."""
    words = [command, "--port", str(taken)]
    assert run(words) == ExitCode.CANNOT_LISTEN
    check(words, f"127.0.0.1:{taken}: Address already in use; --port 0", capsys)


@pytest.mark.parametrize("command", ["mock", "record"])
@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_an_address_of_another_machine(
    command: str, host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error has the address."""
    words = [command, "--host", host, "--port=0"]
    assert run(words) == ExitCode.CANNOT_LISTEN
    check(words, f"cannot listen on {host}:0: ", capsys)


COMMANDS = [["say", "Hi"], ["talk", "--wav=question.wav", "--out=out.wav"]]


@pytest.mark.parametrize("words", COMMANDS, ids=["say", "talk"])
async def test_a_service_that_cannot_be_used(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Unknown host, refused connection, other protocol, wrong key, wrong model."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    async def fails(code: ExitCode, shown: str, *options: str) -> None:
        arguments = [*words, "--api-key=key-1234", *options]
        assert await asyncio.to_thread(run, arguments) == code
        check(words, shown, capsys)

    lost = ExitCode.NO_CONNECTION
    unknown = "--endpoint=https://nowhere.invalid"
    await fails(lost, "cannot connect to wss://nowhere.invalid", unknown)
    with hold_port() as port:
        refusing = f"--endpoint=http://127.0.0.1:{port}"
        await fails(lost, f"cannot connect to ws://127.0.0.1:{port}", refusing)
    async with await asyncio.start_server(speak, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        address = f"127.0.0.1:{port}"
        await fails(lost, address, f"--endpoint=http://{address}")
        await fails(lost, address, f"--endpoint=https://{address}")
    async with MockServer() as mock:
        endpoint = f"--endpoint={mock.endpoint}"
        await fails(ExitCode.UNAUTHORIZED, "401", endpoint)
        key = f"--api-key={mock.api_key}"
        await fails(
            lost, "'1999' is not supported", endpoint, key, "--api-version=1999"
        )


def test_a_model_that_the_service_rejects(capsys: pytest.CaptureFixture[str]) -> None:
    """The service returns an error."""
    assert run(["say", "Hi", "--model=nothing"]) == ExitCode.FAILED
    assert "say: error: invalid_model: Model nothing" in capsys.readouterr().err


def test_empty_variables_are_unset(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With an empty endpoint, the mock service answers."""
    for name in ("ENDPOINT", "API_KEY", "TOKEN", "MODEL", "API_VERSION", "VOICE"):
        monkeypatch.setenv(f"AZURE_VOICELIVE_{name}", "")
    monkeypatch.setenv("VOICELIVE_MOCK_SPEED", "")
    assert run(["say", "Hi", "--text-only"]) == ExitCode.OK
    assert capsys.readouterr().err.startswith("No endpoint: using a mock service")


def test_text_that_is_not_unicode(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bytes on stdin that are not UTF-8 are a usage error."""
    raw = io.TextIOWrapper(io.BytesIO(b"\xff\xfe"), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", raw)
    assert run(["say", "-"]) == ExitCode.USAGE
    check(["say"], "stdin", capsys)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ("--usrs 5", r"voicelive load: error: .*--usrs.*\n.*--users"),
        ("--run-time x", "voicelive load: error: .*--run-time"),
        ("--profile nothing", "voicelive load: error: .*nothing: neither a file"),
        ("--profile binary", "voicelive load: error: .*binary"),
        ("--profile dir", "voicelive load: error: .*dir"),
        ("--api-key=", "no API key"),
        ("--endpoint ftp://x", "the endpoint must be a URL"),
        ("--think abc", "voicelive load: error: .*--think"),
        ("--api-key=k --speech dir", "voicelive load: error: .*dir"),
    ],
)
async def test_wrong_options_of_a_load_test(
    options: str, shown: str, folder: Path
) -> None:
    """Errors that Locust reports have the name of the command."""
    words = [sys.executable, "-m", "voicelive", "load", "--headless", "-t1s", "-u1"]
    if "--endpoint" not in options:
        words.append("--endpoint=http://127.0.0.1:9")
    process = await asyncio.create_subprocess_exec(
        *(*words, *options.split()),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    output, _ = await process.communicate()
    text = output.decode()
    assert process.returncode == ExitCode.USAGE, text
    assert "Traceback" not in text
    assert "locust:" not in text
    assert "__main__" not in text
    assert re.search(shown, text), text


def test_every_exit_code_is_documented() -> None:
    """The table in the documentation has the codes and no others."""
    page = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    table = page.partition("\n## Exit codes\n")[2]
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)]
    assert codes == sorted(ExitCode)
    assert all(code.meaning for code in ExitCode)
