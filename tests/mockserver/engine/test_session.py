"""`session.created` and `session.update`: payloads, merging, rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.engine_driver import (
    STARTED_AT,
    WEATHER_TOOL,
    Event,
    Session,
    append,
    only,
    rejected,
    respond,
    types,
    update,
    updated,
    user,
)
from tests.support.signals import tone

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
    "greeting",
    "handoff",
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


def test_created_is_the_first_event_and_complete() -> None:
    """The first frame has all keys in the order of the service."""
    event = Session().finish()[0]
    assert list(event) == ["event_id", "type", "session"]
    assert event["type"] == "session.created"
    session = event["session"]
    assert list(session) == SESSION_KEYS
    assert session["model"] == "gpt-realtime-global-standard"
    assert session["modalities"] == ["audio"]
    assert session["voice"] == {"name": "alloy", "type": "openai"}
    assert session["output_audio_format"] == "pcm16"
    # One recording, of August 2026; those of July end with `include`.
    assert (session["greeting"], session["handoff"]) == (None, None)
    assert session["expires_at"] == STARTED_AT + 3600
    assert list(session["turn_detection"]) == TURN_DETECTION_KEYS
    assert session["turn_detection"]["prefix_padding_ms"] == 300
    assert session["turn_detection"]["silence_duration_ms"] == 200


def test_created_comes_before_the_answer_to_an_early_update() -> None:
    """An immediate update is acknowledged after `session.created`."""
    session = Session()
    session.send(update(modalities=["text"]))
    assert types(session.finish()) == ["session.created", "session.updated"]


def test_an_update_keeps_other_settings() -> None:
    """It changes only its keys; the answer has the whole session."""
    before = created()
    after = updated(Session(), instructions="Be brief.")
    assert after == before | {"instructions": "Be brief."}
    assert list(after) == SESSION_KEYS


def test_nested_objects_are_replaced_and_completed() -> None:
    """Turn detection gets the defaults of Voice Live, 400 and 500 ms."""
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
    ("api_version", "kind", "padding", "silence"),
    [
        # One source for these 200 ms: live tests of the SDKs 1.0.0 and 1.1.0.
        ("2025-10-01", "server_vad", 300, 200),
        ("2026-01-01-preview", "server_vad", 300, 200),
        ("2025-10-01", "azure_semantic_vad", 300, 500),
        ("2026-04-10", "server_vad", 400, 500),
        ("2026-07-15", "server_vad", 400, 500),
        ("2026-07-15", "azure_semantic_vad", 420, 500),
        ("2026-07-15", "azure_semantic_vad_en", 420, 500),
    ],
)
def test_detection_defaults_by_type_and_version(
    api_version: str, kind: str, padding: int, silence: int
) -> None:
    """The defaults depend on the type and the API version."""
    session = Session(api_version=api_version)
    detection = updated(session, turn_detection={"type": kind})["turn_detection"]
    assert detection["prefix_padding_ms"] == padding
    assert detection["silence_duration_ms"] == silence


def test_null_turns_detection_off() -> None:
    """`turn_detection: null` is kept."""
    assert updated(Session(), turn_detection=None)["turn_detection"] is None


def test_empty_instructions_keep_the_stock_ones() -> None:
    """`instructions: ""` does not clear the instructions."""
    assert (
        updated(Session(), instructions="")["instructions"] == created()["instructions"]
    )


def test_transcription_is_shown_with_all_keys() -> None:
    """Missing keys are null in the session."""
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
    """The list is replaced; keys are in the order of the service."""
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
    """Keys that `session.created` lacks appear once they are set."""
    assert "temperature" not in created()
    assert updated(Session(), temperature=0.7)["temperature"] == 0.7


def test_id_and_expiry_never_change() -> None:
    """An update keeps the identifier and the expiry."""
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
        (
            {"modalities": ["smell"]},
            "invalid_session_update_message",
            "session.modalities",
        ),
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
    ],
)
def test_a_bad_update_is_rejected_as_a_whole(
    changes: Event, code: str, param: str
) -> None:
    """The error names the field; nothing is applied."""
    session = Session()
    error = rejected(session, instructions="Not applied.", **changes)
    assert (error["code"], error["param"]) == (code, param)
    assert error["type"] == "invalid_request_error"
    assert updated(session)["instructions"] == created()["instructions"]


def test_a_key_of_a_later_version_is_rejected() -> None:
    """A key that the API version lacks is unknown."""
    changes = {"reasoning_effort": "low"}
    error = rejected(Session(api_version="2025-10-01"), **changes)
    assert error["code"] == "invalid_session_update_message"
    shown = updated(Session(api_version="2026-04-10"), **changes)
    assert shown["reasoning_effort"] == "low"


def test_the_model_may_be_repeated() -> None:
    """An update may have the model of the connection, as in some SDKs."""
    assert updated(Session(), model="gpt-realtime") == created()


def test_the_voice_is_fixed_once_the_model_has_spoken() -> None:
    """After spoken output, only the same voice is accepted."""
    session = Session()
    session.ask(user("Hello"), respond())
    assert rejected(session, voice="verse")["param"] == "session.voice"
    assert updated(session, voice="alloy")["voice"]["name"] == "alloy"


def test_the_input_format_is_fixed_after_audio() -> None:
    """Another sampling rate is rejected."""
    session = Session()
    session.ask(update(input_audio_sampling_rate=16000), append(bytes(3200)))
    error = rejected(session, input_audio_sampling_rate=8000)
    assert error["param"] == "session.input_audio_sampling_rate"


def test_defaults_of_cascaded_models() -> None:
    """An Azure voice and Azure Speech."""
    session = created(model="gpt-4o")
    assert session["voice"] == {"type": "azure-standard", "name": "en-US-AvaNeural"}
    assert session["input_audio_transcription"]["model"] == "azure-speech"
    assert session["turn_detection"]["type"] == "server_vad"


def test_cascaded_models_reject_other_recognizers() -> None:
    """whisper-1 is rejected (one public client)."""
    options = {"model": "whisper-1"}
    error = rejected(Session(model="gpt-4o"), input_audio_transcription=options)
    assert error["code"] == "invalid_input_audio_transcription_model"
    assert error["param"] == "session.input_audio_transcription.model"


ECHO = {"type": "server_echo_cancellation"}
CLIENT_ECHO = ECHO | {"reference_source": "client", "channels": 2}


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        (
            {"turn_detection": {"type": "server_vad", "threshold": 0}},
            "invalid_session_update_message",
            "session.turn_detection.threshold",
        ),
        (
            {"turn_detection": {"type": "semantic_vad", "eagerness": "very"}},
            "invalid_session_update_message",
            "session.turn_detection.eagerness",
        ),
        ({"temperature": 2.1}, "invalid_session_update_message", "session.temperature"),
        ({"temperature": -1}, "invalid_session_update_message", "session.temperature"),
        (
            {"max_response_output_tokens": 0},
            "invalid_session_update_message",
            "session.max_response_output_tokens",
        ),
        ({"modalities": []}, "invalid_session_update_message", "session.modalities"),
        (
            {"input_audio_noise_reduction": {"type": "magic"}},
            "invalid_session_update_message",
            "session.input_audio_noise_reduction.type",
        ),
        (
            {"input_audio_transcription": {"model": "magic"}},
            "invalid_session_update_message",
            "session.input_audio_transcription.model",
        ),
        (
            {"input_audio_transcription": {}},
            "invalid_session_update_message",
            "session.input_audio_transcription.model",
        ),
        (
            {"input_audio_echo_cancellation": ECHO | {"channels": 2}},
            "invalid_ec_channels_requires_client",
            "session.input_audio_echo_cancellation.channels",
        ),
        (
            {"input_audio_echo_cancellation": ECHO | {"reference_source": "client"}},
            "invalid_ec_reference_channels",
            "session.input_audio_echo_cancellation.reference_source",
        ),
        (
            {
                "input_audio_echo_cancellation": CLIENT_ECHO,
                "input_audio_format": "g711_ulaw",
            },
            "invalid_ec_reference_channels",
            "session.input_audio_echo_cancellation.reference_source",
        ),
    ],
)
def test_combinations_and_ranges(changes: Event, code: str, param: str) -> None:
    """Invalid combinations and numbers out of range are rejected."""
    session = Session(
        api_version="2026-07-15", features=frozenset({"client_ec_reference"})
    )
    before = created(api_version="2026-07-15")
    error = rejected(session, instructions="Not applied.", **changes)
    assert (error["code"], error["param"]) == (code, param)
    assert updated(session) == before


def test_the_echo_reference_is_a_feature() -> None:
    """It can be set only on a connection with `client_ec_reference`."""
    error = rejected(
        Session(api_version="2026-07-15"), input_audio_echo_cancellation=CLIENT_ECHO
    )
    assert "client_ec_reference" in error["message"]
    session = Session(
        api_version="2026-07-15", features=frozenset({"client_ec_reference"})
    )
    shown = updated(session, input_audio_echo_cancellation=CLIENT_ECHO)
    assert shown["input_audio_echo_cancellation"] == CLIENT_ECHO


def test_echo_cancellation_is_completed_where_it_has_fields() -> None:
    """Later versions add the reference and the channels."""
    new = updated(Session(api_version="2026-07-15"), input_audio_echo_cancellation=ECHO)
    assert new["input_audio_echo_cancellation"] == ECHO | {
        "reference_source": "server",
        "channels": 1,
    }
    old = updated(Session(), input_audio_echo_cancellation=ECHO)
    assert old["input_audio_echo_cancellation"] == ECHO


@pytest.mark.parametrize("api_version", ["2025-10-01", "2026-07-15"])
@pytest.mark.parametrize(
    "settings",
    [
        {
            "input_audio_echo_cancellation": ECHO
            | {"reference_source": "server", "channels": 1}
        },
        {
            "turn_detection": {
                "type": "azure_semantic_vad",
                "speech_duration_assistant_speaking_ms": 800,
            }
        },
    ],
)
def test_settings_of_the_vendors_live_tests(
    settings: dict[str, Any], api_version: str
) -> None:
    """They are accepted in both versions. The only source are these tests."""
    shown = updated(Session(api_version=api_version, model="gpt-4o"), **settings)
    ((name, sent),) = settings.items()
    assert shown[name] == shown[name] | sent


def test_the_echo_reference_is_fixed_after_audio() -> None:
    """Another number of channels is rejected."""
    session = Session(
        api_version="2026-07-15", features=frozenset({"client_ec_reference"})
    )
    session.ask(append(bytes(3200)))
    error = rejected(session, input_audio_echo_cancellation=CLIENT_ECHO)
    assert error["param"] == "session.input_audio_echo_cancellation"
    assert updated(session, input_audio_echo_cancellation=ECHO)


def test_text_sessions_have_no_voice() -> None:
    """A voice is rejected in a session that is, and stays, text only."""
    session = Session()
    updated(session, modalities=["text"], voice="verse")
    error = rejected(session, voice="verse")
    assert error["code"] is None
    assert error["message"] == "Text to speech synthesizer is not configured"
    shown = updated(session, modalities=["text", "audio"], voice="coral")
    assert shown["voice"]["name"] == "coral"


def test_the_voice_of_an_avatar_is_fixed() -> None:
    """With an avatar, only the same voice is accepted."""
    session = Session(model="gpt-4o", api_version="2026-07-15")
    voice = {"type": "azure-standard", "name": "en-US-AvaNeural"}
    avatar = {"character": "lisa", "customized": False}
    updated(session, avatar=avatar, voice=voice)
    assert updated(session, voice=voice)["voice"] == voice
    other = voice | {"name": "en-US-GuyNeural"}
    error = rejected(session, voice=other)
    assert error["message"] == "Cannot update voice when avatar is configured"


def test_voices_of_azure_realtime() -> None:
    """The default is native; voices for other models are rejected."""
    session = Session(model="azure-realtime", api_version="2026-07-15")
    shown = only(session.finish(), "session.created")["session"]
    assert shown["voice"]["type"] == "azure-realtime-native"
    error = rejected(
        session, voice={"type": "azure-standard", "name": "en-US-AvaNeural"}
    )
    assert error["param"] == "session.voice"
    native = {"type": "azure-realtime-native", "name": "andrew"}
    assert updated(session, voice=native)["voice"] == native


@pytest.mark.parametrize(
    "name",
    [
        "en-US-AvaNeural",
        "en-US-AvaMultilingualNeural",
        "zh-CN-liaoning-XiaobeiNeural",
        "en-US-Ava:DragonHDLatestNeural",
        "en-us-jasper:MAI-Voice-1",
    ],
)
def test_azure_voices(name: str) -> None:
    """Names of all families of Azure voices are accepted."""
    voice = {"type": "azure-standard", "name": name}
    assert updated(Session(model="gpt-4o"), voice=voice)["voice"] == voice


def test_a_bad_azure_voice_ends_the_session() -> None:
    """The error is the last event, and the close code is 1008."""
    session = Session(model="gpt-4o")
    session.finish()
    voice = {"type": "azure-standard", "name": "NotAVoice"}
    events = session.ask(update(voice=voice) | {"event_id": "mine"}, user("Hello."))
    error = only(events, "error")["error"]
    assert types(events) == ["error"]
    assert (error["param"], error["event_id"]) == ("session.voice", "mine")
    assert session.engine.closing is not None
    assert session.engine.closing.code == 1008
    assert session.engine.closing.reason == error["message"]
    assert session.engine.next_due is None
    assert session.ask(append(tone(2000)), user("Anybody here?"), respond()) == []


def test_nothing_follows_a_fatal_error() -> None:
    """A running response ends without further events."""
    session = Session(model="gpt-4o")
    session.ask(update(modalities=["text", "audio"]))
    session.send(user("Tell me a story."), respond())
    session.until("response.created")
    voice = {"type": "azure-standard", "name": "NotAVoice"}
    events = session.ask(update(voice=voice))
    assert types(events)[-1] == "error"
    assert "response.done" not in types(events)


def test_semantic_vad_needs_a_realtime_model() -> None:
    """OpenAI's semantic detection requires a realtime model."""
    detection = {"type": "semantic_vad"}
    error = rejected(Session(model="gpt-4o"), turn_detection=detection)
    assert error["param"] == "session.turn_detection.type"
    assert updated(Session(), turn_detection=detection)["turn_detection"] == {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    }


@pytest.mark.parametrize(
    ("kind", "speech", "languages"),
    [
        ("server_vad", None, False),
        ("azure_semantic_vad", 80, True),
        ("azure_semantic_vad_en", 80, False),
        ("azure_semantic_vad_multilingual", 80, True),
    ],
)
def test_detection_keys_by_type(kind: str, speech: int | None, languages: bool) -> None:
    """Azure types have filler words, languages, and another minimum of speech."""
    detection = updated(Session(), turn_detection={"type": kind})["turn_detection"]
    assert detection["speech_duration_ms"] == speech
    assert ("languages" in detection) is languages
    assert ("remove_filler_words" in detection) is (speech is not None)


def test_null_in_detection_is_a_default() -> None:
    """A null within turn detection is the same as an absent key."""
    detection = {"type": "server_vad", "threshold": None, "silence_duration_ms": None}
    shown = updated(Session(), turn_detection=detection)["turn_detection"]
    assert (shown["threshold"], shown["silence_duration_ms"]) == (0.5, 500)


@pytest.mark.parametrize(
    "key", ["modalities", "voice", "input_audio_format", "tools", "tool_choice"]
)
def test_null_does_not_clear_other_keys(key: str) -> None:
    """Keys that cannot be null in the protocol keep their values."""
    session = Session()
    session.ask(update(**{key: None}))
    assert updated(session)[key] == created()[key]


def test_the_model_may_be_known_by_its_deployment() -> None:
    """The name in the session is accepted in an update."""
    assert updated(Session(), model="gpt-realtime-global-standard") == created()
