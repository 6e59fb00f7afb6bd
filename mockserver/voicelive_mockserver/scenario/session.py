"""Scenario playback: the compiled scenario and the state of one session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

from voicelive_mockserver.engine.interfaces import (
    HeardAudio,
    ReplyRequest,
    Responder,
    Transcriber,
)
from voicelive_mockserver.engine.latency import LatencyModel
from voicelive_mockserver.engine.models import ServiceModel
from voicelive_mockserver.engine.replies import (
    Answer,
    CallFunction,
    Failed,
    Output,
    Reply,
    Say,
    reply_of,
)
from voicelive_mockserver.faults import SessionFault
from voicelive_mockserver.scenario.expectation_tracker import ExpectationTracker
from voicelive_mockserver.scenario.fingerprint import UnreadableAudio
from voicelive_mockserver.scenario.load import check_scenario, load_scenario
from voicelive_mockserver.scenario.matching import MatchContext, TurnMatch, TurnMatcher
from voicelive_mockserver.scenario.model import (
    Latency,
    Scenario,
    ScriptedTurn,
    SessionSettings,
)
from voicelive_mockserver.scenario.problems import Problem, ScenarioError
from voicelive_mockserver.scenario.template import Placeholders
from voicelive_mockserver.scenario.transcription import (
    ReferenceRecordings,
    ScenarioTranscriber,
)


class CompiledScenario:
    """A scenario with the compiled state that its sessions share.

    Args:
        scenario: The scenario.

    Raises:
        UnreadableAudio: An audio file cannot be used.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        """The scenario."""
        self.settings = scenario.session or SessionSettings()
        """The settings of its sessions."""
        self.matchers = [TurnMatcher(turn) for turn in scenario.turns]
        """The matchers, one per turn."""
        self.recordings = ReferenceRecordings(scenario.turns)
        """The audio files of user speech."""

    @classmethod
    def of(cls, source: Scenario | str | Path) -> CompiledScenario:
        """Compile a scenario.

        Args:
            source: The scenario, its file, or the name of an example.

        Raises:
            ScenarioError: It is invalid.
        """
        if isinstance(source, Scenario):
            check_scenario(source)
        else:
            source = load_scenario(source)
        try:
            return cls(source)
        except UnreadableAudio as error:
            name = source.name or "scenario"
            raise ScenarioError(name, [Problem(str(error))]) from None

    def adapted(self, model: ServiceModel) -> ServiceModel:
        """Return a model with the latency of the scenario.

        Args:
            model: The model of a session.
        """
        if self.settings.latency is None:
            return model
        latency = _changed(model.pipeline.latency, self.settings.latency)
        return replace(model, pipeline=replace(model.pipeline, latency=latency))


class ScenarioSession:
    """One session of a scenario.

    Args:
        script: The scenario.
        responder: The responder for responses without a matching turn.
        transcriber: The transcriber for speech without a transcript.
        latency: The latency of this session.
        add_fault: A callback that adds a fault from the next response on.
    """

    def __init__(
        self,
        script: CompiledScenario,
        *,
        responder: Responder,
        transcriber: Transcriber,
        latency: LatencyModel,
        add_fault: Callable[[SessionFault], None],
    ) -> None:
        self._scenario = script.scenario
        self._matchers = script.matchers
        self._left = [turn.uses for turn in script.scenario.turns]
        self._responder = responder
        self._latency = latency
        self._add_fault = add_fault
        default = script.scenario.transcript
        self.transcribe: Transcriber = ScenarioTranscriber(
            script.scenario.turns,
            script.recordings,
            transcriber if default is None else _FixedTranscriber(default),
        )
        """The transcriber of the session."""
        self.watch = ExpectationTracker(script.scenario.expect, self._unplayed)
        """The tracker of the expectations."""

    def respond(self, request: ReplyRequest) -> Answer:
        """Return the reply of the first matching turn, or of the responder.

        Args:
            request: The state of the session.
        """
        context = MatchContext.of(request)
        for index, turn in enumerate(self._scenario.turns):
            if not self._left[index]:
                continue
            fit = self._matchers[index].fit(context)
            if fit is not None:
                self._left[index] -= 1
                return self._reply(turn, fit, context, request)
        if not self._scenario.strict:
            return self._responder(request)
        message = f"No turn of the scenario {self._scenario.name!r} fits {context}."
        return Reply((), Failed("no_turn_fits", message, "invalid_request_error"))

    def _reply(
        self,
        turn: ScriptedTurn,
        fit: TurnMatch,
        context: MatchContext,
        request: ReplyRequest,
    ) -> Reply:
        for fault in turn.faults:
            self._add_fault(fault)
        if turn.reply is None:
            reply = reply_of(self._responder(request))
        else:
            reply = Reply(_outputs(turn.reply, fit, context))
        if turn.ending is not None:
            reply = replace(reply, ending=turn.ending)
        if turn.latency is not None:
            reply = replace(reply, latency=_changed(self._latency, turn.latency))
        return reply

    def _unplayed(self) -> list[str]:
        return [
            _described(turn, index)
            for index, turn in enumerate(self._scenario.turns)
            if 0 < self._left[index] < inf
        ]


class _FixedTranscriber:
    """A transcriber that always returns the same words."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, _audio: HeardAudio) -> str:
        return self._text


def call(name: str, /, **arguments: object) -> CallFunction:
    """Return a function call as an output of a turn.

    Args:
        name: The name of the function.
        arguments: Its arguments.
    """
    return CallFunction(name, arguments)


def _outputs(
    reply: str | Sequence[str | Output], fit: TurnMatch, context: MatchContext
) -> tuple[Output, ...]:
    placeholders = Placeholders(
        context.text, context.number, context.outputs, fit.found
    )
    return tuple(
        placeholders.fill(Say(output) if isinstance(output, str) else output)
        for output in ([reply] if isinstance(reply, str) else reply)
    )


def _changed(default: LatencyModel, changes: Latency | None) -> LatencyModel:
    return default if changes is None else replace(default, **changes.given)


def _described(turn: ScriptedTurn, index: int) -> str:
    text = turn.match if isinstance(turn.match, str) else turn.heard
    return (
        f'turn {index + 1} ("{text}")'
        if isinstance(text, str)
        else (f"turn {index + 1}")
    )
