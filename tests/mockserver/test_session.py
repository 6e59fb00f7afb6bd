"""`session.created` and `session.update`: payloads, merging, rules."""

from typing import Any

import pytest

from tests.mockserver.driver import (
    STARTED_AT,
    WEATHER_TOOL,
    Event,
    Session,
    append,
    only,
    respond,
    types,
    update,
    user,
)

SESSION_KEYS = [
    "id",
    "model",
    "modalities",
    "instructions",
    "voice",
    "input_audio_format",
    "output_audio_format",
    "input_audio_transcription",
    "input_audio_noise_reduction",
    "turn_detection",
    "tools",
    "tool_choice",
    "max_response_output_tokens",
    "expires_at",
    "object",
    "input_audio_sampling_rate",
    "animation",
    "input_audio_echo_cancellation",
    "avatar",
    "output_audio_timestamp_types",
    "truncation_strategy",
    "include",
]
TURN_DETECTION_KEYS = [
    "type",
    "threshold",
    "prefix_padding_ms",
    "silence_duration_ms",
    "create_response",
    "interrupt_response",
    "idle_timeout_ms",
    "speech_duration_ms",
    "end_of_utterance_detection",
    "auto_truncate",
    "appended_text_after_truncation",
]


def created(**options: Any) -> Event:
    session: Event = only(Session(**options).finish(), "session.created")["session"]
    return session


def updated(session: Session, **changes: Any) -> Event:
    result: Event = only(session.ask(update(**changes)), "session.updated")["session"]
    return result


def rejected(session: Session, **changes: Any) -> Event:
    error: Event = only(session.ask(update(**changes)), "error")["error"]
    return error


def test_created_is_the_first_event_and_complete() -> None:
    """The first frame is session.created, with all keys in the order of the service."""
    event = Session().finish()[0]
    assert list(event) == ["event_id", "type", "session"]
    assert event["type"] == "session.created"
    session = event["session"]
    assert list(session) == SESSION_KEYS
    assert session["model"] == "gpt-realtime-global-standard"
    assert session["modalities"] == ["audio"]
    assert session["voice"] == {"name": "alloy", "type": "openai"}
    assert session["output_audio_format"] is None
    assert session["expires_at"] == STARTED_AT + 3600
    assert list(session["turn_detection"]) == TURN_DETECTION_KEYS
    assert session["turn_detection"]["prefix_padding_ms"] == 300
    assert session["turn_detection"]["silence_duration_ms"] == 200


def test_created_comes_before_the_answer_to_an_early_update() -> None:
    """An update sent at once is answered after session.created."""
    session = Session()
    session.send(update(modalities=["text"]))
    assert types(session.finish()) == ["session.created", "session.updated"]


def test_update_keeps_what_it_does_not_name() -> None:
    """A partial update changes only its keys; the answer is the whole session."""
    before = created()
    after = updated(Session(), instructions="Be brief.")
    assert after == before | {"instructions": "Be brief."}
    assert list(after) == SESSION_KEYS


def test_nested_objects_are_replaced_and_completed() -> None:
    """Turn detection that was sent gets the defaults of Voice Live, 400 and 500 ms."""
    session = Session()
    updated(session, turn_detection={"type": "server_vad", "silence_duration_ms": 900})
    detection = updated(
        session,
        turn_detection={
            "type": "server_vad",
            "create_response": True,
            "interrupt_response": True,
        },
    )["turn_detection"]
    assert list(detection) == TURN_DETECTION_KEYS
    assert detection["threshold"] == 0.5
    assert detection["prefix_padding_ms"] == 400
    assert detection["silence_duration_ms"] == 500


@pytest.mark.parametrize(
    ("api_version", "kind", "padding"),
    [
        ("2025-10-01", "server_vad", 300),
        ("2025-10-01", "azure_semantic_vad", 300),
        ("2026-07-15", "server_vad", 400),
        ("2026-07-15", "azure_semantic_vad", 420),
        ("2026-07-15", "azure_semantic_vad_en", 420),
    ],
)
def test_detection_defaults_by_type_and_version(
    api_version: str, kind: str, padding: int
) -> None:
    """The default prefix padding depends on the type and on the API version."""
    session = Session(api_version=api_version)
    detection = updated(session, turn_detection={"type": kind})["turn_detection"]
    assert detection["prefix_padding_ms"] == padding
    assert detection["silence_duration_ms"] == 500


def test_null_turns_detection_off() -> None:
    """turn_detection null is kept as null."""
    assert updated(Session(), turn_detection=None)["turn_detection"] is None


def test_empty_instructions_keep_the_stock_ones() -> None:
    """instructions "" does not clear the instructions."""
    assert (
        updated(Session(), instructions="")["instructions"] == created()["instructions"]
    )


def test_transcription_is_shown_with_all_keys() -> None:
    """A transcription model is echoed with the keys that were not sent, as null."""
    options = {"model": "whisper-1", "language": "en"}
    shown = updated(Session(), input_audio_transcription=options)
    assert list(shown["input_audio_transcription"].items()) == [
        ("model", "whisper-1"),
        ("language", "en"),
        ("prompt", None),
        ("custom_speech", None),
        ("phrase_list", None),
    ]


def test_tools_are_replaced_and_reordered() -> None:
    """Tools replace the whole list and are shown as name, description, type, …."""
    session = Session()
    updated(session, tools=[WEATHER_TOOL, {"type": "function", "name": "other"}])
    tools = updated(session, tools=[WEATHER_TOOL])["tools"]
    assert [list(tool) for tool in tools] == [
        ["name", "description", "type", "parameters"]
    ]
    assert tools == [WEATHER_TOOL]


def test_a_voice_name_becomes_an_object() -> None:
    """A bare voice name is an OpenAI voice."""
    assert updated(Session(), voice="verse")["voice"] == {
        "name": "verse",
        "type": "openai",
    }


def test_optional_keys_appear_when_set() -> None:
    """Keys that session.created lacks are echoed once they are set."""
    assert "temperature" not in created()
    assert updated(Session(), temperature=0.7)["temperature"] == 0.7


def test_id_and_expiry_never_change() -> None:
    """The identifier and the expiry of a session are those of its creation."""
    session = Session()
    first = only(session.finish(), "session.created")["session"]
    session.wait(100)
    later = updated(session, modalities=["text"])
    assert (later["id"], later["expires_at"]) == (first["id"], first["expires_at"])


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"foo": 1}, "invalid_session_update_message", "session.foo"),
        ({"voice": 12}, "invalid_session_update_message", "session.voice"),
        ({"modalities": "x"}, "invalid_session_update_message", "session.modalities"),
        ({"turn_detection": {"type": "x"}}, "invalid_session_update_message", "type"),
        ({"turn_detection": {}}, "invalid_session_update_message", "type"),
        (
            {"turn_detection": {"type": "server_vad", "threshold": 3}},
            "invalid_session_update_message",
            "session.turn_detection.threshold",
        ),
        (
            {"turn_detection": {"type": "server_vad", "silence_duration_ms": -1}},
            "invalid_session_update_message",
            "session.turn_detection.silence_duration_ms",
        ),
        (
            {"input_audio_format": "mp3"},
            "invalid_session_update_message",
            "session.input_audio_format",
        ),
        (
            {"input_audio_sampling_rate": 12345},
            "invalid_session_update_message",
            "session.input_audio_sampling_rate",
        ),
        ({"modalities": ["audio"]}, "invalid_value", "session.modalities"),
        ({"modalities": ["smell"]}, "invalid_value", "session.modalities"),
        ({"model": "gpt-4o"}, "invalid_request_error", "session.model"),
        (
            {
                "turn_detection": {
                    "type": "server_vad",
                    "end_of_utterance_detection": {"model": "semantic_detection_v1"},
                }
            },
            "invalid_request_error",
            "session.turn_detection.end_of_utterance_detection",
        ),
        (
            {"input_audio_transcription": {"model": "azure-speech"}},
            "invalid_request_error",
            "session.turn_detection",
        ),
    ],
)
def test_a_bad_update_is_rejected_as_a_whole(
    changes: Event, code: str, param: str
) -> None:
    """A bad update names the field, applies nothing, and the session goes on."""
    session = Session()
    error = rejected(session, instructions="Not applied.", **changes)
    assert (error["code"], error["param"]) == (code, param)
    assert error["type"] == "invalid_request_error"
    assert updated(session)["instructions"] == created()["instructions"]


def test_a_key_of_a_later_version_is_rejected() -> None:
    """A session key that the API version does not have is unknown in it."""
    changes = {"reasoning_effort": "low"}
    error = rejected(Session(api_version="2025-10-01"), **changes)
    assert error["code"] == "invalid_session_update_message"
    shown = updated(Session(api_version="2026-04-10"), **changes)
    assert shown["reasoning_effort"] == "low"


def test_the_model_may_be_repeated() -> None:
    """An update may name the model of the connection, as some SDKs do."""
    assert updated(Session(), model="gpt-realtime") == created()


def test_the_voice_is_fixed_once_the_model_has_spoken() -> None:
    """After spoken output another voice is rejected; the same one is not."""
    session = Session()
    session.ask(user("Hello"), respond())
    assert rejected(session, voice="verse")["param"] == "session.voice"
    assert updated(session, voice="alloy")["voice"]["name"] == "alloy"


def test_the_input_format_is_fixed_once_audio_came() -> None:
    """After input audio another sampling rate is rejected."""
    session = Session()
    session.ask(update(input_audio_sampling_rate=16000), append(bytes(3200)))
    error = rejected(session, input_audio_sampling_rate=8000)
    assert error["param"] == "session.input_audio_sampling_rate"


def test_cascaded_models_have_defaults_of_their_own() -> None:
    """A cascaded model starts with an Azure voice and Azure Speech."""
    session = created(model="gpt-4o")
    assert session["voice"] == {"type": "azure-standard", "name": "en-US-AvaNeural"}
    assert session["input_audio_transcription"]["model"] == "azure-speech"
    assert session["turn_detection"]["type"] == "server_vad"


def test_cascaded_models_reject_other_recognizers() -> None:
    """whisper-1 is no recognizer of a cascaded model."""
    options = {"model": "whisper-1"}
    error = rejected(Session(model="gpt-4o"), input_audio_transcription=options)
    assert error["param"] == "session.input_audio_transcription.model"
