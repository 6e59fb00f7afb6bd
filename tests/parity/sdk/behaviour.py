"""Small things that people rely on without looking them up, tried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import setitem
from typing import Any


def behaviour(models: Any) -> dict[str, str]:
    """Try each thing with one of the two packages.

    Args:
        models: The models module.

    Returns:
        The value of each expression, or the class of the exception it raised.
    """

    def model() -> Any:
        return models.ServerVad(threshold=0.5)

    def assign(change: Callable[[Any], None]) -> Any:
        changed = model()
        change(changed)
        return changed.threshold

    def as_dict(made: Any) -> list[Any]:
        return sorted(made.as_dict().items())

    trials: dict[str, Callable[[], Any]] = {
        # Enums
        "Modality.AUDIO == 'audio'": lambda: models.Modality.AUDIO == "audio",
        "Modality('audio') is Modality.AUDIO": lambda: (
            models.Modality("audio") is models.Modality.AUDIO
        ),
        "Modality['audio'].value": lambda: models.Modality["audio"].value,
        "Modality('new').value": lambda: models.Modality("new").value,
        "str(Modality.AUDIO)": lambda: str(models.Modality.AUDIO),
        # Models as mappings
        "isinstance(model, Mapping)": lambda: isinstance(model(), Mapping),
        "model['wire_name']": lambda: model()["threshold"],
        "model['absent']": lambda: model()["prefix_padding_ms"],
        "model['wire_name'] = value": lambda: assign(
            lambda m: setitem(m, "threshold", 0.25)
        ),
        "'wire_name' in model": lambda: "threshold" in model(),
        "model.get('wire_name')": lambda: model().get("threshold"),
        "model.get('absent', default)": lambda: model().get("prefix_padding_ms", 7),
        "dict(model)": lambda: sorted(dict(model()).items()),
        # Models as objects
        "model.as_dict()": lambda: as_dict(model()),
        "model.attribute = value": lambda: assign(
            lambda m: setattr(m, "threshold", 0.25)
        ),
        "model.discriminator": lambda: model().type == "server_vad",
        "model.absent": lambda: model().prefix_padding_ms,
        "model == same model": lambda: model() == model(),
        "model == its mapping": lambda: (
            model() == {"type": "server_vad", "threshold": 0.5}
        ),
        # Constructors
        "Model(mapping)": lambda: models.ServerVad({"threshold": 0.75}).threshold,
        "Model(unknown=value)": lambda: models.ServerVad(unknown=1),
        "Model() without a required field": lambda: as_dict(models.FunctionTool()),
        "Model(attribute=None)": lambda: as_dict(models.ServerVad(threshold=None)),
        "RequestSession(attribute=None)": lambda: as_dict(
            models.RequestSession(turn_detection=None)
        ),
    }
    return {name: _outcome(trial) for name, trial in trials.items()}


def _outcome(trial: Callable[[], Any]) -> str:
    try:
        return repr(trial())
    except Exception as error:
        return type(error).__name__
