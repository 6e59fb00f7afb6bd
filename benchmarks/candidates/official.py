"""Candidate of azure-ai-voicelive, used as in its samples.

Imported by name, since it is not installed in the environment of the type checkers.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.candidates import Candidate
from benchmarks.payloads import Frame
from benchmarks.timing import Stopwatch, Timing

_aio: Any = import_module("azure.ai.voicelive.aio")
_client: Any = import_module("azure.ai.voicelive.aio._patch")
_models: Any = import_module("azure.ai.voicelive.models")
_credentials: Any = import_module("azure.core.credentials")

_AUDIO_DELTA = _models.ServerEventType.RESPONSE_AUDIO_DELTA


class Official:
    def decoder(self, frames: list[Frame]) -> Callable[[bytes], object]:
        deserialize = _models.ServerEvent._deserialize

        def read(text: bytes) -> object:
            # As in its recv(), which has no separate function.
            event: object = deserialize(json.loads(text.decode("utf-8")), [])
            return event

        return read

    def encoder(self) -> Callable[[bytes], object]:
        append = _models.ClientEventInputAudioBufferAppend
        fallback = _client._json_default

        def write(audio: bytes) -> object:
            # The caller encodes base64; the rest is as in its send().
            event = append(audio=base64.b64encode(audio).decode("utf-8"))
            return json.dumps(event.as_dict(), default=fallback)

        return write

    async def receive(self, endpoint: str, events: int) -> Timing:
        async with _aio.connect(
            endpoint=endpoint,
            credential=_credentials.AzureKeyCredential("key"),
            model="m",
            query={"events": events},
        ) as connection:
            await connection.recv()
            stopwatch = Stopwatch()
            await connection.response.create()
            left = events
            async for event in connection:
                if event.type == _AUDIO_DELTA:
                    _ = event.delta
                left -= 1
                if not left:
                    break
            return stopwatch.stop(events)


CANDIDATE: Candidate = Official()
