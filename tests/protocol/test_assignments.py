"""Assignments to models are checked as constructors check their arguments."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from voicelive_protocol import (
    UNSET,
    ClientEventInputAudioBufferAppend,
    ClientEventSessionUpdate,
    FieldError,
    FunctionTool,
    InputTextContentPart,
    Modality,
    RequestSession,
    Response,
    ServerEventResponseAudioDelta,
    ServerVad,
    UserMessageItem,
    check_fields,
    decode_server_event,
    encode,
)


@pytest.mark.parametrize(
    ("model", "name", "suggestion"),
    [
        (RequestSession(), "instruction", "instructions"),
        (RequestSession(), "turnDetection", "turn_detection"),
        (ServerVad(), "treshold", "threshold"),
        (FunctionTool(name="f"), "params", "parameters"),
        (Response(), "stat", "status"),
        (RequestSession(), "zzz", None),
    ],
)
def test_unknown_attributes(model: Any, name: str, suggestion: str | None) -> None:
    """They are refused at once, with the name that was probably meant."""
    with pytest.raises(AttributeError) as caught:
        setattr(model, name, "value")
    message = f"{type(model).__name__} has no field {name!r}"
    hint = f"; did you mean {suggestion!r}?" if suggestion else ""
    assert str(caught.value) == message + hint
    assert not hasattr(model, name)


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        (RequestSession(), "temperature", "hot"),
        (RequestSession(), "instructions", 5),
        (RequestSession(), "modalities", "text"),
        (RequestSession(), "modalities", [5]),
        (RequestSession(), "tools", [{"type": "function"}]),
        (RequestSession(), "turn_detection", {"type": "server_vad", "threshold": "x"}),
        (ServerVad(), "threshold", object()),
        (ServerVad(), "silence_duration_ms", 1.5),
        (ClientEventInputAudioBufferAppend(audio=b""), "audio", "not base64!"),
    ],
)
def test_values_that_do_not_fit(model: Any, name: str, value: Any) -> None:
    """They are refused at once with field and value, and the model stays as it is."""
    before = getattr(model, name)
    with pytest.raises(FieldError, match=rf"^{type(model).__name__}\.{name}"):
        setattr(model, name, value)
    assert getattr(model, name) is before


def test_values_are_read_as_by_the_constructor() -> None:
    """Dicts as models, text as enum members and base64, null and absent as they are."""
    session: Any = RequestSession(instructions="Be kind.")
    session.turn_detection = {"type": "server_vad", "threshold": 0.4}
    session.modalities = ["text"]
    session.instructions = None
    session.temperature = UNSET
    session.voice = "alloy"
    assert session == RequestSession(
        turn_detection=ServerVad(threshold=0.4),
        modalities=[Modality.TEXT],
        instructions=None,
        voice="alloy",
    )
    newer = {"type": "server_vad", "of_tomorrow": 1}
    session.turn_detection = newer
    assert session.as_dict()["turn_detection"] == newer
    append: Any = ClientEventInputAudioBufferAppend(audio=b"a")
    append.audio = "Yg=="
    assert append.audio == b"b"
    # The discriminator may be repeated, as in constructors.
    append.type = "input_audio_buffer.append"
    with pytest.raises(AttributeError):
        append.type = "input_audio_buffer.clear"


def _append(session: Any) -> None:
    session.modalities.append(5)


def _insert(session: Any) -> None:
    session.tools[0] = ServerVad()


def _nest(session: Any) -> None:
    session.tools.append({"type": "function", "name": 5})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_append, r"RequestSession\.modalities\[2\]: .*got 5"),
        (_insert, r"RequestSession\.tools\[0\]: .*ServerVad"),
        (_nest, r"RequestSession\.tools\[1\]\.name: .*got 5"),
    ],
)
def test_lists_and_dicts_are_checked_before_sending(
    change: Callable[[Any], None], message: str
) -> None:
    """What no assignment can refuse is refused then, in models and in mappings."""
    session = RequestSession(
        modalities=["text", "audio"], tools=[FunctionTool(name="f", parameters={})]
    )
    event = ClientEventSessionUpdate(session=session)
    check_fields(event)
    change(session)
    for message_to_send in (event, {"type": "session.update", "session": session}):
        with pytest.raises(FieldError, match=message):
            check_fields(message_to_send)


def test_what_is_read_can_be_changed_copied_and_pickled() -> None:
    """Checks do not stand in the way of what worked."""
    frame = (
        b'{"type":"response.audio.delta","response_id":"r","item_id":"i",'
        b'"output_index":0,"content_index":0,"delta":"YQ==","extra":1}'
    )
    event = decode_server_event(frame)
    assert isinstance(event, ServerEventResponseAudioDelta)
    event.delta = b"b"
    for same in (event, copy.copy(event), copy.deepcopy(event)):
        assert same.as_dict()["delta"] == "Yg=="
        assert same.as_dict()["extra"] == 1
    assert pickle.loads(pickle.dumps(event)) == event
    item = UserMessageItem(content=[InputTextContentPart(text="a")])
    item.content.append(InputTextContentPart(text="b"))
    check_fields(item)
    assert encode(item).count(b"input_text") == 2
