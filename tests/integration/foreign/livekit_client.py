"""A client of livekit-plugins-azure, run in a process of its own against the mock."""

# Only the environment that has the package can resolve its modules.
# mypy: ignore-errors
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import asyncio
import json
import sys
import wave

from livekit import rtc
from livekit.agents import llm
from livekit.plugins.azure.realtime import RealtimeModel

ENDPOINT, KEY, QUESTION = sys.argv[1:4]


@llm.function_tool
async def get_weather(city: str) -> str:
    """Look up the weather for a city."""
    return "It is 12 degrees."


async def consume(generation):
    """Everything that one response consists of."""
    texts, calls, audio = [], [], 0

    async def functions():
        async for call in generation.function_stream:
            calls.append(call)

    async def messages():
        nonlocal audio
        async for message in generation.message_stream:

            async def hear(stream=message.audio_stream):
                nonlocal audio
                async for frame in stream:
                    audio += len(frame.data) * 2

            hearing = asyncio.create_task(hear())
            async for text in message.text_stream:
                texts.append(str(text))
            await hearing

    await asyncio.gather(functions(), messages())
    return {"text": "".join(texts), "audio_bytes": audio}, calls


async def main():
    model = RealtimeModel(
        endpoint=ENDPOINT, api_key=KEY, model="gpt-realtime", voice="alloy"
    )
    session = model.session()
    errors, speech, heard = [], [], []
    by_itself = asyncio.get_running_loop().create_future()
    session.on("error", lambda error: errors.append(str(error)))
    session.on("input_speech_started", lambda _: speech.append("start"))
    session.on("input_speech_stopped", lambda _: speech.append("end"))
    session.on(
        "input_audio_transcription_completed",
        lambda event: heard.append(event.transcript),
    )

    def created(generation):
        if not generation.user_initiated and not by_itself.done():
            by_itself.set_result(generation)

    session.on("generation_created", created)
    await session.update_instructions("Be brief.")
    await session.update_tools([get_weather])

    context = session.chat_ctx.copy()
    context.add_message(role="user", content="What is the weather in London?")
    await session.update_chat_ctx(context)
    _, (call,) = await consume(await session.generate_reply())
    context = session.chat_ctx.copy()
    output = "It is 12 degrees."
    context.items.append(
        llm.FunctionCallOutput(
            call_id=call.call_id, name=call.name, output=output, is_error=False
        )
    )
    await session.update_chat_ctx(context)
    answer, _ = await consume(await session.generate_reply())

    with wave.open(QUESTION) as file:
        pcm = file.readframes(file.getnframes()) + bytes(48_000)
    for start in range(0, len(pcm), 4800):
        data = pcm[start : start + 4800]
        session.push_audio(rtc.AudioFrame(data, 24_000, 1, len(data) // 2))
    spoken, _ = await consume(await asyncio.wait_for(by_itself, 30))
    await session.aclose()
    await model.aclose()
    print(
        json.dumps(
            {
                "errors": errors,
                "call": [call.name, json.loads(call.arguments)],
                "answer": answer,
                "speech": speech,
                "heard": heard,
                "spoken": spoken,
            }
        )
    )


asyncio.run(main())
