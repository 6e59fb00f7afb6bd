"""What it is like to make and read the types by hand."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

import voicelive_protocol
from voicelive_protocol import (
    UNSET,
    AssistantMessageItem,
    AvatarConfig,
    ClientEventConversationItemCreate,
    ClientEventInputAudioBufferAppend,
    ClientEventSessionUpdate,
    FieldError,
    FunctionTool,
    InputTextContentPart,
    MessageItem,
    Modality,
    RequestSession,
    ResponseSession,
    ServerEventResponseDone,
    ServerEventType,
    ServerVad,
    SystemMessageItem,
    Tool,
    UnknownModel,
    UserMessageItem,
    decode_client_event,
    decode_server_event,
    encode,
)

# What people write who do not run a type checker.
untyped: Any = voicelive_protocol


def test_absent_and_null_differ_in_what_a_client_sends() -> None:
    """UNSET stays out of the message, None is null, also after assignment."""
    session = RequestSession(turn_detection=None, voice="alloy")
    assert session.to_json() == b'{"voice":"alloy","turn_detection":null}'
    assert session.instructions is UNSET
    session.turn_detection = UNSET
    session.instructions = None
    assert session.as_dict() == {"voice": "alloy", "instructions": None}


def test_absent_reads_as_none_in_what_the_service_sends() -> None:
    """A server event has no UNSET in it."""
    event = decode_server_event('{"type":"response.done","response":{}}')
    assert isinstance(event, ServerEventResponseDone)
    assert event.response.usage is None
    assert event.event_id is None


def test_constructors_take_plain_values() -> None:
    """Dicts stand for models, strings for enum members, base64 text for bytes."""
    session = untyped.RequestSession(
        modalities=["text", Modality.AUDIO],
        turn_detection={"type": "server_vad", "threshold": 0.4},
        tools=[{"type": "function", "name": "get_weather"}],
    )
    assert session.modalities == [Modality.TEXT, Modality.AUDIO]
    assert session.turn_detection == ServerVad(threshold=0.4)
    assert session.tools == [FunctionTool(name="get_weather")]
    assert isinstance(session.tools, list)
    assert isinstance(session.tools[0], Tool)
    append = untyped.ClientEventInputAudioBufferAppend(audio="AAEC")
    assert append.audio == b"\x00\x01\x02"
    assert untyped.ClientEventInputAudioBufferAppend(
        audio=bytearray(b"\x00\x01\x02")
    ).to_json() == (b'{"type":"input_audio_buffer.append","audio":"AAEC"}')


def test_what_the_service_defaults_need_not_be_given() -> None:
    """Only `character` makes an avatar; the rest is left to the service."""
    avatar = AvatarConfig(character="lisa")
    assert avatar.customized is UNSET
    assert avatar.as_dict() == {"character": "lisa"}
    event = ClientEventSessionUpdate(session=RequestSession(avatar=avatar))
    assert decode_client_event(event.to_json()) == event


def test_constructors_take_one_mapping() -> None:
    """The positional mapping of the official SDK works, with wire names."""
    given: dict[str, Any] = {
        "type": "photo-avatar",
        "character": "a",
        "customized": True,
    }
    avatar: Any = AvatarConfig
    assert avatar(given) == AvatarConfig(
        avatar_type="photo-avatar", character="a", customized=True
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: untyped.RequestSession(
                turn_detection={"type": "server_vad", "threshold": "x"}
            ),
            "turn_detection.threshold: expected a number or null, got 'x'",
        ),
        (
            lambda: untyped.RequestSession(modalities="text"),
            "RequestSession.modalities: expected an array or null, got 'text'",
        ),
        (
            lambda: untyped.UserMessageItem(content=[{"type": "input_text"}]),
            "UserMessageItem.content[0].text is missing",
        ),
        (
            lambda: untyped.ClientEventInputAudioBufferAppend(audio="!"),
            "ClientEventInputAudioBufferAppend.audio: expected bytes or base64 text",
        ),
        (
            lambda: untyped.FunctionTool(
                name="f", description="x" * 500, parameters=1, type="a"
            ),
            "FunctionTool has no field 'type'",
        ),
        (
            lambda: untyped.RequestSession(modalitys=[]),
            "RequestSession has no field 'modalitys'; did you mean 'modalities'?",
        ),
        (
            lambda: untyped.FunctionTool(),
            "FunctionTool: Missing required argument 'name'",
        ),
        (
            lambda: untyped.ServerVad(1),
            "ServerVad takes keyword arguments, or one mapping",
        ),
    ],
)
def test_bad_values_name_the_field(make: Any, message: str) -> None:
    """A constructor says which field does not fit, and what it got."""
    with pytest.raises((FieldError, TypeError)) as caught:
        make()
    assert message in str(caught.value)


def test_mappings_keep_what_the_types_do_not_know() -> None:
    """A mapping with a field of a newer API reaches the wire as it is."""
    session: Any = {"voice": {"type": "new", "depth": 3}, "new_field": {"a": [1]}}
    event = ClientEventSessionUpdate(session=session)
    assert event.as_dict() == {"type": "session.update", "session": session}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("user", UserMessageItem),
        ("system", SystemMessageItem),
        ("assistant", AssistantMessageItem),
        ("narrator", MessageItem),
    ],
)
def test_messages_read_by_role(role: str, expected: type[MessageItem]) -> None:
    """A message item has the class of its role; an unknown role the base."""
    frame = (
        '{"type":"conversation.item.create","item":{"type":"message",'
        f'"role":"{role}","content":[{{"type":"input_text","text":"hi"}}]}}}}'
    )
    event = decode_client_event(frame)
    assert isinstance(event, ClientEventConversationItemCreate)
    assert type(event.item) is expected
    assert isinstance(event.item, MessageItem)
    assert event.item.role == role
    assert encode(event).decode() == frame


def test_message_constructors() -> None:
    """A message needs no role: its class says it."""
    item = UserMessageItem(content=[InputTextContentPart(text="hi")])
    assert item.as_dict() == {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": "hi"}],
    }


def test_repr_is_short_and_says_what_is_set() -> None:
    """Unset fields are left out and audio is not printed."""
    assert repr(ServerVad(threshold=0.5)) == "ServerVad(threshold=0.5)"
    assert (
        repr(RequestSession(turn_detection=None))
        == "RequestSession(turn_detection=None)"
    )
    append = ClientEventInputAudioBufferAppend(audio=bytes(4800))
    assert repr(append) == "ClientEventInputAudioBufferAppend(audio=<4800 bytes>)"
    session = RequestSession(modalities=["text", "audio"])
    assert repr(session) == "RequestSession(modalities=['text', 'audio'])"


def test_match_and_type_constants() -> None:
    """Events match by class, and compare by `type`."""
    event = decode_server_event(
        '{"type":"response.text.delta","response_id":"r","item_id":"i",'
        '"output_index":0,"content_index":0,"delta":"Hello"}'
    )
    assert event.type == ServerEventType.RESPONSE_TEXT_DELTA
    assert str(event.type) == "response.text.delta"
    assert event["delta"] == "Hello"
    assert event.get("nothing", 1) == 1
    with pytest.raises(KeyError):
        event["nothing"]


def test_open_enums_keep_new_values() -> None:
    """A new value is a member that is, and prints as, its text."""
    new = Modality("hologram")
    assert new == "hologram"
    assert f"{new}" == "hologram"
    assert repr(new) == "Modality('hologram')"
    assert repr(Modality.TEXT) == "Modality.TEXT"
    assert "hologram" not in [member.value for member in Modality]
    for clone in (copy.deepcopy(new), pickle.loads(pickle.dumps(new))):
        assert type(clone) is Modality
        assert clone == new
    assert pickle.loads(pickle.dumps(Modality.TEXT)) is Modality.TEXT


def test_unix_times_are_datetimes() -> None:
    """`expires_at` reads as an aware datetime and is written as seconds."""
    event = decode_server_event(
        '{"type":"session.created","session":{"expires_at":1784668573}}'
    )
    session = event["session"]
    assert isinstance(session, ResponseSession)
    assert session.expires_at == datetime(2026, 7, 21, 21, 16, 13, tzinfo=UTC)
    assert session.as_dict()["expires_at"] == 1784668573


def test_copies_keep_what_was_read() -> None:
    """Copying and pickling an event keep its frame and its unknown fields."""
    frame = '{"type":"response.done","response":{"id":"r","new":1},"newer":2}'
    event = decode_server_event(frame)
    for clone in (
        copy.copy(event),
        copy.deepcopy(event),
        pickle.loads(pickle.dumps(event)),
    ):
        assert clone == event
        assert clone.raw == frame
        assert clone.as_dict() == event.as_dict()


def test_changes_to_a_received_event_show() -> None:
    """The typed value wins over the frame where both say something."""
    event = decode_server_event('{"type":"response.done","response":{"id":"r","x":1}}')
    assert isinstance(event, ServerEventResponseDone)
    event.response.id = "changed"
    event.event_id = "event_1"
    assert event.as_dict() == {
        "type": "response.done",
        "response": {"id": "changed", "x": 1},
        "event_id": "event_1",
    }


def test_unknown_model_is_a_dict() -> None:
    """An unknown variant reads like the JSON it came from."""
    unknown = UnknownModel({"type": "new", "a": 1})
    assert unknown.type == "new"
    assert unknown.as_dict() == {"type": "new", "a": 1}
    assert UnknownModel().type is None


def test_encode_takes_mappings_of_models() -> None:
    """Plain mappings may hold models; what is no JSON is a TypeError."""
    assert encode({"type": "x", "session": ServerVad()}) == (
        b'{"type":"x","session":{"type":"server_vad"}}'
    )
    with pytest.raises(TypeError, match="object"):
        encode({"type": "x", "value": object()})
