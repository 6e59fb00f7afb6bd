"""A client of the official SDK, run in a process of its own against the mock service.

Knows nothing of this project: it does what an application on that SDK does, and prints
what it saw as JSON.
"""

# Only the process that has the SDK on its path can resolve its modules.
# mypy: ignore-errors
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import asyncio
import base64
import json
import sys
import wave
from pathlib import Path

from azure.ai.voicelive.aio import ConnectionError, connect
from azure.ai.voicelive.models import (
    AudioInputTranscriptionOptions,
    FunctionCallOutputItem,
    FunctionTool,
    InputTextContentPart,
    Modality,
    RequestSession,
    ServerEventType,
    ServerVad,
    UserMessageItem,
)
from azure.core.credentials import AzureKeyCredential


def connected(endpoint, key):
    return connect(
        endpoint=endpoint, credential=AzureKeyCredential(key), model="gpt-realtime"
    )


async def until(connection, kind):
    """Everything up to the first event of a type."""
    events = []
    async for event in connection:
        events.append(event)
        if event.type == ServerEventType.ERROR:
            raise RuntimeError(event.error.message)
        if event.type == kind:
            break
    return events


async def until_done(connection):
    """Everything up to the end of the response."""
    return await until(connection, ServerEventType.RESPONSE_DONE)


def of(events, kind):
    return [event for event in events if event.type == kind]


def response_id(event):
    """The response that an event belongs to; empty for other events."""
    data = event.as_dict()
    return data.get("response_id") or data.get("response", {}).get("id", "")


async def text_turn(endpoint, key):
    async with connected(endpoint, key) as connection:
        session = RequestSession(modalities=[Modality.TEXT], instructions="Be brief.")
        await connection.session.update(session=session)
        content = [InputTextContentPart(text="Hello there")]
        await connection.conversation.item.create(item=UserMessageItem(content=content))
        await connection.response.create()
        events = await until_done(connection)
        deltas = of(events, ServerEventType.RESPONSE_TEXT_DELTA)
        (done,) = of(events, ServerEventType.RESPONSE_TEXT_DONE)
        return {
            "types": [event.as_dict()["type"] for event in events],
            "text": done.text,
            "deltas": "".join(event.delta for event in deltas),
            "status": events[-1].response.status,
        }


async def audio_turns(endpoint, key, path):
    """Say something, and the same again as soon as the answer is heard."""
    with wave.open(str(path)) as source:
        pcm = source.readframes(source.getnframes())
    async with connected(endpoint, key) as connection:

        async def say():
            for start in range(0, len(pcm), 4800):
                audio = base64.b64encode(pcm[start : start + 4800]).decode()
                await connection.input_audio_buffer.append(audio=audio)

        session = RequestSession(
            modalities=[Modality.TEXT, Modality.AUDIO],
            turn_detection=ServerVad(),
            input_audio_transcription=AudioInputTranscriptionOptions(model="whisper-1"),
        )
        await connection.session.update(session=session)
        await say()
        events = await until(connection, ServerEventType.RESPONSE_AUDIO_DELTA)
        await say()
        events += await until_done(connection)
        events += await until_done(connection)
        heard = of(
            events,
            ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED,
        )
        started = of(events, ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED)
        stopped = of(events, ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STOPPED)
        deltas = of(events, ServerEventType.RESPONSE_AUDIO_DELTA)
        responses = [
            {
                "id": event.response.id,
                "audio_bytes": sum(
                    len(delta.delta)
                    for delta in deltas
                    if delta.response_id == event.response.id
                ),
                "status": event.response.status,
                "reason": getattr(event.response.status_details, "reason", None),
                "item_status": event.response.output[0].status,
            }
            for event in of(events, ServerEventType.RESPONSE_DONE)
        ]
        return {
            "events": [
                [event.as_dict()["type"], response_id(event)] for event in events
            ],
            "heard": [event.transcript for event in heard],
            "started": [event.audio_start_ms for event in started],
            "stopped": [event.audio_end_ms for event in stopped],
            "responses": responses,
        }


async def function_round(endpoint, key):
    async with connected(endpoint, key) as connection:
        tool = FunctionTool(
            name="get_weather",
            description="Look up the weather for a city.",
            parameters={
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        )
        session = RequestSession(modalities=[Modality.TEXT], tools=[tool])
        await connection.session.update(session=session)
        content = [InputTextContentPart(text="What is the weather in London?")]
        await connection.conversation.item.create(item=UserMessageItem(content=content))
        await connection.response.create()
        events = await until_done(connection)
        (call,) = of(events, ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE)
        output = FunctionCallOutputItem(
            call_id=call.call_id, output="Foggy, 12 degrees"
        )
        await connection.conversation.item.create(item=output)
        await connection.response.create()
        answer = await until_done(connection)
        (done,) = of(answer, ServerEventType.RESPONSE_TEXT_DONE)
        return {
            "name": call.name,
            "arguments": json.loads(call.arguments),
            "answer": done.text,
        }


async def refused_key(endpoint):
    try:
        async with connected(endpoint, "wrong"):
            return {"refused": False}
    except ConnectionError as error:
        return {"refused": True, "error": str(error)}


async def main(endpoint, key, path):
    result = {
        "text": await text_turn(endpoint, key),
        "audio": await audio_turns(endpoint, key, Path(path)),
        "function": await function_round(endpoint, key),
        "refused": await refused_key(endpoint),
    }
    print(json.dumps(result))


asyncio.run(main(*sys.argv[1:]))
