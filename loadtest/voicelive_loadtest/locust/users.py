"""User classes of Locust, one per journey."""

from __future__ import annotations

import contextlib
import time
from typing import Any, ClassVar

from gevent import GreenletExit, Timeout
from locust import User, constant, task
from locust.exception import StopUser

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.callers.caller import Caller
from voicelive_loadtest.callers.journeys import JOURNEYS
from voicelive_loadtest.callers.runtime import CallerRuntime
from voicelive_loadtest.locust.bridge import BridgeDown, Handle
from voicelive_loadtest.locust.locust_options import settings_from
from voicelive_loadtest.locust.process import current_process
from voicelive_loadtest.locust.target import TargetError
from voicelive_loadtest.results.run_result import Abort

# Above the close timeout of a caller.
_KILL_SECONDS = 3.0


class VoiceLiveUser(User):
    """A caller. Its greenlet waits while the call runs in the event loop.

    Locustfiles can add subclasses with the name of a journey.
    """

    abstract = True
    wait_time = constant(1)
    journey: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "journey" in vars(cls) and "weight" not in vars(cls):
            cls.weight = JOURNEYS[cls.journey].weight

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._handle: Handle | None = None
        self._caller: Caller | None = None
        self._stopping = False

    @task
    def make_calls(self) -> None:
        """Make calls until stopped."""
        intended = time.monotonic()
        process = current_process()
        if process.check.abort is not None:
            raise StopUser
        try:
            key = process.target.key_for(self._address())
        except TargetError as error:
            process.refuse_host(str(error))
            raise StopUser from None
        try:
            settings = settings_from(
                self.environment.parsed_options,
                endpoint=process.target.endpoint,
                api_key=key,
                proxy=process.target.proxy,
            )
        except (ValueError, OSError) as error:
            process.check.give_up(Abort(code=ExitCode.FAILED, reason=str(error)))
            raise StopUser from None
        journey = JOURNEYS[self.journey]

        async def call(runtime: CallerRuntime) -> None:
            caller = self._caller = Caller(lambda: journey, settings, runtime)
            if self._stopping:
                caller.stop()
            await caller.run(intended=intended)

        try:
            handle = self._handle = process.bridge.submit(call)
            _wait(handle)
        except BridgeDown as error:
            # Without its event loop, this process can make no more calls.
            if not process.is_stopping:
                process.check.give_up(Abort(code=ExitCode.FAILED, reason=str(error)))
            raise StopUser from None

    def stop(self, force: bool = False) -> bool:
        """Stop the user after the current turn, or immediately.

        Args:
            force: Hang up during the turn.

        Returns:
            Whether the user has stopped.
        """
        if not force:
            self._stopping = True
            if self._handle is not None:
                self._handle.call(self._stop_caller)
        ended: bool = super().stop(force)
        return ended

    def _stop_caller(self) -> None:
        if self._caller is not None:
            self._caller.stop()

    def _address(self) -> str | None:
        address: str | None = self.host or self.environment.host
        return address


def _wait(handle: Handle) -> None:
    """Wait until the calls have ended; hang up once the stop timeout has expired."""
    try:
        handle.wait()
    except GreenletExit:
        handle.cancel()
        # Otherwise the call is closed when the event loop stops.
        with contextlib.suppress(Timeout):
            handle.wait(timeout=_KILL_SECONDS)
        raise


class ShortQuestion(VoiceLiveUser):
    """Asks one question, listens to the answer, hangs up."""

    journey = "short_question"


class LongConversation(VoiceLiveUser):
    """Requests a greeting, then asks and listens for several turns."""

    journey = "long_conversation"


class BargeIn(VoiceLiveUser):
    """Interrupts the answers."""

    journey = "barge_in"


class SlowTool(VoiceLiveUser):
    """Asks questions that require a slow tool."""

    journey = "tool_call"


class TextOnly(VoiceLiveUser):
    """Sends text and waits for text."""

    journey = "text_only"


class SilentLine(VoiceLiveUser):
    """Sends silence."""

    journey = "silent_line"


class ConnectAndLeave(VoiceLiveUser):
    """Hangs up as soon as the session is ready."""

    journey = "connect_and_leave"


USERS: tuple[type[VoiceLiveUser], ...] = (
    ShortQuestion,
    LongConversation,
    BargeIn,
    SlowTool,
    TextOnly,
    SilentLine,
    ConnectAndLeave,
)
"""A class for each journey."""
