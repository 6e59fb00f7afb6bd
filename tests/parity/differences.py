"""The list of intended differences, `differences.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec import Struct

from tests.parity.compare import Kind
from tools.official_sdk import VERSIONS

FILE = Path(__file__).with_name("differences.toml")

Listed: TypeAlias = dict[str, dict[tuple[Kind, str], str]]
"""For each version of the SDK what is meant to differ, and why."""


class _Entry(Struct, forbid_unknown_fields=True):
    kind: Kind
    versions: list[str]
    keys: list[str]
    reason: str


class _File(Struct, forbid_unknown_fields=True):
    difference: list[_Entry]


def listed_differences() -> Listed:
    """Read the list.

    Raises:
        ValueError: An entry is malformed, has no reason, or says what another one says.
    """
    listed: Listed = {version: {} for version in VERSIONS}
    for entry in msgspec.toml.decode(FILE.read_bytes(), type=_File).difference:
        if not entry.reason.endswith(".") or not entry.keys or not entry.versions:
            raise ValueError(f"incomplete: {entry}")
        for version in entry.versions:
            if version not in listed:
                raise ValueError(f"{version} is not compared: {entry}")
            for key in entry.keys:
                if (entry.kind, key) in listed[version]:
                    raise ValueError(f"given twice: {version} {entry.kind} {key}")
                listed[version][entry.kind, key] = entry.reason
    return listed
