from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.client import KEY
from tests.support.scripted_service import Peer, Server, serve
from voicelive import (
    AgentSessionConfig,
    AzureKeyCredential,
    CreateSessionOptions,
    SessionTarget,
    VoiceLiveClient,
    VoiceLiveClientOptions,
)
from voicelive.models import RequestSession

HOST = "name.services.ai.azure.com"
AGENT = {"agent_name": "maria", "project_name": "desk"}


async def _idle(peer: Peer) -> None:
    await peer.begin()
    await peer.gone()


async def query_of(
    target: Any, client_options: VoiceLiveClientOptions | None = None, **options: Any
) -> tuple[Server, dict[str, str]]:
    """Return the query that a session with that target connects with."""
    async with serve(_idle) as server:
        client = VoiceLiveClient(server.endpoint, KEY, client_options)
        async with client.create_session(target, **options):
            pass
    (request,) = server.requests
    return server, dict(request.query)


@pytest.mark.parametrize(
    ("given", "endpoint"),
    [
        (f"https://{HOST}", f"https://{HOST}"),
        (f"wss://{HOST}/path", f"wss://{HOST}/path"),
        (HOST, f"https://{HOST}"),
        (f" {HOST}/path?a=b", f"https://{HOST}/path?a=b"),
        ("localhost:8080", "https://localhost:8080"),
        ("127.0.0.1:8080", "https://127.0.0.1:8080"),
    ],
)
def test_endpoint(given: str, endpoint: str) -> None:
    """An endpoint without a scheme gets `https`."""
    assert VoiceLiveClient(given, KEY).endpoint == endpoint


@pytest.mark.parametrize(
    "endpoint",
    ["", "https://", "ftp://host", "0123456789abcdef0123456789abcdef", "e" * 70 + ".f"],
)
def test_no_endpoint(endpoint: str) -> None:
    """An invalid endpoint raises; a key in its place is not in the message."""
    with pytest.raises(ValueError, match="endpoint") as caught:
        VoiceLiveClient(endpoint, KEY)
    assert "0123456789abcdef" not in str(caught.value)


def test_no_credential() -> None:
    """An unsupported credential raises."""
    with pytest.raises(TypeError, match="credential"):
        VoiceLiveClient(HOST, 5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_read_only() -> None:
    """Endpoint and version can be read, not changed; neither shows the key."""
    client = VoiceLiveClient(HOST, AzureKeyCredential(KEY))
    assert client.api_version == "2026-04-10"
    for name in ("endpoint", "api_version"):
        with pytest.raises(AttributeError):
            setattr(client, name, "x")
    assert HOST in repr(client)
    assert KEY not in repr(client)


@pytest.mark.parametrize(
    ("client", "session", "version"),
    [
        ({}, {}, "2026-04-10"),
        ({"api_version": "2025-10-01"}, {}, "2025-10-01"),
        (
            {"default_session_options": {"api_version": "2026-07-15"}},
            {},
            "2026-07-15",
        ),
        (
            {
                "api_version": "2025-10-01",
                "default_session_options": {"api_version": "2026-07-15"},
            },
            {},
            "2026-07-15",
        ),
        ({"api_version": "2025-10-01"}, {"api_version": "2026-07-15"}, "2026-07-15"),
    ],
)
async def test_api_version(client: Any, session: Any, version: str) -> None:
    """The nearest place that names a version counts."""
    _, query = await query_of("gpt-realtime", client, **session)
    assert query["api-version"] == version


def test_options_as_object_or_keywords() -> None:
    """Options come as a dict, as keywords, or as both, of which keywords count."""
    options = VoiceLiveClientOptions(api_version="2025-10-01")
    assert VoiceLiveClient(HOST, KEY, options).api_version == "2025-10-01"
    client = VoiceLiveClient(HOST, KEY, options, api_version="2026-07-15")
    assert client.api_version == "2026-07-15"


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ("gpt-realtime", {"model": "gpt-realtime"}),
        (SessionTarget(model="gpt-4o"), {"model": "gpt-4o"}),
        ({"model": "gpt-4o"}, {"model": "gpt-4o"}),
        (RequestSession(model="gpt-4.1"), {"model": "gpt-4.1"}),
        (
            SessionTarget(agent=AgentSessionConfig(**AGENT)),
            {"agent-name": "maria", "agent-project-name": "desk"},
        ),
        (
            {"agent": {**AGENT, "agent_version": "3", "conversation_id": "conv_7"}},
            {
                "agent-name": "maria",
                "agent-project-name": "desk",
                "agent-version": "3",
                "conversation-id": "conv_7",
            },
        ),
        (
            SessionTarget(
                agent=AgentSessionConfig(
                    **AGENT,
                    authentication_identity_client_id="id",
                    foundry_resource_override="other",
                )
            ),
            {
                "agent-name": "maria",
                "agent-project-name": "desk",
                "agent-authentication-identity-client-id": "id",
                "foundry-resource-override": "other",
            },
        ),
    ],
)
async def test_targets(target: Any, named: Mapping[str, str]) -> None:
    """Each form of target names its model or agent in the query."""
    _, query = await query_of(target)
    del query["api-version"], query["x-ms-client-sdk"]
    assert query == named


@pytest.mark.parametrize(
    ("target", "error", "match"),
    [
        ({"model": "m", "agent": AGENT}, TypeError, "either a model or an agent"),
        ({}, TypeError, "either a model or an agent"),
        ({"modell": "m"}, TypeError, "modell"),
        ({"model": 5}, TypeError, "by name"),
        ({"agent": {"agent_name": "maria"}}, TypeError, "project_name"),
        ({"agent": {**AGENT, "project_name": ""}}, ValueError, "project_name"),
        ({"agent": {**AGENT, "colour": "red"}}, TypeError, "colour"),
        ("", ValueError, "empty"),
        (RequestSession(instructions="Hi."), ValueError, "needs its model"),
        (None, TypeError, "NoneType"),
        (7, TypeError, "int"),
    ],
)
async def test_wrong_targets(target: Any, error: type[Exception], match: str) -> None:
    """An invalid target raises before anything is sent."""
    async with serve(_idle) as server:
        client = VoiceLiveClient(server.endpoint, KEY)
        with pytest.raises(error, match=match):
            client.create_session(target)
        with pytest.raises(error, match=match):
            await client.start_session(target)
    assert server.requests == []


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"colour": "red"}, TypeError, "colour"),
        ({"event_queue_size": 0}, ValueError, "event_queue_size"),
        ({"handler_timeout": -1}, ValueError, "handler_timeout"),
        ({"handler_timeout": "5"}, ValueError, "handler_timeout"),
        ({"connection_timeout": float("nan")}, ValueError, "connection_timeout"),
        ({"connection_options": {"heart": 1}}, ValueError, "heart"),
    ],
)
def test_wrong_options(options: Any, error: type[Exception], match: str) -> None:
    """Options that there are not, or out of range, are refused at once."""
    client = VoiceLiveClient(HOST, KEY)
    with pytest.raises(error, match=match):
        client.create_session("gpt-realtime", **options)
    with pytest.raises(error, match=match):
        client.create_session("gpt-realtime", options)
    with pytest.raises(error, match=match):
        VoiceLiveClient(HOST, KEY, default_session_options=options).create_session("m")


async def test_handlers_are_for_start_session_only() -> None:
    """`create_session` takes no handlers: there is `subscribe`."""
    client = VoiceLiveClient(HOST, KEY)
    with pytest.raises(TypeError, match="handlers"):
        client.create_session("m", handlers={})  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


async def test_options_reach_the_connection() -> None:
    """Headers and query of a session replace those of the client's defaults."""
    defaults = CreateSessionOptions(
        headers={"X-One": "1"}, query={"q": "default", "features": "a:true"}
    )
    server, query = await query_of(
        "gpt-realtime",
        VoiceLiveClientOptions(default_session_options=defaults),
        query={"q": ["1", "2"]},
    )
    (request,) = server.requests
    assert request.headers["x-one"] == "1"
    assert request.headers["api-key"] == KEY
    assert "features" not in query
    assert [v for k, v in request.query if k == "q"] == ["1", "2"]


async def test_configuration_is_sent() -> None:
    """A RequestSession connects with its model and is sent without it."""
    sent = []

    async def script(peer: Peer) -> None:
        await peer.begin()
        sent.append((await peer.receive()).event)
        await peer.gone()

    configuration = RequestSession(model="gpt-4.1", instructions="Be brief.")
    async with serve(script) as server:
        client = VoiceLiveClient(server.endpoint, KEY)
        session = await client.start_session(configuration)
        # It was sent when connect() returned, so the rest may change.
        await session.dispose()
    assert dict(server.requests[0].query)["model"] == "gpt-4.1"
    assert sent == [
        {"type": "session.update", "session": {"instructions": "Be brief."}}
    ]
    assert configuration.model == "gpt-4.1"


async def test_one_client_many_sessions() -> None:
    """Sessions of one client are independent."""
    async with serve(_idle) as server:
        client = VoiceLiveClient(server.endpoint, KEY)
        async with client.create_session("a") as one, client.create_session("b") as two:
            await one.disconnect()
            assert not one.is_connected
            assert two.is_connected
    assert len(server.requests) == 2
