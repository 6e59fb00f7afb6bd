"""A short conversation with traces and metrics on the console.

Needs the extra `telemetry` and an OpenTelemetry SDK:
`pip install "voicelive[telemetry]" opentelemetry-sdk`. With another exporter the spans
go to a collector or to Azure Monitor. Set
`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true` to see the messages in them.
"""

from __future__ import annotations

import asyncio

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

from examples.service import service
from voicelive.aio import connect
from voicelive.models import (
    InputTextContentPart,
    RequestSession,
    ServerEventResponseDone,
    ServerEventResponseTextDelta,
    UserMessageItem,
)
from voicelive.telemetry import VoiceLiveInstrumentor


async def tell_a_joke() -> None:
    """Ask for a joke and print the answer."""
    async with (
        service() as target,
        connect(
            endpoint=target.endpoint, credential=target.credential, model=target.model
        ) as connection,
    ):
        session = RequestSession(modalities=["text"], instructions="Be brief.")
        await connection.session.update(session=session)
        text = "Hello, tell me a joke."
        message = UserMessageItem(content=[InputTextContentPart(text=text)])
        await connection.conversation.item.create(item=message)
        await connection.response.create()
        async for event in connection:
            match event:
                case ServerEventResponseTextDelta(delta=delta):
                    print(delta, end="", flush=True)
                case ServerEventResponseDone():
                    print()
                    break
                case _:
                    pass


def main() -> None:
    """Hold the conversation in a span of the application, and export everything."""
    tracers = TracerProvider()
    tracers.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter()))
    trace.set_tracer_provider(tracers)
    reader = PeriodicExportingMetricReader(ConsoleMetricExporter())
    metrics.set_meter_provider(meters := MeterProvider([reader]))
    VoiceLiveInstrumentor().instrument()
    with trace.get_tracer(__name__).start_as_current_span("tell a joke"):
        asyncio.run(tell_a_joke())
    tracers.shutdown()
    meters.shutdown()


if __name__ == "__main__":
    main()
