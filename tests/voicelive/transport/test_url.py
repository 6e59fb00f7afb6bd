from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest

from tests.support.client import KEY
from tests.support.scripted_service import (
    Peer,
    Request,
    serve,
    tls_context,
    trusting_context,
)
from voicelive.aio import connect

HOST = "name.services.ai.azure.com"


async def _request(endpoint: str = "{}", **arguments: Any) -> Request:
    """Connect with these arguments and return what the server saw."""
    async with serve(Peer.accept) as server:
        endpoint = endpoint.format(server.endpoint)
        async with connect(credential=KEY, endpoint=endpoint, **arguments):
            return server.requests[0]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "/voice-live/realtime"),
        ("/", "/voice-live/realtime"),
        ("/base", "/base/voice-live/realtime"),
        ("/a/b//", "/a/b/voice-live/realtime"),
        ("/a%20b", "/a%20b/voice-live/realtime"),
        ("/voice-live/realtime", "/voice-live/realtime"),
        ("/base/voice-live/realtime/", "/base/voice-live/realtime"),
        ("/base#part", "/base/voice-live/realtime"),
    ],
)
async def test_path(path: str, expected: str) -> None:
    """The endpoint's path is kept and the service's added, once."""
    assert (await _request("{}" + path)).path == expected


async def test_query_of_a_model() -> None:
    """A connection names api-version, the client and the model, in this order."""
    query = (await _request(model="gpt-realtime")).query
    assert [key for key, _ in query] == ["api-version", "x-ms-client-sdk", "model"]
    assert query[0][1] == "2026-04-10"
    assert query[1][1].startswith("voicelive-python/")
    assert query[2][1] == "gpt-realtime"


async def test_query_of_an_agent() -> None:
    """Every agent option has its query parameter; the model is not needed."""
    request = await _request(
        api_version="2026-07-15",
        agent_name="a",
        project_name="p",
        agent_version="1",
        conversation_id="c",
        authentication_identity_client_id="id",
        foundry_resource_override="o",
    )
    query = dict(request.query)
    assert query.pop("x-ms-client-sdk")
    assert query == {
        "api-version": "2026-07-15",
        "agent-name": "a",
        "agent-project-name": "p",
        "agent-version": "1",
        "conversation-id": "c",
        "agent-authentication-identity-client-id": "id",
        "foundry-resource-override": "o",
    }


async def test_empty_agent_options_count_as_not_given() -> None:
    """An empty string, as from an unset variable, names no agent."""
    request = await _request(model="m", agent_name="", project_name="")
    assert not any(key.startswith("agent") for key, _ in request.query)


async def test_precedence_of_query_parameters() -> None:
    """The caller's parameters win over the client's, and both over the endpoint's."""
    request = await _request(
        "{}?model=endpoint&api-version=endpoint&own=1&own=2&blank=",
        model="argument",
        query={"api-version": "caller"},
    )
    assert [pair for pair in request.query if pair[0] != "x-ms-client-sdk"] == [
        ("api-version", "caller"),
        ("model", "argument"),
        ("own", "1"),
        ("own", "2"),
        ("blank", ""),
    ]


async def test_values_of_query_parameters() -> None:
    """Values arrive as given; None leaves out, a list repeats, bool is lower case."""
    request = await _request(
        query={
            "x-ms-client-sdk": None,
            "api-version": "v",
            "text": "a+b c&d=é/%:#?",
            "flag": True,
            "number": 3,
            "list": ["x", "y"],
        },
    )
    assert request.query == [
        ("api-version", "v"),
        ("text", "a+b c&d=é/%:#?"),
        ("flag", "true"),
        ("number", "3"),
        ("list", "x"),
        ("list", "y"),
    ]


@pytest.mark.parametrize("scheme", ["http", "ws", "HTTP"])
async def test_plain_schemes(scheme: str) -> None:
    """http and ws both open a plain connection."""
    async with serve(Peer.accept) as server:
        endpoint = server.endpoint.replace("http", scheme)
        async with connect(credential=KEY, endpoint=f" {endpoint}\n"):
            assert len(server.requests) == 1


@pytest.mark.parametrize("scheme", ["https", "wss"])
async def test_tls_schemes(scheme: str) -> None:
    """https and wss both open an encrypted connection, and release it."""
    gone = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.receive()
        await peer.close()
        await peer.gone()
        gone.set()

    async with serve(script, tls=tls_context()) as server:
        async with connect(
            credential=KEY,
            endpoint=server.endpoint.replace("http", scheme),
            connection_options={"vendor_options": {"ssl": trusting_context()}},
        ):
            pass
        await asyncio.wait_for(gone.wait(), 5)


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        (HOST, HOST),
        ("localhost:8080", "localhost:8080"),
        (f"ftp://{HOST}/x", f"ftp://{HOST}/x"),
        ("", "''"),
        ("https://", "https://"),
        ("https:///path", "https:///path"),
        (f"https://{HOST}:port", f"https://{HOST}:port"),
        (f"https://{HOST}:99999", f"https://{HOST}:99999"),
    ],
)
def test_bad_endpoint(endpoint: str, shown: str) -> None:
    """An invalid endpoint raises an error with its value, before connecting."""
    with pytest.raises(ValueError, match=r"^endpoint ") as caught:
        connect(credential=KEY, endpoint=endpoint)
    assert shown in str(caught.value)


@pytest.mark.parametrize(
    "endpoint",
    [
        "SECRET" + "0123456789abcdef" * 3,
        f"{HOST}?api-key=SECRET",
        f"ftp://user:SECRET@{HOST}",
        f"https://user:SECRET@{HOST}",
    ],
)
def test_bad_endpoint_shows_no_secret(endpoint: str) -> None:
    """A key in or in place of the endpoint does not get into the error."""
    with pytest.raises(ValueError, match="endpoint") as caught:
        connect(credential=KEY, endpoint=endpoint)
    assert "SECRET" not in "".join(traceback.format_exception_only(caught.value))


@pytest.mark.parametrize(
    "arguments",
    [
        {"agent_name": "a"},
        {"project_name": "p"},
        {"agent_name": "a", "project_name": ""},
        {"agent_version": "1"},
        {"conversation_id": "c"},
        {"authentication_identity_client_id": "i"},
        {"foundry_resource_override": "o"},
    ],
)
def test_incomplete_agent(arguments: dict[str, Any]) -> None:
    """Agent name and project name are needed with each other and any agent option."""
    with pytest.raises(ValueError, match="agent_name and project_name"):
        connect(credential=KEY, endpoint=f"https://{HOST}", model="m", **arguments)
