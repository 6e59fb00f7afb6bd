"""Turn detection settings: defaults and validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.models import ServiceModel

SEMANTIC_TYPES = (
    "azure_semantic_vad",
    "azure_semantic_vad_en",
    "azure_semantic_vad_multilingual",
)
"""The types that also use the recognized words."""

_PARAM = "session.turn_detection"
_EAGERNESS = ("auto", "low", "medium", "high")
_ALL_KEYS: dict[str, Any] = {
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 200,
    "create_response": True,
    "interrupt_response": True,
    "idle_timeout_ms": None,
    "speech_duration_ms": None,
    "end_of_utterance_detection": None,
    "auto_truncate": False,
    "appended_text_after_truncation": None,
}
_EOU_DEFAULTS = {"threshold_level": "medium", "timeout_ms": 1000}


def initial_detection() -> dict[str, Any]:
    """Return the turn detection of a session before the first update.

    These are the defaults of the model behind the service. They differ from the
    defaults that complete the settings of a client.
    """
    return {"type": "server_vad", **_ALL_KEYS}


def updated_detection(
    sent: Mapping[str, Any], model: ServiceModel, api_version: str
) -> dict[str, Any]:
    """Return the turn detection sent by a client, completed with defaults.

    Args:
        sent: The `turn_detection` of an update.
        model: The model of the session.
        api_version: The API version of the connection.

    Raises:
        RequestError: The model does not support it, or a number is out of range.
    """
    kind = sent["type"]
    eou = sent.get("end_of_utterance_detection")
    # The other kinds use the sound instead of the words.
    if eou is not None and eou["model"].startswith("semantic_detection"):
        if not model.pipeline.local_speech_recognizer:
            raise rejected("eou_on_native")
        eou = {"model": eou["model"]} | _EOU_DEFAULTS | _without_nulls(eou)
    if kind == "semantic_vad" and model.pipeline.transcribes_before_item:
        raise rejected("semantic_vad_on_cascaded")
    result: dict[str, Any] = (
        {"type": kind} | _defaults(kind, api_version) | _without_nulls(sent)
    )
    if eou is not None:
        result["end_of_utterance_detection"] = eou
    _check(result)
    return result


def _without_nulls(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in sent.items() if value is not None}


def _defaults(kind: str, api_version: str) -> dict[str, Any]:
    longer_padding = api_version >= "2026-04-10"
    if kind == "semantic_vad":
        return {
            "eagerness": "auto",
            "create_response": True,
            "interrupt_response": True,
        }
    if kind == "server_vad":
        # The earlier values have one source: live tests of the SDKs 1.0.0 and 1.1.0.
        return _ALL_KEYS | {
            "prefix_padding_ms": 400 if longer_padding else 300,
            "silence_duration_ms": 500 if longer_padding else 200,
        }
    defaults = _ALL_KEYS | {
        "prefix_padding_ms": 420 if longer_padding else 300,
        "silence_duration_ms": 500,
        "speech_duration_ms": 80,
        "remove_filler_words": False,
    }
    if kind == "azure_semantic_vad_en":
        return defaults
    return defaults | {"languages": None}


def _check(detection: Mapping[str, Any]) -> None:
    _check_range(detection, "threshold", 0.01, 1)
    for key in ("prefix_padding_ms", "silence_duration_ms", "speech_duration_ms"):
        _check_range(detection, key, 0)
    # Documented by the model behind the service, with both limits included.
    _check_range(detection, "idle_timeout_ms", 5000, 30_001)
    eou = detection.get("end_of_utterance_detection")
    if eou is not None and (eou.get("timeout_ms") or 0) < 0:
        raise rejected(
            "invalid_field",
            param=f"{_PARAM}.end_of_utterance_detection.timeout_ms",
            problem="expected at least 0.",
        )
    eagerness = detection.get("eagerness", "auto")
    if eagerness not in _EAGERNESS:
        raise rejected(
            "invalid_field",
            param=f"{_PARAM}.eagerness",
            problem=f"expected one of {', '.join(_EAGERNESS)}, got '{eagerness}'.",
        )


def _check_range(
    detection: Mapping[str, Any],
    key: str,
    lowest: float,
    limit: float | None = None,
) -> None:
    """Reject a number outside the half-open range from `lowest` to `limit`."""
    value = detection.get(key)
    if value is None or (value >= lowest and (limit is None or value < limit)):
        return
    wanted = f"expected at least {lowest}" + (
        "." if limit is None else f" and below {limit}."
    )
    raise rejected("invalid_field", param=f"{_PARAM}.{key}", problem=wanted)
