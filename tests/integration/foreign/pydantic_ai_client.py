"""A client of pydantic-ai, run in a process of its own against the mock service."""

# Only the environment that has the package can resolve its modules.
# mypy: ignore-errors
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import asyncio
import json
import os
import sys
import wave

from pydantic_ai import Agent
from pydantic_ai.messages import (
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    PartEndEvent,
    RealtimeInputSpeechEndEvent,
    RealtimeInputSpeechStartEvent,
    RealtimeSessionErrorEvent,
    RealtimeTurnCompleteEvent,
    SpeechPart,
)
from pydantic_ai.realtime.azure import AzureRealtimeModel

ENDPOINT, KEY, QUESTION = sys.argv[1:4]


async def main():
    agent = Agent(instructions="Be brief.")
    cities = []

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """Look up the weather for a city."""
        cities.append(city)
        return "It is 12 degrees."

    os.environ["AZURE_VOICELIVE_ENDPOINT"] = ENDPOINT
    os.environ["AZURE_VOICELIVE_API_KEY"] = KEY
    model = AzureRealtimeModel(
        "gpt-realtime",
        settings={"azure_voice_live": True, "input_transcription_model": "whisper-1"},
    )
    seen = {"errors": [], "speech": [], "said": [], "turns": 0, "tools": []}
    audio = 0
    async with agent.realtime(model).session() as session:

        async def hear():
            nonlocal audio
            async for chunk in session.stream_audio():
                audio += len(chunk)

        hearing = asyncio.create_task(hear())
        await session.send("What is the weather in London?")
        spoken = False
        async for event in session:
            if isinstance(event, RealtimeSessionErrorEvent):
                seen["errors"].append(str(event))
            elif isinstance(event, RealtimeInputSpeechStartEvent):
                seen["speech"].append("start")
            elif isinstance(event, RealtimeInputSpeechEndEvent):
                seen["speech"].append("end")
            elif isinstance(event, FunctionToolCallEvent | FunctionToolResultEvent):
                seen["tools"].append(type(event).__name__)
            elif isinstance(event, PartEndEvent) and isinstance(event.part, SpeechPart):
                seen["said"].append([event.part.speaker, event.part.transcript])
            elif isinstance(event, RealtimeTurnCompleteEvent):
                seen["turns"] += 1
                if spoken:
                    break
                spoken = True
                with wave.open(QUESTION) as file:
                    await session.send_audio(file.readframes(file.getnframes()))
                await session.send_audio(bytes(48_000))
        hearing.cancel()
    print(json.dumps({**seen, "cities": cities, "audio_bytes": audio}))


asyncio.run(main())
