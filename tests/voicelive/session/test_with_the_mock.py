"""Sessions with the mock service, which requires a configuration first."""

from __future__ import annotations

import asyncio

import pytest

from voicelive import ConfigurationFailed, ConnectionClosed, VoiceLiveClient
from voicelive.aio import connect
from voicelive.models import InputTextContentPart, RequestSession, UserMessageItem
from voicelive.resilience import Backoff, ReconnectPolicy
from voicelive.turns import NoResponse, ToolSet, TurnKeeper
from voicelive_mockserver import MockServer

AUDIO = bytes(4800)
TOOLS = ToolSet()


async def test_whole_turn_with_the_mock_service() -> None:
    """A turn with the mock service, by handlers and iteration at the same time."""
    text: list[str] = []
    said = ""
    async with MockServer(speed=float("inf")) as mock:
        client = VoiceLiveClient(mock.endpoint, mock.api_key)
        configuration = RequestSession(model="gpt-realtime", modalities=["text"])
        async with client.create_session(configuration) as session:
            session.subscribe(on_response_text_delta=lambda e: text.append(e.delta))
            item = UserMessageItem(content=[InputTextContentPart(text="Hello!")])
            await session.add_conversation_item(item)
            await session.response.create()
            async for event in session:
                if event.type == "response.text.done":
                    said = event.as_dict()["text"]
                if event.type == "response.done":
                    break
    assert "".join(text) == said != ""


async def test_service_that_requires_configuration() -> None:
    """Audio in the first instant, text and a response work, without any error."""
    async with MockServer(speed=float("inf"), require_configuration=True) as mock:
        client = VoiceLiveClient(mock.endpoint, mock.api_key)
        async with client.create_session("gpt-realtime") as session:
            for _ in range(8):
                await session.send_audio(AUDIO)
            await session.response.create()
            async for event in session:
                assert event.type != "error"
                if event.type == "response.done":
                    break


async def test_settings_of_an_agent_are_refused_once() -> None:
    """Held events fail with the code of the refusal; there is one attempt."""
    async with MockServer(speed=float("inf"), require_configuration=True) as mock:
        client = VoiceLiveClient(mock.endpoint, Token())
        agent = {"agent": {"agent_name": "a", "project_name": "p"}}
        # An agent has tools of its own, and takes no others.
        async with client.create_session(agent, tools=TOOLS) as session:
            for _ in range(8):
                with pytest.raises(ConfigurationFailed) as caught:
                    await session.send_audio(AUDIO)
                assert caught.value.code == "tools_configuration_not_supported"
            with pytest.raises(ConfigurationFailed):
                await session.turns.respond()
            await session.update_session({})
            async with asyncio.timeout(5):
                response = await session.turns.respond()
        assert response.status == "completed"
        assert mock.metrics.errors == {"tools_configuration_not_supported": 1}


@TOOLS.tool
def get_time() -> str:
    """Tell the time."""
    return "noon"


class Token:
    """A credential with a token."""

    token = "any"

    async def get_token(self, *_scopes: str) -> Token:
        return self


async def test_after_a_reconnect_the_settings_come_first() -> None:
    """Events held during a reconnect are sent after the settings."""
    policy = ReconnectPolicy(backoff=Backoff(initial=0.01))
    async with MockServer(speed=float("inf"), require_configuration=True) as mock:
        client = VoiceLiveClient(mock.endpoint, mock.api_key)
        async with client.create_session("gpt-realtime", reconnect=policy) as session:
            lost, again = asyncio.Event(), asyncio.Event()
            session.subscribe(
                on_reconnecting=lambda _event: lost.set(),
                on_reconnected=lambda _event: again.set(),
            )
            await session.send_audio(AUDIO)
            await mock.wait_for("input_audio_buffer.append")
            (only,) = mock.open_sessions.values()
            await only.close(1011, "")
            await lost.wait()
            for _ in range(8):
                await session.send_audio(AUDIO)
            await again.wait()
            await session.response.create()
            async for event in session:
                assert event.type != "error"
                if event.type == "response.done":
                    break
        first, second = mock.sessions
        assert len(first.sent("input_audio_buffer.append")) == 1
        assert len(second.sent("input_audio_buffer.append")) == 8
        assert len(second.sent("session.update")) == 1


async def test_a_request_before_any_update_fails_at_once() -> None:
    """A plain connection sends nothing by itself; the error comes to the request."""
    async with (
        MockServer(speed=float("inf"), require_configuration=True) as mock,
        connect(
            endpoint=mock.endpoint, credential=mock.api_key, model="gpt-realtime"
        ) as connection,
        TurnKeeper(connection) as keeper,
    ):

        async def read() -> None:
            async for _ in keeper:
                pass

        reading = asyncio.create_task(read())
        async with asyncio.timeout(5):
            with pytest.raises(NoResponse, match=r"session\.update"):
                await keeper.respond()
        reading.cancel()


async def test_a_connection_that_was_never_configured() -> None:
    """The error says what was wrong, and that another attempt would not help."""
    async with (
        MockServer(speed=float("inf"), require_configuration=True) as mock,
        connect(
            endpoint=mock.endpoint, credential=mock.api_key, model="gpt-realtime"
        ) as connection,
    ):
        for _ in range(5):
            await connection.input_audio_buffer.append(audio=AUDIO)
        with pytest.raises(ConnectionClosed, match=r"session\.update") as caught:
            async for _ in connection:
                pass
    assert caught.value.code == 1008
    assert caught.value.error is not None
    assert caught.value.error.code == "max_config_attempts_exceeded"
    assert not caught.value.retryable
