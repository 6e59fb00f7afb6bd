"""Spans and metrics of conversations with the mock service."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from opentelemetry import trace

import voicelive_protocol
from tests.support.client import KEY, dial
from tests.support.scripted_service import CREATED, Peer, serve
from tests.support.telemetry import Recorder
from tests.support.waiting import receive_until
from voicelive import VoiceLiveClient
from voicelive.aio import VoiceLiveConnection, connect
from voicelive.models import (
    AzureStandardVoice,
    FunctionTool,
    InputTextContentPart,
    MCPServer,
    RequestSession,
    ServerEvent,
    ServerEventType,
    UnknownModel,
    UserMessageItem,
)
from voicelive.resilience import ReconnectPolicy, stay_connected
from voicelive.telemetry import VoiceLiveInstrumentor
from voicelive.telemetry._content import AUDIO_FIELD, SECRET_FIELDS
from voicelive.turns import TurnKeeper
from voicelive_mockserver import MockServer

FAST = float("inf")
SAID = "Hello, my number is 4711."


def call(mock: MockServer) -> AbstractAsyncContextManager[VoiceLiveConnection]:
    return connect(
        endpoint=mock.endpoint, credential=mock.api_key, model="gpt-realtime"
    )


async def ask(connection: VoiceLiveConnection, text: str = SAID) -> list[ServerEvent]:
    item = UserMessageItem(content=[InputTextContentPart(text=text)])
    await connection.conversation.item.create(item=item)
    await connection.response.create()
    return await receive_until(connection, ServerEventType.RESPONSE_DONE)


async def test_connect_span(recorder: Recorder) -> None:
    """One span covers the connection and sums up what happened in it."""
    async with MockServer(speed=FAST) as mock, call(mock) as connection:
        await connection.session.update(
            session=RequestSession(
                voice=AzureStandardVoice(name="en-US-AvaNeural"),
                output_audio_format="pcm16_16000hz",
                temperature=0.7,
                max_response_output_tokens=200,
            )
        )
        await connection.input_audio_buffer.append(audio=bytes(960))
        pcm = base64.b64encode(bytes(961)).decode()
        await connection.send({"type": "input_audio_buffer.append", "audio": pcm})
        events = await ask(connection) + await ask(connection)
        session_id = connection.session_id
        port = int(mock.endpoint.rpartition(":")[2])
    done = [e.as_dict() for e in events if e.type == ServerEventType.RESPONSE_DONE]
    usage = [event["response"]["usage"] for event in done]
    received = sum(len(e["delta"]) for e in events if e.type == "response.audio.delta")
    span = recorder.connect()
    found = dict(span.attributes or {})
    latency = found.pop("gen_ai.voice.first_token_latency_ms")
    assert isinstance(latency, float)
    assert 0 < latency < 30_000
    assert found.pop("gen_ai.voice.first_audio_latency_ms") == latency
    assert found == {
        "az.namespace": "Microsoft.CognitiveServices",
        "gen_ai.system": "az.ai.voicelive",
        "gen_ai.provider.name": "microsoft.foundry",
        "gen_ai.operation.name": "connect",
        "server.address": "127.0.0.1",
        "server.port": port,
        "gen_ai.request.model": "gpt-realtime",
        "gen_ai.request.temperature": "0.7",
        "gen_ai.request.max_output_tokens": 200,
        "gen_ai.voice.session_id": session_id,
        "gen_ai.voice.input_audio_format": "pcm16",
        "gen_ai.voice.input_sample_rate": 24000,
        "gen_ai.voice.output_audio_format": "pcm16_16000hz",
        "gen_ai.voice.output_sample_rate": 16000,
        "gen_ai.voice.turn_count": 2,
        "gen_ai.voice.audio_bytes_sent": 960 + 961,
        "gen_ai.voice.audio_bytes_received": received,
        "gen_ai.usage.input_tokens": sum(u["input_tokens"] for u in usage),
        "gen_ai.usage.output_tokens": sum(u["output_tokens"] for u in usage),
        "gen_ai.response.id": done[1]["response"]["id"],
        "gen_ai.conversation.id": done[1]["response"]["conversation_id"],
        "gen_ai.response.finish_reasons": '["completed"]',
    }
    assert span.status.is_unset


async def test_event_spans(recorder: Recorder) -> None:
    """Every event has a span below the connection, the deltas of texts excepted."""
    async with MockServer(speed=FAST) as mock, call(mock) as connection:
        await connection.session.update(session={})
        events = await ask(connection)
    parent = recorder.connect().context
    assert parent is not None
    children = [span for span in recorder.spans() if span.name != "connect"]
    assert {s.parent.span_id for s in children if s.parent} == {parent.span_id}
    kinds = [str(event.type) for event in events]
    skipped = {"response.text.delta", "response.audio_transcript.delta"}
    assert skipped & set(kinds)
    assert [s.name for s in children if s.name.startswith("recv")] == [
        f"recv {kind}" for kind in kinds if kind not in skipped
    ]
    assert [s.name for s in children if s.name.startswith("send")] == [
        "send session.update",
        "send conversation.item.create",
        "send response.create",
    ]
    assert children[-1].name == "close"
    (done,) = recorder.spans("recv response.done")
    attributes = dict(done.attributes or {})
    assert attributes["gen_ai.voice.event_type"] == "response.done"
    assert attributes["gen_ai.voice.message_size"] == len(events[-1].raw or b"")
    (event,) = done.events
    assert event.name == "gen_ai.output.messages"
    assert "gen_ai.event.content" not in (event.attributes or {})


async def test_parent_is_the_span_of_the_application(recorder: Recorder) -> None:
    """The connection belongs to the trace that the application is in."""
    tracer = recorder.tracers.get_tracer("application")
    with tracer.start_as_current_span("work") as work:
        async with MockServer(speed=FAST) as mock, call(mock) as connection:
            await connection.recv()
            # The spans of the connection stay out of the way of the application's.
            assert trace.get_current_span() is work
    assert recorder.connect().parent == work.get_span_context()


async def test_interruptions(recorder: Recorder) -> None:
    """A response that was cut off counts as an interruption; a vain cancel does not."""
    async with MockServer(speed=20) as mock, call(mock) as connection:
        await connection.session.update(session={})
        await connection.response.cancel()
        story = "Tell me a story about the sea."
        item = UserMessageItem(content=[InputTextContentPart(text=story)])
        await connection.conversation.item.create(item=item)
        await connection.response.create()
        await receive_until(connection, ServerEventType.RESPONSE_CREATED)
        await connection.response.cancel()
        await receive_until(connection, ServerEventType.RESPONSE_DONE)
    found = recorder.connect().attributes or {}
    assert found["gen_ai.voice.interruption_count"] == 1
    assert found["gen_ai.response.finish_reasons"] == '["cancelled"]'


async def test_agent(recorder: Recorder) -> None:
    """The agent of a connection is in its span."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        agent = {"name": "helper", "agent_id": "agent_1", "thread_id": "thread_1"}
        await peer.send({**CREATED, "session": {**CREATED["session"], "agent": agent}})
        await peer.gone()

    async with (
        serve(script) as server,
        connect(
            credential=KEY,
            endpoint=server.endpoint,
            agent_name="helper",
            project_name="shop",
            agent_version="3",
            conversation_id="conv_1",
        ) as connection,
    ):
        await connection.recv()
    found = recorder.connect().attributes or {}
    assert found["gen_ai.agent.name"] == "helper"
    assert found["gen_ai.agent.project_name"] == "shop"
    assert found["gen_ai.agent.version"] == "3"
    assert found["gen_ai.agent.id"] == "agent_1"
    assert found["gen_ai.agent.thread_id"] == "thread_1"
    assert found["gen_ai.conversation.id"] == "conv_1"


async def test_mcp_calls(recorder: Recorder) -> None:
    """Calls of MCP tools and lists of them are counted and named."""

    def event(kind: str, **fields: Any) -> dict[str, Any]:
        return {"type": kind, "event_id": "e", **fields}

    item = {
        "id": "mcp_1",
        "type": "mcp_call",
        "server_label": "docs",
        "name": "search",
        "arguments": "{}",
    }

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.send(event("mcp_list_tools.completed", item_id="list_1"))
        await peer.send(
            event(
                "response.output_item.added",
                response_id="resp_1",
                output_index=0,
                item=item,
            )
        )
        for kind in ("completed", "failed"):
            await peer.send(
                event(f"response.mcp_call.{kind}", item_id="mcp_1", output_index=0)
            )
        await peer.close()
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        async for _ in connection:
            pass
    found = recorder.connect().attributes or {}
    assert found["gen_ai.voice.mcp.call_count"] == 2
    assert found["gen_ai.voice.mcp.list_tools_count"] == 1
    (added,) = recorder.spans("recv response.output_item.added")
    found = added.attributes or {}
    assert found["gen_ai.voice.mcp.server_label"] == "docs"
    assert found["gen_ai.voice.mcp.tool_name"] == "search"
    assert found["gen_ai.voice.item_id"] == "mcp_1"
    assert found["gen_ai.voice.output_index"] == 0
    assert found["gen_ai.response.id"] == "resp_1"


async def test_latency_of_a_spoken_turn(recorder: Recorder) -> None:
    """Where the service answers by itself, latency counts from the end of speech."""

    def delta(response: str) -> dict[str, Any]:
        ids = {"response_id": response, "item_id": "i", "output_index": 0}
        return {
            "type": "response.audio.delta",
            "content_index": 0,
            "delta": "AAAA",
            **ids,
        }

    def response(kind: str, name: str) -> dict[str, Any]:
        return {"type": kind, "response": {"id": name, "status": "in_progress"}}

    stopped = {
        "type": "input_audio_buffer.speech_stopped",
        "audio_end_ms": 900,
        "item_id": "u",
    }

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.send(response("response.created", "resp_1"))
        await peer.send(stopped)
        await peer.send(delta("resp_1"))  # too late to be the answer
        await peer.send(response("response.created", "resp_2"))
        await peer.send(delta("resp_2"))
        await peer.send(delta("resp_2"))
        await peer.close()
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        async for _ in connection:
            pass
    name = "gen_ai.voice.first_audio_latency_ms"
    spans = recorder.spans("recv response.audio.delta")
    assert [name in (span.attributes or {}) for span in spans] == [False, True, False]
    assert (recorder.connect().attributes or {})[name] == (spans[1].attributes or {})[
        name
    ]


async def test_error_events(recorder: Recorder) -> None:
    """An error of the service is an event on its span; the connection stays open."""
    async with MockServer(speed=FAST) as mock, call(mock) as connection:
        await connection.session.update(session={})
        await connection.conversation.item.retrieve(item_id="nothing")
        events = await receive_until(connection, ServerEventType.ERROR)
    error = events[-1].as_dict()["error"]
    (span,) = recorder.spans("recv error")
    found = {event.name: dict(event.attributes or {}) for event in span.events}
    assert found["gen_ai.voice.error"]["error.code"] == error["code"]
    assert found["gen_ai.voice.error"]["error.message"] == error["message"]
    assert recorder.connect().status.is_unset


async def test_metrics(recorder: Recorder) -> None:
    """The length of the connection and the tokens of each response are measured."""
    async with MockServer(speed=FAST) as mock, call(mock) as connection:
        await connection.session.update(session={})
        done = (await ask(connection))[-1].as_dict()["response"]
        port = mock.endpoint.rpartition(":")[2]
    (duration,) = recorder.points("gen_ai.client.operation.duration")
    assert duration.count == 1
    assert 0 < duration.sum < 30
    common = {
        "gen_ai.provider.name": "microsoft.foundry",
        "server.address": "127.0.0.1",
        "gen_ai.request.model": "gpt-realtime",
    }
    assert duration.attributes == {
        **common,
        "gen_ai.operation.name": "connect",
        "server.port": port,
    }
    tokens = {
        (point.attributes or {})["gen_ai.token.type"]: point
        for point in recorder.points("gen_ai.client.token.usage")
    }
    assert tokens["input"].sum == done["usage"]["input_tokens"]
    assert tokens["output"].sum == done["usage"]["output_tokens"]
    assert tokens["input"].attributes == {
        **common,
        "gen_ai.operation.name": "recv",
        "gen_ai.token.type": "input",
    }


# --- content -------------------------------------------------------------------

SECRET = "bearer-token-of-an-mcp-server"
TOOLS: list[FunctionTool | MCPServer | UnknownModel] = [
    FunctionTool(name="look_up", description="Finds a customer."),
    MCPServer(
        server_label="docs", server_url="https://x.invalid", authorization=SECRET
    ),
]


async def converse(mock: MockServer) -> list[str]:
    """A conversation with content of all kinds; returns the texts that were in it."""
    async with call(mock) as connection:
        session = RequestSession(instructions="Whisper always.", tools=TOOLS)
        await connection.session.update(session=session)
        await connection.input_audio_buffer.append(audio=b"\xff" * 960)
        events = await ask(connection)
        audio = next(
            e for e in events if e.type == ServerEventType.RESPONSE_AUDIO_DELTA
        )
    (done,) = (e for e in events if e.type == "response.audio_transcript.done")
    assert audio.as_dict()["delta"]
    return ["Whisper always.", "Finds a customer.", SAID, done.as_dict()["transcript"]]


async def test_no_content_by_default(recorder: Recorder) -> None:
    """Neither texts, transcripts, instructions nor tools' descriptions are recorded."""
    async with MockServer(speed=FAST) as mock:
        texts = await converse(mock)
    recorded = recorder.texts()
    assert [text for text in [*texts, SECRET] if text in recorded] == []
    tools = (recorder.connect().attributes or {})["gen_ai.request.tools"]
    assert json.loads(str(tools)) == [
        {"type": "function", "name": "look_up"},
        {"type": "mcp", "server_label": "docs"},
    ]


async def test_content_when_asked(recorder: Recorder) -> None:
    """With content recording the messages are in the spans; audio and keys are not."""
    VoiceLiveInstrumentor().instrument(True)
    async with MockServer(speed=FAST) as mock:
        texts = await converse(mock)
    recorded = recorder.texts()
    assert [text for text in texts if text not in recorded] == []
    assert SECRET not in recorded
    contents = [
        str(event.attributes["gen_ai.event.content"])
        for span in recorder.spans()
        if span.name.startswith(("send", "recv"))
        for event in span.events
        if event.attributes and event.name.endswith(".messages")
    ]
    kinds = [json.loads(content)["type"] for content in contents]
    assert {"input_audio_buffer.append", "response.audio.delta"} < set(kinds)
    for content in contents:
        assert len(content) < 2500
        event = json.loads(content)
        if event["type"] in ("input_audio_buffer.append", "response.audio.delta"):
            assert {"audio", "delta"}.isdisjoint(event)
    names = [event.name for event in recorder.connect().events]
    assert names == ["gen_ai.system.instructions"]


@pytest.mark.parametrize(
    "event",
    [
        {
            "type": "conversation.item.create",
            "item": {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_audio", "audio": "AAAA"}],
            },
        },
        {"type": "input_audio.turn.append", "turn_id": "t", "audio": "AAAA"},
        {"type": "something.new", "sound": base64.b64encode(b"\1" * 300).decode()},
        {"type": "x", "picture": f"data:image/png;base64,{'QUFB' * 100}"},
        {"type": "session.avatar.connect", "client_sdp": "AAAA"},
        '{"type": "input_audio_buffer.append", "audio": "AAAA"}',
    ],
)
async def test_audio_and_secrets_are_never_recorded(
    recorder: Recorder, event: Any
) -> None:
    """Audio is left out wherever it is, also in events of a later version."""
    VoiceLiveInstrumentor().instrument(True)

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.receive()
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        await connection.send(event)
    kind = json.loads(event)["type"] if isinstance(event, str) else event["type"]
    (span,) = recorder.spans(f"send {kind}")
    content = str((span.events[0].attributes or {})["gen_ai.event.content"])
    assert json.loads(content)["type"] == kind
    assert "AAAA" not in content
    assert "QUFB" not in content
    assert "AQEB" not in content


async def test_received_audio_is_never_recorded(recorder: Recorder) -> None:
    """Audio and video of the service are omitted at any length."""
    VoiceLiveInstrumentor().instrument(True)
    ids = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.send({"type": "response.audio.delta", "delta": "AAAA", **ids})
        video = {"type": "response.video.delta", "delta": "AAAA", "codec": "h264"}
        await peer.send({**video, **ids})
        await peer.close()
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        kinds = [str(event.type) async for event in connection]
    assert kinds[1:] == ["response.audio.delta", "response.video.delta"]
    for kind in kinds[1:]:
        (span,) = recorder.spans(f"recv {kind}")
        content = str((span.events[0].attributes or {})["gen_ai.event.content"])
        assert json.loads(content)["type"] == kind
        assert "AAAA" not in content


async def test_odd_ids_and_deep_content(
    recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    """Ids that are not strings are omitted, and deep nesting is cut."""
    VoiceLiveInstrumentor().instrument(enable_content_recording=True)
    nested = '{"a":' * 500 + "1" + "}" * 500

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.send({"type": "odd", "item_id": {"": 1}, "call_id": ["x"]})
        await peer.send(f'{{"type":"deep","item_id":"item_1","x":{nested}}}')
        await peer.close()

    async with serve(script) as server, dial(server) as connection:
        assert len([event async for event in connection]) == 3
    (odd,), (deep,) = recorder.spans("recv odd"), recorder.spans("recv deep")
    assert "gen_ai.voice.item_id" not in (odd.attributes or {})
    assert "gen_ai.voice.call_id" not in (odd.attributes or {})
    assert (deep.attributes or {})["gen_ai.voice.item_id"] == "item_1"
    content = str((deep.events[0].attributes or {})["gen_ai.event.content"])
    assert content.count('{"a":') == 59
    assert caplog.records == []


def test_secret_fields_exist() -> None:
    """Each field that is kept secret is one of the protocol."""
    models = (getattr(voicelive_protocol, name) for name in voicelive_protocol.__all__)
    fields = {
        name
        for model in models
        if isinstance(model, type) and issubclass(model, voicelive_protocol.Model)
        for name in model.__struct_encode_fields__
    }
    assert fields >= {*SECRET_FIELDS, AUDIO_FIELD}


# --- what is built on a connection ---------------------------------------------


async def test_turn_keeper(recorder: Recorder) -> None:
    """A conversation through a turn keeper is recorded like any other."""
    async with (
        MockServer(speed=FAST) as mock,
        call(mock) as connection,
        TurnKeeper(connection) as keeper,
    ):
        await keeper.session.update(session={})
        await keeper.response.create()
        async for event in keeper:
            if event.type == ServerEventType.RESPONSE_DONE:
                break
    assert (recorder.connect().attributes or {})["gen_ai.voice.turn_count"] == 1
    assert len(recorder.spans("send response.create")) == 1


async def test_session(recorder: Recorder) -> None:
    """A session of `VoiceLiveClient` is recorded like a connection."""
    async with MockServer(speed=FAST) as mock:
        client = VoiceLiveClient(mock.endpoint, mock.api_key)
        async with await client.start_session("gpt-realtime") as session:
            session_id = session.session_id
    found = recorder.connect().attributes or {}
    assert found["gen_ai.voice.session_id"] == session_id is not None


async def test_reconnecting(recorder: Recorder) -> None:
    """Each connection of a reconnecting one has its own span."""
    calls = iter((_lost, _kept))

    async def script(peer: Peer) -> None:
        await next(calls)(peer)

    async with (
        serve(script) as server,
        stay_connected(
            credential=KEY,
            endpoint=server.endpoint,
            model="gpt-realtime",
            policy=ReconnectPolicy(sleep=lambda _: asyncio.sleep(0)),
        ) as connection,
    ):
        async for event in connection:
            if event.type == "marker":
                break
    first, second = recorder.spans("connect")
    assert (first.attributes or {})["error.type"] == "voicelive.ConnectionLost"
    assert second.status.is_unset


async def _lost(peer: Peer) -> None:
    await peer.begin()
    await peer.hang_up()


async def _kept(peer: Peer) -> None:
    await peer.begin()
    await peer.send({"type": "marker"})
    await peer.gone()
