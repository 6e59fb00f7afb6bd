"""Health, metrics and control endpoint of a running server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.control_client import Control
from tests.support.engine_driver import respond, types, update, user
from tests.support.mock_client import QUERY, Client, connected, refused
from voicelive_mockserver import MockServer


@asynccontextmanager
async def controlled() -> AsyncIterator[tuple[MockServer, Client, Control]]:
    """Return a server, a client in a session, and a control client."""
    async with (
        MockServer(speed=inf) as server,
        connected(server) as client,
        aiohttp.ClientSession() as http,
    ):
        await client.until("session.created")
        yield server, client, Control(http, server)


async def test_health_needs_no_key() -> None:
    """Health and the number of open sessions are served without a key."""
    async with controlled() as (server, _, _control):
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{server.endpoint}/health") as response,
        ):
            health = await response.json()
        assert health["uptime_seconds"] >= 0
        assert health["version"]
        assert health | {"uptime_seconds": 0, "version": ""} == {
            "status": "ok",
            "version": "",
            "worker": 0,
            "uptime_seconds": 0,
            "sessions": {"open": 1, "total": 1},
        }


@pytest.mark.parametrize("key", ["", "wrong", "ключ"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/mock/sessions"),
        ("GET", "/mock/sessions/x/journal"),
        ("POST", "/mock/sessions/x/events"),
        ("POST", "/mock/sessions/x/close"),
        ("GET", "/mock/expectations"),
        ("GET", "/mock/scenario"),
        ("PUT", "/mock/scenario"),
        ("DELETE", "/mock/scenario"),
        ("GET", "/mock/transcript"),
        ("PUT", "/mock/transcript"),
        ("DELETE", "/mock/transcript"),
        ("GET", "/mock/responder"),
        ("PUT", "/mock/responder"),
        ("DELETE", "/mock/responder"),
        ("GET", "/mock/faults"),
        ("POST", "/mock/faults"),
        ("DELETE", "/mock/faults"),
        ("POST", "/mock/reset"),
    ],
)
async def test_control_needs_the_key(method: str, path: str, key: str) -> None:
    """Requests without the key of the service are rejected."""
    async with (
        MockServer() as server,
        aiohttp.ClientSession() as http,
        http.request(
            method, server.endpoint + path, headers={"api-key": key}
        ) as response,
    ):
        assert response.status == 401
        assert (await response.json())["error"]["code"] == "401"


async def test_sessions_and_their_journals_are_shown() -> None:
    """Sessions are listed; a journal can be filtered by sender and type."""
    async with controlled() as (server, client, control):
        await client.send(update(), user("Hello"), respond(modalities=["text"]))
        await client.websocket.send_str("{")
        await client.until_all("response.done", "error")
        name = server.last_session.session_id
        (session,) = (await control("GET", "/mock/sessions"))["sessions"]
        assert session["id"] == name
        assert session["model"] == "gpt-realtime"
        assert session["open"] is True
        assert session["frames"] == server.last_session.frames
        journal = await control("GET", f"/mock/sessions/{name}/journal?from=client")
        shown = [entry.get("event", {}).get("type") for entry in journal["entries"]]
        created, asked = "conversation.item.create", "response.create"
        assert shown == ["session.update", created, asked, None]
        assert journal["entries"][3]["text"] == "{"
        path = f"/mock/sessions/{name}/journal?type=response.done"
        (entry,) = (await control("GET", path))["entries"]
        assert entry["from"] == "server"
        assert entry["event"]["response"]["status"] == "completed"
        await control("GET", f"/mock/sessions/{name}/journal?from=me", status=400)
        await control("GET", "/mock/sessions/nobody/journal", status=404)


async def test_a_session_that_was_refused_in_band() -> None:
    """Without an identifier, its journal is found by the number of the connection."""
    async with controlled() as (server, client, control):
        for model in ("gpt-9", "gpt-10"):
            async with connected(server, params=QUERY | {"model": model}) as other:
                await other.until("error")
                assert await other.closed() == 1008
        listed = (await control("GET", "/mock/sessions"))["sessions"]
        first = server.sessions[0].session_id
        assert [s["id"] for s in listed] == [first, "refused_2", "refused_3"]
        assert [s["open"] for s in listed] == [True, False, False]
        assert [s["close_code"] for s in listed] == [None, 1008, 1008]
        for name, model in [("refused_2", "gpt-9"), ("refused_3", "gpt-10")]:
            journal = await control("GET", f"/mock/sessions/{name}/journal")
            assert journal["id"] == name
            (entry,) = journal["entries"]
            assert entry["event"]["error"]["code"] == "invalid_model"
            assert model in entry["event"]["error"]["message"]
        # The session has ended and cannot receive events.
        await control("POST", "/mock/sessions/refused_2/close", status=404)
        await control("GET", "/mock/sessions/refused_9/journal", status=404)
        await client.send(update(), respond(modalities=["text"]))
        await client.until("response.done")


async def test_any_event_can_be_pushed() -> None:
    """An unsolicited event can be sent to a session."""
    async with controlled() as (server, client, control):
        path = f"/mock/sessions/{server.last_session.session_id}/events"
        warning = {"type": "warning", "warning": {"message": "Careful."}}
        assert await control("POST", path, warning) == {"sent": 1}
        (event,) = await client.until("warning")
        assert event == warning | {"event_id": "event_pushed1"}
        await control("POST", path, [{"type": "a", "event_id": "mine"}, {"type": "b"}])
        first, second = await client.until("b")
        assert first == {"type": "a", "event_id": "mine"}
        assert second["event_id"] == "event_pushed2"
        for wrong in ({}, {"type": 1}, [{"type": "a"}, "b"], 1):
            await control("POST", path, wrong, status=400)
        assert server.last_session.received("a") == [first]
        await control("POST", "/mock/sessions/nobody/events", warning, status=404)


async def test_a_session_can_be_closed() -> None:
    """A session closes with the requested code and reason."""
    async with controlled() as (server, client, control):
        path = f"/mock/sessions/{server.last_session.session_id}/close"
        for wrong in ({"code": 1005}, {"code": "x"}, {"reason": "é" * 62}, {"x": 1}, 1):
            await control("POST", path, wrong, status=400)
        closing = asyncio.create_task(
            control("POST", path, {"code": 4001, "reason": "Enough."})
        )
        message = await client.websocket.receive()
        assert (message.data, message.extra) == (4001, "Enough.")
        assert (await closing)["code"] == 4001
        (session,) = (await control("GET", "/mock/sessions"))["sessions"]
        assert session["close_code"] == 4001


async def test_faults_come_and_go() -> None:
    """Faults can be added as objects or specs, listed, and cleared."""
    async with controlled() as (server, client, control):
        path = "/mock/faults"
        added = await control(
            "POST",
            path,
            [{"type": "refuse", "status": 503}, "error:rate_limit_exceeded"],
        )
        assert [fault["type"] for fault in added["faults"]] == ["refuse", "error"]
        assert (await control("GET", path)) == added
        assert (await refused(server)).status == 503
        await client.send(update(), user("Hello"))
        events = await client.until("error")
        assert events[-1]["error"]["code"] == "rate_limit_exceeded"
        # Several faults are added together or not at all.
        for wrong in ("close:99", {"type": "nothing"}, ["omit", {"type": "x"}], 1):
            await control("POST", path, wrong, status=400)
        assert (await control("DELETE", path))["faults"] == []
        async with connected(server) as other:
            await other.until("session.created")


async def test_reset_begins_anew() -> None:
    """A reset clears journals and faults, and restarts the identifiers."""
    async with controlled() as (server, client, control):
        name = server.last_session.session_id
        await control("POST", "/mock/faults", "refuse")
        resetting = asyncio.create_task(control("POST", "/mock/reset"))
        assert await client.closed() == 1001
        await resetting
        assert server.sessions == ()
        assert list(server.faults) == []
        async with connected(server) as other:
            (event,) = await other.until("session.created")
        assert event["session"]["id"][-16:] == name[-16:]


async def test_broken_bodies_are_refused() -> None:
    """A body that is not JSON gives 400, including extreme nesting."""
    async with MockServer() as server, aiohttp.ClientSession() as http:
        for body in (b"", b"{", b"\xff", b"[" * 100_000):
            async with http.post(
                f"{server.endpoint}/mock/faults",
                data=body,
                headers={"api-key": server.api_key},
            ) as response:
                assert response.status == 400
                assert "JSON" in (await response.json())["error"]["message"]


async def test_metrics_count_what_happens() -> None:
    """Metrics are in the format of Prometheus and count all events."""
    async with controlled() as (server, client, control):
        await client.send(update())
        await client.send({"session": {"type": "x"}, "type": "session.update"})
        await client.websocket.send_str('{"type": "response.create"}')
        await client.websocket.send_str('{"type": "no.such.event"}')
        await client.websocket.send_bytes(b"\xff")
        await client.send(user("Hello"), {"type": "input_audio_buffer.clear"})
        # All was read then, and all is sent.
        await client.until_all("response.done", "input_audio_buffer.cleared")
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with connected(server, headers={"api-key": "wrong"}):
                pass
        text = await control.text("/metrics")
        found = {
            (
                sample.name.removeprefix("voicelive_mock_"),
                *sample.labels.values(),
            ): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        assert found["sessions_open",] == found["sessions_total",] == 1
        assert found["handshakes_total", "101"] == 1
        assert found["handshakes_total", "401"] == 1
        assert found["events_received_total", "session.update"] == 2
        assert found["events_received_total", "response.create"] == 1
        assert found["events_received_total", "other"] == 2
        assert found["events_sent_total", "session.created"] == 1
        assert found["events_sent_total", "response.done"] == 1
        assert found["responses_total", "completed"] == 1
        codes = [
            event["error"]["code"] for event in server.last_session.received("error")
        ]
        assert sum(found["errors_total", code] for code in set(codes)) == len(codes)
        entries = server.last_session.entries
        sent = sum(entry.size for entry in entries if not entry.from_client)
        assert found["sent_bytes_total",] == sent
        assert found["journal_frames",] == len(entries)
        assert found["journal_bytes",] == sum(len(entry.frame) for entry in entries)
        types_sent = types(server.last_session.server_events())
        for kind in set(types_sent):
            assert found["events_sent_total", kind] == types_sent.count(kind)


async def test_lateness_is_measured() -> None:
    """At a finite speed, the lateness of timed actions is measured."""
    async with MockServer(speed=50) as server, connected(server) as client:
        # It was woken for that, and has to be woken again.
        await client.until("session.created")
        await client.send(update(), respond())
        await client.until("response.done")
        assert sum(server.metrics.lateness) > 1
        assert server.metrics.lateness_sum > 0


async def test_metrics_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without prometheus-client, the response names the extra to install."""
    monkeypatch.setitem(sys.modules, "voicelive_mockserver.server.prometheus", None)
    async with (
        MockServer() as server,
        aiohttp.ClientSession() as http,
        http.get(f"{server.endpoint}/metrics") as response,
    ):
        assert response.status == 501
        assert "voicelive[mock]" in await response.text()


@pytest.mark.virtual_time(sockets=True)
async def test_stopping_does_not_wait_for_clients_that_do_not_answer() -> None:
    """A client that does not answer the close frame is dropped within two seconds."""
    loop = asyncio.get_running_loop()
    async with MockServer(speed=inf) as server:
        host, port = server.endpoint.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"GET /voice-live/realtime?api-version=2026-04-10&model=gpt-realtime "
            b"HTTP/1.1\r\nHost: x\r\napi-key: test-key\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await reader.readuntil(b"session.created")
        began = loop.time()
        await server.stop()
        assert loop.time() - began < 2
        # 1001 in a close frame, then the end.
        assert b"\x03\xe9The server is shutting down." in await reader.read()
        writer.close()
    assert server.sessions[0].close_code == 1001
