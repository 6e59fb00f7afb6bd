"""Preparation of sessions: applies the scenario and the faults of a server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import NoneType

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.defaults import FATAL_CLOSE_CODE
from voicelive_mockserver.engine import EngineSources
from voicelive_mockserver.engine.handshake import (
    AcceptedHandshake,
    FailedHandshake,
    RejectedHandshake,
)
from voicelive_mockserver.engine.interfaces import ReplyRequest, Responder
from voicelive_mockserver.engine.models import ServiceModel
from voicelive_mockserver.engine.replies import Answer, Reply
from voicelive_mockserver.faults import Faults, FaultSpec, FaultStage, HandshakePlan
from voicelive_mockserver.scenario import (
    CompiledScenario,
    ExpectationTracker,
    Scenario,
    ScenarioSession,
    SessionSettings,
)
from voicelive_mockserver.server.options import check_number, check_type
from voicelive_protocol import ServerEventResponseCreated

logger = redacting_logger(__name__)

_BEGINS = ServerEventResponseCreated.type
_NOTHING_SET = SessionSettings()


@dataclass(frozen=True, slots=True)
class SessionSetup:
    """The components of one session.

    Attributes:
        model: The model.
        sources: Responder, transcriber, speech and MCP host.
        stage: Applies faults to the frames of the session.
        watch: Checks the expectations of the scenario; `None` without a scenario.
        seconds: The maximum duration, in seconds at speed 1.
    """

    model: ServiceModel
    sources: EngineSources
    stage: FaultStage
    watch: ExpectationTracker | None
    seconds: float

    def report(self, session_id: str) -> None:
        """Log the expectations that the client has not met.

        Args:
            session_id: The identifier of the session.
        """
        for outcome in self.watch.outcomes if self.watch else ():
            if not outcome.met:
                logger.warning("session %s: %s", session_id, outcome)


class SessionFactory:
    """Prepares handshakes and sessions of a server.

    Args:
        faults: Faults in addition to those of the scenario.
        seed: The seed of identifiers and random numbers; `None` for the scenario's.
        speed: The speed of time; `None` for that of the scenario.
        require_configuration: Whether the first message of a session has to be a
            `session.update`; `None` leaves it to the scenario.

    Raises:
        TypeError: A value has a wrong type.
        ValueError: `speed` is not above 0, or a fault is invalid.
    """

    def __init__(
        self,
        faults: Iterable[FaultSpec] | FaultSpec,
        *,
        seed: int | None,
        speed: float | None,
        require_configuration: bool | None = None,
    ) -> None:
        if speed is not None:
            check_number("speed", speed, above=0)
        if seed is not None:
            check_number("seed", seed, whole=True)
        check_type(
            "require_configuration",
            require_configuration,
            (bool, NoneType),
            "True, False or None",
        )
        self.faults = Faults(faults)
        """The injected faults."""
        self._seed = seed
        self._speed = speed
        self._require_configuration = require_configuration
        self._script: CompiledScenario | None = None

    @property
    def scenario(self) -> Scenario | None:
        """The scenario of new sessions; `None` without one."""
        return None if self._script is None else self._script.scenario

    @property
    def seed(self) -> int:
        """The seed of identifiers and random numbers."""
        seed = self._settings.seed if self._seed is None else self._seed
        return seed or 0

    @property
    def speed(self) -> float:
        """The speed of time; infinity for no delays."""
        speed = self._settings.speed if self._speed is None else self._speed
        return 1.0 if speed is None else float(speed)

    @property
    def require_configuration(self) -> bool:
        """Whether the first message of a session has to be a `session.update`."""
        required = self._require_configuration
        if required is None:
            required = self._settings.require_configuration
        return True if required is None else required

    def use(self, scenario: Scenario | str | Path | None) -> None:
        """Set the scenario of new sessions.

        Args:
            scenario: The scenario, its file, the name of an example, or `None`.

        Raises:
            TypeError: `scenario` is none of these.
            ScenarioError: The scenario is invalid.
        """
        check_type(
            "scenario",
            scenario,
            (Scenario, str, Path, NoneType),
            "a Scenario, a file, or the name of an example",
        )
        self._script = None if scenario is None else CompiledScenario.of(scenario)
        self._script_faults()

    def copy(self) -> SessionFactory:
        """Return a factory with the same settings and its own count of connections."""
        twin = SessionFactory(
            self.faults.added,
            seed=self._seed,
            speed=self._speed,
            require_configuration=self._require_configuration,
        )
        twin._script = self._script
        twin._script_faults()
        return twin

    def reset(self) -> None:
        """Remove added faults and restart those of the scenario."""
        self.faults.reset()
        self._script_faults()

    def plan_handshake(self, now: float) -> HandshakePlan:
        """Count a connection and return the plan of its handshake.

        Args:
            now: The time in seconds on a monotonic clock.
        """
        return self.faults.connect(now, self.seed)

    def adapt_query(self, query: Mapping[str, str]) -> Mapping[str, str]:
        """Return the query of a connection with the model of the scenario.

        Args:
            query: The query of the request.
        """
        model = self._settings.model
        return query if model is None else {**query, "model": model}

    def adapt_answer(
        self, answer: AcceptedHandshake | RejectedHandshake | FailedHandshake
    ) -> AcceptedHandshake | RejectedHandshake | FailedHandshake:
        """Return the result of a handshake, restricted by the scenario.

        Args:
            answer: The result without the scenario.
        """
        versions = self._settings.api_versions
        if (
            isinstance(answer, AcceptedHandshake)
            and versions is not None
            and answer.api_version not in versions
        ):
            text = f"The API version '{answer.api_version}' is not supported."
            return RejectedHandshake(400, text)
        return answer

    def prepare(
        self,
        plan: HandshakePlan,
        model: ServiceModel,
        sources: EngineSources,
        seconds: float,
        fatal_close_code: int = FATAL_CLOSE_CODE,
    ) -> SessionSetup:
        """Return the components of a session.

        Args:
            plan: The handshake plan of the connection.
            model: The requested model, which the scenario may modify.
            sources: The sources, which the scenario may override.
            seconds: The default of the maximum duration, in seconds at speed 1.
            fatal_close_code: The close code after fatal errors.
        """
        stage = FaultStage(f"{self.seed}/{plan.number}", fatal_close_code)
        responder, watch = sources.responder, None
        script = self._script
        if script is not None:
            model = script.adapted(model)
            play = ScenarioSession(
                script,
                responder=responder,
                transcriber=sources.transcriber,
                latency=model.pipeline.latency,
                add_fault=partial(stage.add, now=0.0, waits_for=_BEGINS),
            )
            responder, watch = play.respond, play.watch
            sources = replace(
                sources,
                transcriber=play.transcribe,
                keeps_audio=sources.keeps_audio or bool(script.recordings),
            )
        sources = replace(sources, responder=_failing(responder, stage))
        seconds = self._settings.expires_after or seconds
        return SessionSetup(model, sources, stage, watch, seconds)

    def _script_faults(self) -> None:
        scenario = self.scenario
        self.faults.script(() if scenario is None else scenario.faults)

    @property
    def _settings(self) -> SessionSettings:
        return _NOTHING_SET if self._script is None else self._script.settings


def _failing(responder: Responder, stage: FaultStage) -> Responder:
    """Return a responder that applies faults of responses."""

    def respond(request: ReplyRequest) -> Answer:
        ending = stage.failed_response()
        return responder(request) if ending is None else Reply((), ending)

    return respond
