"""Control endpoint: scenario, faults, transcript and responder of new sessions.

A request that names a test (`x-test-id`) reads and changes the settings of that test
only.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from voicelive_mockserver.engine.interfaces import ReplyRequest, Responder
from voicelive_mockserver.faults import read_faults
from voicelive_mockserver.scenario import Scenario, ScenarioError, scenario_from_text
from voicelive_mockserver.server.control_request import (
    RequestFailed,
    json_body,
    test_of,
    text_body,
)
from voicelive_mockserver.server.controlled import Controlled
from voicelive_mockserver.server.scopes import Scope

_YAML = ("application/yaml", "application/x-yaml", "text/yaml")


class _FixedReply:
    """Responder that always gives the same text.

    Args:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, _request: ReplyRequest) -> str:
        return self.text


class SettingsRequests:
    """Handlers of requests about the settings of new sessions.

    Args:
        server: The controlled server.
    """

    def __init__(self, server: Controlled) -> None:
        self._server = server

    async def faults(self, request: web.Request) -> Any:
        """List the faults."""
        return self._faults(self._scope(request))

    async def add_faults(self, request: web.Request) -> Any:
        """Add faults, all or none."""
        body = await json_body(request)
        try:
            faults = read_faults(body)
        except (TypeError, ValueError) as error:
            raise RequestFailed(400, str(error)) from None
        scope = self._own(request)
        for fault in faults:
            scope.factory.faults.add(fault)
        return self._faults(scope)

    async def clear_faults(self, request: web.Request) -> Any:
        """Remove all faults."""
        scope = self._own(request)
        scope.factory.faults.clear()
        return self._faults(scope)

    async def scenario(self, request: web.Request) -> Any:
        """Return the scenario."""
        return _scenario(self._scope(request).factory.scenario)

    async def set_scenario(self, request: web.Request) -> Any:
        """Set the scenario: a document, or the name of an example."""
        text = await request.text()
        is_yaml = request.content_type in _YAML
        try:
            scenario = scenario_from_text(text, "scenario", is_yaml=is_yaml)
            scope = self._own(request)
            scope.factory.use(scenario)
        except ScenarioError as error:
            raise RequestFailed(400, str(error)) from None
        return _scenario(scope.factory.scenario)

    async def clear_scenario(self, request: web.Request) -> Any:
        """Use no scenario."""
        self._own(request).factory.use(None)
        return _scenario(None)

    async def transcript(self, request: web.Request) -> Any:
        """Return the transcript of user speech."""
        return _transcript(self._scope(request))

    async def set_transcript(self, request: web.Request) -> Any:
        """Set the transcript of user speech."""
        text = await text_body(request)
        scope = self._own(request)
        scope.sources.transcript = text
        return _transcript(scope)

    async def restore_transcript(self, request: web.Request) -> Any:
        """Use the initial transcript."""
        scope = self._own(request)
        scope.sources.restore_transcript()
        return _transcript(scope)

    async def responder(self, request: web.Request) -> Any:
        """Return the text of the replies."""
        return _reply(self._scope(request).sources.responder)

    async def set_responder(self, request: web.Request) -> Any:
        """Set the text of the replies."""
        text = await text_body(request)
        scope = self._own(request)
        scope.sources.responder = _FixedReply(text)
        return _reply(scope.sources.responder)

    async def restore_responder(self, request: web.Request) -> Any:
        """Use the initial responder."""
        scope = self._own(request)
        scope.sources.restore_responder()
        return _reply(scope.sources.responder)

    async def reset(self, request: web.Request) -> Any:
        """Restore the initial state of the server, or of a test."""
        await self._server.reset(test_of(request))
        return {"worker": self._server.worker, "reset": True}

    def _scope(self, request: web.Request) -> Scope:
        return self._server.scopes.find(test_of(request))

    def _own(self, request: web.Request) -> Scope:
        return self._server.scopes.own(test_of(request))

    def _faults(self, scope: Scope) -> Any:
        return {"worker": self._server.worker, "faults": list(scope.factory.faults)}


def _scenario(scenario: Scenario | None) -> Any:
    return {"scenario": None if scenario is None else msgspec.to_builtins(scenario)}


def _transcript(scope: Scope) -> Any:
    transcript = scope.sources.transcript
    return {"text": transcript if isinstance(transcript, str) else None}


def _reply(responder: Responder) -> Any:
    return {"text": responder.text if isinstance(responder, _FixedReply) else None}
