"""Puts the scenario and the faults of a server into its sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import NoneType

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine import EngineSources
from voicelive_mockserver.engine.errors import FATAL_CLOSE_CODE
from voicelive_mockserver.engine.handshake import Accepted, Failed, Refused
from voicelive_mockserver.engine.interfaces import ReplyRequest, Responder
from voicelive_mockserver.engine.models import Model
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
    """What one session is made with.

    Attributes:
        model: The model that serves it.
        sources: Where its words and voices come from.
        stage: Where its frames go through.
        watch: Who watches what its client sends; `None` when nobody does.
        seconds: How long it may live, in seconds at speed 1.
    """

    model: Model
    sources: EngineSources
    stage: FaultStage
    watch: ExpectationTracker | None
    seconds: float

    def report(self, session_id: str) -> None:
        """Log what the client should have sent and has not.

        Args:
            session_id: The identifier of the session.
        """
        for outcome in self.watch.outcomes if self.watch else ():
            if not outcome.met:
                logger.warning("session %s: %s", session_id, outcome)


class SessionFactory:
    """Knows what a server plays.

    Args:
        faults: What goes wrong, whatever is played.
        seed: What identifiers and chance depend on; `None` leaves it to the scenario.
        speed: How fast the service is; `None` leaves it to the scenario.
        require_configuration: Whether the first message of a session has to be a
            `session.update`; `None` leaves it to the scenario.

    Raises:
        TypeError: A value has a wrong type.
        ValueError: `speed` is not above 0, or a fault cannot be read.
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
        """What goes wrong."""
        self._seed = seed
        self._speed = speed
        self._require_configuration = require_configuration
        self._script: CompiledScenario | None = None

    @property
    def scenario(self) -> Scenario | None:
        """What is played; `None` for nothing in particular."""
        return None if self._script is None else self._script.scenario

    @property
    def seed(self) -> int:
        """What identifiers and chance depend on."""
        seed = self._settings.seed if self._seed is None else self._seed
        return seed or 0

    @property
    def speed(self) -> float:
        """How fast the service is; infinity for without any waiting."""
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
        """Play something else in the sessions to come.

        Args:
            scenario: The scenario, its file, or the name of an example.

        Raises:
            TypeError: It is none of these.
            ScenarioError: Something in it is wrong.
        """
        check_type(
            "scenario",
            scenario,
            (Scenario, str, Path, NoneType),
            "a Scenario, a file, or the name of an example",
        )
        self._script = None if scenario is None else CompiledScenario.of(scenario)
        self._script_faults()

    def reset(self) -> None:
        """Forget all faults but those of the scenario, which begin anew."""
        self.faults.reset()
        self._script_faults()

    def plan_handshake(self, now: float) -> HandshakePlan:
        """Count a connection and tell what goes wrong with its handshake.

        Args:
            now: The time in seconds, on any clock that does not go back.
        """
        return self.faults.connect(now, self.seed)

    def adapt_query(self, query: Mapping[str, str]) -> Mapping[str, str]:
        """Return the query of a connection, as it is taken to be.

        Args:
            query: The query as it came.
        """
        model = self._settings.model
        return query if model is None else {**query, "model": model}

    def adapt_answer(
        self, answer: Accepted | Refused | Failed
    ) -> Accepted | Refused | Failed:
        """Return the answer to a handshake, as the scenario wants it.

        Args:
            answer: The answer without the scenario.
        """
        versions = self._settings.api_versions
        if (
            isinstance(answer, Accepted)
            and versions is not None
            and answer.api_version not in versions
        ):
            text = f"The API version '{answer.api_version}' is not supported."
            return Refused(400, text)
        return answer

    def prepare(
        self,
        plan: HandshakePlan,
        model: Model,
        sources: EngineSources,
        seconds: float,
        fatal_close_code: int = FATAL_CLOSE_CODE,
    ) -> SessionSetup:
        """Return what a session is made with.

        Args:
            plan: The handshake plan of the connection.
            model: The model that would serve it without the scenario.
            sources: Where its words and voices would come from.
            seconds: How long it might live, in seconds at speed 1.
            fatal_close_code: With what it is closed after a fatal error.
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
    """Return a responder of which some replies fail."""

    def respond(request: ReplyRequest) -> Answer:
        ending = stage.failed_response()
        return responder(request) if ending is None else Reply((), ending)

    return respond
