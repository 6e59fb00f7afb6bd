"""The official SDK to compare with, from the package index.

The first run fetches it, later ones find it where `sdk_cache` keeps it and need no
network. Without the SDK the tests here fail: what was not compared has not been shown
to agree.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from tests.parity.compare import Findings, extra, missing
from tests.parity.ours import our_shape
from tests.parity.samples import server_event_samples
from tests.parity.shape import Shape
from tests.parity.values import Replay, different_values
from tools.official_sdk import (
    NEWEST,
    VERSIONS,
    SdkUnavailable,
    install,
    run_with,
)
from voicelive.models import SERVER_EVENTS, decode_server_event, encode


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker of these tests known."""
    config.addinivalue_line(
        "markers", "package_index: needs the package index, once for each machine"
    )


class Answers(NamedTuple):
    """What the SDK says about itself, and about our samples."""

    shapes: dict[str, Shape]
    replay: Replay


@pytest.fixture(scope="session")
def samples() -> dict[str, list[dict[str, Any]]]:
    """Server events of every type."""
    return {wire: server_event_samples(wire) for wire in SERVER_EVENTS}


@pytest.fixture(scope="session")
def answers(sdk_cache: Path, samples: dict[str, list[dict[str, Any]]]) -> Answers:
    """Everything that is asked of the SDK, in processes side by side."""
    with ThreadPoolExecutor() as pool:
        try:
            found = list(pool.map(lambda v: install(v, sdk_cache), VERSIONS))
        except SdkUnavailable as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        folders = dict(zip(VERSIONS, found, strict=True))
        events = encode([event for events in samples.values() for event in events])
        replay = pool.submit(
            run_with, folders[NEWEST], "tests.parity.sdk.replay", events
        )
        dumps = {
            v: pool.submit(run_with, f, "tests.parity.sdk.dump")
            for v, f in folders.items()
        }
    return Answers(
        {v: msgspec.json.decode(d.result(), type=Shape) for v, d in dumps.items()},
        msgspec.json.decode(replay.result(), type=Replay),
    )


@pytest.fixture(scope="session")
def sdk_shapes(answers: Answers) -> dict[str, Shape]:
    """The surface of each version."""
    return answers.shapes


@pytest.fixture(scope="session")
def replay(answers: Answers) -> Replay:
    """The samples as the newest SDK reads them, and its messages."""
    return answers.replay


@pytest.fixture(scope="session")
def own_shape() -> Shape:
    """Our surface."""
    return our_shape()


@pytest.fixture(scope="session")
def value_findings(
    samples: dict[str, list[dict[str, Any]]], replay: Replay
) -> dict[str, Findings]:
    """Where the newest SDK and we read another value, for each type of event."""
    theirs = iter(replay.events)
    findings: dict[str, Findings] = {}
    for wire, events in samples.items():
        found: Findings = {}
        for event in events:
            ours = decode_server_event(encode(event), strict=True)
            found |= different_values(next(theirs), ours)
        findings[wire] = found
    return findings


@pytest.fixture(scope="session")
def findings(
    sdk_shapes: dict[str, Shape],
    own_shape: Shape,
    value_findings: dict[str, Findings],
) -> dict[str, Findings]:
    """Everything that differs from each version."""
    found = {v: missing(shape, own_shape) for v, shape in sdk_shapes.items()}
    found[NEWEST] |= extra(sdk_shapes[NEWEST], own_shape)
    for values in value_findings.values():
        found[NEWEST] |= values
    return found
