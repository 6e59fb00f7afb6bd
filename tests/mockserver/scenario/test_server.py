"""Scenarios on a server: sessions, precedence, replacement."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.engine_driver import (
    appends,
    every,
    only,
    respond,
    said,
    update,
    user,
)
from tests.support.mock_client import QUERY, connected, refused
from tests.support.signals import question, silence, write_wav
from voicelive_mockserver import MockServer
from voicelive_mockserver.faults import Close, Malformed
from voicelive_mockserver.scenario import (
    Latency,
    Scenario,
    ScriptedTranscript,
    ScriptedTurn,
    SessionSettings,
)

TEXT = update(modalities=["text"])


async def answer(server: MockServer, text: str = "Hello", **options: Any) -> str:
    """Return the answer of a new session."""
    async with connected(server, **options) as client:
        return said(await client.ask(TEXT, user(text), respond()))


async def test_every_session_begins_anew() -> None:
    """Every session starts with all turns unused."""
    scenario = Scenario(turns=[ScriptedTurn(reply="One."), ScriptedTurn(reply="Two.")])
    async with MockServer(speed=inf, scenario=scenario) as server:
        assert server.scenario is scenario
        assert [await answer(server) for _ in range(2)] == ["One.", "One."]


async def test_another_scenario() -> None:
    """New sessions use the new scenario; open ones keep theirs."""
    first, second = (
        Scenario(turns=[ScriptedTurn(times="always", reply=text)])
        for text in ("One.", "Two.")
    )
    async with (
        MockServer(speed=inf, scenario=first) as server,
        connected(server) as client,
    ):
        await client.send(TEXT)
        server.use(second)
        assert await answer(server) == "Two."
        assert said(await client.ask(user("x"), respond())) == "One."
        server.use(None)
        assert server.scenario is None
        assert (await answer(server)).startswith("Hello there!")


async def test_a_file(tmp_path: Path) -> None:
    """A scenario can be given by the path of its file."""
    (tmp_path / "a.json").write_text('{"turns": [{"reply": "From a file."}]}')
    async with MockServer(speed=inf, scenario=tmp_path / "a.json") as server:
        assert await answer(server) == "From a file."


async def test_the_responder_answers_what_no_turn_fits() -> None:
    """The scenario comes first, then the responder of the server."""
    scenario = Scenario(turns=[ScriptedTurn(match="one", reply="One.")])
    async with MockServer(
        speed=inf, scenario=scenario, responder=lambda _request: "Else."
    ) as server:
        assert await answer(server, "one") == "One."
        assert await answer(server, "two") == "Else."


async def test_the_model_of_the_scenario() -> None:
    """The model of the scenario overrides the requested one."""
    scenario = Scenario(session=SessionSettings(model="gpt-4o"))
    async with MockServer(speed=inf, scenario=scenario) as server:
        for params in (
            QUERY,
            QUERY | {"model": "unknown"},
            {"api-version": "2026-04-10"},
        ):
            async with connected(server, params=params) as client:
                (created,) = await client.until("session.created")
                assert created["session"]["model"].startswith("gpt-4o")


async def test_the_api_versions_of_the_scenario() -> None:
    """Connections with another version are refused."""
    scenario = Scenario(session=SessionSettings(api_versions=["2025-10-01"]))
    async with MockServer(speed=inf, scenario=scenario) as server:
        assert (await refused(server)).status == 400
        assert await answer(server, params=QUERY | {"api-version": "2025-10-01"})


async def test_seed_and_speed() -> None:
    """Options of the server take precedence over the scenario."""
    scenario = Scenario(session=SessionSettings(seed=5, speed="inf"))

    async def session_id(**options: Any) -> str:
        server = MockServer(scenario=scenario, clock=lambda: 1_800_000_000.0, **options)
        async with server, connected(server) as client:
            (created,) = await client.until("session.created")
            identifier: str = created["session"]["id"]
            return identifier

    assert await session_id() == await session_id(seed=5)
    assert await session_id() != await session_id(seed=6)
    assert MockServer(scenario=scenario).seed == 5
    assert MockServer(scenario=scenario, seed=6).seed == 6
    assert MockServer().seed == 0


async def test_the_latency_of_the_scenario() -> None:
    """The latency of the scenario applies to all sessions."""
    slow = Scenario(session=SessionSettings(latency=Latency(session_created=2.0)))
    async with MockServer(speed=20, scenario=slow) as server:
        async with connected(server) as client:
            await client.until("session.created")
        (entry,) = server.sessions[0].entries
        assert entry.time >= 2.0


async def test_faults_of_a_turn() -> None:
    """Faults of a turn count from its response on."""
    scenario = Scenario(
        turns=[
            ScriptedTurn(
                match="bad",
                reply="One two three.",
                faults=[
                    Malformed("binary", event="response.text.delta", nth=2),
                    Close(4000, event="response.text.delta", after=3),
                ],
            ),
            ScriptedTurn(times="always", reply="One two three four."),
        ]
    )
    async with (
        MockServer(speed=inf, scenario=scenario) as server,
        connected(server) as client,
    ):
        await client.ask(TEXT, user("good"), respond())
        await client.send(user("bad"), respond())
        events = await client.until("response.text.delta")
        assert (await client.message()).type is aiohttp.WSMsgType.BINARY
        rest = await client.rest()
        assert len(every(events + rest, "response.text.delta")) == 2
        assert client.websocket.close_code == 4000


async def test_faults_of_the_scenario_and_of_the_server() -> None:
    """Faults of scenario and server both apply; a reset removes the added ones."""
    scenario = Scenario(faults=[Close(4001, connection=1)])
    async with MockServer(
        speed=inf, scenario=scenario, faults=["close:4002:connection=2"]
    ) as server:
        codes = []
        for _ in range(2):
            async with connected(server) as client:
                await client.rest()
                codes.append(client.websocket.close_code)
        assert codes == [4001, 4002]
        assert await answer(server)
        server.faults.add("close:4003")
        await server.reset()
        async with connected(server) as client:
            await client.rest()
            assert client.websocket.close_code == 4001
        assert await answer(server)


async def test_a_recording_over_the_wire(tmp_path: Path) -> None:
    """A client that sends the audio file gets its transcript."""
    path = write_wav(tmp_path / "question.wav", question())
    heard = ScriptedTranscript("What is the capital of Norway?", str(path))
    scenario = Scenario(
        turns=[
            ScriptedTurn(heard="Something else."),
            ScriptedTurn(heard=heard, reply="Oslo."),
        ]
    )
    async with (
        MockServer(speed=inf, scenario=scenario) as server,
        connected(server) as client,
    ):
        await client.send(update(input_audio_transcription={"model": "whisper-1"}))
        await client.send(*appends(question() + silence(800), 200))
        events = await client.until("response.done")
        kind = "conversation.item.input_audio_transcription.completed"
        assert only(events, kind)["transcript"] == heard.text
        assert said(events) == "Oslo."
