"""Checks of the events of a whole response, for every service."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Sequence
from typing import Any

from tests.conformance.endpoint import Endpoint
from tests.conformance.requests import BYTES_PER_MS
from voicelive_protocol import (
    ContentPartType,
    ItemType,
    MessageRole,
    OutputAudioFormat,
    ResponseItemStatus,
    ResponseStatus,
    ServerEventType,
)

Event = dict[str, Any]
S = ServerEventType

# Seconds of audio per token of native models.
_TOKEN_SECONDS = 0.05
_AUDIO_DELTAS = (S.RESPONSE_AUDIO_TRANSCRIPT_DELTA, S.RESPONSE_AUDIO_DELTA)


def types(events: Iterable[Event]) -> list[str]:
    """Return the types of events."""
    return [event["type"] for event in events]


def runs(events: Iterable[Event]) -> list[str]:
    """Return the types of events, without consecutive duplicates."""
    result: list[str] = []
    for name in types(events):
        if result[-1:] != [name]:
            result.append(name)
    return result


def every(events: Iterable[Event], event_type: str) -> list[Event]:
    """Return all events of a type."""
    return [event for event in events if event["type"] == event_type]


def only(events: Sequence[Event], event_type: str) -> Event:
    """Return the only event of a type."""
    found = every(events, event_type)
    assert len(found) == 1, f"{len(found)} times {event_type} in {types(events)}"
    return found[0]


def item_of(events: Sequence[Event], item_id: str) -> Event:
    """Return the only `conversation.item.created` of an item."""
    created = every(events, S.CONVERSATION_ITEM_CREATED)
    return only(
        [event for event in created if event["item"]["id"] == item_id],
        S.CONVERSATION_ITEM_CREATED,
    )


def in_order(events: Sequence[Event], *expected: str) -> None:
    """Fail unless the first events of these types are in this order."""
    names = types(events)
    for name in expected:
        assert name in names, f"no {name} in {names}"
    places = [names.index(name) for name in expected]
    assert places == sorted(places), f"{', '.join(expected)} in this order in {names}"


def exactly(found: Sequence[str], *expected: str) -> None:
    """Fail unless these are the event types."""
    assert [*found] == [*expected], f"expected {', '.join(expected)}: {found}"


def check_text(events: Sequence[Event], endpoint: Endpoint, after: str) -> str:
    """Check a response with one text message; return its text.

    Args:
        events: The events up to `response.done`.
        endpoint: The service.
        after: Identifier of the previous item.
    """
    item = _check_message(events, endpoint, after)
    own = _own(events)
    exactly(
        runs(own),
        S.RESPONSE_CREATED,
        S.RESPONSE_OUTPUT_ITEM_ADDED,
        S.RESPONSE_CONTENT_PART_ADDED,
        S.RESPONSE_TEXT_DELTA,
        S.RESPONSE_TEXT_DONE,
        S.RESPONSE_CONTENT_PART_DONE,
        S.RESPONSE_OUTPUT_ITEM_DONE,
        S.RESPONSE_DONE,
    )
    text: str = only(own, S.RESPONSE_TEXT_DONE)["text"]
    assert text
    assert _joined(own, S.RESPONSE_TEXT_DELTA) == text
    (part,) = item["content"]
    assert part["type"] == ContentPartType.TEXT
    assert part["text"] == text
    # Empty on native models.
    assert only(own, S.RESPONSE_CONTENT_PART_DONE)["part"]["text"] in ("", text)
    check_usage(events[-1]["response"], endpoint)
    return text


def check_speech(events: Sequence[Event], endpoint: Endpoint, after: str) -> bytes:
    """Check a response with one audio message; return its audio.

    Args:
        events: The events up to `response.done`.
        endpoint: The service.
        after: Identifier of the previous item.
    """
    item = _check_message(events, endpoint, after)
    own = _own(events)
    in_order(
        own,
        S.RESPONSE_CREATED,
        S.RESPONSE_OUTPUT_ITEM_ADDED,
        S.RESPONSE_CONTENT_PART_ADDED,
        *_AUDIO_DELTAS,
        S.RESPONSE_AUDIO_DONE,
        S.RESPONSE_AUDIO_TRANSCRIPT_DONE,
        S.RESPONSE_CONTENT_PART_DONE,
        S.RESPONSE_OUTPUT_ITEM_DONE,
        S.RESPONSE_DONE,
    )
    names = types(own)
    for delta, done in (
        (S.RESPONSE_AUDIO_DELTA, S.RESPONSE_AUDIO_DONE),
        (S.RESPONSE_AUDIO_TRANSCRIPT_DELTA, S.RESPONSE_AUDIO_TRANSCRIPT_DONE),
    ):
        assert delta not in names[names.index(done) :], f"{delta} after {done}"
    transcript: str = only(own, S.RESPONSE_AUDIO_TRANSCRIPT_DONE)["transcript"]
    assert transcript
    assert _joined(own, S.RESPONSE_AUDIO_TRANSCRIPT_DELTA) == transcript
    ended = only(own, S.RESPONSE_CONTENT_PART_DONE)["part"]
    (part,) = item["content"]
    for shown in (part, ended):
        assert shown["type"] == ContentPartType.AUDIO
        assert shown["transcript"] == transcript
    response = events[-1]["response"]
    assert response["output_audio_format"] == OutputAudioFormat.PCM16, response
    audio = b"".join(
        b64decode(event["delta"], validate=True)
        for event in every(own, S.RESPONSE_AUDIO_DELTA)
    )
    assert len(audio) % 2 == 0, "half a sample"
    seconds = len(audio) / BYTES_PER_MS / 1000
    # Bounds for very fast and very slow speech.
    assert len(transcript) / 40 <= seconds <= len(transcript) / 4 + 3, (
        f"{seconds:.2f} s for {transcript!r}"
    )
    check_usage(response, endpoint)
    if endpoint.is_native:
        tokens = response["usage"]["output_token_details"]["audio_tokens"]
        endpoint.expect(
            abs(tokens * _TOKEN_SECONDS - seconds) <= 0.5,
            f"{tokens} audio tokens for {seconds:.2f} s",
        )
    return audio


def check_call(events: Sequence[Event]) -> Event:
    """Check a response with one function call; return its item.

    Args:
        events: The events up to `response.done`. A message may precede the call.
    """
    response = _check_response(events)
    calls = [
        event
        for event in every(events, S.RESPONSE_OUTPUT_ITEM_ADDED)
        if event["item"]["type"] == ItemType.FUNCTION_CALL
    ]
    added = only(calls, S.RESPONSE_OUTPUT_ITEM_ADDED)
    begun = added["item"]
    own = [event for event in events if _item_id(event) == begun["id"]]
    exactly(
        runs(_own(own)),
        S.RESPONSE_OUTPUT_ITEM_ADDED,
        S.RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA,
        S.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE,
        S.RESPONSE_OUTPUT_ITEM_DONE,
    )
    assert item_of(events, begun["id"])["item"]["type"] == ItemType.FUNCTION_CALL
    assert begun["status"] == ResponseItemStatus.IN_PROGRESS
    assert begun["arguments"] == ""
    done = only(own, S.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE)
    assert _joined(own, S.RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA) == done["arguments"]
    assert isinstance(json.loads(done["arguments"]), dict), done
    item: Event = only(own, S.RESPONSE_OUTPUT_ITEM_DONE)["item"]
    assert item["status"] == ResponseItemStatus.COMPLETED
    for key in ("name", "arguments"):
        assert item[key] == done[key]
    for event in (*every(own, S.RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA), done, begun):
        assert event["call_id"] == item["call_id"], event
    assert begun["name"] == item["name"]
    shown = next(i for i in response["output"] if i["id"] == item["id"])
    for key in ("type", "status", "name", "call_id", "arguments"):
        assert shown[key] == item[key], (shown, item)
    return item


def check_usage(response: Event, endpoint: Endpoint) -> None:
    """Check that the tokens of a response add up."""
    usage = response["usage"]
    total, read, written = (
        usage[f"{name}_tokens"] for name in ("total", "input", "output")
    )
    assert total == read + written, usage
    assert read > 0, usage
    assert written > 0, usage
    ins, outs = usage["input_token_details"], usage["output_token_details"]
    kinds = ins["text_tokens"] + ins["audio_tokens"] + (ins.get("image_tokens") or 0)
    # Cached tokens are included on native models; for cascaded ones, sources differ.
    endpoint.expect(
        read in (kinds, kinds + ins["cached_tokens"]), f"input tokens: {usage}"
    )
    kinds = outs["text_tokens"] + outs["audio_tokens"]
    endpoint.expect(
        written in (kinds, kinds + (outs.get("reasoning_tokens") or 0)),
        f"output tokens: {usage}",
    )


def _check_message(events: Sequence[Event], endpoint: Endpoint, after: str) -> Event:
    """Check the common part of text and audio messages; return the item."""
    response = _check_response(events)
    in_order(events, S.RESPONSE_CREATED, S.RESPONSE_CONTENT_PART_ADDED)
    added = only(events, S.RESPONSE_OUTPUT_ITEM_ADDED)
    item_id = added["item"]["id"]
    assert added["item"]["type"] == ItemType.MESSAGE
    assert added["item"]["role"] == MessageRole.ASSISTANT
    assert added["item"]["content"] == []
    created = item_of(events, item_id)
    assert created["item"]["role"] == MessageRole.ASSISTANT
    # Empty in recordings of cascaded models.
    previous = created["previous_item_id"]
    assert previous == after or not (previous or endpoint.is_native), created
    assert events.index(created) > types(events).index(S.RESPONSE_CREATED)
    assert events.index(created) < types(events).index(S.RESPONSE_CONTENT_PART_ADDED)
    for event in _own(events):
        assert _item_id(event) in (None, item_id), event
        assert event.get("output_index", 0) == 0, event
        assert event.get("content_index", 0) == 0, event
    item: Event = only(events, S.RESPONSE_OUTPUT_ITEM_DONE)["item"]
    assert item["status"] == ResponseItemStatus.COMPLETED
    (shown,) = response["output"]
    for key in ("id", "type", "role", "status", "content"):
        assert shown[key] == item[key], (shown, item)
    return item


def _check_response(events: Sequence[Event]) -> Event:
    """Check that all events belong to one completed response; return it."""
    begun = only(events, S.RESPONSE_CREATED)["response"]
    assert begun["status"] == ResponseStatus.IN_PROGRESS
    assert not begun["output"]
    ended = _completed(events)
    for event in _own(events):
        response_id = event.get("response_id") or event["response"]["id"]
        assert response_id == begun["id"], event
    return ended


def _completed(events: Sequence[Event]) -> Event:
    """Return the completed response of the last event."""
    response: Event = events[-1]["response"]
    assert response["status"] == ResponseStatus.COMPLETED, response
    assert response.get("status_details") is None, response
    return response


def _own(events: Iterable[Event]) -> list[Event]:
    """Return the events of responses."""
    return [e for e in events if "response_id" in e or "response" in e]


def _item_id(event: Event) -> str | None:
    item_id: str | None = event.get("item_id") or event.get("item", {}).get("id")
    return item_id


def _joined(events: Iterable[Event], event_type: str) -> str:
    return "".join(event["delta"] for event in every(events, event_type))
