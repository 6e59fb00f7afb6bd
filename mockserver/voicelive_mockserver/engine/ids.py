"""Identifiers in the formats of the service, reproducible from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from random import Random

_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# A byte becomes a digit by table: `bytes.translate` turns a whole block of random
# bytes into digits at once. The slight bias (256 is no multiple of 62) is harmless.
_DIGITS = bytes(_ALPHABET[value % 62] for value in range(256))
# 128 random bits written in base 62 start with a digit from 0 to 7. A zero is not
# written, as in the identifiers of the service.
_LEADING_DIGITS = bytes(b" 1234567"[value % 8] for value in range(256))

_IDS_PER_BLOCK = 32
_TOKEN_LENGTH = 22
_BLANKS = b" " * _IDS_PER_BLOCK
_UPSTREAM_EPOCH = 1_576_800_000  # 2019-12-20, where the upstream timestamps start


def base62(number: int, width: int) -> str:
    """Write a number in base 62 (digits, capitals, small letters).

    Args:
        number: A number that is not negative.
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
        # Every event needs a token, and this is the fastest iterator.
        self.token = chain.from_iterable(_blocks(self._random)).__next__
        """Return a new random number of 21 or 22 base-62 digits (the service's own)."""

    def own(self, prefix: str) -> str:
        """Return an identifier in the style of Voice Live itself.

        Args:
            prefix: What it names: `item`, `resp`, `sess` or `conv`.
        """
        return f"{prefix}_{self.token().decode()}"

    def upstream(self, prefix: str, epoch: float) -> str:
        """Return an identifier in the style of the model behind the service.

        Such an identifier has 21 characters after the prefix, of which the first
        five tell the second at which it was made.

        Args:
            prefix: What it names: `item`, `resp`, `sess` or `conv`.
            epoch: The time of making, in Unix seconds.
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
    apart = _TOKEN_LENGTH + 1
    block = random.randbytes(apart * _IDS_PER_BLOCK)
    digits = bytearray(block.translate(_DIGITS))
    digits[::apart] = _BLANKS
    digits[1::apart] = block[1::apart].translate(_LEADING_DIGITS)
    return bytes(digits).split()
