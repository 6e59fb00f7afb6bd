"""Oracles that hold for every fuzzed case: nothing logged, nothing hangs, no leaks."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import traceback
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import Any

from tests.support.event_loops import VirtualTimeLoop

CPU_SECONDS = 5.0
"""Limit of the work of a case. Waiting does not count, nor do pauses of the machine."""

CASE_SECONDS = 3600.0
"""Limit of the virtual time of a case."""

_SETTLE_SECONDS = 0.002
_LOGGERS = ("voicelive", "voicelive_mockserver", "asyncio", "aiohttp", "opentelemetry")


class Finding(AssertionError):
    """Something that an oracle objects to."""


class Stuck(BaseException):
    """Code has worked for too long. No `except Exception` can swallow it."""


class Guard(logging.Handler):
    """Collects what must not happen while a case runs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.problems: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note an error or an exception that was logged."""
        misused = record.name.startswith("opentelemetry")
        if record.levelno < logging.ERROR and not record.exc_info and not misused:
            return
        text = f"logged: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            text += f": {_brief(record.exc_info[1])}"
        self.problems.append(text)

    def noted(self, _loop: object, context: dict[str, Any]) -> None:
        """Note what the event loop complains about."""
        error = context.get("exception")
        text = f"event loop: {context.get('message')}"
        self.problems.append(text + (f": {_brief(error)}" if error else ""))

    def check(self) -> None:
        """Raise a finding if something was noted."""
        if self.problems:
            raise Finding("\n".join(dict.fromkeys(self.problems)))


@contextlib.contextmanager
def guarded(cpu_seconds: float = CPU_SECONDS) -> Iterator[Guard]:
    """Hold everything inside against the oracles.

    Raises:
        Finding: Something was logged, or worked for too long.
    """
    guard = Guard()
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addHandler(guard)
    try:
        with _cpu_limit(cpu_seconds):
            yield guard
    except Stuck as stuck:
        raise Finding(f"works without end: {_brief(stuck)}") from stuck
    finally:
        for logger in loggers:
            logger.removeHandler(guard)
    guard.check()


def run_guarded(
    work: Callable[[Guard], Coroutine[Any, Any, None]],
    *,
    cpu_seconds: float = CPU_SECONDS,
) -> None:
    """Run a coroutine in virtual time, and hold it against the oracles.

    Raises:
        Finding: What `guarded` finds; the coroutine waits without end; tasks are left;
            an exception of a task was never looked at.
    """

    async def limited(guard: Guard) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(guard.noted)
        try:
            async with asyncio.timeout(CASE_SECONDS):
                await work(guard)
        except TimeoutError as error:
            raise Finding(f"waits without end: {_brief(error)}") from error
        for _ in range(3):
            await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            names = sorted(str(task.get_coro()) for task in left)
            raise Finding(f"tasks are left: {', '.join(names)}")

    with (
        guarded(cpu_seconds) as guard,
        asyncio.Runner(loop_factory=_TickingLoop) as runner,
    ):
        runner.run(limited(guard))
        # An exception that was never retrieved is reported when it is collected.
        gc.collect()
        runner.run(asyncio.sleep(0))


class _TickingLoop(VirtualTimeLoop):
    """Its clock advances with each look, so that waiting for it to pass a time ends."""

    def __init__(self) -> None:
        super().__init__(settle_seconds=_SETTLE_SECONDS)

    def time(self) -> float:
        self.now += 1e-6
        return self.now


@contextlib.contextmanager
def light_collections() -> Iterator[None]:
    """Let the garbage collector look only at what is made inside."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextlib.contextmanager
def _cpu_limit(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer"):
        yield
        return

    def strike(_signal: int, _frame: FrameType | None) -> None:
        raise Stuck(f"more than {seconds:g} s")

    before = signal.signal(signal.SIGPROF, strike)
    # Once more and again: the first may be swallowed by what is stuck.
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _brief(error: BaseException) -> str:
    """Return type, text and innermost frames of an exception."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(frames))
    text = str(error)
    return f"{type(error).__name__}: {text[:200]} (in {where})"
