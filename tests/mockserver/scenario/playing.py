"""A scenario played in virtual time, without a server."""

from __future__ import annotations

from typing import Any

from tests.support.engine_driver import (
    Event,
    Session,
    hello,
    only,
    respond,
    update,
    user,
)
from tests.support.mock_client import said
from voicelive_mockserver import built_in_responder
from voicelive_mockserver.engine.models import NATIVE
from voicelive_mockserver.scenario import (
    CompiledScenario,
    Scenario,
    ScenarioSession,
    ScriptedTurn,
)


def play(*turns: ScriptedTurn, **options: Any) -> ScenarioSession:
    """Return a session of a scenario with these turns."""
    return ScenarioSession(
        CompiledScenario.of(Scenario(turns=turns, **options)),
        responder=built_in_responder,
        transcriber=hello,
        latency=NATIVE.latency,
        add_fault=lambda _fault: None,
    )


class Talk:
    """A session with a scenario, held in text."""

    def __init__(self, *turns: ScriptedTurn, **options: Any) -> None:
        self.play = play(*turns, **options)
        self.session = Session(
            responder=self.play.respond, transcriber=self.play.transcribe
        )
        self.session.ask(update(modalities=["text"]))

    def say(self, text: str) -> str:
        """Say something; return what the assistant says."""
        return said(self.session.ask(user(text), respond()))

    def ask(self, *events: Event) -> Event:
        """Send events; return the response that ends then."""
        done = only(self.session.ask(*events), "response.done")
        response: Event = done["response"]
        return response
