"""Locustfile of the package, for `locust -f`."""

from __future__ import annotations

import locust

from voicelive_loadtest.locust.hooks import Hooks, prepare_locust
from voicelive_loadtest.locust.profile_run import ProfileRun
from voicelive_loadtest.locust.users import (
    BargeIn,
    ConnectAndLeave,
    LongConversation,
    ShortQuestion,
    SilentLine,
    SlowTool,
    TextOnly,
)

__all__ = [
    "BargeIn",
    "ConnectAndLeave",
    "LongConversation",
    "ShortQuestion",
    "SilentLine",
    "SlowTool",
    "TextOnly",
]

prepare_locust()
_profile_run = ProfileRun()
Hooks(_profile_run).listen(locust.events)
_profile_run.listen(locust.events)
