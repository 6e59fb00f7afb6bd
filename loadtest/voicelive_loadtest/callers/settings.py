"""Settings of callers: what is called, and how they behave."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from voicelive_loadtest.callers.playout import DELAY
from voicelive_loadtest.callers.speech import Speech, shipped_speech
from voicelive_protocol import DEFAULT_API_VERSION

ENDPOINT = "AZURE_VOICELIVE_ENDPOINT"
API_KEY = "AZURE_VOICELIVE_API_KEY"
MODEL = "AZURE_VOICELIVE_MODEL"
API_VERSION = "AZURE_VOICELIVE_API_VERSION"
PROXY = "VOICELIVE_LOAD_PROXY"

SECRET_OPTIONS = {"--api-key": API_KEY, "--proxy": PROXY}
"""Options whose values are, or may have, secrets, and the variables for them."""

DEFAULT_MODEL = "gpt-realtime"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSettings:
    """What is called, and how a caller behaves. Times are in seconds.

    Attributes:
        endpoint: Address of the resource.
        api_key: Its key.
        proxy: URL of an HTTP proxy; None for the choice of the environment.
        model: Name of the model.
        api_version: Version of the API.
        speech: What callers say.
        turns: How many turns a long call has.
        turn_limit: How long a turn may take, from its beginning to the end of the
            answer as the service makes it; then it has failed, and the call ends.
        think: Pause between hearing an answer and going on.
        pause: Pause between two calls of a caller.
        tool: How long the tool of a caller takes.
        interrupt_after: How much of an answer is heard before it is interrupted.
        silent: How long a caller who says nothing stays.
        connect_limit: How long connecting may take.
        close_limit: How long closing may take.
        playout_delay: How long a player waits after the first audio.
        most_backoff: Longest pause after a call that did not come about.
    """

    endpoint: str
    api_key: str = field(repr=False)
    proxy: str | None = field(default=None, repr=False)
    model: str = DEFAULT_MODEL
    api_version: str = DEFAULT_API_VERSION
    speech: Speech = field(default_factory=shipped_speech, repr=False)
    turns: int = 3
    turn_limit: float = 30.0
    think: float = 0.5
    pause: float = 1.0
    tool: float = 2.0
    interrupt_after: float = 0.5
    silent: float = 10.0
    connect_limit: float = 15.0
    close_limit: float = 2.0
    playout_delay: float = DELAY
    most_backoff: float = 30.0

    def __post_init__(self) -> None:
        if not self.endpoint:
            raise ValueError(f"no endpoint: give --host, or set {ENDPOINT}")
        if self.turns < 1:
            raise ValueError("a call has at least one turn")


def from_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the settings that environment variables give, as arguments."""
    names = {
        "endpoint": ENDPOINT,
        "api_key": API_KEY,
        "model": MODEL,
        "api_version": API_VERSION,
    }
    return {
        setting: environment[name]
        for setting, name in names.items()
        if environment.get(name)
    }
