"""A short conversation with its traces on the console.

Needs the extra `telemetry` and an OpenTelemetry SDK:
`pip install "voicelive[telemetry]" opentelemetry-sdk`. Other exporters send the
spans to a collector or to Azure Monitor; a `MeterProvider` receives the metrics. Set
`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true` to include the messages.
"""

from __future__ import annotations

import asyncio

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

from examples.service import service
from voicelive import VoiceLiveClient
from voicelive.models import InputTextContentPart, RequestSession, UserMessageItem
from voicelive.telemetry import VoiceLiveInstrumentor


async def tell_a_joke() -> None:
    """Ask for a joke and print the answer."""
    async with service() as target:
        client = VoiceLiveClient(target.endpoint, target.credential)
        wanted = RequestSession(model=target.model, modalities=["text"])
        async with await client.start_session(wanted, keep_turns=True) as session:
            session.subscribe(on_response_text_done=lambda event: print(event.text))
            text = InputTextContentPart(text="Hello, tell me a joke.")
            await session.add_conversation_item(UserMessageItem(content=[text]))
            await session.turns.respond()


def main() -> None:
    """Run the conversation in a span of the application, and export all spans."""
    tracers = TracerProvider()
    tracers.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter()))
    trace.set_tracer_provider(tracers)
    VoiceLiveInstrumentor().instrument()
    with trace.get_tracer(__name__).start_as_current_span("tell a joke"):
        asyncio.run(tell_a_joke())
    tracers.shutdown()


if __name__ == "__main__":
    main()
