"""Redaction of secrets, and escaping of control characters, in logs and recordings."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterable
from types import TracebackType
from urllib.parse import quote

MASK = "***"
"""Text that takes the place of a secret."""

# --- names of secrets ---------------------------------------------------------------

# A word that contains one of these names a secret.
_SECRET_PARTS = (
    "apikey",
    "authorisation",
    "authorization",
    "credential",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "secret",
)
_SECRET_WORDS = frozenset(
    {"assertion", "auth", "bearer", "cookie", "jwt", "pwd", "sig", "signature"}
)
# Words of names that count or describe tokens.
_NO_TOKEN = re.compile(
    "audio|budget|cached|completion|counts?|details|endpoint|image|input|left|limits?|"
    "max|min|num|output|per|prompt|reasoning|remaining|response|text|total|type|ur[il]|"
    "usage|used|video"
)
# Words of names in which a key is not a secret.
_NO_KEY = re.compile(
    "board|cache|codes?|count|events?|foreign|frames?|names?|partition|path|phrases?|"
    "points?|press|public|sort|types?|words?"
)
# Prefixes of `key` in a word without a separator.
_GLUED_KEY = re.compile(
    "(access|account|admin|api|app|auth|client|encryption|function|host|license|master|"
    "primary|private|resource|secondary|secret|service|session|shared|signing|storage|"
    "subscription)?keys?"
)
# Further names of secrets in a query.
_SECRET_PARAMETERS = frozenset({"code", "sig"})

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]")


def is_secret_name(name: str) -> bool:
    """Return whether a field, header or parameter of this name holds a secret.

    It does if one of its words is key, token, secret, password, credential,
    authorization or the like, however they are joined (`apiKey`, `api-key`, `apikey`).
    Counts of tokens (`max_tokens`), `keywords` and the like are not secrets.
    """
    return _kind(name) is not None


def is_secret_parameter(name: str) -> bool:
    """Return whether a query parameter of this name holds a secret."""
    return name.lower() in _SECRET_PARAMETERS or is_secret_name(name)


def is_secret(name: str, value: object) -> bool:
    """Return whether the value of a field is a secret.

    Empty values (null, false, "") and counts of tokens are not.
    """
    if not value or value is True:
        return False
    kind = _kind(name)
    if kind == "token":
        return not isinstance(value, int | float)
    return kind is not None


def is_distinct(name: str) -> bool:
    """Return whether a name always means a secret, unlike a mere `key` or `token`."""
    return _kind(name) is not None and name.lower() not in ("key", "keys", "token")


def _kind(name: str) -> str | None:
    words = [word.lower() for word in _WORD.findall(name)]
    for word in words:
        if word in _SECRET_WORDS or word == "cookies":
            return "secret"
        if word != "secretary" and any(part in word for part in _SECRET_PARTS):
            return "secret"
    if any(map(_GLUED_KEY.fullmatch, words)) and not any(map(_NO_KEY.fullmatch, words)):
        return "key"
    tokens = any(word.removesuffix("s").endswith("token") for word in words)
    if tokens and not any(map(_NO_TOKEN.fullmatch, words)):
        return "token"
    return None


# --- secrets in text ----------------------------------------------------------------

_SHORTEST_SECRET = 8
_MOST_SECRETS = 256

# `Bearer` with what follows; a shorter word is prose.
_SCHEME = re.compile(
    r"\b((?:Bearer|Basic|SharedAccessSignature)\s+)[A-Za-z0-9._~+/=&%-]{12,}"
)
_USER = re.compile(r"(://)[^/?#\s@]*@")
_PARAMETER = re.compile(r"([?&;])([\w.$-]{1,64})=([^&;#\s\"'<>]+)")
# `name: value` and `name=value`, with or without quotes, as logs and dumps write them.
_PAIR = re.compile(
    r"(?<![\w-])([A-Za-z][\w.-]{1,63})(\\*[\"']?\s{0,4}[:=]\s{0,4}(?:b(?=\\*[\"']))?\\*[\"']?)"
    r"((?:Bearer\s+)?[^\s\"'\\,;&<>{}\[\]]+)"
)
_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END|$)", re.DOTALL
)

_known: dict[str, None] = {}


def spellings(secret: str) -> set[str]:
    """Return a secret as it may appear in text: without its scheme, quoted for URLs.

    Spellings that are too short to be distinguished from other words are left out.
    """
    found = {secret, secret.rpartition(" ")[2]}
    found |= {quote(text, safe="", errors="surrogatepass") for text in found}
    return {text for text in found if len(text) >= _SHORTEST_SECRET}


def remember_secret(secret: str) -> None:
    """Redact a key or token from everything that this process logs.

    Args:
        secret: The key or token. Only the 256 newest are remembered.
    """
    for text in spellings(secret):
        _known.pop(text, None)
        _known[text] = None
    while len(_known) > _MOST_SECRETS:
        _known.pop(next(iter(_known)), None)


def redact(text: str, secrets: Iterable[str] | None = None) -> str:
    """Return a text without its secrets.

    Args:
        text: The text.
        secrets: Secrets to mask besides values with the name of one; by default all
            remembered ones.
    """
    known = tuple(_known) if secrets is None else tuple(secrets)
    # Longer ones first, as they may contain others.
    for secret in sorted(known, key=len, reverse=True):
        text = text.replace(secret, MASK)
    if "=" in text or ":" in text:
        text = _PARAMETER.sub(_without_parameter, text)
        text = _PAIR.sub(_without_value, text)
        text = _USER.sub(rf"\1{MASK}@", text)
    text = _SCHEME.sub(rf"\1{MASK}", text)
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(rf"\1{MASK}\2", text)
    return text


def _without_parameter(match: re.Match[str]) -> str:
    before, name, _ = match.groups()
    return f"{before}{name}={MASK}" if is_secret_parameter(name) else match[0]


def _without_value(match: re.Match[str]) -> str:
    name, between, value = match.groups()
    if not is_distinct(name) or not is_secret(name, value):
        return match[0]
    is_prose = "=" not in between and between[0] not in "\\\"'"
    if is_prose and not _looks_secret(value):
        return match[0]
    return f"{name}{between}{MASK}"


def _looks_secret(value: str) -> bool:
    """Return whether a value is more than prose: `no credential: set a variable`."""
    is_random = any(char.isdigit() for char in value)
    return len(value) >= 16 or (is_random and len(value) >= 6)


# --- control characters -------------------------------------------------------------

# Joiners are parts of words and emoji.
_HARMLESS = frozenset("\u200c\u200d")


def printable(text: str, limit: int | None = None, *, keep: str = "") -> str:
    r"""Return a text of unknown origin with control characters escaped as in Python.

    Escape sequences of terminals, line breaks, marks that reverse the direction of
    text, and lone surrogates become visible: `\x1b`, `\n`, `\u202e`.

    Args:
        text: The text.
        limit: Number of characters to keep; None for all.
        keep: Characters that stay as they are.
    """
    if limit is not None:
        text = text[:limit]
    if text.isprintable():
        return text
    return "".join(
        char if _is_plain(char) or char in keep else _escaped(char) for char in text
    )


def _is_plain(char: str) -> bool:
    # Python counts only the ASCII space as printable.
    return char.isprintable() or char in _HARMLESS or (char > "~" and _is_space(char))


def _is_space(char: str) -> bool:
    return char.isspace() and char not in "\x85\u2028\u2029"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode()


# --- logs ---------------------------------------------------------------------------

_RECORD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
# Errors of an invalid request quote its bytes, which may include part of a key.
_QUOTING = "aiohttp.http_exceptions"


class RedactingFilter(logging.Filter):
    """Logging filter that masks secrets and escapes control characters.

    It covers messages, tracebacks and string attributes of records.

    Args:
        keep: Control characters to leave in messages; none by default, as a line break
            lets a peer forge a record.
    """

    def __init__(self, *, keep: str = "") -> None:
        super().__init__()
        self._keep = keep

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact a record in place; records are never dropped."""
        try:
            message = record.getMessage()
        except Exception:
            # logging reports a format that does not match its arguments.
            return True
        clean = redact(printable(message, keep=self._keep))
        if clean != message:
            record.msg, record.args = clean, ()
        if isinstance(record.exc_info, tuple) and record.exc_info[0] is not None:
            self._clean_exception(record, *record.exc_info)
        for name, value in vars(record).items():
            if name not in _RECORD_FIELDS and isinstance(value, str):
                setattr(record, name, redact(printable(value)))
        return True

    def _clean_exception(
        self,
        record: logging.LogRecord,
        kind: type[BaseException],
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if _quotes_a_request(error):
            record.msg = f"{record.getMessage()}: {kind.__name__}"
            record.args, record.exc_info, record.exc_text = (), None, None
            if record.levelno > logging.WARNING:
                record.levelno, record.levelname = logging.WARNING, "WARNING"
            return
        text = "".join(traceback.format_exception(kind, error, trace)).rstrip("\n")
        clean = redact(printable(text, keep="\n\t"))
        if clean != text:
            # Handlers print this text instead of formatting the exception.
            record.exc_info, record.exc_text = None, clean


def _quotes_a_request(error: BaseException | None) -> bool:
    while error is not None:
        if type(error).__module__ == _QUOTING:
            return True
        error = error.__cause__ or error.__context__
    return False


_FILTER = RedactingFilter()


def redacting_logger(name: str) -> logging.Logger:
    """Return the logger of a name, with a `RedactingFilter`.

    All loggers of these packages are created here, as the filter of a logger does not
    apply to its children.
    """
    logger = logging.getLogger(name)
    if _FILTER not in logger.filters:
        logger.addFilter(_FILTER)
    return logger
