"""Server events with nested values that do not fit: typed, reported, nothing lost."""

from __future__ import annotations

import copy
import itertools
import json
import pickle
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from tests.protocol.strategies import TypedObject, wire_json
from voicelive_protocol import (
    SERVER_EVENTS,
    UNSET,
    AgentConfig,
    FieldProblem,
    IceServer,
    InvalidServerEvent,
    Modality,
    RateLimit,
    ReceivedEvent,
    ResponseFailedDetails,
    ResponseFoundryAgentCallItem,
    ResponseFunctionCallItem,
    ResponseMCPCallItem,
    ServerEventConversationItemInputAudioTranscriptionFailed,
    ServerEventError,
    ServerEventRateLimitsUpdated,
    ServerEventResponseAudioDelta,
    ServerEventResponseDone,
    ServerEventResponseOutputItemDone,
    ServerEventRtcCallError,
    ServerEventSessionCreated,
    ServerEventWarning,
    ServerVad,
    UnknownModel,
    decode_server_event,
)


def decode(event: dict[str, Any]) -> ReceivedEvent:
    """Read an event of the service; nothing of it may be lost."""
    decoded = decode_server_event(json.dumps(event))
    assert decoded.as_dict() == event
    assert json.loads(decoded.to_json()) == event
    return decoded


def paths(event: ReceivedEvent) -> list[str]:
    return [problem.path for problem in event.problems]


# --- every nested field ----------------------------------------------------------

ODD: list[Any] = [None, "7", "text", 7.5, True, [], [None], {}, {"a": 1}, ...]
"""Values to put in place of another one; `...` takes it away."""


def nested_places(
    value: Any, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """Where the nested fields of an event are, tags included."""
    items = enumerate(value) if isinstance(value, list) else value.items()
    for key, item in items:
        here = (*place, key)
        if len(here) > 1:
            yield here
        if isinstance(item, list | TypedObject):
            yield from nested_places(item, here)


def lost(event: Any, kept: Any) -> bool:
    """Whether an event says something that what is kept of it does not."""
    if isinstance(event, dict) and isinstance(kept, dict):
        return any(key not in kept or lost(event[key], kept[key]) for key in event)
    if isinstance(event, list) and isinstance(kept, list):
        return len(event) != len(kept) or any(map(lost, event, kept))
    return bool(event != kept)


def put(event: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """A copy of an event with another value at a place."""
    if not place:
        return value
    changed = copy.copy(event) if isinstance(event, list) else dict(event)
    key: Any = place[0]
    if value is ... and len(place) == 1:
        del changed[key]
    else:
        changed[key] = put(changed[key], place[1:], value)
    return changed


def fits(event: dict[str, Any]) -> bool:
    """Whether the closed decoder takes an event."""
    try:
        decode_server_event(json.dumps(event), strict=True)
    except msgspec.ValidationError:
        return False
    return True


def has_unknown(value: Any) -> bool:
    """Whether something in a typed value is an unknown variant."""
    if isinstance(value, list):
        return any(map(has_unknown, value))
    names = getattr(value, "__struct_fields__", ())
    return isinstance(value, UnknownModel) or any(
        has_unknown(getattr(value, name)) for name in names
    )


@pytest.mark.slow
@pytest.mark.parametrize("wire", SERVER_EVENTS)
def test_one_odd_value_leaves_the_event_typed(wire: str) -> None:
    """Whatever a nested field holds, the event has its class, and says what is odd."""

    turns = itertools.cycle([ODD[:3], ODD[3:6], ODD[6:8], ODD[8:]])

    @settings(
        max_examples=4,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(wire_json(SERVER_EVENTS[wire]))
    def check(event: dict[str, Any]) -> None:
        for place in list(nested_places(event))[:40]:
            # Over the examples, every kind of value comes to every kind of field.
            for odd in next(turns):
                broken = put(event, place, odd)
                decoded = decode_server_event(json.dumps(broken))
                assert type(decoded) is SERVER_EVENTS[wire]
                assert not lost(broken, decoded.as_dict())
                if not fits(broken):
                    assert decoded.problems or has_unknown(decoded)
                else:
                    assert not decoded.problems

    check()


def test_strict_reading_still_raises() -> None:
    """What the lenient reading reports, the strict one refuses."""
    frame = '{"type":"response.done","response":{"usage":{"total_tokens":"7"}}}'
    with pytest.raises(msgspec.ValidationError, match="total_tokens"):
        decode_server_event(frame, strict=True)


# --- how single values read ------------------------------------------------------


def test_an_agent_without_ids() -> None:
    """Agents of 2026 have no ids. Source: one printed run of a vendor quickstart."""
    agent = {"type": "agent", "name": "Helper", "description": ""}
    for ids in ({"agent_id": None, "thread_id": None}, {}):
        session = {
            "id": "sess_1",
            "voice": {"type": "azure-standard", "name": "v", "temperature": 0.8},
            "agent": agent | ids,
        }
        event = decode({"type": "session.created", "session": session})
        assert isinstance(event, ServerEventSessionCreated)
        assert event.session.id == "sess_1"
        assert isinstance(event.session.agent, AgentConfig)
        assert (event.session.agent.agent_id, event.session.agent.thread_id) == (
            None,
            None,
        )
        assert event.problems == ()


def test_odd_fields_of_a_response() -> None:
    """A field that does not fit reads None; its neighbours are what they are."""
    usage: dict[str, Any] = {
        "total_tokens": None,
        "input_tokens": "3",
        "output_tokens": 4,
        "input_token_details": {},
    }
    response = {"id": "resp_1", "status": "completed", "output": [], "usage": usage}
    event = decode({"type": "response.done", "event_id": "e", "response": response})
    assert isinstance(event, ServerEventResponseDone)
    assert event.response.usage is not None
    assert event.response.usage.total_tokens is None
    assert event.response.usage.input_tokens is None
    assert event.response.usage.output_tokens == 4
    assert event.response.usage.input_token_details is not None
    assert event.problems == (
        FieldProblem("response.usage.input_tokens", "an integer or null", "3"),
    )
    assert str(event.problems[0]) == (
        "response.usage.input_tokens: expected an integer or null, got '3'"
    )
    assert "problems=(FieldProblem(response.usage.input_tokens: expected" in repr(event)


def test_elements_of_lists_and_maps() -> None:
    """Elements that do not fit are left out; an item keeps its class."""
    response = {
        "output": [5, {"type": "function_call", "call_id": "c", "name": 1, "x": 2}],
        "modalities": ["text", 7, "audio"],
        "metadata": {"a": "b", "c": 5},
    }
    event = decode({"type": "response.done", "response": response})
    assert isinstance(event, ServerEventResponseDone)
    assert event.response.output is not None
    (item,) = event.response.output
    assert isinstance(item, ResponseFunctionCallItem)
    assert (item.call_id, item.name) == ("c", None)
    assert event.response.modalities == [Modality.TEXT, Modality.AUDIO]
    assert event.response.metadata == {"a": "b"}
    assert paths(event) == [
        "response.output[0]",
        "response.output[1].name",
        "response.modalities[1]",
        "response.metadata['c']",
    ]


def test_types_that_clients_send_too() -> None:
    """They are read leniently too; without what they require they are unknown."""
    session = {
        "turn_detection": {"type": "server_vad", "threshold": "x", "new": 1},
        "voice": {"type": "openai"},
        "tools": [{"type": "function"}, {"type": 5}],
        "avatar": {"customized": False},
    }
    event = decode({"type": "session.updated", "session": session})
    assert not isinstance(event, InvalidServerEvent)
    read = event["session"]
    assert read.turn_detection == ServerVad()
    assert read.turn_detection.threshold is UNSET
    assert read.voice == UnknownModel({"type": "openai"})
    assert read.tools == [UnknownModel({"type": "function"}), UnknownModel({"type": 5})]
    assert paths(event)[:2] == [
        "session.voice.name",
        "session.turn_detection.threshold",
    ]


def test_elements_without_a_class_for_the_unknown() -> None:
    """An element that lacks what its only class requires is left out."""
    avatar = {
        "character": "lisa",
        "customized": False,
        "ice_servers": [{"urls": None}, {"urls": ["u"]}],
    }
    event = decode({"type": "session.updated", "session": {"avatar": avatar}})
    assert event["session"].avatar.ice_servers == [IceServer(urls=["u"])]
    assert paths(event) == ["session.avatar.ice_servers[0].urls"]


@pytest.mark.parametrize("odd", [None, "0", "x", {}, ...])
def test_indexes_that_do_not_fit_read_as_zero(odd: Any) -> None:
    """An event with its ids and its delta is whole without an index."""
    event = put(
        {
            "type": "response.audio.delta",
            "response_id": "r",
            "item_id": "i",
            "output_index": 1,
            "content_index": 1,
            "delta": "AAEC",
        },
        ("content_index",),
        odd,
    )
    decoded = decode(event)
    assert isinstance(decoded, ServerEventResponseAudioDelta)
    assert (decoded.output_index, decoded.content_index) == (1, 0)
    assert decoded.delta == b"\x00\x01\x02"
    assert paths(decoded) == ([] if odd is ... else ["content_index"])


@pytest.mark.parametrize("key", ["response_id", "item_id", "delta"])
@pytest.mark.parametrize("odd", [None, 5, [], ...])
def test_an_event_without_what_it_is_about_is_invalid(key: str, odd: Any) -> None:
    """Ids and content cannot be made up."""
    event = put(
        {
            "type": "response.text.delta",
            "event_id": "e",
            "response_id": "r",
            "item_id": "i",
            "delta": "Hi",
        },
        (key,),
        odd,
    )
    decoded = decode(event)
    assert isinstance(decoded, InvalidServerEvent)
    assert decoded.wire_type == "response.text.delta"
    assert (decoded.event_id, decoded.data) == ("e", event)
    assert decoded.problems == ()


# --- errors ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"error": {"code": "c", "message": "m"}}, (None, "c", "m")),
        ({"error": {"type": "t", "code": "c", "message": None}}, ("t", "c", None)),
        ({"error": {"type": "t", "code": 404, "message": "m"}}, ("t", "404", "m")),
        ({"error": {"code": 1.5, "message": {"a": [1]}}}, (None, "1.5", '{"a":[1]}')),
        ({"error": {}}, (None, None, None)),
        ({"error": "Out of order."}, (None, None, "Out of order.")),
        ({"error": 503}, (None, None, "503")),
        ({"error": ["a", "b"]}, (None, None, '["a","b"]')),
        ({"error": [{"code": "c", "message": "m"}]}, (None, "c", "m")),
        ({"error": None, "code": "c", "message": "m"}, (None, "c", "m")),
        ({"code": "c", "message": "m", "event_id": "e"}, (None, "c", "m")),
        ({"error": "invalid_model", "message": "m"}, (None, "invalid_model", "m")),
        ({"code": 400, "message": "m"}, (None, "400", "m")),
        ({}, (None, None, None)),
        ({"error": None}, (None, None, None)),
    ],
)
def test_an_error_of_any_shape_is_an_error(
    fields: dict[str, Any], expected: tuple[str | None, ...]
) -> None:
    """Whatever an error event holds, it is one, with all that it says."""
    event = decode({"type": "error", **fields})
    assert isinstance(event, ServerEventError)
    error = event.error
    assert (error.type, error.code, error.message) == expected
    assert event.event_id == fields.get("event_id")


def test_errors_inside_other_events() -> None:
    """Errors of responses, calls, transcriptions and WebRTC are read as forgivingly."""
    details = {"type": "failed", "error": {"code": 429, "message": "m"}}
    done = decode({"type": "response.done", "response": {"status_details": details}})
    assert isinstance(done, ServerEventResponseDone)
    assert isinstance(done.response.status_details, ResponseFailedDetails)
    assert done.response.status_details.error is not None
    assert done.response.status_details.error.code == "429"
    assert paths(done) == ["response.status_details.error.code"]

    item = {"type": "mcp_call", "id": "i", "error": "no route"}
    call = decode(
        {"type": "response.output_item.done", "response_id": "r", "item": item}
    )
    assert isinstance(call, ServerEventResponseOutputItemDone)
    assert isinstance(call.item, ResponseMCPCallItem)
    assert call.item.error is not None
    assert call.item.error.message == "no route"

    rtc = decode({"type": "rtc.call.error", "error": "no offer"})
    assert isinstance(rtc, ServerEventRtcCallError)
    assert rtc.error.message == "no offer"

    failed = decode(
        {
            "type": "conversation.item.input_audio_transcription.failed",
            "item_id": "i",
            "message": "m",
        }
    )
    assert isinstance(failed, ServerEventConversationItemInputAudioTranscriptionFailed)
    assert failed.error.message == "m"

    warning = decode({"type": "warning", "warning": ["odd"]})
    assert isinstance(warning, ServerEventWarning)
    assert warning.warning.message == '["odd"]'


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ({"type": "t", "code": "c", "message": "m"}, "c: m"),
        ({"type": "t", "message": "m"}, "t: m"),
        ({"code": "c"}, "c"),
        ({}, "no details"),
    ],
)
def test_an_error_as_text(error: dict[str, Any], text: str) -> None:
    """`str()` of the details is what there is to show."""
    event = decode({"type": "error", "error": error})
    assert isinstance(event, ServerEventError)
    assert str(event.error) == text


# --- what is kept of them --------------------------------------------------------


def test_changes_win_over_what_was_left_out() -> None:
    """A field that was set since shows in `as_dict()`, the others as they came."""
    response = {
        "id": 5,
        "status": 5,
        "modalities": ["text", 7],
        "output": [5, {"x": 1}],
    }
    event = decode({"type": "response.done", "response": response})
    assert isinstance(event, ServerEventResponseDone)
    event.response.id = "resp_1"
    assert event.response.modalities is not None
    event.response.modalities.append(Modality.AUDIO)
    assert event.as_dict()["response"] == response | {
        "id": "resp_1",
        "modalities": ["text", "audio"],
    }


def test_copies_keep_problems_and_values() -> None:
    """A copied event reports and restores what the original does."""
    frame = {"type": "response.done", "response": {"id": 5, "metadata": {"a": 1}}}
    event = decode(frame)
    for clone in (
        copy.copy(event),
        copy.deepcopy(event),
        pickle.loads(pickle.dumps(event)),
    ):
        assert clone == event
        assert clone.problems == event.problems
        assert clone.as_dict() == frame


@pytest.mark.slow
def test_many_problems_cost_little() -> None:
    """A large event of nothing but odd values is read in linear time."""

    def seconds(count: int) -> float:
        event = {"type": "response.done", "response": {"output": [5] * count}}
        frame = json.dumps(event)
        start = time.process_time()
        decoded = decode_server_event(frame)
        taken = time.process_time() - start
        assert isinstance(decoded, ServerEventResponseDone)
        assert decoded.response.output == []
        assert len(decoded.problems) == 100
        return taken

    small = min(seconds(2_000) for _ in range(3))
    assert min(seconds(20_000) for _ in range(3)) < 40 * small


def test_problems_of_any_size_and_depth_can_be_shown() -> None:
    """A report is short, whatever the value is."""
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    for odd in (deep, "x" * 1_000_000, [0] * 500_000, {"a": "b" * 500}, 5):
        event = decode_server_event(
            json.dumps({"type": "response.done", "response": {"metadata": [odd]}})
        )
        assert len(repr(event)) < 300


# --- events of the reference that no SDK has -------------------------------------


def test_rate_limits() -> None:
    """Limits are typed. Source: the reference of 2026-07-15 alone."""
    limit = {"name": "tokens", "limit": 120_000, "remaining": 5, "reset_seconds": 1.5}
    event = decode({"type": "rate_limits.updated", "rate_limits": [limit, {}, 5]})
    assert isinstance(event, ServerEventRateLimitsUpdated)
    tokens, empty = event.rate_limits
    assert isinstance(tokens, RateLimit)
    assert (tokens.name, tokens.limit, tokens.remaining) == ("tokens", 120_000, 5)
    assert tokens.reset_seconds == 1.5
    assert empty == RateLimit()
    assert paths(event) == ["rate_limits[2]"]


@pytest.mark.parametrize("state", ["in_progress", "completed", "failed"])
def test_calls_of_foundry_agents(state: str) -> None:
    """They are typed. Source: the reference alone, after the SDKs removed them."""
    event = decode(
        {
            "type": f"response.foundry_agent_call.{state}",
            "item_id": "i",
            "output_index": 1,
            "agent_response_id": None,
        }
    )
    assert type(event) is SERVER_EVENTS[f"response.foundry_agent_call.{state}"]
    assert (event["item_id"], event.get("agent_response_id")) == ("i", None)


def test_items_of_foundry_agents() -> None:
    """The item keeps what is not documented of it."""
    item = {"type": "foundry_agent_call", "id": "i", "name": "n", "arguments": "{}"}
    event = decode(
        {"type": "response.output_item.done", "response_id": "r", "item": item}
    )
    assert isinstance(event, ServerEventResponseOutputItemDone)
    assert isinstance(event.item, ResponseFoundryAgentCallItem)
