"""Settings at the control endpoint, for all sessions and for those of one test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from openapi_spec_validator import validate

from tests.support.control_client import OPENAPI, Control
from tests.support.engine_driver import Event, respond, update, user
from tests.support.mock_client import QUERY, Client, connected, refused
from voicelive_mockserver import MockServer
from voicelive_mockserver.server.control import ControlRoutes

SCENARIO = {
    "turns": [{"match": "weather", "reply": "It is sunny."}],
    "expect": [{"type": "sends", "event": "response.cancel"}],
}


@asynccontextmanager
async def server_and_tests() -> AsyncIterator[tuple[MockServer, Control, Control]]:
    """Return a server, a control client, and one for the test `a`."""
    async with MockServer(speed=inf) as server, aiohttp.ClientSession() as http:
        yield server, Control(http, server), Control(http, server, "a")


def of_test(name: str) -> dict[str, Any]:
    """Return the options of a client that names its test in the query."""
    return {"params": QUERY | {"x-test-id": name}}


async def reply(client: Client, text: str) -> str:
    """Send a text; return that of the reply."""
    events = await client.ask(update(), user(text), respond(modalities=["text"]))
    return said(events)


def said(events: list[Event]) -> str:
    (text,) = [
        event["text"] for event in events if event["type"] == "response.text.done"
    ]
    return str(text)


def test_the_document_is_valid_openapi() -> None:
    """The official schema of OpenAPI accepts it."""
    validate(OPENAPI)


def test_every_route_is_documented() -> None:
    """The document has all routes and no others."""
    app = web.Application()
    ControlRoutes(MockServer()._controlled, None).add_routes(app.router)
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    documented = {
        (method, path)
        for path, operations in OPENAPI["paths"].items()
        for method in operations.keys() - {"parameters"}
    }
    assert routes == documented


async def test_the_document_is_served_without_a_key() -> None:
    """It has the version of the package."""
    async with server_and_tests() as (_, control, _test):
        document = await control("GET", "/mock/openapi.json")
        health = await control("GET", "/health")
    assert document["info"]["version"] == health["version"] != "0"
    assert document["paths"] == OPENAPI["paths"]


async def test_settings_for_all_sessions() -> None:
    """Texts of replies and transcripts are set, read and restored."""
    async with server_and_tests() as (server, control, _):
        assert await control("GET", "/mock/responder") == {"text": None}
        await control("PUT", "/mock/responder", {"text": "Closed on Mondays."})
        assert await control("GET", "/mock/responder") == {"text": "Closed on Mondays."}
        async with connected(server) as client:
            assert await reply(client, "Hello") == "Closed on Mondays."
        await control("DELETE", "/mock/responder")
        async with connected(server) as client:
            assert await reply(client, "Hello") != "Closed on Mondays."
        initial = await control("GET", "/mock/transcript")
        assert server.transcript == initial["text"]
        await control("PUT", "/mock/transcript", {"text": "Good morning"})
        assert server.transcript == "Good morning"
        assert await control("DELETE", "/mock/transcript") == initial
        assert server.transcript == initial["text"]


async def test_a_scenario_is_set_while_the_server_runs() -> None:
    """It applies to new sessions; its expectations have outcomes."""
    async with server_and_tests() as (server, control, _):
        assert await control("GET", "/mock/scenario") == {"scenario": None}
        found = await control("PUT", "/mock/scenario", SCENARIO)
        assert found["scenario"]["turns"][0]["reply"] == "It is sunny."
        async with connected(server) as client:
            assert await reply(client, "How is the weather?") == "It is sunny."
            outcomes = await control("GET", "/mock/expectations")
            assert outcomes["met"] is False
            (outcome,) = outcomes["expectations"]
            assert outcome["session"] == server.last_session.session_id
            assert outcome["expectation"]["event"] == "response.cancel"
            assert outcome["detail"]
            await client.send({"type": "response.cancel"})
            await client.until("error")
            assert (await control("GET", "/mock/expectations"))["met"] is True
        assert await control("DELETE", "/mock/scenario") == {"scenario": None}
        assert server.scenario is None


async def test_a_scenario_in_yaml_or_by_the_name_of_an_example() -> None:
    """Both forms are accepted."""
    async with server_and_tests() as (server, control, _):
        yaml = "turns:\n  - match: weather\n    reply: It is sunny."
        await control("PUT", "/mock/scenario", yaml=yaml)
        assert server.scenario is not None
        assert server.scenario.turns[0].reply == "It is sunny."
        await control("PUT", "/mock/scenario", "greeting")
        assert server.scenario.name == "greeting"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("greetin", 'did you mean "greeting"?'),
        ("/etc/passwd", "there is no such file or example"),
        ("../scenarios/greeting", "there is no such file or example"),
        ({"turn": []}, "turn"),
        (
            {"turns": [{"heard": {"text": "x", "audio": "/etc/hostname"}}]},
            "audio files need",
        ),
        ([1], "expected"),
    ],
)
async def test_invalid_scenarios_are_refused(body: Any, message: str) -> None:
    """The reason is named, and the scenario stays as it was."""
    async with server_and_tests() as (server, control, _):
        error = await control("PUT", "/mock/scenario", body, status=400)
        assert message in error["error"]["message"]
        assert server.scenario is None
        assert await control("GET", "/mock/scenario") == {"scenario": None}


@pytest.mark.parametrize("path", ["/mock/responder", "/mock/transcript"])
@pytest.mark.parametrize(
    "body", ["Hello", {}, {"text": 1}, {"text": "Hello", "texts": 1}, None]
)
async def test_invalid_texts_are_refused(path: str, body: Any) -> None:
    """Only an object with a text is accepted."""
    async with server_and_tests() as (_, control, _test):
        before = await control("GET", path)
        await control("PUT", path, body, status=400)
        assert await control("GET", path) == before


async def test_a_test_has_its_own_settings() -> None:
    """They affect the sessions that name the test, in the query or as a header."""
    async with server_and_tests() as (server, control, test):
        await control("PUT", "/mock/responder", {"text": "for all"})
        await test("PUT", "/mock/responder", {"text": "for a"})
        header = {"api-key": server.api_key, "X-Test-Id": "a"}
        for options, expected in (
            (of_test("a"), "for a"),
            ({"headers": header}, "for a"),
            ({"params": QUERY | {"X-TEST-ID": "a"}}, "for a"),
            (of_test("b"), "for all"),
            ({}, "for all"),
        ):
            async with connected(server, **options) as client:
                assert await reply(client, "Hello") == expected
        assert await control("GET", "/mock/responder") == {"text": "for all"}
        assert await test("GET", "/mock/responder") == {"text": "for a"}


async def test_the_settings_of_a_test_start_as_those_for_all() -> None:
    """Later changes for all do not affect the test, nor the other way round."""
    async with server_and_tests() as (server, control, test):
        await control("PUT", "/mock/scenario", "greeting")
        await test("PUT", "/mock/transcript", {"text": "Hello from a"})
        assert (await test("GET", "/mock/scenario"))["scenario"]["name"] == "greeting"
        await control("DELETE", "/mock/scenario")
        assert (await test("GET", "/mock/scenario"))["scenario"]["name"] == "greeting"
        await test("PUT", "/mock/scenario", "weather_tool")
        assert server.scenario is None


async def test_faults_of_a_test() -> None:
    """They affect its handshakes and sessions only, and count its connections."""
    async with server_and_tests() as (server, control, test):
        async with connected(server, **of_test("b")) as other:
            await test("POST", "/mock/faults", ["refuse:503:connection=2"])
            assert (await control("GET", "/mock/faults"))["faults"] == []
            async with connected(server, **of_test("a")) as client:
                await client.until("session.created")
                assert (await refused(server, **of_test("a"))).status == 503
                await test("POST", "/mock/faults", "close:1011:after=1")
                await client.send(update())
                assert await client.closed() == 1011
            await other.until("session.created")
            assert await reply(other, "Hello")
        assert (await test("DELETE", "/mock/faults"))["faults"] == []


async def test_sessions_and_expectations_of_a_test() -> None:
    """A request that names a test lists its sessions only."""
    async with server_and_tests() as (server, control, test):
        await control("PUT", "/mock/scenario", SCENARIO)
        async with (
            connected(server, **of_test("a")) as first,
            connected(server, **of_test("b")) as second,
        ):
            for client in (first, second):
                await client.until("session.created")
            (session,) = (await test("GET", "/mock/sessions"))["sessions"]
            assert session["test"] == "a"
            everything = (await control("GET", "/mock/sessions"))["sessions"]
            assert [one["test"] for one in everything] == ["a", "b"]
            (outcome,) = (await test("GET", "/mock/expectations"))["expectations"]
            assert outcome["test"] == "a"
            assert outcome["session"] == session["id"]


async def test_a_reset_of_a_test_leaves_the_others() -> None:
    """Its sessions are closed and forgotten, and its settings dropped."""
    async with server_and_tests() as (server, control, test):
        await test("PUT", "/mock/responder", {"text": "for a"})
        async with (
            connected(server, **of_test("a")) as first,
            connected(server, **of_test("b")) as second,
        ):
            for client in (first, second):
                await client.until("session.created")
            # A client that listens answers the close frame at once.
            closing = asyncio.create_task(first.closed())
            await test("POST", "/mock/reset")
            assert await closing == 1001
            assert await reply(second, "Hello")
            sessions = (await control("GET", "/mock/sessions"))["sessions"]
            assert [one["test"] for one in sessions] == ["b"]
            assert await test("GET", "/mock/responder") == {"text": None}


async def test_the_number_of_tests_with_settings_is_bounded() -> None:
    """The oldest are dropped."""
    async with server_and_tests() as (server, _, _test):
        scopes = server._controlled.scopes
        first = scopes.own("0")
        for number in range(1, 1000):
            scopes.own(str(number))
        assert scopes.find("0") is first
        scopes.own("1000")
        assert scopes.find("0") is scopes.default


async def test_a_long_name_of_a_test_is_refused() -> None:
    """The limit is 200 characters."""
    async with server_and_tests() as (_, control, _test):
        path = f"/mock/sessions?x-test-id={'a' * 201}"
        error = await control("GET", path, status=400)
        assert "x-test-id" in error["error"]["message"]
