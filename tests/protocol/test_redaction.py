"""Names of secrets, secrets in text and in logs, control characters."""

from __future__ import annotations

import ast
import io
import json
import logging
from typing import Any

import pytest

from tools.paths import ROOT
from voicelive_core.redaction import (
    MASK,
    is_secret,
    is_secret_name,
    is_secret_parameter,
    printable,
    redact,
    redacting_logger,
    remember_secret,
)
from voicelive_protocol import API_VERSIONS, json_schema

SECRET = "b1946ac92492d2347c6235b4d2611184"


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "apiKey",
        "api-key",
        "APIKey",
        "API_KEY",
        "x-api-key",
        "apikey",
        "key",
        "keys",
        "key1",
        "private_key",
        "Ocp-Apim-Subscription-Key",
        "subscriptionKey",
        "primaryKey",
        "AccountKey",
        "SharedAccessKey",
        "x-functions-key",
        "token",
        "access_token",
        "accessToken",
        "id_token",
        "sessionToken",
        "authtoken",
        "refresh-token",
        "bearer_token",
        "tokens",
        "client_secret",
        "clientSecret",
        "secrets",
        "SECRET_KEY",
        "password",
        "userPassword",
        "db_password",
        "passwd",
        "pwd",
        "passphrase",
        "authorization",
        "Proxy-Authorization",
        "credential",
        "credentials",
        "signature",
        "X-Amz-Signature",
        "sig",
        "cookie",
        "set-cookie",
        "client_assertion",
    ],
)
def test_names_of_secrets(name: str) -> None:
    """However the words are joined, and in whatever case."""
    assert is_secret_name(name)
    assert is_secret(name, SECRET)


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "maxOutputTokens",
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "audio_tokens",
        "input_token_details",
        "cached_tokens_details",
        "reasoning_tokens",
        "token_count",
        "token_usage",
        "token_limit",
        "tokenizer",
        "keywords",
        "keyword",
        "keyboard",
        "key_phrases",
        "keyPhrases",
        "keyframe",
        "monkey",
        "hockey",
        "partition_key",
        "author",
        "authentication_identity_client_id",
        "codec",
        "code",
        "design",
        "assign",
        "secretary",
        "passenger",
        "compass",
        "signal",
        "status",
    ],
)
def test_names_that_only_look_like_it(name: str) -> None:
    """What counts tokens, and words that happen to contain one of them, stay."""
    assert not is_secret_name(name)


def test_fields_of_the_protocol() -> None:
    """Of all fields of all API versions, these and no others hold secrets."""
    names: set[str] = set()

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("properties"), dict):
                names.update(value["properties"])
            for item in value.values():
                collect(item)
        elif isinstance(value, list):
            for item in value:
                collect(item)

    for version in API_VERSIONS:
        collect(json_schema(version))
    assert "usage" in names
    # `token` is a piece of text in log probabilities, which have a field that says so.
    assert set(filter(is_secret_name, names)) == {
        "authorization",
        "credential",
        "token",
    }


def test_values_that_are_no_secrets() -> None:
    """Nothing is worth knowing, and tokens are counted in numbers."""
    nothing: tuple[object, ...] = (None, "", False, True, [], {}, 0)
    for value in nothing:
        assert not is_secret("api_key", value)
    assert not is_secret("tokens", 12)
    assert is_secret("api_key", 12)
    assert is_secret_parameter("code")
    assert not is_secret_name("code")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (
            f"wss://h/x?model=m&api-key={SECRET}&y=1",
            "wss://h/x?model=m&api-key=***&y=1",
        ),
        (f"?code={SECRET}#x", "?code=***#x"),
        (f"api-key: {SECRET}", "api-key: ***"),
        (f"api-key:{SECRET}\r\nHost: x", "api-key:***\r\nHost: x"),
        (f"{{'api-key': '{SECRET}', 'a': 1}}", "{'api-key': '***', 'a': 1}"),
        (f'{{"apiKey":"{SECRET}"}}', '{"apiKey":"***"}'),
        (f"Authorization: Bearer {SECRET}", "Authorization: ***"),
        (f"got Bearer {SECRET}!", "got Bearer ***!"),
        (f"http://me:{SECRET}@h/x", "http://***@h/x"),
        (f"password={SECRET}", "password=***"),
        ("max_tokens: 5, unknown key: size", "max_tokens: 5, unknown key: size"),
        ("a bearer certificate", "a bearer certificate"),
        ("no credential: set a key", "no credential: set a key"),
        ("{'password': 'abc'}", "{'password': '***'}"),
        ("http://h:80/x?model=m", "http://h:80/x?model=m"),
    ],
)
def test_secrets_in_text(text: str, clean: str) -> None:
    """Values are masked by the name before them; the rest stays as it was."""
    assert redact(text, ()) == clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \u00e4\u4f60", "plain \u00e4\u4f60"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2066x\u2069\u200b\ufeff", r"\u2066x\u2069\u200b\ufeff"),
        ("\x85\u2028\u2029\x9b", r"\x85\u2028\u2029\x9b"),
        ("\ud83d", r"\ud83d"),
        ("\u00a0\u3000", "\u00a0\u3000"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
    ],
)
def test_control_characters(text: str, shown: str) -> None:
    """What a terminal or a reader would obey is escaped; other text is not."""
    assert printable(text) == shown
    printable(text).encode()


def test_limit_and_what_is_kept() -> None:
    """The limit counts characters of the text; kept ones are as they were."""
    assert printable("a\nb", 2) == r"a\n"
    assert printable("a\nb\x1b", keep="\n") == "a\nb\\x1b"


def logged(*args: Any, **options: Any) -> str:
    """Return what a handler prints of a record."""
    logger = redacting_logger("voicelive.test_redaction")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    try:
        logger.error(*args, **options)
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()


def test_known_secrets_never_reach_a_handler() -> None:
    """In the message, its arguments, the traceback and its causes, and quoted."""
    remember_secret(f"Bearer {SECRET}/+x")
    error = ValueError(f"bad {SECRET}/+x")
    error.__cause__ = KeyError(f"{SECRET}%2F%2Bx\x1b[0m")
    text = logged("%s and %r", f"{SECRET}/+x", {"a": f"{SECRET}/+x"}, exc_info=error)
    assert SECRET not in text
    assert "ValueError: bad ***" in text
    assert "KeyError" in text
    assert "\x1b" not in text


class Keeper(logging.Handler):
    """Keeps records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def test_a_traceback_without_secrets_stays_an_object() -> None:
    """Handlers that report exceptions get the exception itself."""
    handler = Keeper()
    logger = redacting_logger("voicelive.test_redaction")
    logger.addHandler(handler)
    error = ValueError("plain")
    try:
        logger.error("failed", exc_info=error)
    finally:
        logger.removeHandler(handler)
    (record,) = handler.records
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_lines_cannot_be_forged() -> None:
    """A line break in a value stays in the line of its record."""
    assert logged("said %s", "a\nERROR forged\x1b[2J") == (
        "said a\\nERROR forged\\x1b[2J\n"
    )


def test_secrets_are_forgotten_some_day() -> None:
    """A service whose tokens change for months does not collect them."""
    remember_secret("the-very-first-one")
    for number in range(300):
        remember_secret(f"token-number-{number}")
    assert redact("the-very-first-one") == "the-very-first-one"
    assert redact("token-number-299") == MASK


def test_short_keys_are_no_secrets() -> None:
    """They would be found in words that have nothing to do with it."""
    remember_secret("key")
    assert redact("a key of mine") == "a key of mine"


@pytest.mark.slow
def test_all_loggers_are_redacting() -> None:
    """No module of the packages gets a logger of its own from the standard library."""
    found = []
    for folder in ("core", "voicelive", "mockserver", "loadtest"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                    "logging.getLogger",
                    "getLogger",
                ):
                    found.append(f"{path.name}: {ast.unparse(node)}")
    # `redacting_logger` itself, the root logger of a command, and those of Locust.
    assert found == [
        "redaction.py: logging.getLogger(name)",
        "logs.py: logging.getLogger()",
        "hooks.py: logging.getLogger(name)",
        "live_view.py: logging.getLogger(name)",
        "profile_run.py: logging.getLogger('locust.stats_logger')",
    ]


def test_json_stays_json() -> None:
    """What was masked in JSON text can still be read."""
    text = json.dumps({"api_key": SECRET, "url": f"http://h?sig={SECRET}", "n": 1})
    assert json.loads(redact(text, ())) == {
        "api_key": MASK,
        "url": f"http://h?sig={MASK}",
        "n": 1,
    }
