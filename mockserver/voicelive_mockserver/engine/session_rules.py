"""Rules about incompatible session settings, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from voicelive_mockserver.engine.errors import RequestError, rejected
from voicelive_mockserver.engine.models import (
    AZURE_SPEECH,
    LATER_PHRASE_LIST_RECOGNIZERS,
    LOGPROB_RECOGNIZERS,
    OWN_RECOGNIZERS,
    PHRASE_LIST_RECOGNIZERS,
    ServiceModel,
)
from voicelive_mockserver.engine.turn_detection import SEMANTIC_TYPES
from voicelive_protocol import SessionIncludeOption

Session = Mapping[str, Any]

_LOGPROBS = SessionIncludeOption.ITEM_INPUT_AUDIO_TRANSCRIPTION_LOGPROBS


class SettingsRule(NamedTuple):
    """One combination of settings that the service rejects.

    Attributes:
        error: The name of the error in the catalogue.
        is_broken: Predicate: effective settings break the rule on a model.
        source: The evidence: the number of public projects, or the documentation.
    """

    error: str
    is_broken: Callable[[Session, ServiceModel], bool]
    source: str


def check_settings(session: Session, model: ServiceModel) -> None:
    """Reject incompatible settings.

    Args:
        session: The settings after the update.
        model: The model of the session.

    Raises:
        RequestError: A rule is broken; the first one of the table is reported.
    """
    for rule in RULES:
        if rule.is_broken(session, model):
            raise _error(rule, session, model)


def _error(rule: SettingsRule, session: Session, model: ServiceModel) -> RequestError:
    return rejected(
        rule.error, model=model.name, recognizer=_recognizer(session) or "none"
    )


def _recognizer(session: Session) -> str | None:
    options = session["input_audio_transcription"]
    name: str | None = None if options is None else options["model"]
    return name


def _is_text_only(session: Session) -> bool:
    return list(session["modalities"]) == ["text"]


def _echo(session: Session) -> Session:
    options: Session = session["input_audio_echo_cancellation"] or {}
    return options


def _text_only_echo_cancellation(session: Session, _model: ServiceModel) -> bool:
    return _is_text_only(session) and bool(_echo(session))


def _text_only_noise_reduction(session: Session, _model: ServiceModel) -> bool:
    return _is_text_only(session) and bool(session["input_audio_noise_reduction"])


def _stereo_without_client_reference(session: Session, _model: ServiceModel) -> bool:
    echo = _echo(session)
    stereo = echo.get("channels", 1) == 2
    return stereo and echo.get("reference_source") != "client"


def _client_reference_without_stereo(session: Session, _model: ServiceModel) -> bool:
    echo = _echo(session)
    stereo = echo.get("channels", 1) == 2
    is_pcm16 = session["input_audio_format"] == "pcm16"
    return echo.get("reference_source") == "client" and not (stereo and is_pcm16)


def _foreign_recognizer(session: Session, model: ServiceModel) -> bool:
    name = _recognizer(session)
    return (
        name is not None
        and model.pipeline.transcribes_before_item
        and not name.startswith(OWN_RECOGNIZERS)
    )


def _azure_speech_without_semantic_vad(session: Session, model: ServiceModel) -> bool:
    detection = session["turn_detection"] or {}
    return (
        _recognizer(session) == AZURE_SPEECH
        and model.traits.azure_speech_needs_semantic_vad
        and detection.get("type") not in SEMANTIC_TYPES
    )


def _unused_phrase_list(session: Session, _model: ServiceModel) -> bool:
    options = session["input_audio_transcription"] or {}
    name = options.get("model", "")
    return bool(options.get("phrase_list")) and not (
        name in PHRASE_LIST_RECOGNIZERS
        or name.startswith(LATER_PHRASE_LIST_RECOGNIZERS)
    )


def _impossible_logprobs(session: Session, _model: ServiceModel) -> bool:
    name = _recognizer(session)
    return (
        _LOGPROBS in (session["include"] or ())
        and name is not None
        and not LOGPROB_RECOGNIZERS.fullmatch(name)
    )


def _parallel_tool_calls(session: Session, model: ServiceModel) -> bool:
    wanted = session.get("parallel_tool_calls") is True
    return wanted and not model.traits.takes_parallel_tool_calls


RULES = (
    SettingsRule("ec_text_only", _text_only_echo_cancellation, "one project"),
    SettingsRule("noise_reduction_text_only", _text_only_noise_reduction, "a project"),
    SettingsRule(
        "ec_channels_require_client", _stereo_without_client_reference, "documented"
    ),
    SettingsRule(
        "ec_reference_channels", _client_reference_without_stereo, "documented"
    ),
    SettingsRule("transcription_model", _foreign_recognizer, "livekit"),
    SettingsRule(
        "azure_speech_detection",
        _azure_speech_without_semantic_vad,
        "a published benchmark; other models accept it in the vendor's live tests",
    ),
    SettingsRule("phrase_list_unsupported", _unused_phrase_list, "one project"),
    SettingsRule("logprobs_unsupported", _impossible_logprobs, "one project"),
    SettingsRule("parallel_tool_calls", _parallel_tool_calls, "one project"),
)
"""The rules, in the order of their checks. They apply to effective settings, so the
parts of a combination may come from different updates."""
