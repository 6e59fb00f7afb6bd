"""Interim responses: phrases spoken during a slow response."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

_THRESHOLD_MS = 2000
_MODEL_PHRASES = {
    "latency": "Let me think about that for a moment.",
    "tool": "Let me look that up for you.",
}


@dataclass(frozen=True, slots=True)
class Interim:
    """The interim response of a session or a request.

    Attributes:
        texts: The phrases of the client; empty if a model generates them.
        triggers: The triggers: `latency`, `tool`.
        threshold: The seconds without an answer after which `latency` applies.
        max_words: The maximum number of words in a phrase of the model.
    """

    texts: tuple[str, ...]
    triggers: tuple[str, ...]
    threshold: float
    max_words: int

    def phrase(self, trigger: str, random: Random) -> str | None:
        """Return the phrase for a trigger; `None` if there is none.

        Args:
            trigger: `latency` or `tool`.
            random: Source of randomness for the choice of a phrase.
        """
        if trigger not in self.triggers:
            return None
        if self.texts:
            return random.choice(self.texts)
        return " ".join(_MODEL_PHRASES[trigger].split()[: self.max_words])


def interim_response(config: dict[str, Any] | None) -> Interim | None:
    """Parse the `interim_response` of a session or of a response.

    Args:
        config: The `interim_response` as the client sent it.

    Returns:
        The interim response; `None` if it is off or has no phrases.
    """
    if not config:
        return None
    texts = tuple(config.get("texts") or ())
    if config["type"] == "static_interim_response" and not texts:
        return None
    threshold = config.get("latency_threshold_ms")
    return Interim(
        texts=texts if config["type"] == "static_interim_response" else (),
        triggers=tuple(config.get("triggers") or ("latency",)),
        threshold=(_THRESHOLD_MS if threshold is None else threshold) / 1000,
        max_words=config.get("max_completion_tokens") or 50,
    )
