"""Settings of callers: target and behaviour."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from voicelive.aio import (
    VoiceLiveConnection,
    WebsocketConnectionOptions,
    connect,
)
from voicelive_core.command_line.variables import (
    API_KEY,
    API_VERSION,
    DEFAULT_MODEL,
    ENDPOINT,
    MODEL,
)
from voicelive_loadtest.callers.playout import DELAY_SECONDS
from voicelive_loadtest.callers.speech import Speech, shipped_speech
from voicelive_protocol import DEFAULT_API_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSettings:
    """Target and behaviour of a caller. Times are in seconds.

    Attributes:
        endpoint: URL of the resource.
        api_key: API key.
        proxy: URL of an HTTP proxy; None for the proxy of the environment.
        model: Name of the model.
        api_version: API version.
        speech: Clips that callers speak.
        turns: Turns of a long call.
        turn_limit: Time limit of a turn, from its request to `response.done`; beyond,
            the turn fails and the call ends.
        think: Pause between the end of a response and the next turn.
        pause: Pause between two calls of a caller.
        tool: Duration of a tool call.
        interrupt_after: Played part of a response before the interruption.
        silent: Duration of a silent call.
        connect_limit: Time limit of connecting.
        close_limit: Time limit of closing.
        playout_delay: Delay of the jitter buffer.
        most_backoff: Longest pause after a failed connection.
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
    playout_delay: float = DELAY_SECONDS
    most_backoff: float = 30.0

    def __post_init__(self) -> None:
        if not self.endpoint:
            raise ValueError(f"no endpoint: pass --endpoint or set {ENDPOINT}")
        if self.turns < 1:
            raise ValueError("turns must be at least 1")

    def connect(self) -> AbstractAsyncContextManager[VoiceLiveConnection]:
        """Return the connection of a call, which opens when it is entered."""
        options: WebsocketConnectionOptions = {
            "handshake_timeout": self.connect_limit,
            "close_timeout": self.close_limit,
        }
        if self.proxy is not None:
            options["proxy"] = self.proxy
        return connect(
            endpoint=self.endpoint,
            credential=self.api_key,
            model=self.model,
            api_version=self.api_version,
            connection_options=options,
        )


def from_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the arguments for `CallSettings` that are set in the environment."""
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
