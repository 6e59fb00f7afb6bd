"""Fuzz target: client events against the engine of the mock, in virtual time."""

from __future__ import annotations

from random import Random

from tests.fuzz.client_input import make_session
from tests.fuzz.guard import Finding, guarded
from tests.fuzz.service_check import PROBE, PROBED, ServiceCheck
from tests.fuzz.target import Case
from voicelive_mockserver import VirtualSession


class EngineTarget:
    """Sends frames to an engine."""

    name = "engine"

    def make(self, chance: Random) -> Case:
        """Return a random case."""
        return make_session(chance)

    def run(self, case: Case) -> None:
        """Run a case."""
        with guarded() as guard:
            session = VirtualSession(
                model=case["model"], api_version=case["api_version"]
            )
            check = ServiceCheck(case["api_version"])
            seen = 0

            def look() -> None:
                nonlocal seen
                frames = session.frames[seen:]
                seen += len(frames)
                # What was logged says more than the error event about it.
                guard.check()
                for frame in frames:
                    check.see(frame)

            for step in case["steps"]:
                if isinstance(step, str):
                    session.send(check.ids.fill(step))
                    session.wait(0)
                else:
                    session.wait(step)
                look()
            session.finish()
            look()
            if session.close_code is not None:
                return
            check.finished()
            if check.configured:
                session.send(PROBE)
                session.finish()
                look()
                if check.last["type"] != PROBED:
                    raise Finding(f"no answer to {PROBE}: {check.last}")
