"""The same messages through the official SDK and through our types."""

from __future__ import annotations

import json
from typing import Any

import pytest

import voicelive.models
from tests.parity.compare import Findings
from tests.parity.differences import listed_differences
from tests.parity.sdk.messages import messages
from tests.parity.shape import Shape
from tests.parity.values import Replay, different_values
from tools.official_sdk import NEWEST
from voicelive.models import SERVER_EVENTS, ServerEventResponseAudioDelta

pytestmark = pytest.mark.package_index


@pytest.mark.parametrize("wire", SERVER_EVENTS)
def test_an_event_reads_the_same(
    value_findings: dict[str, Findings], wire: str
) -> None:
    """Every attribute that the SDK gives an event has the same value in ours."""
    unlisted = value_findings[wire].keys() - listed_differences()[NEWEST].keys()
    assert not unlisted, "\n".join(
        f"{key}: {value_findings[wire][kind, key]}" for kind, key in sorted(unlisted)
    )


def test_the_samples_have_every_variant(
    samples: dict[str, list[dict[str, Any]]], own_shape: Shape
) -> None:
    """Nothing is compared by luck: all items, voices and detections are in there."""
    responses = [event["response"] for event in samples["response.done"]]
    items = {i["type"] for r in responses for i in r.get("output") or []}
    assert items == own_shape.models["ResponseItem"].variants.keys()
    sessions = [event["session"] for event in samples["session.updated"]]
    for field, base in (("turn_detection", "TurnDetection"), ("voice", "AzureVoice")):
        values = [s[field] for s in sessions if isinstance(s.get(field), dict)]
        assert {v["type"] for v in values} >= own_shape.models[base].variants.keys()


def test_messages_are_written_the_same(replay: Replay) -> None:
    """What an application builds with the same keywords is the same JSON."""
    built = messages(voicelive.models)
    ours = {name: json.loads(message.to_json()) for name, message in built.items()}
    assert ours == replay.messages


def test_a_difference_of_values_is_noticed() -> None:
    """The comparison looks at classes, times, bytes and what is only almost equal."""
    event = ServerEventResponseAudioDelta(
        response_id="r", item_id="i", output_index=1, content_index=0, delta=b"\0"
    )
    theirs = {
        "response_id": "r",
        "item_id": "other",
        "output_index": True,
        "content_index": 0,
        "delta": {"$bytes": "AQ=="},
        "event_id": None,
        "gone": 1,
    }
    name = type(event).__name__
    found = different_values({"$model": name, "$attributes": theirs}, event)
    wrong = ("item_id", "output_index", "delta", "gone")
    assert found.keys() == {("value", f"{name}.{field}") for field in wrong}
    assert different_values({"$model": "Response", "$attributes": {}}, event)
