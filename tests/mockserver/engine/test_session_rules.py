"""Incompatible session settings, and open lists of names.

Most rules have one public source each: notes and code of a project that met them on the
service. The test names further ones.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.engine_driver import (
    AZURE_VOICE,
    WEATHER_TOOL,
    Event,
    Session,
    only,
    rejected,
    respond,
    types,
    update,
    updated,
    user,
)
from voicelive_mockserver.engine.handshake import (
    AcceptedHandshake,
    FailedHandshake,
    answer_handshake,
)
from voicelive_protocol import API_VERSIONS

ECHO = {"type": "server_echo_cancellation"}
NOISE = {"type": "azure_deep_noise_suppression"}
LOGPROBS = ["item.input_audio_transcription.logprobs"]
SEMANTIC = {"type": "azure_semantic_vad"}
PHRASE_LIST = (
    "Value error, phrase_list is only supported for azure-mrs, mai-transcribe-1.5, "
    "azure-fast-transcription, mai-transcribe, azure-speech"
)


def transcription(model: str, **options: Any) -> Event:
    return {"input_audio_transcription": {"model": model, **options}}


class TestTextOnly:
    """Settings that require speech."""

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"input_audio_echo_cancellation": ECHO}, "ec_not_supported"),
            ({"input_audio_noise_reduction": NOISE}, "noise_reduction_not_supported"),
        ],
    )
    @pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
    def test_the_session_ends(self, model: str, changes: Event, code: str) -> None:
        """The combination is fatal, in one update or in two."""
        together, first, last = (Session(model=model) for _ in range(3))
        updated(first, modalities=["text"])
        updated(last, **changes)
        for session, sent in (
            (together, {"modalities": ["text"], **changes}),
            (first, changes),
            (last, {"modalities": ["text"]}),
        ):
            error = rejected(session, **sent)
            assert error["code"] == code
            assert "not supported when modalities is text-only" in error["message"]
            assert session.engine.closing is not None

    def test_with_speech_both_are_accepted(self) -> None:
        """Null, and sessions with speech, break no rule."""
        both = {
            "input_audio_echo_cancellation": ECHO,
            "input_audio_noise_reduction": NOISE,
        }
        updated(Session(), modalities=["text", "audio"], **both)
        updated(Session(), modalities=["text"], **dict.fromkeys(both))


class TestTranscription:
    """Recognizers and their features."""

    @pytest.mark.parametrize(
        "model", ["gpt-4o-transcribe", "whisper-1", "gpt-4o-mini-transcribe"]
    )
    def test_phrase_lists_refused(self, model: str) -> None:
        """The error lists the recognizers that take a phrase list."""
        error = rejected(Session(), **transcription(model, phrase_list=["Contoso"]))
        assert error["code"] == "invalid_session_update_message"
        assert error["message"] == PHRASE_LIST
        updated(Session(), **transcription(model, phrase_list=None))

    @pytest.mark.parametrize(
        "model", ["azure-speech", "mai-transcribe", "mai-transcribe-1.5", "azure-mrs"]
    )
    def test_phrase_lists_accepted(self, model: str) -> None:
        """The listed recognizers take one, in both pipelines."""
        for name in ("gpt-realtime", "gpt-4o"):
            sent = transcription(model, phrase_list=["Contoso"])
            shown = updated(Session(model=name), **sent)
            assert shown["input_audio_transcription"]["phrase_list"] == ["Contoso"]

    @pytest.mark.parametrize(
        ("model", "accepted"),
        [
            ("gpt-4o-transcribe", True),
            ("gpt-4o-mini-transcribe", True),
            ("gpt-4o-mini-transcribe-2025-12-15", True),
            ("gpt-4o-transcribe-diarize", False),
            ("mai-transcribe-1", False),
            ("azure-speech", False),
            ("whisper-1", False),
        ],
    )
    def test_logprobs(self, model: str, accepted: bool) -> None:
        """Two models have log probabilities, in either order of the settings."""
        events = Session().ask(update(include=LOGPROBS, **transcription(model)))
        assert ("session.updated" in types(events)) is accepted
        session = Session()
        updated(session, include=LOGPROBS)
        events = session.ask(update(**transcription(model)))
        assert ("session.updated" in types(events)) is accepted

    @pytest.mark.parametrize("version", API_VERSIONS)
    @pytest.mark.parametrize(
        "model",
        [
            "gpt-4o-transcribe-diarize",
            "mai-transcribe-1",
            "mai-transcribe-2-streaming",
            "mai-transcribe-medical",
            "azure-mrs",
        ],
    )
    def test_the_list_of_recognizers_is_open(self, version: str, model: str) -> None:
        """Live tests of the vendor use new ones with old API versions."""
        session = Session(api_version=version)
        shown = updated(session, **transcription(model))
        assert shown["input_audio_transcription"]["model"] == model

    @pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-transcribe-diarize"])
    @pytest.mark.parametrize("name", ["gpt-4o", "gpt-5.6-terra", "phi4-mini"])
    def test_recognizers_of_cascaded_models(self, name: str, model: str) -> None:
        """A cascaded model needs a recognizer of the service."""
        error = rejected(Session(model=name), **transcription(model))
        assert error["code"] == "invalid_input_audio_transcription_model"
        assert error["param"] == "session.input_audio_transcription.model"

    @pytest.mark.parametrize(
        ("sent", "shown"),
        [("zh-CN", "zh"), ("en-US,zh-CN", "en,zh"), ("de", "de"), (None, None)],
    )
    def test_the_language_is_echoed_as_its_base(
        self, sent: str | None, shown: str | None
    ) -> None:
        """The recognizer still uses the whole tag."""
        session = Session()
        options = transcription("azure-speech", language=sent)
        assert updated(session, **options)["input_audio_transcription"]["language"] == (
            shown
        )
        later = updated(session, instructions="Be brief.")
        assert later["input_audio_transcription"]["language"] == shown


class TestAzureSpeech:
    """`azure-speech` on native models (vendor's live tests, and a benchmark)."""

    @pytest.mark.parametrize("model", ["gpt-realtime", "gpt-realtime-mini"])
    @pytest.mark.parametrize("version", ["2025-10-01", "2026-07-15"])
    def test_accepted_with_any_detection(self, model: str, version: str) -> None:
        """Most native models accept it with every type of turn detection."""
        for detection in ({"type": "server_vad"}, SEMANTIC, None):
            session = Session(model=model, api_version=version)
            updated(session, turn_detection=detection, **transcription("azure-speech"))

    def test_accepted_by_azure_realtime(self) -> None:
        """The realtime model of the service accepts it."""
        session = Session(model="azure-realtime", api_version="2026-07-15")
        updated(session, **transcription("azure-speech"))

    @pytest.mark.parametrize("model", ["gpt-realtime-2", "gpt-realtime-2.1-mini"])
    def test_the_second_generation_needs_semantic_detection(self, model: str) -> None:
        """All but `azure_semantic_vad*` is rejected, null included."""
        options = transcription("azure-speech")
        for detection in ({"type": "server_vad"}, None):
            session = Session(model=model)
            error = rejected(session, turn_detection=detection, **options)
            assert "turn_detection must be of type AzureSemanticVAD" in error["message"]
        session = Session(model=model)
        updated(session, turn_detection=SEMANTIC, **options)
        assert rejected(session, turn_detection=None)["param"]


class TestTools:
    """Function names, and parallel calls."""

    @pytest.mark.parametrize("name", ["get weather", "a.b", "", "größe", "a\n"])
    def test_names(self, name: str) -> None:
        """Only letters, digits, `_` and `-` are valid."""
        tools = [WEATHER_TOOL, WEATHER_TOOL | {"name": name}]
        for event, param in (
            (update(tools=tools), "session.tools[1].name"),
            (respond(tools=tools), "response.tools[1].name"),
        ):
            error = only(Session().ask(event), "error")["error"]
            assert (error["code"], error["param"]) == ("invalid_value", param)
            assert "^[a-zA-Z0-9_-]+$" in error["message"]
        updated(Session(), tools=[WEATHER_TOOL, WEATHER_TOOL | {"name": "a-B_1"}])

    def test_two_functions_of_one_name(self) -> None:
        """They are rejected; an MCP server of that label is not."""
        tools = [WEATHER_TOOL, WEATHER_TOOL]
        for event, param in (
            (update(tools=tools), "session.tools[1].name"),
            (respond(tools=tools), "response.tools[1].name"),
        ):
            assert only(Session().ask(event), "error")["error"]["param"] == param

    @pytest.mark.parametrize("model", ["gpt-realtime", "gpt-realtime-mini"])
    def test_parallel_calls(self, model: str) -> None:
        """`true` is rejected, although it is the documented default."""
        session = Session(model=model, api_version="2026-07-15")
        error = rejected(session, parallel_tool_calls=True)
        assert error["param"] == "session.parallel_tool_calls"
        updated(session, parallel_tool_calls=False)
        session = Session(model="gpt-4o", api_version="2026-07-15")
        assert updated(session, parallel_tool_calls=True)["parallel_tool_calls"]


class TestVoices:
    """Voices of OpenAI and of Azure."""

    @pytest.mark.parametrize("voice", ["alloy", {"type": "openai", "name": "marin"}])
    @pytest.mark.parametrize("model", ["gpt-4o", "gpt-5", "phi4-mm-realtime"])
    def test_text_models_have_no_voice_of_openai(self, model: str, voice: Any) -> None:
        """They are rejected in sessions and responses (two clients)."""
        for event, param in (
            (update(voice=voice), "session.voice"),
            (respond(voice=voice), "response.voice"),
        ):
            session = Session(model=model)
            error = only(session.ask(event), "error")["error"]
            assert error["param"] == param
            assert session.engine.closing is None

    @pytest.mark.parametrize(
        "voice", ["en-US-AvaNeural", {"type": "openai", "name": "de-DE-KatjaNeural"}]
    )
    @pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
    def test_an_azure_voice_as_text_gets_a_hint(self, model: str, voice: Any) -> None:
        """A name is an OpenAI voice; the error has the right form."""
        for event in (update(voice=voice), respond(voice=voice)):
            error = only(Session(model=model).ask(event), "error")["error"]
            assert "azure-standard" in error["message"]
            assert error["param"].partition(".")[2].startswith("voice")


class TestMissingTypes:
    """Objects without a discriminator."""

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            (
                {"input_audio_noise_reduction": {}},
                "session.input_audio_noise_reduction",
            ),
            ({"turn_detection": {"threshold": 0.5}}, "session.turn_detection"),
            ({"voice": {"name": "en-US-AvaNeural"}}, "session.voice"),
            ({"tools": [{"name": "f"}]}, "session.tools[0]"),
        ],
    )
    def test_no_discriminator(self, changes: Event, place: str) -> None:
        """The error names the object, and the session continues."""
        session = Session()
        error = rejected(session, **changes)
        assert error["code"] == "invalid_session_update_message"
        assert "Unable to extract tag using discriminator 'type'" in error["message"]
        assert f"'{place}'" in error["message"]
        assert error["param"] == "type"
        updated(session, instructions="Go on.")


class TestVersions:
    """Errors about the API version."""

    @pytest.mark.parametrize("version", API_VERSIONS)
    @pytest.mark.parametrize("audio_format", ["pcm16_8000hz", "pcm16_16000hz"])
    def test_both_rates_in_every_version(self, version: str, audio_format: str) -> None:
        """The vendor's live tests use the underscore with 2025-10-01 too."""
        session = Session(api_version=version)
        shown = updated(session, voice=AZURE_VOICE, output_audio_format=audio_format)
        assert shown["output_audio_format"] == audio_format

    @pytest.mark.parametrize("audio_format", ["pcm16-8000hz", "pcm16-16000hz"])
    def test_the_hyphen_is_of_the_first_version(self, audio_format: str) -> None:
        """Later versions reject it for any voice."""
        sent = {"voice": AZURE_VOICE, "output_audio_format": audio_format}
        updated(Session(api_version="2025-10-01"), **sent)
        for changes in (sent, {"output_audio_format": audio_format}):
            message = rejected(Session(), **changes)["message"]
            assert message.endswith("is not available in API version 2026-04-10.")

    @pytest.mark.parametrize(
        "changes",
        [
            {"voice": "marin"},
            {
                "tools": [
                    {
                        "type": "mcp",
                        "server_label": "d",
                        "server_url": "https://d.example",
                    }
                ]
            },
        ],
    )
    def test_values_and_kinds(self, changes: Event) -> None:
        """The message has the version that lacks the value or type."""
        message = rejected(Session(api_version="2025-10-01"), **changes)["message"]
        assert "not available in API version 2025-10-01" in message
        updated(Session(api_version="2026-04-10"), **changes)


def test_temperatures() -> None:
    """0 to 2 are accepted, as one project measured."""
    for temperature in (0, 1.5, 2):
        shown = updated(Session(), temperature=temperature)
        assert shown["temperature"] == temperature
    assert rejected(Session(), temperature=2.1)["param"] == "session.temperature"


@pytest.mark.parametrize(
    "strategy", ["auto", "last_messages", {"type": "last_messages", "last_messages": 5}]
)
def test_truncation_strategies(strategy: Any) -> None:
    """Both known values are accepted and echoed, as text and as object."""
    shown = updated(Session(), truncation_strategy=strategy)
    assert shown["truncation_strategy"] == strategy


@pytest.mark.parametrize(
    ("model", "settings", "status"),
    [
        ("gpt-4.1", {"reasoning_effort": "low"}, "failed"),
        ("gpt-4.1-mini", {"reasoning_effort": "none"}, "failed"),
        ("gpt-5.1", {"reasoning_effort": "low"}, "completed"),
        ("gpt-5.1", {"reasoning_effort": "none", "temperature": 0.5}, "completed"),
        ("gpt-5.1", {"reasoning_effort": "low", "temperature": 0.5}, "failed"),
        ("gpt-5.1", {"temperature": 0.5}, "failed"),
    ],
)
def test_settings_with_which_responses_fail(
    model: str, settings: Event, status: str
) -> None:
    """The update is accepted, and each response fails."""
    session = Session(model=model)
    updated(session, **settings)
    other = Session(model=model)
    for events in (
        session.ask(user("Hello"), respond()),
        session.ask(respond()),
        other.ask(user("Hello"), respond(**settings)),
    ):
        response = only(events, "response.done")["response"]
        assert response["status"] == status
        if status == "failed":
            error = response["status_details"]["error"]
            assert error["code"] == "unsupported_value"
            assert "not supported with this model" in error["message"]


class TestModels:
    """Names of models, which are open within a family."""

    @staticmethod
    def answer(model: str, **query: str) -> AcceptedHandshake | FailedHandshake:
        query |= {"api-version": "2026-07-15", "model": model}
        answer = answer_handshake(query, {"api-key": "key"}, "key")
        assert isinstance(answer, AcceptedHandshake | FailedHandshake)
        return answer

    @pytest.mark.parametrize(
        ("model", "pipeline"),
        [
            ("gpt-realtime-1.5", "native"),
            ("gpt-realtime-2.1-mini", "native"),
            ("gpt-realtime-datazone", "native"),
            ("azure-realtime", "native"),
            ("gpt-5.6-terra", "cascaded"),
            ("gpt-5.6-luna", "cascaded"),
            ("gpt-5.4", "cascaded"),
            ("gpt-4o-datazone", "cascaded"),
            ("phi4-mm-realtime", "cascaded"),
        ],
    )
    def test_known_models(self, model: str, pipeline: str) -> None:
        """Those of the documentation of September 2026, and variants."""
        accepted = self.answer(model)
        assert isinstance(accepted, AcceptedHandshake)
        assert accepted.model.pipeline.name == pipeline

    def test_datazone_deployments(self) -> None:
        """The session has another deployment, as one project observed."""
        accepted = self.answer("gpt-realtime-datazone")
        assert isinstance(accepted, AcceptedHandshake)
        assert accepted.model.deployment == "gpt-realtime-datazone-standard"

    @pytest.mark.parametrize("model", ["gpt-5.5", "gpt-5.4-mini", "gpt-5.4-nano"])
    def test_models_that_need_a_profile(self, model: str) -> None:
        """Documented as deployments of users only."""
        failed = self.answer(model)
        assert isinstance(failed, FailedHandshake)
        assert failed.error.code == "invalid_model"
        profile = "byom-azure-openai-chat-completion"
        assert isinstance(self.answer(model, profile=profile), AcceptedHandshake)

    @pytest.mark.parametrize("model", ["gpt-4", "gpt-4oo", "gpt-realtimes", "unknown"])
    def test_unknown_models(self, model: str) -> None:
        """A name outside of every family is rejected."""
        failed = self.answer(model)
        assert isinstance(failed, FailedHandshake)
        assert failed.error.code == "invalid_model"


def test_phi_counts_more_tokens_of_speech() -> None:
    """12.5 tokens per second instead of 10 (documentation)."""
    counts = {}
    for model in ("phi4-mm-realtime", "gpt-4o"):
        session = Session(model=model)
        session.ask(update(turn_detection=None, modalities=["text"]))
        audio = {"type": "input_audio.turn.append", "turn_id": "t"}
        session.ask(
            {"type": "input_audio.turn.start", "turn_id": "t"},
            audio | {"audio": "AAAA" * 16_000 * 2},
            {"type": "input_audio.turn.end", "turn_id": "t"},
        )
        done = only(session.ask(respond()), "response.done")["response"]
        counts[model] = done["usage"]["input_token_details"]["audio_tokens"]
    assert counts == {"phi4-mm-realtime": 25, "gpt-4o": 20}


def test_an_avatar_need_not_be_customized() -> None:
    """Values with a default may be omitted, and appear in the session."""
    shown = updated(Session(model="gpt-4o"), avatar={"character": "lisa"})
    assert shown["avatar"]["customized"] is False
