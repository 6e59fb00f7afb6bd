"""Interim responses: something to say while the real answer is not there yet."""

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
        texts: The phrases of the client; empty when a model finds the words.
        triggers: What it is said for: `latency`, `tool`.
        threshold: After how many seconds without an answer `latency` applies.
        longest: How many words a phrase of the model has at most.
    """

    texts: tuple[str, ...]
    triggers: tuple[str, ...]
    threshold: float
    longest: int

    def phrase(self, trigger: str, random: Random) -> str | None:
        """Return what is said for a trigger; `None` when nothing is.

        Args:
            trigger: `latency` or `tool`.
            random: Chooses among the phrases of the client.
        """
        if trigger not in self.triggers:
            return None
        if self.texts:
            return random.choice(self.texts)
        return " ".join(_MODEL_PHRASES[trigger].split()[: self.longest])


def interim_response(config: dict[str, Any] | None) -> Interim | None:
    """Read the `interim_response` of a session or of a response.

    Args:
        config: It, as the client sent it.

    Returns:
        What it asks for; `None` when it is off or has nothing to say.
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
        longest=config.get("max_completion_tokens") or 50,
    )
