"""A client of pipecat, run in a process of its own against the mock service."""

# Only the environment that has the package can resolve its modules.
# mypy: ignore-errors
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import asyncio
import json
import sys
import wave

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    InputAudioRawFrame,
    LLMRunFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.azure.voice_live.llm import AzureVoiceLiveLLMService
from pipecat.workers.runner import WorkerRunner

ENDPOINT, KEY, QUESTION = sys.argv[1:4]


class Listener(FrameProcessor):
    """Notes what the service sends."""

    def __init__(self):
        super().__init__()
        self.texts, self.audio_bytes, self.speech, self.errors = [], 0, [], []
        self.stopped = asyncio.Event()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        match frame:
            case TTSTextFrame():
                self.texts.append(frame.text)
            case TTSAudioRawFrame():
                self.audio_bytes += len(frame.audio)
            case UserStartedSpeakingFrame():
                self.speech.append("start")
            case UserStoppedSpeakingFrame():
                self.speech.append("end")
            case ErrorFrame():
                self.errors.append(str(frame))
            case TTSStoppedFrame():
                self.stopped.set()
        await self.push_frame(frame, direction)


async def main():
    cities = []

    async def get_weather(params):
        cities.append(params.arguments["city"])
        await params.result_callback("It is 12 degrees.")

    service = AzureVoiceLiveLLMService(
        endpoint=ENDPOINT,
        api_key=KEY,
        settings=AzureVoiceLiveLLMService.Settings(model="gpt-4o"),
    )
    service.register_function("get_weather", get_weather)
    weather = FunctionSchema(
        name="get_weather",
        description="Look up the weather for a city.",
        properties={"city": {"type": "string"}},
        required=["city"],
    )
    question = {"role": "user", "content": "What is the weather in London?"}
    context = LLMContext([question], ToolsSchema(standard_tools=[weather]))
    user, assistant = LLMContextAggregatorPair(context)
    before, listener = Listener(), Listener()
    pipeline = Pipeline([before, user, service, listener, assistant])
    params = PipelineParams(audio_in_sample_rate=24_000, audio_out_sample_rate=24_000)
    task = PipelineWorker(pipeline, params=params)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(task)
    running = asyncio.create_task(runner.run())
    await task.queue_frames([LLMRunFrame()])
    await asyncio.wait_for(listener.stopped.wait(), 30)
    answer = "".join(listener.texts)
    listener.stopped.clear()
    with wave.open(QUESTION) as file:
        pcm = file.readframes(file.getnframes()) + bytes(48_000)
    for start in range(0, len(pcm), 4800):
        data = pcm[start : start + 4800]
        await task.queue_frame(InputAudioRawFrame(data, 24_000, 1))
    await asyncio.wait_for(listener.stopped.wait(), 30)
    await task.queue_frame(EndFrame())
    await running
    seen = {
        "errors": before.errors + listener.errors,
        "cities": cities,
        "answer": answer,
        "audio_bytes": listener.audio_bytes,
        "speech": before.speech + listener.speech,
        "messages": [
            [message["role"], message["content"]]
            for message in context.get_messages()
            if message["role"] in ("user", "assistant") and message.get("content")
        ],
    }
    print(json.dumps(seen))


asyncio.run(main())
