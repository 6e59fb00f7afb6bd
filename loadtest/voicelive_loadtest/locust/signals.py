"""Signal handlers that interrupt the main greenlet."""

from __future__ import annotations

import signal

import gevent


def interrupt_on(number: signal.Signals) -> None:
    """Raise `KeyboardInterrupt` in the main greenlet on a signal.

    The default handler raises it in the running greenlet, which may be one of Locust or
    the hub while it processes a report, which would be lost.

    Args:
        number: The signal; stays ignored if it is ignored.
    """
    if signal.getsignal(number) is not signal.SIG_IGN:
        gevent.signal_handler(number, _interrupt)


def _interrupt() -> None:
    gevent.get_hub().handle_system_error(KeyboardInterrupt, KeyboardInterrupt())
