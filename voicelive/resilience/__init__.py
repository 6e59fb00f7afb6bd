"""Resilience: retries, reconnecting with session restore, real-time audio queues.

Imports `voicelive._connection`, `voicelive._conversation`, `voicelive._errors` and the
protocol.
"""

from __future__ import annotations

from voicelive.resilience._backoff import Backoff
from voicelive.resilience._connection import ReconnectingConnection
from voicelive.resilience._errors import ReconnectFailed, SendQueueFull
from voicelive.resilience._keepalive import SilenceKeepAlive
from voicelive.resilience._policy import ReconnectPolicy
from voicelive.resilience._reconnecting import stay_connected
from voicelive.resilience._report import Missing, NotRestored, ReconnectReport
from voicelive.resilience._retry import connect_with_retry
from voicelive.resilience._send_queue import SendQueue

__all__ = [
    "Backoff",
    "Missing",
    "NotRestored",
    "ReconnectFailed",
    "ReconnectPolicy",
    "ReconnectReport",
    "ReconnectingConnection",
    "SendQueue",
    "SendQueueFull",
    "SilenceKeepAlive",
    "connect_with_retry",
    "stay_connected",
]
