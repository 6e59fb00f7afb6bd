"""A conversation with everything that telemetry records, held with either package.

Run as a program it holds the conversation with the official SDK, whose instrumentor
watches, and prints what that recorded. It needs azure-core and the OpenTelemetry SDK,
but not azure-core's plugin for OpenTelemetry: a few lines stand for that.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib import import_module
from typing import Any

from opentelemetry import metrics, trace

from tests.support.telemetry import Recorder


async def converse(connect: Any, models: Any, endpoint: str, credential: Any) -> None:
    """Hold the conversation.

    Args:
        connect: `connect` of the package.
        models: Its models module.
        endpoint: The mock service.
        credential: What the package takes.
    """
    tool = models.FunctionTool(
        name="get_weather",
        description="Look up the weather for a city.",
        parameters={"type": "object", "properties": {"city": {"type": "string"}}},
    )
    session = models.RequestSession(
        modalities=["text", "audio"],
        instructions="Be brief.",
        temperature=0.8,
        max_response_output_tokens=500,
        input_audio_format="pcm16",
        output_audio_format="pcm16",
        input_audio_sampling_rate=24000,
        turn_detection=None,
        tools=[tool],
    )
    async with connect(
        endpoint=endpoint, credential=credential, model="gpt-realtime"
    ) as connection:
        await connection.session.update(session=session)
        await connection.input_audio_buffer.append(audio="AAAA" * 100)
        await connection.input_audio_buffer.clear()
        await _say(connection, models, "What is the weather in London?")
        done = await _until(connection, "response.done")
        call = done.response.output[0]
        output = models.FunctionCallOutputItem(call_id=call.call_id, output="Foggy")
        await connection.conversation.item.create(item=output, previous_item_id=call.id)
        await connection.response.create()
        await _until(connection, "response.done")
        # The answer is long enough for the cancel to come in time.
        await _say(connection, models, "Tell me a story about the sea.")
        await _until(connection, "response.created")
        await connection.response.cancel()
        await _until(connection, "response.done")
        await connection.conversation.item.retrieve(item_id="nothing")
        await _until(connection, "error")


async def _say(connection: Any, models: Any, text: str) -> None:
    content = [models.InputTextContentPart(text=text)]
    item = models.UserMessageItem(content=content)
    await connection.conversation.item.create(item=item)
    await connection.response.create()


async def _until(connection: Any, kind: str) -> Any:
    async for event in connection:
        if event.type == kind:
            return event
    raise AssertionError(f"no {kind}")


class _Span:
    """What azure-core's plugin does for the instrumentor."""

    tracer: trace.Tracer

    def __init__(self, name: str, **_: Any) -> None:
        self.span_instance = self.tracer.start_span(name)

    def add_attribute(self, key: str, value: Any) -> None:
        self.span_instance.set_attribute(key, value)

    def __enter__(self) -> _Span:
        return self

    def __exit__(self, *_: object) -> None:
        self.span_instance.end()


def main() -> None:
    """Hold the conversation with the official SDK and print what was recorded."""
    target = json.load(sys.stdin)
    recorder = Recorder()
    metrics.set_meter_provider(recorder.meters)
    _Span.tracer = recorder.tracers.get_tracer("official")
    import_module("azure.core.settings").settings.tracing_implementation = _Span
    os.environ["AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING"] = "true"
    telemetry = import_module("azure.ai.voicelive.telemetry")
    telemetry.VoiceLiveInstrumentor().instrument(target["content"])
    connect = import_module("azure.ai.voicelive.aio").connect
    models = import_module("azure.ai.voicelive.models")
    key = import_module("azure.core.credentials").AzureKeyCredential(target["key"])
    asyncio.run(converse(connect, models, target["endpoint"], key))
    json.dump(recorder.summary(), sys.stdout)


if __name__ == "__main__":
    main()
