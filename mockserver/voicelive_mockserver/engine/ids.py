"""Identifiers in the formats of the service, reproducible from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from random import Random

_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# A byte becomes a digit by table: `bytes.translate` turns a whole block of random
# bytes into digits at once. The slight bias (256 is not a multiple of 62) is harmless.
_DIGITS = bytes(_ALPHABET[value % 62] for value in range(256))
# A 128-bit number has a leading base-62 digit from 0 to 7. As in the service, a leading
# zero is omitted.
_LEADING_DIGITS = bytes(b" 1234567"[value % 8] for value in range(256))

_IDS_PER_BLOCK = 32
_TOKEN_LENGTH = 22
_BLANKS = b" " * _IDS_PER_BLOCK
_UPSTREAM_EPOCH = 1_576_800_000  # 2019-12-20, the start of upstream timestamps


def base62(number: int, width: int) -> str:
    """Return a number in base 62 (digits, capital letters, small letters).

    Args:
        number: A non-negative number.
        width: The length of the result, padded with zeros on the left.

    Returns:
        The last `width` digits of the number.
    """
    digits = bytearray(width)
    for place in range(width - 1, -1, -1):
        number, digit = divmod(number, 62)
        digits[place] = _ALPHABET[digit]
    return digits.decode()


class IdSource:
    """Generates the identifiers of one session.

    The same seed and ordinal give the same identifiers in the same order, in any
    process, independently of other sessions.

    Args:
        seed: The seed of the server.
        ordinal: The number of the session, counted from 0.
    """

    __slots__ = ("_random", "_second", "_stamp", "token")

    def __init__(self, seed: int, ordinal: int) -> None:
        self._random = Random(f"{seed}/{ordinal}/ids")
        self._second = 0
        self._stamp = ""
        # The fastest iterator, since every event needs a token.
        self.token = chain.from_iterable(_blocks(self._random)).__next__
        """Return a new random number of 21 or 22 base-62 digits (the service's own)."""

    def own(self, prefix: str) -> str:
        """Return an identifier in the format of Voice Live.

        Args:
            prefix: `item`, `resp`, `sess` or `conv`.
        """
        return f"{prefix}_{self.token().decode()}"

    def upstream(self, prefix: str, epoch: float) -> str:
        """Return an identifier in the format of the upstream model.

        It has 21 characters after the prefix; the first five encode its creation
        time in seconds.

        Args:
            prefix: `item`, `resp`, `sess` or `conv`.
            epoch: The creation time, in Unix seconds.
        """
        second = int(epoch)
        if second != self._second:
            self._second = second
            self._stamp = base62(max(0, second - _UPSTREAM_EPOCH), 5)
        return f"{prefix}_{self._stamp}{self._digits(16)}"

    def call(self) -> str:
        """Return an identifier of a function call: `call_` and 16 characters."""
        return f"call_{self._digits(16)}"

    def _digits(self, count: int) -> str:
        return self._random.randbytes(count).translate(_DIGITS).decode()


def _blocks(random: Random) -> Iterator[list[bytes]]:
    """Yield blocks of tokens."""
    while True:
        yield _block(random)


def _block(random: Random) -> list[bytes]:
    stride = _TOKEN_LENGTH + 1
    block = random.randbytes(stride * _IDS_PER_BLOCK)
    digits = bytearray(block.translate(_DIGITS))
    digits[::stride] = _BLANKS
    digits[1::stride] = block[1::stride].translate(_LEADING_DIGITS)
    return bytes(digits).split()
