"""Ctrl-C, and signals that are to end a run as it does."""

from __future__ import annotations

import signal

import gevent


def interrupt_on(number: signal.Signals) -> None:
    """Let a signal raise `KeyboardInterrupt` where the main greenlet waits.

    The handler of Python raises it in whatever the thread does at that moment: a
    greenlet of Locust, or the hub while it takes a report, which is lost then.

    Args:
        number: The signal. If this process has been told to ignore it, it still does.
    """
    if signal.getsignal(number) is not signal.SIG_IGN:
        gevent.signal_handler(number, _interrupt)


def _interrupt() -> None:
    gevent.get_hub().handle_system_error(KeyboardInterrupt, KeyboardInterrupt())
