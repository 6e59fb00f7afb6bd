"""Typos and misuse of sessions: refused with a suggestion before anything is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.client import dial
from tests.support.scripted_service import Peer, serve
from voicelive import SessionTarget, VoiceLiveClient
from voicelive.models import (
    AzureStandardVoice,
    FieldError,
    OpenAIVoice,
    RequestSession,
    ResponseCreateParams,
)


@pytest.mark.parametrize(
    ("target", "suggestion"),
    [
        (
            {"agent": {"agentName": "a", "projectName": "p"}},
            "did you mean 'agent_name'",
        ),
        ({"agent": {"agent_name": "a", "projectName": "p"}}, "mean 'project_name'"),
        ({"agent": {"agent_name": "a", "project": "p"}}, "mean 'project_name'"),
        ({"agents": {"agent_name": "a", "project_name": "p"}}, "did you mean 'agent'"),
        ({"modelName": "gpt-realtime"}, "did you mean 'model'"),
        ({"model": "gpt-realtime", "turnDetection": None}, "RequestSession"),
        ({"agent": "helper"}, "AgentSessionConfig"),
    ],
)
async def test_targets_as_javascript_spells_them(target: Any, suggestion: str) -> None:
    """Unknown keys of the target and its agent are named, with what was meant."""
    client = VoiceLiveClient("http://127.0.0.1:1", "key")
    with pytest.raises(TypeError, match=suggestion):
        client.create_session(target)
    with pytest.raises(TypeError, match=suggestion):
        await client.start_session(target)
    if target.keys() == {"agent"}:
        with pytest.raises(TypeError, match=suggestion):
            SessionTarget(**target)


@pytest.mark.parametrize(
    ("option", "suggestion"),
    [
        ("apiVersion", "api_version"),
        ("connectionTimeout", "connection_timeout"),
        ("connectionOptions", "connection_options"),
        ("eventQueueSize", "event_queue_size"),
        ("keepTurns", "keep_turns"),
        ("tool", "tools"),
    ],
)
def test_options_as_javascript_spells_them(option: str, suggestion: str) -> None:
    """As keywords and as keys of the options."""
    client: Any = VoiceLiveClient("http://127.0.0.1:1", "key")
    with pytest.raises(TypeError, match=f"did you mean '{suggestion}'"):
        client.create_session("gpt-realtime", **{option: 1})
    with pytest.raises(TypeError, match=f"did you mean '{suggestion}'"):
        client.create_session("gpt-realtime", {option: 1})


def test_handlers_as_javascript_spells_them() -> None:
    """`onResponseDone` is `on_response_done` here."""
    client = VoiceLiveClient("http://127.0.0.1:1", "key")
    session: Any = client.create_session("gpt-realtime")
    with pytest.raises(TypeError, match="did you mean 'on_response_done'"):
        session.subscribe(onResponseDone=print)


VOICE = "en-US-AvaNeural"
VOICES: list[Any] = [
    RequestSession(voice=VOICE),
    {"voice": VOICE},
    RequestSession(voice=OpenAIVoice(name=VOICE)),
    {"voice": "zh-CN-XiaoxiaoMultilingualNeural"},
    {"voice": "en-US-Ava:DragonHDLatestNeural"},
]


@pytest.mark.parametrize("settings", VOICES)
async def test_an_azure_voice_is_no_string(settings: Any) -> None:
    """The error says how to write it; what is right goes out."""
    sent: list[Any] = []

    async def script(peer: Peer) -> None:
        await peer.begin()
        sent.append((await peer.receive()).event)
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        with pytest.raises(ValueError, match=r"AzureStandardVoice\(name='"):
            await connection.session.update(session=settings)
        response = ResponseCreateParams(voice=VOICE)
        with pytest.raises(ValueError, match=r"voice: .* Azure voice"):
            await connection.response.create(response=response)
        right = RequestSession(voice=AzureStandardVoice(name=VOICE))
        await connection.session.update(session=right)
    voice = {"type": "azure-standard", "name": VOICE}
    assert sent == [{"type": "session.update", "session": {"voice": voice}}]


@pytest.mark.parametrize("voice", ["alloy", "marin", "tomorrow", "new-voice"])
async def test_other_names_of_voices_go_out(voice: str) -> None:
    """The service may have new voices."""
    sent: list[Any] = []

    async def script(peer: Peer) -> None:
        await peer.begin()
        sent.append((await peer.receive()).event)
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        await connection.session.update(session=RequestSession(voice=voice))
    assert sent[0]["session"] == {"voice": voice}


async def test_wrong_values_in_lists_are_not_sent() -> None:
    """An invalid value put into a list is refused by `send`; nothing else fails."""
    sent: list[Any] = []

    async def script(peer: Peer) -> None:
        await peer.begin()
        sent.append((await peer.receive()).event)
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        session: Any = RequestSession(modalities=["text"])
        session.modalities.append(5)
        with pytest.raises(FieldError, match=r"modalities\[1\]: .*got 5"):
            await connection.session.update(session=session)
        session.modalities.pop()
        with pytest.raises(AttributeError, match="did you mean 'instructions'"):
            session.instruction = "Be kind."
        await connection.session.update(session=session)
    assert json.dumps(sent[0]["session"]) == '{"modalities": ["text"]}'
